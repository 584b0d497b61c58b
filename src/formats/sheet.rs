//! Packet to sheet: the order of a page's contents, and what is said about the
//! packet itself.

use crate::domain::document::Rendition;
use crate::domain::facts::{Address, Identifier, Patient, RelatedPerson};
use crate::domain::fields::PatientField;
use crate::domain::packet::{Origin, Packet, PacketSection};
use crate::formats::branding;
use crate::formats::content::{Edition, blocks};
use crate::formats::pdf::{Attachment, Banner, Block, Sheet};
use crate::formats::words::Term;

/// What a packet does not know of itself.
#[derive(Debug, Clone)]
pub struct Imprint {
    /// Who sends: printed on every page.
    pub organisation: String,
    pub handoff: uuid::Uuid,
    /// The short handle that the notice carries too.
    pub ticket: String,
    /// Hex of SHA-256 of the message the packet was made from.
    pub source_sha256: String,
    pub created: jiff::ZonedDateTime,
    /// The zone of the source's times that come without an offset.
    pub source_zone: jiff::tz::TimeZone,
}

/// More doubts than this push the packet itself off the first page: the rest are
/// listed at its end.
const DOUBTS_AT_THE_TOP: usize = 4;

pub fn sheet(packet: &Packet, imprint: &Imprint, edition: Edition<'_>) -> Sheet {
    let title = edition.words.kind(packet.kind);
    let mut body = vec![heading(1, title)];
    body.extend(security(packet, edition));
    body.extend(doubts(packet, edition));
    body.extend(person(packet, edition));
    for section in packet.sections.iter().filter(|s| is_printed(s, packet)) {
        body.push(heading(2, edition.title(section.section, packet.kind)));
        body.extend(blocks(section, edition));
    }
    body.extend(nothing_on(packet, edition));
    body.extend(all_doubts(packet, edition));
    body.push(heading(2, edition.say(Term::AboutThisPacket)));
    body.push(Block::Grid(about(packet, imprint, edition)));
    Sheet {
        title: format!("{title} {}", imprint.ticket),
        language: edition.words.language.tag().into(),
        created: imprint.created.clone(),
        banner: banner(packet, imprint, edition),
        footer: footer(imprint, edition),
        blocks: body,
        look: branding::look(edition.brand),
        letterhead: branding::letterhead(edition.brand, &imprint.organisation),
        phrases: edition.words.phrases(),
        attachments: attachments(packet, imprint, edition),
    }
}

fn heading(level: u8, text: &str) -> Block {
    Block::Heading {
        level,
        text: text.into(),
    }
}

/// An empty section is printed where its kind of packet requires it.
fn is_printed(section: &PacketSection, packet: &Packet) -> bool {
    !section.is_empty() || section.withheld || packet.kind.required().contains(&section.section)
}

/// The others are named in one line: asked for, and nothing there.
fn nothing_on(packet: &Packet, edition: Edition<'_>) -> Option<Block> {
    let empty = packet.sections.iter().filter(|s| !is_printed(s, packet));
    let titles = empty.map(|s| edition.title(s.section, packet.kind).to_owned());
    let titles: Vec<String> = titles.collect();
    (!titles.is_empty()).then(|| {
        let nothing = edition.say(Term::NothingOnThese);
        Block::Absent(format!("{nothing} {}", edition.words.list(&titles)))
    })
}

fn footer(imprint: &Imprint, edition: Edition<'_>) -> String {
    let own = edition.brand.footer.as_deref();
    let confidential = edition.say(Term::ConfidentialInformation);
    let parts = own
        .into_iter()
        .chain([imprint.ticket.as_str(), confidential]);
    parts.collect::<Vec<_>>().join(" · ")
}

