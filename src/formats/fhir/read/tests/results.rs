//! Results: what they belong to, and between which ends they should be.

use serde_json::{Value, json};

use super::{around, narrative, of, place};

fn observation(id: &str, members: Value) -> Value {
    let mut observation = json!({ "resourceType": "Observation", "id": id, "status": "final" });
    for (key, value) in members.as_object().expect("members") {
        observation[key] = value.clone();
    }
    observation
}

#[test]
fn a_susceptibility_says_of_which_organism_it_is() {
    let organism = |id: &str, name: &str, members: Value| {
        observation(
            id,
            json!({ "code": { "coding": [{ "system": "http://loinc.org", "code": "600-7" }] },
                "valueCodeableConcept": { "text": name }, "hasMember": members }),
        )
    };
    let drug = |id: &str, value: &str| {
        observation(
            id,
            json!({ "code": { "text": "Ampicillin" }, "valueString": value }),
        )
    };
    let mut derived = drug("s3", "S");
    derived["derivedFrom"] = json!([{ "reference": "Observation/o2" }]);
    let facts = of(&around(vec![
        organism(
            "o1",
            "Escherichia coli",
            json!([{ "reference": "Observation/s1" }]),
        ),
        organism(
            "o2",
            "Staphylococcus aureus",
            json!([{ "reference": "Observation/s2" }]),
        ),
        drug("s1", "R"),
        drug("s2", "S"),
        derived,
    ]));
    let groups: Vec<_> = facts.results[2..]
        .iter()
        .map(|r| r.group.as_deref())
        .collect();
    let aureus = Some("Staphylococcus aureus");
    assert_eq!(groups, [Some("Escherichia coli"), aureus, aureus]);
    let at = "Bundle.entry[1].resource.valueCodeableConcept";
    assert_eq!(place(&facts.results[2].at, "group"), at);
}

#[test]
fn a_member_says_its_panel_and_a_mean_is_no_member() {
    let panel = json!({ "code": { "text": "Electrolytes" }, "hasMember": [{ "reference": "Observation/na" }] });
    let bmi = json!({ "code": { "text": "BMI" }, "valueInteger": 24, "derivedFrom": [{ "reference": "Observation/na" }] });
    let facts = of(&around(vec![
        observation("p", panel),
        observation(
            "na",
            json!({ "code": { "text": "Sodium" }, "valueInteger": 140, "note": [{ "text": "Haemolysed" }] }),
        ),
        observation("bmi", bmi),
    ]));
    assert_eq!(facts.results[1].group.as_deref(), Some("Electrolytes"));
    assert_eq!(facts.results[1].notes, ["Haemolysed"]);
    assert_eq!(facts.results[2].group, None);
}

#[test]
fn the_normal_range_goes_before_those_of_a_treatment() {
    let range = |ranges: Value| {
        let facts = of(&around(vec![observation(
            "x",
            json!({ "code": { "text": "INR" }, "valueDecimal": 2.4, "referenceRange": ranges }),
        )]));
        facts.results[0].range.clone().unwrap_or_default()
    };
    let one = |kind: &str, low: u8, high: u8| json!({ "type": { "coding": [{ "code": kind }] }, "low": { "value": low }, "high": { "value": high } });
    assert_eq!(
        range(json!([one("treatment", 2, 3), one("normal", 0, 1)])),
        "0-1"
    );
    assert_eq!(
        range(json!([one("treatment", 2, 3), { "text": "below 1" }])),
        "below 1"
    );
    assert_eq!(range(json!([one("treatment", 2, 3)])), "2-3 (treatment)");
    let both = json!([one("treatment", 2, 3), one("recommended", 1, 3)]);
    assert_eq!(range(both), "2-3 (treatment); 1-3 (recommended)");
    let who = json!([
        { "low": { "value": 12 }, "appliesTo": [{ "text": "female" }] },
        { "low": { "value": 13 }, "appliesTo": [{ "text": "male" }] }
    ]);
    assert_eq!(range(who), ">= 12 (female); >= 13 (male)");
}

#[test]
fn a_narrative_keeps_powers_and_leaves_out_what_was_struck() {
    let plain = narrative::plain(
        "<div>5.2 &times; 10<sup>9</sup>/L, H<sub>2</sub>O<del>, warfarin <b>5 mg</b></del>, <s>old</s>M&uuml;ller &szlig; &Auml;&yuml;</div>",
    );
    assert_eq!(plain, "5.2 × 10^9/L, H2O, Müller ß Äÿ");
    assert_eq!(narrative::plain("<p>a<del>b</p>"), "ab");
    assert_eq!(narrative::plain("<p>a<del/>b</p><p>c</p>"), "ab\nc");
}

#[test]
fn a_range_in_other_units_than_the_value_says_so() {
    let read = |members: Value| of(&around(vec![observation("o", members)])).results[0].clone();
    let high = |unit: &str| json!([{ "high": { "value": 14, "unit": unit } }]);
    let range = |value: Value, unit: &str| {
        let members = json!({ "code": { "text": "Troponin T" }, "valueQuantity": value, "referenceRange": high(unit) });
        read(members).range.unwrap_or_default()
    };
    let value = json!({ "value": 0.05, "unit": "ng/mL" });
    assert_eq!(range(value.clone(), "ng/L"), "<= 14 ng/L");
    assert_eq!(range(value, "ng/mL"), "<= 14");
    assert_eq!(range(json!({ "value": 0.05 }), "ng/L"), "<= 14 ng/L");
    let dose = |unit: &str| {
        read(json!({ "code": { "text": "Dose given" }, "valueRange": {
            "low": { "value": 1, "unit": "mg" }, "high": { "value": 2, "unit": unit } } }))
    };
    let two = dose("g");
    assert_eq!(
        (two.value.as_deref(), two.units),
        (Some("1 mg – 2 g"), None)
    );
    let one = dose("mg");
    assert_eq!(
        (one.value.as_deref(), one.units.as_deref()),
        (Some("1-2"), Some("mg"))
    );
}
