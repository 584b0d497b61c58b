//! What a reader is asked for beyond what every message is read for: a site's
//! own fields, by place, and several patients told apart.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// All that the channels ask of a reader. Nothing asked, nothing more read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Each in `ClinicalFacts::site_facts`, where the message has it.
    pub site_places: Vec<SitePlace>,
    /// A FHIR Bundle about several patients becomes one message for each. Else
    /// it is a problem: whose packet it is cannot be told.
    pub split_patients: bool,
}

impl Wishes {
    /// What several channels ask together.
    pub fn and(mut self, other: Self) -> Self {
        for place in other.site_places {
            if !self.site_places.contains(&place) {
                self.site_places.push(place);
            }
        }
        self.split_patients |= other.split_patients;
        self
    }
}

/// A field or component of HL7 v2: `ZPD-3`, `ZPD-3.2`. Any segment that no
/// reader knows, Z segments above all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(
    with = "String",
    extend("pattern" = r"^[A-Z][A-Z0-9]{2}-[1-9][0-9]{0,2}(\.[1-9][0-9]?)?$"),
    extend("examples" = ["ZPD-3", "ZPD-3.2"])
)]
pub struct SitePlace {
    pub segment: String,
    pub field: usize,
    /// The whole field where none is named.
    pub component: Option<usize>,
}

#[derive(Debug, thiserror::Error, PartialEq)]
#[error("not a place in HL7 v2: write it like ZPD-3 or ZPD-3.2")]
pub struct NotAPlace;

impl TryFrom<String> for SitePlace {
    type Error = NotAPlace;

    fn try_from(text: String) -> Result<Self, NotAPlace> {
        let (segment, rest) = text.split_once('-').ok_or(NotAPlace)?;
        let (field, component) = match rest.split_once('.') {
            Some((field, component)) => (field, Some(number(component, 99)?)),
            None => (rest, None),
        };
        if !is_segment(segment) {
            return Err(NotAPlace);
        }
        Ok(Self {
            segment: segment.to_owned(),
            field: number(field, 999)?,
            component,
        })
    }
}

fn is_segment(name: &str) -> bool {
    name.len() == 3
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

/// No sign, no leading nought: a place is written in one way.
fn number(text: &str, most: usize) -> Result<usize, NotAPlace> {
    let digits = !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
    let number = text.parse().ok().filter(|n| digits && *n <= most);
    number.ok_or(NotAPlace)
}

impl From<SitePlace> for String {
    fn from(place: SitePlace) -> Self {
        match place.component {
            Some(component) => format!("{}-{}.{component}", place.segment, place.field),
            None => format!("{}-{}", place.segment, place.field),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SitePlace;

    #[test]
    fn a_place_is_a_segment_a_field_and_perhaps_a_component() {
        let read = |text: &str| SitePlace::try_from(text.to_owned());
        for text in ["ZPD-3", "ZPD-3.2", "ZX1-120"] {
            assert_eq!(read(text).map(String::from).as_deref(), Ok(text));
        }
        for text in [
            "",
            "ZPD",
            "ZPD-",
            "ZPD-0",
            "ZPD-03",
            "zpd-3",
            "ZPD-3.",
            "ZPD-3.2.1",
            "ZP-3",
            "ZPD-+3",
            "ZPD-1000",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
