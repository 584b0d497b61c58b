//! The sections of a Composition: each with its narrative, and with an entry for
//! each of its facts.

use super::draft::Draft;
use super::entries;
use super::parts::{Built, LOINC, annotation, concept, reference};
use super::xhtml::narrative;
use crate::domain::facts::Condition;
use crate::domain::packet::{Content, Listed, Packet, PacketSection, Standing};
use crate::domain::section::Section;
use crate::formats::content::blocks;
use crate::formats::pdf::Block;
use crate::formats::sheet;
use crate::formats::sheet::Imprint;
use crate::formats::words::Term;
use fhir_sdk::r4b::resources::{BaseResource, CompositionSection, Resource};

/// LOINC: annotation comment. What the packet says of itself, no section of a
/// document standard has a code for.
const COMMENT: &str = "48767-8";

const EMPTY_REASON: &str = "http://terminology.hl7.org/CodeSystem/list-empty-reason";

/// One section of the packet. cmp-2: a reason for being empty is given where
/// there is no entry.
pub fn section(
    from: &PacketSection,
    packet: &Packet,
    draft: &mut Draft,
) -> Built<CompositionSection> {
    let edition = draft.edition;
    let title = edition.title(from.section, packet.kind).to_owned();
    let code = from.section.loinc(packet.kind);
    let mut made = titled(&title, Some(code), &blocks(from, edition), draft)?;
    let urls = match &from.content {
        Content::Medications(list) => {
            made.section = earlier_medications(from, list, draft)?;
            medications(list, draft, is_later)?
        }
        content => entries_of(content, from.section, packet, draft)?,
    };
    for url in &urls {
        made.entry.push(Some(reference(url)?));
    }
    let (reason, term) = match from.withheld {
        true => ("withheld", Term::Withheld),
        false => ("unavailable", Term::NoneRecorded),
    };
    let nothing = from.withheld || from.is_empty();
    if nothing && made.entry.is_empty() && made.section.is_empty() {
        made.empty_reason = Some(concept(EMPTY_REASON, reason, Some(edition.say(term)))?);
    }
    Ok(made)
}

/// The packet's own sections: its notice, what could not be read, what it was
/// made from.
pub fn notice(packet: &Packet, draft: &Draft) -> Built<Option<CompositionSection>> {
    let title = draft.edition.say(Term::SensitiveTitle);
    sheet::security(packet, draft.edition)
        .map(|notice| titled(title, None, &[notice], draft))
        .transpose()
}

pub fn doubts(packet: &Packet, draft: &Draft) -> Built<Option<CompositionSection>> {
    if packet.doubts.is_empty() {
        return Ok(None);
    }
    let notice = Block::Notice {
        title: draft.edition.words.doubts(packet.doubts.len()),
        lines: sheet::doubt_lines(packet),
    };
    let title = draft.edition.say(Term::NotCompletelyRead);
    titled(title, Some(COMMENT), &[notice], draft).map(Some)
}

pub fn about(packet: &Packet, imprint: &Imprint, draft: &Draft) -> Built<CompositionSection> {
    let title = draft.edition.say(Term::AboutThisPacket);
    let grid = Block::Grid(sheet::about(packet, imprint, draft.edition));
    titled(title, Some(COMMENT), &[grid], draft)
}

fn titled(
    title: &str,
    code: Option<&str>,
    blocks: &[Block],
    draft: &Draft,
) -> Built<CompositionSection> {
    let mut made = CompositionSection::builder()
        .title(title.to_owned())
        .text(narrative(blocks, draft.edition.words)?)
        .build()?;
    made.code = code
        .map(|code| concept(LOINC, code, Some(title)))
        .transpose()?;
    Ok(made)
}

