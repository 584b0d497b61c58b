//! MedicationRequest, -Statement, -Administration and -Dispense → medications.

use serde_json::Value;

use super::{
    clinical::{NAMELESS, refused},
    datatypes::{coded, quantity, words},
    json::{list, owned, text},
    library::{Library, Resource},
};
use crate::domain::facts::{ClinicalFacts, Coded, Doubt, Medication};

pub fn read(library: &Library, resource: &Resource, facts: &mut ClinicalFacts) {
    if refused(resource, facts) {
        return;
    }
    let code = code(library, resource.json);
    if code.is_empty() {
        let at = format!("{}.medication", resource.place);
        facts.doubts.push(Doubt::new(at, NAMELESS));
        return;
    }
    let json = resource.json;
    let dosages = list(json, "dosageInstruction")
        .iter()
        .chain(list(json, "dosage"));
    let dosages: Vec<String> = dosages.filter_map(dosage).collect();
    facts.medications.push(Medication {
        code,
        dosage: (!dosages.is_empty()).then(|| dosages.join("; ")),
        status: owned(json, "status"),
        ..Medication::default()
    });
}

/// The code itself, or that of the Medication it points at, or what the pointer
/// shows.
fn code(library: &Library, json: &Value) -> Coded {
    if let Some(concept) = json.get("medicationCodeableConcept") {
        return coded(concept);
    }
    let Some(reference) = json.get("medicationReference") else {
        return Coded::default();
    };
    let medication = library
        .resolve(json, reference)
        .and_then(|(json, _)| json.get("code"));
    let mut code = medication.map(coded).unwrap_or_default();
    code.text = code.text.or_else(|| owned(reference, "display"));
    code
}

/// Dosage: its text where a person wrote one, else dose, route and timing.
fn dosage(dosage: &Value) -> Option<String> {
    if let Some(written) = text(dosage, "text").or_else(|| text(dosage, "patientInstruction")) {
        return Some(written.to_owned());
    }
    let amounts = list(dosage, "doseAndRate")
        .iter()
        .filter_map(|d| d.get("doseQuantity"));
    let dose = amounts
        .chain(dosage.get("dose"))
        .find_map(|dose| match quantity(dose) {
            (Some(value), Some(unit)) => Some(format!("{value} {unit}")),
            (value, _) => value,
        });
    let route = dosage.get("route").and_then(words);
    let timing = dosage.get("timing").and_then(timing);
    let parts: Vec<String> = [dose, route, timing].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Timing: its code, else `1 × per 8 h` of its repeat.
fn timing(timing: &Value) -> Option<String> {
    if let Some(words) = timing.get("code").and_then(words) {
        return Some(words);
    }
    let repeat = timing.get("repeat")?;
    let period = text(repeat, "period")?;
    let frequency = text(repeat, "frequency").unwrap_or("1");
    Some(format!(
        "{frequency} × per {period} {}",
        text(repeat, "periodUnit").unwrap_or_default()
    ))
}