fn banner(packet: &Packet, imprint: &Imprint, edition: Edition<'_>) -> Banner {
    let patient = &packet.patient;
    let mut facts = Vec::new();
    let born = patient.birth_date.as_ref();
    let born = born.map(|at| edition.words.date(at));
    let born = born.unwrap_or_else(|| edition.say(Term::NotRecorded).into());
    facts.push((edition.say(Term::Born).to_owned(), born));
    let sex = patient.gender.map(|code| edition.words.code(code));
    facts.extend(sex.map(|sex| (edition.say(Term::Sex).to_owned(), sex)));
    if let Some(died) = died(patient, edition) {
        facts.push((edition.say(Term::Died).to_owned(), died));
    }
    if let Some(number) = patient.record_number() {
        let label = edition.say(Term::RecordNumber).to_owned();
        facts.push((label, number.value.clone()));
    }
    Banner {
        name: edition.words.patient_name(patient),
        facts,
        organisation: imprint.organisation.clone(),
    }
}

/// Nobody should learn it from a telephone call.
fn died(patient: &Patient, edition: Edition<'_>) -> Option<String> {
    match (&patient.deceased_at, patient.deceased) {
        (Some(at), _) => Some(edition.words.date(at)),
        (None, Some(true)) => Some(edition.say(Term::DiedNoDate).into()),
        _ => None,
    }
}

/// What the banner has no room for, where the channel names it.
fn person(packet: &Packet, edition: Edition<'_>) -> Option<Block> {
    let patient = &packet.patient;
    let mut grid: Vec<(String, String)> = Vec::new();
    let mut say = |label: Term, value: String| {
        if !value.is_empty() {
            grid.push((edition.say(label).to_owned(), value));
        }
    };
    let shown = patient.record_number().map(|number| &number.value);
    for number in patient
        .identifiers
        .iter()
        .filter(|n| Some(&n.value) != shown)
    {
        say(number_label(number), with_authority(number));
    }
    say(Term::Language, patient.language.clone().unwrap_or_default());
    for address in &patient.addresses {
        say(Term::Address, in_lines(address));
    }
    say(Term::Telephone, edition.words.list(&patient.telecoms));
    for contact in &packet.contacts {
        say(Term::NextOfKin, contacted(contact));
    }
    (!grid.is_empty()).then_some(Block::Grid(grid))
}

fn number_label(number: &Identifier) -> Term {
    match PatientField::of_number(number) {
        PatientField::Ssn => Term::SocialSecurityNumber,
        PatientField::AccountNumber => Term::AccountNumber,
        PatientField::RecordNumber => Term::RecordNumber,
        _ => Term::OtherNumber,
    }
}

/// Two numbers of one kind are told apart by who gave them.
fn with_authority(number: &Identifier) -> String {
    let named = number.system.as_deref();
    match named.filter(|authority| !authority.contains(':')) {
        Some(authority) => format!("{} ({authority})", number.value),
        None => number.value.clone(),
    }
}

fn in_lines(address: &Address) -> String {
    let parts = [
        &address.city,
        &address.state,
        &address.postal_code,
        &address.country,
    ];
    let parts = parts.into_iter().flatten().cloned();
    let lines = address.line.iter().cloned().chain(parts);
    lines.collect::<Vec<_>>().join(", ")
}

fn contacted(person: &RelatedPerson) -> String {
    let name = person.name.as_ref().map(|name| name.shown());
    let role = person.relationship.clone();
    let parts = name
        .into_iter()
        .chain(role)
        .chain(person.telecoms.iter().cloned());
    parts.collect::<Vec<_>>().join(", ")
}

/// 42 CFR 2.32: the notice and the scope of the consent accompany the records,
/// before them.
pub fn security(packet: &Packet, edition: Edition<'_>) -> Option<Block> {
    let security = &packet.security;
    if security.labels.is_empty() {
        return None;
    }
    let codes: Vec<String> = security
        .labels
        .iter()
        .map(|l| l.code().to_owned())
        .collect();
    let labels = edition.say(Term::Labels);
    let mut lines = vec![format!("{labels}: {}", edition.words.list(&codes))];
    if security.is_part_2() {
        lines.push(edition.say(Term::Part2Notice).into());
    }
    if let Some(scope) = &security.consent_scope {
        lines.push(format!("{} {scope}", edition.say(Term::ConsentScope)));
    }
    Some(Block::Notice {
        title: edition.say(Term::SensitiveTitle).into(),
        lines,
    })
}

