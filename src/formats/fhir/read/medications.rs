//! MedicationRequest, -Statement, -Administration and -Dispense → medications.

use super::{
    clinical::{NAMELESS, read_notes, refused},
    datatypes::{amount, code_of, has_code, words},
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
    read_notes(resource, code.shown(), facts);
    let (start, end) = times(json, &mut trail, &mut facts.doubts);
    facts.medications.push(Medication {
        code,
        dosage: dosages(json, &mut trail),
        status: status(json, &mut trail),
        order: order(scene.library, resource, &mut trail),
        start,
        end,
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

/// What was not taken or given had members of its own before R4, and has in R5.
fn status(json: &Value, trail: &mut Trail) -> Option<String> {
    let is = |key: &str| json.get(key) == Some(&Value::Bool(true));
    let adherence = json
        .get("adherence")
        .and_then(|adherence| adherence.get("code"));
    let not_taken = [
        ("taken", text(json, "taken") == Some("n")),
        ("wasNotTaken", is("wasNotTaken")),
        (
            "adherence",
            adherence.is_some_and(|code| has_code(code, &["not-taking"])),
        ),
    ];
    if let Some((key, _)) = not_taken.into_iter().find(|(_, is_so)| *is_so) {
        return trail.some("status", key, Some("not-taken".to_owned()));
    }
    for key in ["notGiven", "wasNotGiven"] {
        if is(key) {
            return trail.some("status", key, Some("not-done".to_owned()));
        }
    }
    trail.some("status", "status", code_of(json, "status"))
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

fn dosages(json: &Value, trail: &mut Trail) -> Option<String> {
    for key in ["dosageInstruction", "dosage"] {
        let mut written: Vec<String> = list(json, key).iter().filter_map(dosage).collect();
        written.dedup();
        if !written.is_empty() {
            return trail.some("dosage", key, Some(written.join("; ")));
        }
    }
    // R5 renders all of it in one text.
    trail.text("dosage", json, "renderedDosageInstruction")
}

/// Dosage: its text where a person wrote one, else dose, route and timing.
fn dosage(dosage: &Value) -> Option<String> {
    if let Some(written) = text(dosage, "text").or_else(|| text(dosage, "patientInstruction")) {
        return Some(written.to_owned());
    }
    let amounts = list(dosage, "doseAndRate").iter().chain([dosage]);
    let dose = amounts
        .flat_map(|holder| {
            ["doseQuantity", "dose", "doseRange", "quantity"].map(|key| holder.get(key))
        })
        .flatten()
        .find_map(|dose| amount(dose).or_else(|| range(dose)));
    let route = dosage.get("route").and_then(words);
    let timing = dosage.get("timing").and_then(timing);
    let needed = dosage
        .get("asNeededBoolean")
        .or_else(|| dosage.get("asNeeded"));
    let needed = match needed {
        Some(Value::Bool(true)) => Some("as needed".to_owned()),
        _ => {
            let reason = dosage.get("asNeededCodeableConcept").and_then(words);
            let reason = reason.or_else(|| words(list(dosage, "asNeededFor").first()?));
            reason.map(|reason| format!("as needed for {reason}"))
        }
    };
    let parts: Vec<String> = [dose, route, timing, needed]
        .into_iter()
        .flatten()
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn range(range: &Value) -> Option<String> {
    let (low, high) = (
        range.get("low").and_then(amount)?,
        range.get("high").and_then(amount)?,
    );
    Some(format!("{low} to {high}"))
}

/// Timing: its code, else `1 × per 8 h` of its repeat.
fn timing(timing: &Value) -> Option<String> {
    if let Some(words) = timing.get("code").and_then(words) {
        return Some(words);
    }
    let repeat = timing.get("repeat")?;
    let when: Vec<&str> = items(repeat, "when")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let Some(period) = text(repeat, "period") else {
        return (!when.is_empty()).then(|| when.join(", "));
    };
    let frequency = text(repeat, "frequency").unwrap_or("1");
    let unit = text(repeat, "periodUnit").or_else(|| text(repeat, "periodUnits"));
    let rhythm = format!("{frequency} × per {period} {}", unit.unwrap_or_default());
    let rhythm = rhythm.trim_end().to_owned();
    match when.is_empty() {
        true => Some(rhythm),
        false => Some(format!("{rhythm} ({})", when.join(", "))),
    }
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
