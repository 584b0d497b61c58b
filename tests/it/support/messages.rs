//! Fixtures made fresh: a message of last month is a back-load.

use std::path::PathBuf;

pub fn fixture(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// An HL7 v2 fixture sent now, under a control id of its own.
pub fn fresh(name: &str, now: jiff::Timestamp) -> (Vec<u8>, String) {
    let id = format!("T-{}", uuid::Uuid::new_v4().simple());
    (sent(name, &id, now), id)
}

/// An HL7 v2 fixture with this MSH-7 and MSH-10.
pub fn sent(name: &str, control_id: &str, at: jiff::Timestamp) -> Vec<u8> {
    let text = String::from_utf8(fixture(name)).expect("fixtures are UTF-8");
    let mut fields: Vec<String> = text.splitn(11, '|').map(str::to_owned).collect();
    fields[6] = at.strftime("%Y%m%d%H%M%S+0000").to_string();
    fields[9] = control_id.to_owned();
    fields.join("|").into_bytes()
}

pub const DISCHARGE: &str = "hl7v2/adt_a03_discharge.hl7";

/// Texts of the discharge fixture that may be nowhere in the clear.
pub const MARKS: [&str; 10] = [
    "GRIFFITH",
    "Griffith",
    "LG-883201",
    "NHX-55120",
    "V-2026-33817",
    "Heart failure",
    "Penicillin",
    "Potassium",
    "NOVAK",
    "Larch Row",
];
