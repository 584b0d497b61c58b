//! MedicationRequest, -Statement, -Administration and -Dispense → medications.

use super::{
    clinical::{NAMELESS, notes, refused},
    datatypes::{code_of, has_code},
    dosages::dosages,
    json::{list, owned, text},
    library::{Library, Resource, items},
    resources::Scene,
    trail::Trail,
    tree::Value,
};
use crate::domain::facts::{ClinicalFacts, Coded, Doubt, Medication, When};

/// medication[x] in R4; one CodeableReference since R5.
const CODES: [&str; 3] = [
    "medicationCodeableConcept",
    "medicationReference",
    "medication",
];

pub fn read(scene: &Scene, resource: &Resource, facts: &mut ClinicalFacts) {
    if refused(resource, facts) {
        return;
    }
    let json = resource.json;
    let mut trail = Trail::of(&resource.place);
    let Some(code) = code(scene.library, resource, &mut trail) else {
        let key = CODES.into_iter().find(|key| json.get(key).is_some());
        let key = key.unwrap_or("medicationCodeableConcept");
        facts.doubts.push(Doubt::new(resource.at(key), NAMELESS));
        return;
    };
    if json.get("doNotPerform") == Some(&Value::Bool(true)) {
        let why = "the entry says what must not be given; it is a note and no medication";
        facts
            .doubts
            .push(Doubt::new(resource.at("doNotPerform"), why));
        facts
            .notes
            .push(format!("Not to be given: {}", code.shown()));
        return;
    }
    let (start, end) = times(json, &mut trail, &mut facts.doubts);
    facts.medications.push(Medication {
        code,
        dosage: dosages(json, &mut trail),
        status: status(json, &mut trail),
        order: order(scene.library, resource, &mut trail),
        start,
        end,
        notes: trail.many("notes", "note", notes(json).collect()),
        at: trail.places(),
        ..Medication::default()
    });
}

/// The code itself, or that of the Medication it points at, or what the pointer
/// shows. R5 has both in one CodeableReference, `medication`.
fn code(library: &Library, resource: &Resource, trail: &mut Trail) -> Option<Coded> {
    for key in CODES {
        let Some(value) = resource.json.get(key) else {
            continue;
        };
        if let Some((code, at)) = library.meant(resource, value, resource.at(key)) {
            trail.add("code", at);
            return Some(code);
        }
        // A Medication without a code has ingredients.
        let reference = value
            .get("reference")
            .filter(|r| r.is_object())
            .unwrap_or(value);
        if let Some(medication) = library.resolve(resource, reference)
            && let Some(code) = mixed(library, medication)
        {
            trail.add("code", medication.at("ingredient"));
            return Some(code);
        }
    }
    None
}

/// R5's medication-statement-adherence, and the status that says the same.
const ADHERENCES: [([&str; 3], &str); 3] = [
    (
        [
            "not-taking",
            "not-taking-as-directed",
            "not-taking-not-as-directed",
        ],
        "not-taken",
    ),
    (
        ["stopped", "stopped-as-directed", "stopped-not-as-directed"],
        "stopped",
    ),
    (
        ["on-hold", "on-hold-as-directed", "on-hold-not-as-directed"],
        "on-hold",
    ),
];

