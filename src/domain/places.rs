//! Where a fact came from: which field, element or member of the message.

use serde::ser::{Serialize, SerializeMap, Serializer};

/// The parts of a fact and their places: `code` → `DG1[2]-3`, `birthDate` →
/// `Bundle.entry[0].resource.birthDate`, `value` → an XPath. `handoff read
/// --provenance` prints them; nothing else does.
///
/// Two facts are equal when they say the same, wherever they were said.
#[derive(Debug, Clone, Default)]
pub struct Places(Vec<(&'static str, String)>);

impl Places {
    /// One place for the whole fact.
    pub fn of(place: impl Into<String>) -> Self {
        Self(vec![("fact", place.into())])
    }

    pub fn add(&mut self, part: &'static str, place: impl Into<String>) {
        self.0.push((part, place.into()));
    }

    /// One more place of a part that is made of several.
    pub fn also(&mut self, part: &'static str, place: impl Into<String>) {
        let place = place.into();
        match self.0.iter_mut().find(|(known, _)| *known == part) {
            Some((_, places)) => {
                places.push_str(", ");
                places.push_str(&place);
            }
            None => self.add(part, place),
        }
    }

    pub fn with(mut self, part: &'static str, place: impl Into<String>) -> Self {
        self.add(part, place);
        self
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(part, place)| (*part, place.as_str()))
    }
}

impl PartialEq for Places {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Places {}

impl FromIterator<(&'static str, String)> for Places {
    fn from_iter<I: IntoIterator<Item = (&'static str, String)>>(places: I) -> Self {
        Self(places.into_iter().collect())
    }
}

impl Serialize for Places {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (part, place) in &self.0 {
            map.serialize_entry(part, place)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::Places;

    #[test]
    fn places_are_printed_by_part_and_do_not_make_facts_differ() {
        let places = Places::of("AL1[2]").with("code", "AL1[2]-3");
        let printed = serde_json::to_string(&places).expect("JSON");
        assert_eq!(printed, r#"{"fact":"AL1[2]","code":"AL1[2]-3"}"#);
        assert_eq!(places, Places::default());
        let mut notes = Places::default();
        notes.also("notes", "NTE[1]-3");
        notes.also("notes", "NTE[2]-3");
        let printed = serde_json::to_string(&notes).expect("JSON");
        assert_eq!(printed, r#"{"notes":"NTE[1]-3, NTE[2]-3"}"#);
    }
}
