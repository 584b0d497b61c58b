//! TXA → what is known of the document that this message carries or announces.

use super::Room;
use crate::domain::facts::{Places, When};
use crate::formats::hl7v2::{datatypes, documents, labels, media_type, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["TXA"],
    read,
};

/// What TXA says of the documents that follow it.
#[derive(Clone, Default)]
pub struct Header {
    pub title: Option<String>,
    pub id: Option<String>,
    pub status: Option<&'static str>,
    pub date: Option<When>,
    pub availability: Option<String>,
    pub content_type: Option<String>,
    pub at: Places,
}

fn read(segment: &Segment, walk: &mut Walk) {
    documents::finish(walk);
    // The activity, then the beginning of its writing.
    let (date, date_field) = match datatypes::time(segment, 6, &mut walk.facts.doubts) {
        Some(date) => (Some(date), 6),
        None => (datatypes::time(segment, 4, &mut walk.facts.doubts), 4),
    };
    let (title, title_field) = match segment.text(25, 1) {
        Some(title) => (Some(title), 25),
        None => (kind(segment), 2),
    };
    let status = segment.text(17, 1).and_then(|code| completion(&code));
    let availability = availability(segment, walk);
    let content_type = segment
        .value(3)
        .and_then(|v| media_type::declared(v.text(1), v.text(1)));
    let id = segment.value(12).and_then(datatypes::entity);
    let header = Header {
        at: segment.places(&[
            ("title", title_field, title.is_some()),
            ("id", 12, id.is_some()),
            ("status", 17, status.is_some()),
            ("date", date_field, date.is_some()),
            ("availability", 19, availability.is_some()),
            ("contentType", 3, content_type.is_some()),
        ]),
        title,
        id,
        status,
        date,
        availability,
        content_type,
    };
    walk.documents.describe(header);
    if let Some(parent) = segment.value(13).and_then(datatypes::entity) {
        walk.facts.replaces = Some(parent);
    }
    for (field, role) in [
        (5, "primary activity provider"),
        (9, "author"),
        (10, "assigned authenticator"),
        (22, "authenticator"),
    ] {
        let team = datatypes::team(segment, field, role);
        walk.facts.join_care_team(team);
    }
    labels::coded(segment, 18, 272, "document", walk);
}

/// TXA-2 in words; table 0270 where only its code came.
fn kind(segment: &Segment) -> Option<String> {
    let code = datatypes::words(segment.value(2)?)?;
    let title = match code.as_str() {
        "AR" => "Autopsy report",
        "CD" => "Cardiodiagnostics",
        "CN" => "Consultation",
        "DI" => "Diagnostic imaging",
        "DS" => "Discharge summary",
        "ED" => "Emergency department report",
        "HP" => "History and physical examination",
        "OP" => "Operative report",
        "PC" => "Psychiatric consultation",
        "PH" => "Psychiatric history and physical examination",
        "PN" => "Procedure note",
        "PR" => "Progress note",
        "SP" => "Surgical pathology",
        "TS" => "Transfer summary",
        _ => return Some(code),
    };
    Some(title.to_owned())
}

/// Table 0271 → composition-status: what is authenticated is final.
fn completion(code: &str) -> Option<&'static str> {
    match code {
        "LA" | "AU" => Some("final"),
        "DI" | "DO" | "IP" | "IN" | "PA" => Some("preliminary"),
        _ => None,
    }
}

/// TXA-19 (table 0273) → document-reference-status; available goes without
/// saying, and a reader must know of the rest.
fn availability(segment: &Segment, walk: &mut Walk) -> Option<String> {
    let code = segment.text(19, 1)?;
    let (status, why) = match code.as_str() {
        "AV" => return None,
        "OB" => ("superseded", "the document is marked as obsolete"),
        "CA" => ("entered-in-error", "the document is marked as cancelled"),
        "UN" => ("UN", "the document is marked as unavailable for care"),
        _ => (code.as_str(), "the code is not in table 0273"),
    };
    walk.doubt(segment.at(19), why);
    Some(status.to_owned())
}
