//! FHIR: what is written is read, whatever the order of members and entries.

use super::FIXTURES;
use super::marks::{MARK, assert_told, assert_told_each_time, cases, plainly, typed, wherever};
use crate::domain::facts::{ClinicalFacts, Reading};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn what_is_written_is_read_with_any_characters(
        family in typed(), given in typed(), number in typed(), problem in typed(), drug in typed(),
        pretty in any::<bool>(),
    ) {
        let body = json!({"resourceType": "Bundle", "type": "collection", "entry": [
            {"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Patient", "id": "p",
                "identifier": [{"system": "urn:x", "value": number}],
                "name": [{"family": family, "given": [given]}], "birthDate": "1958-04-17"}},
            {"resource": {"resourceType": "Condition", "subject": {"reference": "urn:uuid:1"},
                "code": {"text": problem}}},
            {"resource": {"resourceType": "MedicationRequest", "status": "active", "intent": "order",
                "subject": {"reference": "urn:uuid:1"}, "medicationCodeableConcept": {"text": drug}}},
        ]});
        let body = if pretty { serde_json::to_vec_pretty(&body) } else { serde_json::to_vec(&body) };
        let reading = plainly(&body.expect("JSON"));
        prop_assert_eq!(reading.messages.len(), 1, "{:?}", reading.problems);
        let facts = &reading.messages[0];
        prop_assert_eq!(&facts.patient.names[0].family, &Some(family));
        prop_assert_eq!(&facts.patient.names[0].given, &[given]);
        prop_assert_eq!(&facts.patient.identifiers[0].value, &number);
        prop_assert_eq!(&facts.conditions[0].code.text, &Some(problem));
        prop_assert_eq!(&facts.medications[0].code.text, &Some(drug));
    }

    #[test]
    fn the_order_of_members_says_nothing(fixture in bundle(), seed in any::<u64>()) {
        let shuffled = shuffle_members(&fixture, &mut Dice(seed | 1));
        prop_assert_eq!(without_order(plain(&shuffled)), without_order(plain(&fixture)));
    }

    /// All but the first entry, which a document or message is headed by.
    #[test]
    fn the_order_of_entries_says_nothing(fixture in bundle(), seed in any::<u64>()) {
        let mut shuffled = fixture.clone();
        if let Some(entries) = shuffled["entry"].as_array_mut() {
            let mut dice = Dice(seed | 1);
            for place in (2..entries.len()).rev() {
                entries.swap(place, 1 + dice.below(place));
            }
        }
        prop_assert_eq!(without_order(plain(&shuffled)), without_order(plain(&fixture)));
    }
}

fn bundle() -> impl Strategy<Value = Value> {
    (4..7_usize).prop_map(|fixture| serde_json::from_slice(FIXTURES[fixture]).expect("JSON"))
}

fn plain(body: &Value) -> Reading {
    plainly(&serde_json::to_vec(body).expect("JSON"))
}

/// Lists in an order of their own, and places forgotten: they move with the
/// entries.
fn without_order(reading: Reading) -> Vec<Value> {
    let messages = wherever(reading).into_iter().map(|mut facts| {
        facts.doubts.iter_mut().for_each(|doubt| doubt.at.clear());
        facts
    });
    let messages = messages.map(ClinicalFacts::without_places);
    messages
        .map(|facts| sorted(serde_json::to_value(facts).expect("JSON")))
        .collect()
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Array(list) => {
            let mut list: Vec<Value> = list.into_iter().map(sorted).collect();
            list.sort_by_key(Value::to_string);
            Value::Array(list)
        }
        Value::Object(map) => map
            .into_iter()
            .map(|(key, value)| (key, sorted(value)))
            .collect(),
        other => other,
    }
}

/// xorshift64: the order that one seed gives.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

fn shuffle_members(value: &Value, dice: &mut Dice) -> Value {
    match value {
        Value::Array(list) => list
            .iter()
            .map(|value| shuffle_members(value, dice))
            .collect(),
        Value::Object(map) => {
            let mut members: Vec<_> = map.iter().collect();
            for place in (1..members.len()).rev() {
                members.swap(place, dice.below(place + 1));
            }
            let members = members.into_iter();
            let map: Map<_, _> = members
                .map(|(key, value)| (key.clone(), shuffle_members(value, dice)))
                .collect();
            Value::Object(map)
        }
        other => other.clone(),
    }
}

const TYPES: &[&str] = &[
    "Bundle",
    "Patient",
    "Encounter",
    "Condition",
    "AllergyIntolerance",
    "MedicationRequest",
    "MedicationStatement",
    "MedicationAdministration",
    "Medication",
    "Observation",
    "Procedure",
    "Immunization",
    "DiagnosticReport",
    "DocumentReference",
    "Binary",
    "Composition",
    "MessageHeader",
    "ServiceRequest",
    "Coverage",
    "RelatedPerson",
    "Appointment",
    "CareTeam",
    "Practitioner",
    "PractitionerRole",
    "Organization",
    "Location",
    "Parameters",
    "Consent",
    "SubscriptionStatus",
    "Task",
    "OperationOutcome",
    "Basic",
    "Nonsense",
];

