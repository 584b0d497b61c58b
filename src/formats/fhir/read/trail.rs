//! Where the parts of a fact were read: a fact is built with its trail beside
//! it. Places are FHIRPath with the names that JSON has (`valueQuantity`), so
//! that a person finds them in the body.

use super::{
    datatypes::{coded, when},
    json::owned,
    library::{Reasons, items},
    tree::Value,
};
use crate::domain::facts::{Coded, Doubt, Places, When};

pub struct Trail<'p> {
    place: &'p str,
    at: Places,
}

impl<'p> Trail<'p> {
    pub fn of(place: &'p str) -> Self {
        Self {
            place,
            at: Places::of(place),
        }
    }

    pub fn places(self) -> Places {
        self.at
    }

    /// Part `part` of the fact was read elsewhere than below its own place.
    pub fn add(&mut self, part: &'static str, place: String) {
        self.at.add(part, place);
    }

    /// A part from the member `key`, noted where there is one.
    pub fn some<T>(&mut self, part: &'static str, key: &str, value: Option<T>) -> Option<T> {
        if value.is_some() {
            self.at.add(part, format!("{}.{key}", self.place));
        }
        value
    }

    pub fn many<T>(&mut self, part: &'static str, key: &str, values: Vec<T>) -> Vec<T> {
        if !values.is_empty() {
            self.at.add(part, format!("{}.{key}", self.place));
        }
        values
    }

    pub fn reasons(&mut self, part: &'static str, reasons: Option<Reasons>) -> Option<String> {
        let reasons = reasons?;
        self.some(part, reasons.key, Some(reasons.words))
    }

    pub fn text(&mut self, part: &'static str, json: &Value, key: &str) -> Option<String> {
        self.some(part, key, owned(json, key))
    }

    pub fn coded(&mut self, part: &'static str, json: &Value, key: &str) -> Coded {
        let code = json.get(key).map(coded).filter(|code| !code.is_empty());
        self.some(part, key, code).unwrap_or_default()
    }

    pub fn when(
        &mut self,
        part: &'static str,
        json: &Value,
        key: &str,
        doubts: &mut Vec<Doubt>,
    ) -> Option<When> {
        let read = when(json, key, self.place, doubts);
        self.some(part, key, read)
    }

    /// The first of several spellings of a time: `onsetDateTime`, `onsetPeriod`.
    pub fn when_of(
        &mut self,
        part: &'static str,
        json: &Value,
        stem: &str,
        doubts: &mut Vec<Doubt>,
    ) -> Option<When> {
        for kind in ["DateTime", "Instant", "Date", ""] {
            let key = format!("{stem}{kind}");
            if json.get(&key).is_some_and(|value| !value.is_object()) {
                return self.when(part, json, &key, doubts);
            }
        }
        for kind in ["Period", ""] {
            let key = format!("{stem}{kind}");
            if json.get(&key).is_some_and(Value::is_object) {
                return self.end_of(part, json, &key, "start", doubts);
            }
        }
        None
    }

    /// One end of a Period.
    pub fn end_of(
        &mut self,
        part: &'static str,
        json: &Value,
        key: &str,
        end: &str,
        doubts: &mut Vec<Doubt>,
    ) -> Option<When> {
        self.below(part, items(json, key).first()?, key, end, doubts)
    }

    /// A time in `json`, which lies at `path` below the place of the fact.
    pub fn below(
        &mut self,
        part: &'static str,
        json: &Value,
        path: &str,
        key: &str,
        doubts: &mut Vec<Doubt>,
    ) -> Option<When> {
        let read = when(json, key, &format!("{}.{path}", self.place), doubts);
        self.some(part, &format!("{path}.{key}"), read)
    }
}
