//! Results, vital signs and whatever else was observed.

use super::super::draft::Draft;
use super::super::parts::{
    Built, coding, concept, concept_of, named, on_field, received, text_concept,
};
use super::{notes, ucum};
use crate::domain::facts;
use fhir_sdk::r4b::codes::ObservationStatus;
use fhir_sdk::r4b::resources::{
    Observation, ObservationEffective, ObservationReferenceRange, ObservationValue,
};
use fhir_sdk::r4b::types::{CodeableConcept, Extension, ExtensionValue, Quantity};

/// HL7 v3 ObservationInterpretation, which took over v2's table 0078.
const INTERPRETATIONS: [&str; 35] = [
    "B", "D", "U", "W", "<", ">", "A", "AA", "HH", "LL", "H", "HU", "L", "LU", "N", "I", "NCL",
    "NS", "R", "SYN-R", "S", "SDD", "SYN-S", "VS", "EX", "HX", "LX", "CAR", "E", "IND", "NEG",
    "ND", "POS", "DET", "WR",
];

pub fn observation(from: &facts::Observation, draft: &Draft) -> Built<Observation> {
    let status = from
        .status
        .and_then(|status| status.parse::<ObservationStatus>().ok());
    let mut observation = Observation::builder()
        .status(status.unwrap_or(ObservationStatus::Unknown))
        .code(code(from)?)
        .subject(draft.subject()?)
        .build()?;
    if let Some(word) = &from.category {
        observation.category.push(Some(category(word)?));
    }
    observation.effective = draft
        .date_time(&from.effective)
        .map(ObservationEffective::DateTime);
    observation.value = value(from)?;
    if observation.value.is_none() {
        // us-core-2; obs-6 forbids it beside a value
        let system = "http://terminology.hl7.org/CodeSystem/data-absent-reason";
        observation.data_absent_reason = Some(concept(system, "unknown", None)?);
    }
    if let Some(flag) = from.interpretation.as_deref().filter(|f| !f.is_empty()) {
        let system = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation";
        let flag = concept_of(system, &INTERPRETATIONS, flag)?;
        observation.interpretation.push(Some(flag));
    }
    if let Some(range) = &from.range {
        let range = ObservationReferenceRange::builder().text(range.clone());
        observation.reference_range.push(Some(range.build()?));
    }
    observation.specimen = from.specimen.as_deref().map(named).transpose()?;
    observation.note = notes(&from.notes)?;
    Ok(observation)
}

/// What a susceptibility is of is part of its name: `S. aureus: Ampicillin`.
fn code(from: &facts::Observation) -> Built<CodeableConcept> {
    let mut code = received(&from.code)?;
    if let Some(group) = &from.group {
        code.text = Some(format!("{group}: {}", from.code.shown()));
    }
    Ok(code)
}

fn category(word: &str) -> Built<CodeableConcept> {
    match word {
        "social-history" | "vital-signs" | "imaging" | "laboratory" | "procedure" | "survey"
        | "exam" | "therapy" | "activity" => concept(
            "http://terminology.hl7.org/CodeSystem/observation-category",
            word,
            None,
        ),
        "functional-status" | "cognitive-status" | "disability-status" | "sdoh" => concept(
            "http://hl7.org/fhir/us/core/CodeSystem/us-core-category",
            word,
            None,
        ),
        other => text_concept(other),
    }
}

/// A number becomes a Quantity where it is written as numbers are; `007` and
/// `+5` are not, and stay as they came.
fn value(from: &facts::Observation) -> Built<Option<ObservationValue>> {
    let Some(text) = from.value.as_deref().filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let units = from.units.as_deref();
    if from.numeric
        && let Some(number) = number(text)
    {
        return quantity(number, text, units).map(|q| Some(ObservationValue::Quantity(q)));
    }
    let units = units.map(|units| format!(" {units}")).unwrap_or_default();
    Ok(Some(ObservationValue::String(format!("{text}{units}"))))
}

/// Longer than any number that a double can tell again. Formatting takes no more
/// than 65,535 decimal places, and panics.
const LONGEST_NUMBER: usize = 32;

/// The number, if its writing can be told again from it and its decimal places.
fn number(text: &str) -> Option<f64> {
    if text.len() > LONGEST_NUMBER {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    let places = decimal_places(text);
    let same = number.is_finite() && format!("{number:.places$}") == text;
    same.then_some(number)
}

fn decimal_places(text: &str) -> usize {
    text.split_once('.').map_or(0, |(_, places)| places.len())
}

/// `7.10` is not `7.1` to a laboratory: JSON libraries forget the zero, so the
/// decimal places are told beside the number (`quantity-precision`).
fn quantity(number: f64, text: &str, units: Option<&str>) -> Built<Quantity> {
    let mut quantity = Quantity::builder().value(number).build()?;
    let places = decimal_places(text);
    if number.to_string() != text
        && let Ok(places) = i32::try_from(places)
    {
        let precision = Extension::builder()
            .url("http://hl7.org/fhir/StructureDefinition/quantity-precision".into())
            .value(ExtensionValue::Integer(places))
            .build()?;
        quantity.value_ext = Some(on_field(precision));
    }
    quantity.unit = units.map(str::to_owned);
    if let Some(code) = units.and_then(ucum::code) {
        // qty-3: a code comes with its system
        let coded = coding("http://unitsofmeasure.org", &code)?;
        quantity.system = coded.system.clone();
        quantity.code = coded.code.clone();
    }
    Ok(quantity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_endless_decimals_stays_a_text() {
        let endless = format!("0.{}", "0".repeat(70_000));
        for numeric in [true, false] {
            let from = facts::Observation {
                value: Some(endless.clone()),
                numeric,
                ..Default::default()
            };
            let Ok(Some(ObservationValue::String(told))) = value(&from) else {
                panic!("no text where numeric is {numeric}");
            };
            assert!(told == endless);
        }
        assert_eq!(number("7.10"), Some(7.1));
        assert_eq!(number("007"), None);
    }
}
