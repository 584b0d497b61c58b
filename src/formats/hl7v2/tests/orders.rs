//! Orders, what is given, and comments on both.

use super::*;

fn message(event: &str, segments: &str) -> ClinicalFacts {
    let body =
        format!("MSH|^~\\&|A|B|||20261122||{event}|1|P|2.5\rPID|1||7^^^H^MR||N^G\r{segments}\r");
    one(body.as_bytes())
}

#[test]
fn an_order_that_is_taken_back_is_not_active() {
    let status = |orc: &str| {
        let facts = message("RDE^O11", &format!("{orc}\rRXE||1^Drug^L|10||mg"));
        facts.medications[0].status.clone()
    };
    for (orc, expected) in [
        ("ORC|DC|9^E|||IP", "stopped"),
        ("ORC|OD|9^E|||IP", "stopped"),
        ("ORC|DR|9^E|||A", "stopped"),
        ("ORC|CA|9^E|||SC", "cancelled"),
        ("ORC|OC|9^E|||IP", "cancelled"),
        ("ORC|CR|9^E|||CM", "cancelled"),
        ("ORC|HD|9^E|||IP", "on-hold"),
        ("ORC|OH|9^E|||IP", "on-hold"),
        ("ORC|HR|9^E|||DC", "stopped"),
        ("ORC|dc|9^E", "stopped"),
        ("ORC|XO|9^E|||Discontinued", "stopped"),
        ("ORC|SC|9^E|||Canceled", "cancelled"),
        ("ORC|SC|9^E|||dc", "stopped"),
        ("ORC|SC|9^E|||On-Hold", "on-hold"),
        ("ORC|NW|9^E|||ip", "active"),
    ] {
        assert_eq!(status(orc).as_deref(), Some(expected), "{orc}");
    }
    let odd = message("RDE^O11", "ORC|SC|9^E|||perhaps\rRXE||1^Drug^L");
    assert_eq!(odd.medications[0].status, None);
    assert_eq!(places(&odd), ["ORC-5"]);
}

#[test]
fn the_number_of_an_order_that_ends_is_kept_without_its_drug() {
    for (event, segments, status) in [
        ("RDE^O11", "ORC|DC|2^E", "revoked"),
        ("RAS^O17", "ORC|CA|2^E|||IP", "revoked"),
        ("ORP^O10", "ORC|HD|2^E", "on-hold"),
        ("RDE^O11", "ORC|OD|2^E\rRXE||", "revoked"),
    ] {
        let facts = message(event, segments);
        assert!(facts.medications.is_empty());
        let order = &facts.orders[0];
        assert_eq!(order.id.as_deref(), Some("2"), "{segments}");
        assert_eq!(order.status.as_deref(), Some(status));
        assert!(order.code.is_empty());
    }
    assert!(
        message("RDE^O11", "ORC|DC|2^E\rRXE||1^Drug^L")
            .orders
            .is_empty()
    );
    assert_eq!(places(&message("RDE^O11", "ORC|DC")), ["ORC-2"]);
    assert!(message("ORU^R01", "ORC|RE|2^E").orders.is_empty());
}

#[test]
fn a_comment_stands_with_what_it_comments() {
    let facts = message(
        "RDE^O11",
        "ORC|NW|9\rNTE|1||to be watched\rRXE||1^Drug^L\rNTE|1||with food\rRXR|PO\rNTE|1||slowly\r\
         ORC|NW|10\rRXE||2^Other^L\rORC|NW|11\rNTE|1||alone",
    );
    assert_eq!(
        facts.medications[0].notes,
        ["to be watched", "with food", "slowly"]
    );
    assert!(facts.medications[1].notes.is_empty());
    assert_eq!(facts.notes, ["Order 11: alone"]);
    let asked = message(
        "OML^O21",
        "ORC|NW|9\rOBR|1|||CBC^Blood count^L\rNTE|1||fasting",
    );
    assert_eq!(asked.notes, ["Blood count: fasting"]);
    let withdrawn = with("OBR|1|||P^Panel\rOBX|1|NM|1^K||5||||||D\rNTE|1||very high");
    assert!(withdrawn.notes.is_empty() && withdrawn.results.is_empty());
    assert_eq!(places(&withdrawn), ["OBX-11", "NTE"]);
}

#[test]
fn what_was_given_says_so_and_how_much_of_it() {
    let given = message(
        "RAS^O17",
        "ORC|RE|9\rRXA|0|1|20261122||1^Drug^L|5||||||||||||||PA",
    );
    assert_eq!(given.medications[0].list.as_deref(), Some("administered"));
    assert_eq!(given.medications[0].notes, ["only a part was given"]);
    let vaccine = message(
        "VXU^V04",
        "ORC|RE|9\rRXA|0|1|20261122||03^MMR^CVX|5||||||||||||||PA\rOBX|1|CE|31044-1^Reaction^LN||Fever||||||F\r\
         ORC|RE|10\rRXA|0|1|20261122||20^DTaP^CVX\rOBX|1|CE|31044-1^Reaction^LN||None||||||F",
    );
    let groups: Vec<_> = vaccine.results.iter().map(|r| r.group.as_deref()).collect();
    assert_eq!(groups, [Some("MMR"), Some("DTaP")]);
    assert_eq!(places(&vaccine), ["RXA[1]-20"]);
}

#[test]
fn a_substitute_is_doubted() {
    let facts = message(
        "RDS^O13",
        "ORC|RE|9\rRXE||1^Drug^L|10||mg\rRXD|1|2^Another^L\rORC|RE|10\rRXE||3^Third^L\rRXD|1|3^Third^L",
    );
    assert_eq!(facts.medications.len(), 2);
    assert_eq!(places(&facts), ["RXD[1]-2"]);
}

#[test]
fn parts_of_an_appointment_at_other_times_are_doubted() {
    let facts = message(
        "SIU^S12",
        "SCH|1|2\rRGS|1\rAIS|1||X^Scan|20261201090000\rRGS|2\rAIS|2||Y^Visit|20261202090000",
    );
    assert_eq!(facts.appointments[0].reason.as_deref(), Some("Scan; Visit"));
    assert_eq!(places(&facts), ["AIS[2]-4"]);
}

#[test]
fn an_order_that_was_refused_does_not_look_active() {
    for code in ["UA", "DE", "UC", "UD", "UH", "UM", "UX", "ZZ"] {
        for state in ["", "|9^E|||IP"] {
            let facts = message(
                "RDE^O11",
                &format!("ORC|{code}{state}\rRXE||1^Drug^L|10||mg"),
            );
            let status = facts.medications[0].status.as_deref();
            assert_eq!(status, Some("unknown"), "{code}{state}");
            assert_eq!(places(&facts), ["ORC-1"]);
        }
    }
    let over = message("RDE^O11", "ORC|UC|9^E|||DC\rRXE||1^Drug^L");
    assert_eq!(over.medications[0].status.as_deref(), Some("stopped"));
}
