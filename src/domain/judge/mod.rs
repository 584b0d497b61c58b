//! The judgement: what of a message is sensitive in the eyes of a channel. By the
//! labels of the source always, by the site's code map where the channel asks it.

mod labels;
mod said;
#[cfg(test)]
mod tests;

use crate::domain::facts::{ClinicalFacts, Format, Label};
use crate::domain::rule::PacketRule;
use crate::domain::sensitive::{
    CodeMap, Entry, Folded, Hit, How, Kind, Reach, Results, SensitivityLabel, Unlabelled, Verdict,
};
use labels::{Located, Meaning, meanings};
use said::{Said, said};

/// Judges a message. `documents` is what can be read of the documents that came
/// with it, in their order: free text obeys the same verdict as facts.
///
/// All facts count, those too that no section of the packet prints: texts beside
/// them may tell of them.
pub fn judge(
    facts: &ClinicalFacts,
    documents: &[Option<String>],
    rule: &PacketRule,
    map: &CodeMap,
) -> Verdict {
    let said = said(facts, documents, rule);
    let located = Located::of(facts, &said);
    let mut hits = labelled(facts, &located);
    if rule.sensitive.unlabelled == Unlabelled::Map {
        hits.extend(of_origin(facts, map));
        hits.extend(said.iter().flat_map(|one| mapped(one, map)));
    }
    let wanted = |label: SensitivityLabel| {
        let labels = rule.sensitive.labels.iter();
        labels.copied().any(|listed| listed.concerns(label))
    };
    // What the source restricts without a reason may be any of them.
    hits.retain(|hit| hit.label.is_none_or(wanted));
    let unlabelled = match rule.sensitive.unlabelled {
        Unlabelled::Hold => without_label(facts, &located),
        Unlabelled::Map | Unlabelled::Send => Vec::new(),
    };
    Verdict {
        action: rule.sensitive.action,
        hits: each_once(hits),
        unlabelled,
        consent_scope: rule.sensitive.consent_scope.clone(),
    }
}

fn each_once(hits: Vec<Hit>) -> Vec<Hit> {
    let mut kept: Vec<Hit> = Vec::with_capacity(hits.len());
    let mut seen = std::collections::HashSet::new();
    for hit in hits {
        if seen.insert((hit.label, hit.at.clone(), hit.how, hit.reach.clone())) {
            kept.push(hit);
        }
    }
    kept
}

/// What the source says itself.
fn labelled(facts: &ClinicalFacts, located: &Located<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for label in &facts.labels {
        for meaning in meanings(label) {
            let (kind, how, why) = match meaning {
                Meaning::Sensitive(kind) => (Some(kind), How::Label, "a label of the source"),
                Meaning::Restricted => (None, How::Label, "the source restricts it"),
                Meaning::Refused => (None, How::Consent, "the patient's decision"),
                Meaning::Ordinary | Meaning::Nothing => continue,
            };
            hits.push(Hit {
                label: kind,
                at: place(label),
                reach: located.reach(label),
                how,
                why: format!("{why}, on the {}", label.of),
            });
        }
    }
    hits
}

fn place(label: &Label) -> String {
    said::Where::At(&label.at).told()
}

/// The hospital service and the sending facility: about all of the message.
fn of_origin(facts: &ClinicalFacts, map: &CodeMap) -> Vec<Hit> {
    let mut hits = Vec::new();
    let mut add = |entries: Vec<&Entry>, how, at: &str| {
        let each = entries
            .into_iter()
            .flat_map(|entry| of_entry(entry, at, &Reach::Whole, how));
        hits.extend(each);
    };
    if let Some(facility) = &facts.sender.facility {
        let at = match facts.format {
            Format::Hl7V2 => "MSH-4",
            _ => "the sender",
        };
        add(map.by_facility(facility), How::Facility, at);
    }
    for stay in facts.encounter.iter().chain(&facts.other_encounters) {
        if let Some(service) = &stay.service {
            let part = stay.at.iter().find(|(part, _)| *part == "service");
            let at = part.map_or("the hospital service", |(_, at)| at);
            add(map.by_service(service), How::Service, at);
        }
    }
    hits
}

/// What the map knows by its code or its words.
fn mapped(one: &Said<'_>, map: &CodeMap) -> Vec<Hit> {
    let at = one.at.told();
    let reach = match one.whole {
        true => Reach::Whole,
        false => Reach::Sections(one.sections.clone()),
    };
    let mut hits = Vec::new();
    let mut add = |entries: Vec<&Entry>, how| {
        let counts = |entry: &&Entry| entry.results == Results::Any || !one.negative;
        let entries = entries.into_iter().filter(counts);
        hits.extend(entries.flat_map(|entry| of_entry(entry, &at, &reach, how)));
    };
    for code in &one.codes {
        add(map.by_code(code, one.kind), How::Code);
    }
    for text in &one.texts {
        add(map.by_words(&Folded::of(text)), How::Words);
        // Rooms stand among words; names and values are of one kind.
        let spelled = map.by_spelled(text, one.kind != Kind::Words);
        add(spelled, How::Code);
    }
    hits
}

fn of_entry(entry: &Entry, at: &str, reach: &Reach, how: How) -> Vec<Hit> {
    let hit = |label: &SensitivityLabel| Hit {
        label: Some(*label),
        at: at.to_owned(),
        reach: reach.clone(),
        how,
        why: entry.why.clone(),
    };
    entry.labels.iter().map(hit).collect()
}

/// Places of what bears no label, neither its own nor one of the whole message.
fn without_label(facts: &ClinicalFacts, located: &Located<'_>) -> Vec<String> {
    let is_label = |label: &&Label| {
        let asks = meanings(label);
        label.of != "consent" && asks.iter().any(|asks| *asks != Meaning::Nothing)
    };
    let labels: Vec<&Label> = facts.labels.iter().filter(is_label).collect();
    if labels
        .iter()
        .any(|label| located.reach(label) == Reach::Whole)
    {
        return Vec::new();
    }
    let says = |one: &&Said| !one.whole && (!one.codes.is_empty() || !one.texts.is_empty());
    let bare = located.beside(&labels).filter(says);
    let mut bare: Vec<String> = bare.map(|one| one.at.told()).collect();
    if labels.is_empty() && bare.is_empty() {
        bare.push("the message".into());
    }
    bare.dedup();
    bare
}
