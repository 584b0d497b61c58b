//! RXA → an immunization in a message about vaccinations (VXU and what answers
//! with the same), else the administration of a medication (RAS).

use super::{
    Room, orc,
    rx::{self, Account},
};
use crate::domain::facts::Immunization;
use crate::formats::hl7v2::{datatypes, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["RXA"],
    read,
};

fn read(segment: &Segment, walk: &mut Walk) {
    orc::close_medication(walk);
    walk.order.detailed = true;
    match walk.kind() {
        "VXU" | "VXR" | "VXX" | "RSP" => immunization(segment, walk),
        _ => administration(segment, walk),
    }
}

/// RXA-20 (table 0322), and RXA-21 `D`, which takes the record back.
fn status(segment: &Segment) -> (&'static str, usize) {
    if segment.text(21, 1).as_deref() == Some("D") {
        return ("entered-in-error", 21);
    }
    match segment.text(20, 1).as_deref() {
        Some("RE" | "NA") => ("not-done", 20),
        _ => ("completed", 20),
    }
}

fn is_partial(segment: &Segment) -> bool {
    segment.text(20, 1).as_deref() == Some("PA")
}

fn immunization(segment: &Segment, walk: &mut Walk) {
    let doubts = &mut walk.facts.doubts;
    let Some((code, mut at)) = datatypes::named(segment, 5, None, None, doubts) else {
        return;
    };
    walk.order.named = true;
    let given = datatypes::time(segment, 3, doubts);
    let (status, status_field) = status(segment);
    let lot = segment.text(15, 1);
    let parts = [
        ("status", status_field, true),
        ("given", 3, given.is_some()),
        ("lot", 15, lot.is_some()),
    ];
    segment.add_places(&parts, &mut at);
    walk.order.vaccine = Some((code.shown().to_owned(), segment.at(5)));
    if is_partial(segment) {
        walk.doubt(segment.at(20), "only a part of the vaccine was given");
    }
    walk.facts.immunizations.push(Immunization {
        code,
        status: Some(status.to_owned()),
        lot,
        at,
        given,
    });
}

fn administration(segment: &Segment, walk: &mut Walk) {
    let doubts = &mut walk.facts.doubts;
    let Some((code, at)) = datatypes::named(segment, 5, None, None, doubts) else {
        return;
    };
    let start = datatypes::time(segment, 3, doubts);
    let end = datatypes::time(segment, 4, doubts);
    let (status, field) = status(segment);
    let mut account = Account::new(rx::GIVEN, code, at);
    account.amount = rx::amount(segment, [6, 0, 7, 8]);
    account.instructions = datatypes::all_words(segment, 9).map(|words| (words, segment.at(9)));
    let status_at = match segment.has(field) {
        true => segment.at(field),
        // That it is an RXA says so.
        false => segment.place(),
    };
    account.status = Some((status, status_at));
    if is_partial(segment) {
        let said = ("only a part was given".to_owned(), segment.at(20));
        account.notes.push(said);
    }
    account.start = start.map(|when| (when, segment.at(3)));
    account.end = end.map(|when| (when, segment.at(4)));
    walk.order.named = true;
    walk.order.medication = Some(account);
}
