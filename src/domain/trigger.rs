//! Which events a channel wants, in the words of the format the event came in.

use crate::domain::facts::{ClinicalFacts, Format};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// `ADT^A03` (MSH-9.1^9.2); `Bundle/message` (FHIR, by the type of Bundle);
/// `Encounter` or `ServiceRequest` (FHIR, by what it is about), an Encounter
/// also with its status: `Encounter/finished`; `18842-5` (the LOINC code of a
/// CDA document).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(
    with = "String",
    extend("pattern" = r"^([A-Z]{3}\^[A-Z][A-Z0-9]{2}|Bundle/(message|collection|document|transaction|searchset)|Encounter(/[a-z-]+)?|ServiceRequest|[0-9]{1,7}-[0-9])$"),
    extend("examples" = ["ADT^A03", "REF^I12", "Bundle/message", "Encounter/finished", "ServiceRequest", "18842-5"])
)]
pub struct TriggerEvent(String);

#[derive(Debug, thiserror::Error, PartialEq)]
#[error(
    "not a trigger event: write it like ADT^A03, Bundle/message, Encounter/finished, ServiceRequest or 18842-5"
)]
pub struct NotATrigger;

impl TryFrom<String> for TriggerEvent {
    type Error = NotATrigger;

    fn try_from(text: String) -> Result<Self, NotATrigger> {
        const BUNDLES: [&str; 5] = [
            "message",
            "collection",
            "document",
            "transaction",
            "searchset",
        ];
        let known = match text.split_once('/') {
            Some(("Bundle", kind)) => BUNDLES.contains(&kind),
            Some(("Encounter", status)) => {
                !status.is_empty() && status.chars().all(|c| c.is_ascii_lowercase() || c == '-')
            }
            Some(_) => false,
            None => {
                matches!(text.as_str(), "Encounter" | "ServiceRequest")
                    || is_v2_event(&text)
                    || is_loinc(&text)
            }
        };
        if known {
            Ok(Self(text))
        } else {
            Err(NotATrigger)
        }
    }
}

fn is_v2_event(text: &str) -> bool {
    let Some((code, event)) = text.split_once('^') else {
        return false;
    };
    let upper = |part: &str| {
        part.len() == 3
            && part
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    };
    upper(code) && upper(event)
}

/// A number and its check digit.
fn is_loinc(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    text.split_once('-')
        .is_some_and(|(number, check)| digits(number) && digits(check) && check.len() == 1)
}

impl From<TriggerEvent> for String {
    fn from(event: TriggerEvent) -> Self {
        event.0
    }
}

impl fmt::Display for TriggerEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TriggerEvent {
    pub fn matches(&self, facts: &ClinicalFacts) -> bool {
        if self.0 == facts.event {
            return true;
        }
        if facts.format != Format::Fhir {
            return false;
        }
        let focus = facts.focus.as_deref();
        match self.0.split_once('/') {
            Some(("Encounter", wanted)) => {
                let status = facts.encounter.as_ref().and_then(|e| e.status.as_deref());
                focus == Some("Encounter") && status == Some(wanted)
            }
            Some(_) => false,
            None => focus == Some(self.0.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::Encounter;

    fn event(text: &str) -> TriggerEvent {
        text.to_owned().try_into().unwrap()
    }

    #[test]
    fn a_misspelt_trigger_is_refused() {
        for wrong in [
            "ADT_A03",
            "adt^a03",
            "ADT^A3",
            "Bundle/other",
            "Patient",
            "Encounter/",
            "",
        ] {
            assert_eq!(
                TriggerEvent::try_from(wrong.to_owned()),
                Err(NotATrigger),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_bundle_matches_by_type_by_focus_and_by_status() {
        let facts = ClinicalFacts {
            format: Format::Fhir,
            event: "Bundle/message".into(),
            focus: Some("Encounter".into()),
            encounter: Some(Encounter {
                status: Some("finished".into()),
                ..Encounter::default()
            }),
            ..ClinicalFacts::default()
        };
        assert!(event("Bundle/message").matches(&facts));
        assert!(event("Encounter").matches(&facts));
        assert!(event("Encounter/finished").matches(&facts));
        assert!(!event("Encounter/planned").matches(&facts));
        assert!(!event("ServiceRequest").matches(&facts));
    }
}