const MEMBERS: &[&str] = &[
    "resourceType",
    "id",
    "type",
    "entry",
    "resource",
    "fullUrl",
    "contained",
    "identifier",
    "system",
    "value",
    "name",
    "family",
    "given",
    "text",
    "div",
    "birthDate",
    "gender",
    "status",
    "subject",
    "patient",
    "reference",
    "display",
    "code",
    "coding",
    "class",
    "period",
    "start",
    "end",
    "effectiveDateTime",
    "onsetDateTime",
    "recordedDate",
    "timestamp",
    "valueQuantity",
    "valueString",
    "valueCodeableConcept",
    "unit",
    "component",
    "referenceRange",
    "low",
    "high",
    "interpretation",
    "medicationCodeableConcept",
    "medicationReference",
    "dosageInstruction",
    "timing",
    "repeat",
    "dose",
    "doseAndRate",
    "section",
    "title",
    "focus",
    "eventCoding",
    "source",
    "content",
    "attachment",
    "contentType",
    "data",
    "url",
    "extension",
    "valueCode",
    "meta",
    "security",
    "tag",
    "category",
    "reaction",
    "manifestation",
    "deceasedBoolean",
    "address",
    "line",
    "telecom",
    "contact",
    "relationship",
    "use",
    "participant",
    "individual",
    "hospitalization",
    "dischargeDisposition",
    "location",
    "result",
    "hasMember",
    "note",
    "parameter",
    "part",
    "item",
    "_birthDate",
    "performer",
    "requester",
    "reasonCode",
    "author",
    "custodian",
    "relatesTo",
    "target",
    "link",
    "other",
    "modifierExtension",
];

/// Trees that look like FHIR: its members, at any depth, with any kind of value.
/// A type is no value: places begin with it, as with a segment or an element.
fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => Just(json!(MARK)).boxed(),
        2 => typed().prop_map(|text| json!(format!("{MARK}{text}"))).boxed(),
        2 => prop::sample::select(TYPES).prop_map(|kind| json!(kind)).boxed(),
        2 => prop::sample::select(vec![
            "collection", "document", "message", "transaction", "searchset", "history",
            "subscription-notification", "Patient/1", "#1", "urn:uuid:1", "active", "final",
            "2026-11-22", "2026-11-22T10:00:00Z", "2026-13-45", "http://loinc.org", "IMP",
        ]).prop_map(|text| json!(text)).boxed(),
        1 => prop::sample::select(vec![
            json!(null), json!(true), json!(0), json!(-1.5e300), json!(1e-7), json!(""), json!([]), json!({}),
        ]).boxed(),
    ];
    leaf.prop_recursive(6, 120, 8, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            5 => (prop::sample::select(TYPES), prop::collection::vec((prop::sample::select(MEMBERS), inner), 0..10))
                .prop_map(|(kind, members)| {
                    let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
                    let mut map: Map<_, _> = members.collect();
                    map.insert("resourceType".to_owned(), json!(kind));
                    Value::Object(map)
                }),
        ]
    })
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn no_tree_is_silent_or_quoted(resources in prop::collection::vec(tree(), 0..5), bare in any::<bool>()) {
        let entries: Vec<Value> = resources.iter().map(|resource| json!({"resource": resource})).collect();
        let body = match (bare, resources.first()) {
            (true, Some(resource)) => resource.clone(),
            _ => json!({"resourceType": "Bundle", "type": "collection", "entry": entries}),
        };
        let body = serde_json::to_vec(&body).expect("JSON");
        assert_told_each_time(&body)?;
    }

    /// A resource of each kind, with one member put in the place of another.
    #[test]
    fn no_misplaced_member_is_silent_or_quoted(
        fixture in bundle(), tree in tree(), place in any::<prop::sample::Index>(),
    ) {
        let mut body = fixture;
        let mut places = Vec::new();
        pointers(&body, String::new(), &mut places);
        let pointer = place.get(&places);
        if let Some(value) = body.pointer_mut(pointer) {
            *value = tree;
        }
        assert_told(&plain(&body))?;
    }
}

/// RFC 6901 pointers of every value below, but for types.
fn pointers(value: &Value, here: String, into: &mut Vec<String>) {
    match value {
        Value::Array(list) => {
            for (place, value) in list.iter().enumerate() {
                pointers(value, format!("{here}/{place}"), into);
            }
        }
        Value::Object(map) => {
            for (key, value) in map.iter().filter(|(key, _)| *key != "resourceType") {
                pointers(value, format!("{here}/{key}"), into);
            }
        }
        _ => {}
    }
    into.push(here);
}
