//! II, CD, PQ and their kin: the small values that facts are made of.

use super::codes;
use super::narrative;
use super::qualifiers::qualified;
use super::tree::Element;
use crate::domain::facts::{Coded, Identifier, OtherCode};

/// The longest text that a reference brings into a fact: what is longer is the
/// narrative itself and is printed there.
const MAX_REFERENCED: usize = 4_000;

/// II → identifier. A root alone is an identifier too: itself.
pub fn identifier(id: Element) -> Option<Identifier> {
    if id.is_null() {
        return None;
    }
    let (root, extension) = (id.attr("root"), id.attr("extension"));
    let mut identifier = Identifier {
        value: extension.or(root)?.to_owned(),
        at: crate::domain::facts::Places::of(id.place()),
        ..Identifier::default()
    };
    match (root, extension) {
        (Some(root), Some(_)) => {
            let place = id.place();
            identifier.at.add("value", format!("{place}/@extension"));
            identifier.at.add("system", format!("{place}/@root"));
            identifier.system = Some(codes::uri_of(root));
            identifier.type_code = (root == codes::SSN).then(|| "SS".to_owned());
        }
        (Some(root), None) => {
            identifier.value = codes::uri_of(root);
            identifier.system = Some("urn:ietf:rfc:3986".to_owned());
        }
        _ => {}
    }
    Some(identifier)
}

/// `root^extension`, or the root alone: how documents and their parents are told
/// apart.
pub fn whole_id(id: Element) -> Option<String> {
    if id.is_null() {
        return None;
    }
    match (id.attr("root"), id.attr("extension")) {
        (Some(root), Some(extension)) => Some(format!("{root}^{extension}")),
        (one, other) => one.or(other).map(str::to_owned),
    }
}

/// CD, CE, CV, CO → code, system and words. Where the code itself is null a
/// translation may have one; the words are the display's, else what the author
/// wrote.
///
/// Qualifiers stand beside the words: `Fracture (left)`.
pub fn coded(concept: Element, scope: Element) -> Coded {
    qualified(concept, scope).all_in_words()
}

/// The concept without its qualifiers.
pub fn bare(concept: Element, scope: Element) -> Coded {
    let translations = || concept.all("translation");
    let main = std::iter::once(concept).chain(translations());
    let mut coded = main.into_iter().filter(|c| c.attr("code").is_some());
    let found = coded.next();
    let also = coded.take(MAX_OTHERS).filter_map(other);
    let display = |c: Element| c.attr("displayName").map(clean);
    let text = found
        .and_then(display)
        .or_else(|| display(concept))
        .or_else(|| {
            concept
                .child("originalText")
                .and_then(|text| words(text, scope))
        })
        .or_else(|| translations().find_map(display));
    Coded {
        code: found.and_then(|c| c.attr("code")).map(str::to_owned),
        system: found.and_then(system),
        text,
        also: also.collect(),
    }
}

/// A concept has three or four translations; a thousand are none.
const MAX_OTHERS: usize = 20;

fn other(concept: Element) -> Option<OtherCode> {
    Some(OtherCode {
        code: concept.attr("code")?.to_owned(),
        system: system(concept),
    })
}

fn system(concept: Element) -> Option<String> {
    let oid = concept.attr("codeSystem").map(codes::system);
    oid.or_else(|| concept.attr("codeSystemName").map(str::to_owned))
}

/// A concept as a person reads it.
pub fn shown(concept: Element, scope: Element) -> Option<String> {
    let Coded { code, text, .. } = coded(concept, scope);
    text.or(code)
}

fn clean(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// ED or ST → its words: its own, else those of the narrative it points at.
pub fn words(text: Element, scope: Element) -> Option<String> {
    text.text().or_else(|| {
        let reference = text.child("reference")?.attr("value")?;
        let target = text.resolve(reference.strip_prefix('#')?, scope)?;
        referenced(target)
    })
}

/// The words an entry's own `text` gives it.
pub fn entry_words(entry: Element, scope: Element) -> Option<String> {
    words(entry.child("text")?, scope)
}

/// Copies a piece of narrative, in one line and as far as copies are left.
fn referenced(target: Element) -> Option<String> {
    let left = &target.tree.copies_left;
    if left.get() == 0 {
        return None;
    }
    let limit = MAX_REFERENCED.min(left.get());
    let mut text = narrative::phrase(target, limit);
    if text.is_empty() {
        // `<td><content ID="a"/>words</td>`: a mark that stands before its words.
        let around = target
            .parent()
            .filter(|parent| matches!(parent.name(), "td" | "item" | "paragraph" | "li"));
        text = around.map_or(text, |parent| narrative::phrase(parent, limit));
    }
    // A reference to nothing costs a look, too.
    left.set(left.get().saturating_sub(text.len() + 64));
    (!text.is_empty()).then_some(text)
}

/// The units of UCUM that mean "none" or are only an annotation of a count.
pub fn unit(quantity: Element) -> Option<String> {
    let unit = quantity.attr("unit")?;
    let bare = unit
        .strip_prefix('{')
        .and_then(|unit| unit.strip_suffix('}'));
    let unit = bare.unwrap_or(unit);
    (unit != "1").then(|| unit.to_owned())
}

/// PQ, INT, REAL, MO → the number as written, and its unit. A number that is
/// null (`TRC`, `PINF`, `UNK`) is none.
pub fn quantity(quantity: Element) -> (Option<String>, Option<String>) {
    let unit = unit(quantity).or_else(|| quantity.attr("currency").map(str::to_owned));
    let number = quantity.attr("value").filter(|_| !quantity.is_null());
    (number.map(str::to_owned), unit)
}

/// `5 mg`; the bare number where there is no unit.
pub fn amount(element: Element) -> Option<String> {
    match quantity(element) {
        (Some(value), Some(unit)) => Some(format!("{value} {unit}")),
        (value, _) => value,
    }
}

/// IVL_PQ and its kin as `3.5-5.1`, `>= 3.5`, `< 5.1`, with the unit they share.
pub fn bounds(interval: Element) -> (Option<String>, Option<String>) {
    let (low, high) = (interval.child("low"), interval.child("high"));
    let end = |end: Option<Element>| end.map(quantity).unwrap_or_default();
    let ((from, from_unit), (to, to_unit)) = (end(low), end(high));
    let open = |end: Option<Element>| end.is_some_and(|end| end.attr("inclusive") == Some("false"));
    let text = match (from, to) {
        (Some(from), Some(to)) if from == to => Some(from),
        (Some(from), Some(to)) => Some(format!("{from}-{to}")),
        (Some(from), None) => Some(format!("{} {from}", if open(low) { ">" } else { ">=" })),
        (None, Some(to)) => Some(format!("{} {to}", if open(high) { "<" } else { "<=" })),
        (None, None) => interval.child("center").and_then(amount),
    };
    (text, from_unit.or(to_unit))
}
