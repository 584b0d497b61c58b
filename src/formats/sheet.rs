//! Packet to sheet: the order of a page's contents, and what is said about the
//! packet itself.

use crate::domain::facts::Patient;
use crate::domain::packet::{Origin, Packet};
use crate::formats::content::blocks;
use crate::formats::pdf::{Banner, Block, Sheet};
use crate::formats::wording::{patient_name, shown};

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

pub fn sheet(packet: &Packet, imprint: &Imprint) -> Sheet {
    let mut body = vec![Block::Heading {
        level: 1,
        text: packet.kind.title().into(),
    }];
    body.extend(doubts(packet));
    for section in &packet.sections {
        let text = section.section.title(packet.kind).into();
        body.push(Block::Heading { level: 2, text });
        body.extend(blocks(section));
    }
    body.push(Block::Heading {
        level: 2,
        text: "About this packet".into(),
    });
    body.push(Block::Grid(about(packet, imprint)));
    Sheet {
        title: format!("{} {}", packet.kind.title(), imprint.ticket),
        language: "en".into(),
        created: imprint.created.clone(),
        banner: banner(packet, imprint),
        footer: format!("{} · confidential health information", imprint.ticket),
        blocks: body,
    }
}

fn banner(packet: &Packet, imprint: &Imprint) -> Banner {
    let patient = &packet.patient;
    let mut facts = Vec::new();
    let born = patient.birth_date.as_ref().map(shown);
    facts.push((
        "Born".to_owned(),
        born.unwrap_or_else(|| "not recorded".into()),
    ));
    facts.extend(
        patient
            .gender
            .map(|gender| ("Sex".to_owned(), gender.to_owned())),
    );
    if let Some(died) = died(patient) {
        facts.push(("Died".to_owned(), died));
    }
    if let Some(number) = patient.record_number() {
        facts.push(("MRN".to_owned(), number.value.clone()));
    }
    Banner {
        name: patient_name(patient),
        facts,
        organisation: imprint.organisation.clone(),
    }
}

/// Nobody should learn it from a telephone call.
fn died(patient: &Patient) -> Option<String> {
    match (&patient.deceased_at, patient.deceased) {
        (Some(at), _) => Some(shown(at)),
        (None, Some(true)) => Some("yes, date not recorded".into()),
        _ => None,
    }
}

/// A reader must know that something is missing, before reading on.
fn doubts(packet: &Packet) -> Option<Block> {
    if packet.doubts.is_empty() {
        return None;
    }
    let title = match packet.doubts.len() {
        1 => "1 part of the source was left out or not completely read".to_owned(),
        n => format!("{n} parts of the source were left out or not completely read"),
    };
    let lines = packet
        .doubts
        .iter()
        .map(|doubt| format!("{}: {}", doubt.at, doubt.why));
    Some(Block::Notice {
        title,
        lines: lines.collect(),
    })
}

fn about(packet: &Packet, imprint: &Imprint) -> Vec<(String, String)> {
    let mut grid = vec![
        (
            "Made".to_owned(),
            imprint.created.strftime("%-d %B %Y, %H:%M %:z").to_string(),
        ),
        ("From".to_owned(), origin(&packet.origin)),
    ];
    let sender = &packet.origin.sender;
    let sender = [&sender.application, &sender.facility]
        .into_iter()
        .flatten();
    let sender = sender.cloned().collect::<Vec<_>>().join(", ");
    if !sender.is_empty() {
        grid.push(("Sent by".to_owned(), sender));
    }
    grid.extend(
        packet
            .origin
            .sent
            .as_ref()
            .map(|at| ("Sent".to_owned(), shown(at))),
    );
    if packet.confidentiality != "N" {
        let words = match packet.confidentiality {
            "V" => "very restricted",
            _ => "restricted",
        };
        grid.push((
            "Confidentiality".to_owned(),
            format!("{words}, as the source says"),
        ));
    }
    if !packet.beyond.is_empty() {
        let said = format!("{}; not part of this packet", packet.beyond.join(", "));
        grid.push(("Also in the source".to_owned(), said));
    }
    grid.push(("Handoff".to_owned(), imprint.handoff.to_string()));
    grid.push((
        "SHA-256 of the source message".to_owned(),
        imprint.source_sha256.clone(),
    ));
    grid
}

fn origin(origin: &Origin) -> String {
    let format = origin.format;
    match &origin.control_id {
        Some(id) => format!("{format} {}, message {id}", origin.event),
        None => format!("{format} {}", origin.event),
    }
}