fn entries_of(
    content: &Content,
    section: Section,
    packet: &Packet,
    draft: &mut Draft,
) -> Built<Vec<String>> {
    let key = section.key();
    match content {
        Content::Encounter(stay) => each(key, stay, draft, |stay, _, draft| {
            let diagnoses = diagnoses_of(packet, draft);
            entries::encounter(stay, &diagnoses, draft)
        }),
        Content::Referral(one) => each(key, one, draft, |r, _, draft| entries::referral(r, draft)),
        Content::Diagnoses(list) => each(key, list, draft, |c, _, draft| {
            let mut made = entries::condition(c, packet.kind, draft)?;
            // Its role is the stay's to tell, where the packet has the stay.
            if let Some(role) = c.role.as_ref().filter(|_| !has_stay(packet)) {
                let kind = draft.edition.say(Term::Kind);
                made.note.push(annotation(format!("{kind}: {role}"))?);
            }
            Ok(made)
        }),
        Content::Allergies(list) => {
            each(key, list, draft, |a, _, draft| entries::allergy(a, draft))
        }
        Content::Medications(list) => medications(list, draft, |_| true),
        Content::Procedures(list) => {
            each(key, list, draft, |p, _, draft| entries::procedure(p, draft))
        }
        Content::Observations(list) => each(key, list, draft, |o, _, draft| {
            entries::observation(o, draft)
        }),
        Content::Immunizations(list) => each(key, list, draft, |i, _, draft| {
            entries::immunization(i, draft)
        }),
        Content::Plan(orders, appointments) => {
            let mut urls = each(key, orders, draft, |o, _, draft| entries::order(o, draft))?;
            let name = format!("{key}/appointment");
            urls.extend(each(&name, appointments, draft, |a, _, draft| {
                entries::appointment(a, draft)
            })?);
            Ok(urls)
        }
        Content::CareTeam(list) if list.is_empty() => Ok(Vec::new()),
        Content::CareTeam(list) => {
            let team = entries::care_team(list, draft)?;
            draft.add(key, team).map(|url| vec![url])
        }
        Content::Payers(list) => each(key, list, draft, entries::coverage),
        Content::Documents(list) => each(key, list, draft, entries::document),
        Content::Instructions(_) | Content::Words => Ok(Vec::new()),
    }
}

/// A resource for each fact, under the section's name and its place in it.
fn each<'f, F: 'f, R: BaseResource + Into<Resource>>(
    key: &str,
    facts: impl IntoIterator<Item = &'f F>,
    draft: &mut Draft,
    make: impl Fn(&F, &str, &mut Draft) -> Built<R>,
) -> Built<Vec<String>> {
    let mut urls = Vec::new();
    for (place, fact) in facts.into_iter().enumerate() {
        let name = format!("{key}/{place}");
        let made = make(fact, &name, draft)?;
        urls.push(draft.add(&name, made)?);
    }
    Ok(urls)
}

fn has_stay(packet: &Packet) -> bool {
    let stay = packet.section(Section::Encounter);
    stay.is_some_and(|made| !made.content.is_empty())
}

/// The packet's diagnoses and where they are found in the document.
fn diagnoses_of<'p>(packet: &'p Packet, draft: &Draft) -> Vec<(&'p Condition, String)> {
    let Some(Content::Diagnoses(list)) = packet.section(Section::Diagnoses).map(|s| &s.content)
    else {
        return Vec::new();
    };
    let key = Section::Diagnoses.key();
    let numbered = list.iter().enumerate();
    numbered
        .map(|(place, condition)| (condition, draft.url(&format!("{key}/{place}"))))
        .collect()
}

/// What to take, and what ended: the section's own entries. What was given or
/// taken before stands apart, so that no reader takes it for what to take now.
fn is_later(standing: Standing) -> bool {
    matches!(
        standing,
        Standing::Current | Standing::NotCertain | Standing::Ended
    )
}

fn medications(
    list: &[Listed],
    draft: &mut Draft,
    wanted: impl Fn(Standing) -> bool,
) -> Built<Vec<String>> {
    let mut urls = Vec::new();
    for (place, one) in list.iter().enumerate() {
        if wanted(one.standing) {
            let made = entries::medication(one, draft)?;
            let name = format!("{}/{place}", Section::Medications.key());
            urls.push(draft.add(&name, made)?);
        }
    }
    Ok(urls)
}

fn earlier_medications(
    from: &PacketSection,
    list: &[Listed],
    draft: &mut Draft,
) -> Built<Vec<Option<CompositionSection>>> {
    // LOINC: medications administered; medications on admission
    let lists = [
        (Standing::DuringStay, Term::DuringTheStay, "29549-3"),
        (Standing::Before, Term::BeforeTheStay, "42346-7"),
    ];
    let mut made = Vec::new();
    for (standing, title, code) in lists {
        let urls = medications(list, draft, |one| one == standing)?;
        if urls.is_empty() {
            continue;
        }
        let own = list.iter().filter(|one| one.standing == standing);
        let own = PacketSection {
            content: Content::Medications(own.cloned().collect()),
            narrative: Vec::new(),
            comments: Vec::new(),
            site: Vec::new(),
            withheld: false,
            ..from.clone()
        };
        let title = draft.edition.say(title);
        let mut section = titled(title, Some(code), &blocks(&own, draft.edition), draft)?;
        for url in &urls {
            section.entry.push(Some(reference(url)?));
        }
        made.push(Some(section));
    }
    Ok(made)
}
