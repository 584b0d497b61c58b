//! Dates and times as they came: precision is meaning.

use serde::{Deserialize, Serialize};

/// A date or time at the precision it came with, written as FHIR writes it:
/// `2026`, `2026-11-23`, `2026-11-23T10:05:00+01:00`. A v2 time without an
/// offset stays without one, so it may be less than a FHIR dateTime.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct When(pub String);

impl When {
    /// The calendar part: `2026-11-23` of `2026-11-23T10:05`.
    pub fn date(&self) -> &str {
        self.0.split('T').next().unwrap_or_default()
    }

    /// The moment, where one is named: a time without an offset is read in
    /// `zone`, a bare date has no moment.
    pub fn instant(&self, zone: &jiff::tz::TimeZone) -> Option<jiff::Timestamp> {
        if !self.0.contains('T') {
            return None;
        }
        if let Ok(at) = self.0.parse::<jiff::Timestamp>() {
            return Some(at);
        }
        let civil: jiff::civil::DateTime = self.0.parse().ok()?;
        zone.to_ambiguous_timestamp(civil).compatible().ok()
    }

    /// As a FHIR dateTime, which wants an offset and seconds once a time is
    /// present (R4 datatypes, dateTime).
    pub fn fhir(&self, zone: &jiff::tz::TimeZone) -> String {
        match self.instant(zone) {
            Some(at) => at
                .to_zoned_datetime(zone.clone())
                .strftime("%Y-%m-%dT%H:%M:%S%:z")
                .to_string(),
            None => self.date().to_owned(),
        }
    }
}
