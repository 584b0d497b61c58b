//! Labels: on the document, on what is taken out of it, and the notice before it.

use super::{document, everything, packet_of, sections};
use crate::support::invariants::complaints;
use crate::support::schema::assert_r4;
use handoff::domain::packet::Packet;
use handoff::domain::section::PacketKind;
use handoff::domain::sensitive::SensitivityLabel;
use serde_json::Value;

fn packet() -> Packet {
    let rule = everything(PacketKind::Discharge);
    packet_of("hl7v2/adt_a03_discharge.hl7", &rule)
}

fn part_2() -> Packet {
    let mut packet = packet();
    packet.security.confidentiality = "R";
    packet.security.labels = vec![SensitivityLabel::Part2, SensitivityLabel::Opioidud];
    packet.security.consent_scope = Some("To the care managers, for a year".into());
    packet
}

fn codes(meta: &Value) -> Vec<&str> {
    let security = meta["security"].as_array();
    let codings = security.map_or(&[][..], Vec::as_slice).iter();
    codings
        .map(|coding| coding["code"].as_str().unwrap())
        .collect()
}

#[test]
fn an_ordinary_document_says_so_and_what_it_may_be_used_for() {
    let made = document(&packet());
    assert_eq!(codes(&made["meta"]), ["N", "TREAT"]);
    assert_eq!(codes(&made["entry"][0]["resource"]["meta"]), ["N", "TREAT"]);
    assert!(made["entry"][1]["resource"].get("meta").is_none());
}

#[test]
fn part_2_goes_with_the_document_and_with_whatever_is_taken_out_of_it() {
    let made = document(&part_2());
    assert_r4(&made);
    assert_eq!(complaints(&made), [""; 0]);
    let all = ["R", "42CFRPart2", "OPIOIDUD", "NORDSCLCD", "TREAT"];
    assert_eq!(codes(&made["meta"]), all);
    for entry in &made["entry"].as_array().unwrap()[1..] {
        let resource = &entry["resource"];
        let kind = resource["resourceType"].as_str().unwrap();
        let of_patient = !["Organization", "Practitioner", "PractitionerRole"].contains(&kind);
        let expected = if of_patient { &all[..4] } else { &[] };
        assert_eq!(codes(&resource["meta"]), expected, "{kind}");
    }
}

#[test]
fn the_notice_of_part_2_and_the_scope_of_the_consent_come_first() {
    let made = document(&part_2());
    let first = sections(&made)[0]["text"]["div"].as_str().unwrap();
    assert!(
        first.contains("42 CFR part 2 prohibits unauthorized use or disclosure of these records.")
    );
    assert!(first.contains("To the care managers, for a year"));
}