/// A reader must know that something is missing, before reading on.
fn doubts(packet: &Packet, edition: Edition<'_>) -> Option<Block> {
    let count = packet.doubts.len();
    if count == 0 {
        return None;
    }
    let mut lines = doubt_lines(packet);
    if count > DOUBTS_AT_THE_TOP {
        lines.truncate(DOUBTS_AT_THE_TOP);
        lines.push(edition.words.more_doubts(count - DOUBTS_AT_THE_TOP));
    }
    Some(Block::Notice {
        title: edition.words.doubts(count),
        lines,
    })
}

fn all_doubts(packet: &Packet, edition: Edition<'_>) -> Option<Block> {
    (packet.doubts.len() > DOUBTS_AT_THE_TOP).then(|| Block::Notice {
        title: edition.say(Term::NotCompletelyRead).into(),
        lines: doubt_lines(packet),
    })
}

pub fn doubt_lines(packet: &Packet) -> Vec<String> {
    let doubts = packet.doubts.iter();
    doubts
        .map(|doubt| format!("{}: {}", doubt.at, doubt.why))
        .collect()
}

pub fn about(packet: &Packet, imprint: &Imprint, edition: Edition<'_>) -> Vec<(String, String)> {
    let mut grid = Vec::new();
    let mut say = |label: Term, value: String| {
        if !value.is_empty() {
            grid.push((edition.say(label).to_owned(), value));
        }
    };
    let made = crate::domain::facts::When(imprint.created.strftime("%Y-%m-%dT%H:%M").to_string());
    let zone = imprint.created.strftime("%:z");
    say(Term::Made, format!("{} {zone}", edition.words.date(&made)));
    say(Term::Purpose, edition.words.purpose(packet.purpose).into());
    say(Term::From, origin(&packet.origin, edition));
    let sender = &packet.origin.sender;
    let sender = [&sender.application, &sender.facility];
    let sender: Vec<String> = sender.into_iter().flatten().cloned().collect();
    say(Term::SentBy, sender.join(", "));
    let sent = packet.origin.sent.as_ref();
    say(
        Term::Sent,
        sent.map(|at| edition.words.date(at)).unwrap_or_default(),
    );
    match packet.security.confidentiality {
        "V" => say(
            Term::Confidentiality,
            edition.say(Term::VeryRestricted).into(),
        ),
        "R" => say(Term::Confidentiality, edition.say(Term::Restricted).into()),
        _ => {}
    }
    if !packet.beyond.is_empty() {
        let counted = packet
            .beyond
            .iter()
            .map(|(kind, n)| edition.words.beyond(*kind, *n));
        let counted = edition.words.list(&counted.collect::<Vec<_>>());
        let not_here = edition.say(Term::NotPartOfThisPacket);
        say(Term::AlsoInTheSource, format!("{counted}; {not_here}"));
    }
    let questions = edition.brand.questions.clone().unwrap_or_default();
    say(Term::Questions, questions);
    say(Term::HandoffId, imprint.handoff.to_string());
    say(Term::SourceDigest, imprint.source_sha256.clone());
    grid
}

/// The documents of the event, under neutral names.
fn attachments(packet: &Packet, imprint: &Imprint, edition: Edition<'_>) -> Vec<Attachment> {
    let whole = packet
        .originals
        .iter()
        .filter(|document| packet.attach_originals && !document.content.is_empty());
    let attached = whole.zip(1..).map(|(document, ordinal)| {
        let original = Rendition::original(ordinal, document.content_type.as_deref());
        Attachment {
            name: original.file_name,
            media_type: original.content_type.into_owned(),
            description: format!("{} {ordinal}", edition.say(Term::Document)),
            bytes: document.content.clone(),
            modified: imprint.created.clone(),
        }
    });
    attached.collect()
}

fn origin(origin: &Origin, edition: Edition<'_>) -> String {
    let format = origin.format;
    match &origin.control_id {
        Some(id) => format!(
            "{format} {}, {} {id}",
            origin.event,
            edition.say(Term::Message)
        ),
        None => format!("{format} {}", origin.event),
    }
}