/// What was not taken or given had members of its own before R4, and has in R5.
fn status(json: &Value, trail: &mut Trail) -> Option<String> {
    let is = |key: &str| json.get(key) == Some(&Value::Bool(true));
    let adherence = json
        .get("adherence")
        .and_then(|adherence| adherence.get("code"));
    let not_taken = [
        ("taken", text(json, "taken") == Some("n")),
        ("wasNotTaken", is("wasNotTaken")),
    ];
    if let Some((key, _)) = not_taken.into_iter().find(|(_, is_so)| *is_so) {
        return trail.some("status", key, Some("not-taken".to_owned()));
    }
    for (codes, status) in ADHERENCES {
        if adherence.is_some_and(|code| has_code(code, &codes)) {
            return trail.some("status", "adherence", Some(status.to_owned()));
        }
    }
    for key in ["notGiven", "wasNotGiven"] {
        if is(key) {
            return trail.some("status", key, Some("not-done".to_owned()));
        }
    }
    let status = code_of(json, "status");
    // What is only proposed is taken by nobody yet.
    let is_open = matches!(
        status.as_deref(),
        None | Some("active" | "draft" | "unknown")
    );
    let intended = match text(json, "intent") {
        Some("proposal" | "option") => Some("proposed"),
        Some("plan") => Some("intended"),
        _ => None,
    };
    let intended = intended.filter(|_| is_open).map(str::to_owned);
    let intended = trail.some("status", "intent", intended);
    intended.or_else(|| trail.some("status", "status", status))
}

/// What a compounded Medication is made of, in words.
fn mixed<'b>(library: &Library<'b>, medication: &Resource<'b>) -> Option<Coded> {
    let parts = list(medication.json, "ingredient")
        .iter()
        .filter_map(|ingredient| {
            let keys = ["itemCodeableConcept", "itemReference", "item"];
            let item = keys.into_iter().find_map(|key| ingredient.get(key))?;
            let (code, _) = library.meant(medication, item, String::new())?;
            code.text.or(code.code)
        });
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| Coded {
        text: Some(parts.join(" + ")),
        ..Coded::default()
    })
}

/// When it is, or was, taken: of the resource, else of its dosage.
fn times(json: &Value, trail: &mut Trail, doubts: &mut Vec<Doubt>) -> (Option<When>, Option<When>) {
    // R5 misspells it in MedicationAdministration.
    for stem in ["effective", "occurence", "occurrence"] {
        let start = trail.when_of("start", json, stem, doubts);
        let end = trail.end_of("end", json, &format!("{stem}Period"), "end", doubts);
        if start.is_some() || end.is_some() {
            return (start, end);
        }
    }
    for key in ["dosageInstruction", "dosage"] {
        let Some(dosage) = list(json, key).first() else {
            continue;
        };
        let bounds = dosage
            .get("timing")
            .and_then(|t| t.get("repeat")?.get("boundsPeriod"));
        if let Some(bounds) = bounds {
            let path = format!("{key}[0].timing.repeat.boundsPeriod");
            let start = trail.below("start", bounds, &path, "start", doubts);
            let end = trail.below("end", bounds, &path, "end", doubts);
            return (start, end);
        }
    }
    let keys = [
        "authoredOn",
        "dateWritten",
        "whenHandedOver",
        "whenPrepared",
    ];
    let start = keys
        .into_iter()
        .find_map(|key| trail.when("start", json, key, doubts));
    (start, None)
}

/// The number of the order: its own, or that of the request it carries out.
fn order(library: &Library, resource: &Resource, trail: &mut Trail) -> Option<String> {
    let json = resource.json;
    for key in [
        "basedOn",
        "authorizingPrescription",
        "request",
        "prescription",
    ] {
        for (nth, reference) in items(json, key).iter().enumerate() {
            let order = library.resolve(resource, reference);
            let order =
                order.and_then(|order| number(order.json).or_else(|| owned(order.json, "id")));
            let order = order.or_else(|| owned(reference.get("identifier")?, "value"));
            if order.is_some() {
                return trail.some("order", &format!("{key}[{nth}]"), order);
            }
        }
    }
    let is_order = matches!(resource.kind, "MedicationRequest" | "MedicationOrder");
    let own = number(json).filter(|_| is_order);
    trail.some("order", "identifier", own).or_else(|| {
        let id = owned(json, "id").filter(|_| is_order && !resource.contained);
        trail.some("order", "id", id)
    })
}

fn number(json: &Value) -> Option<String> {
    list(json, "identifier")
        .iter()
        .find_map(|number| owned(number, "value"))
}
