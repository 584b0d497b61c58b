//! Whether an event is for real life: training messages and back-loads must
//! never reach real people.

use crate::domain::facts::{ClinicalFacts, Format};
use crate::domain::measures::Span;

/// Why an event must not reach real people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotForReal {
    /// MSH-11 (or the tag HTEST) says training or debugging.
    ProcessingId,
    /// Sent longer ago than the channel's `max-age`.
    TooOld,
    /// Sent from the future, by more than a clock that runs ahead.
    Future,
    /// No time of sending: its age cannot be told.
    AgeUnknown,
}

impl NotForReal {
    pub fn why(self) -> &'static str {
        match self {
            Self::ProcessingId => {
                "a training or debugging message (MSH-11 is not P, or the tag HTEST)"
            }
            Self::TooOld => "sent longer ago than the channel's max-age (MSH-7, Bundle.timestamp)",
            Self::Future => {
                "sent more than two days from now: its age cannot be told (MSH-7, Bundle.timestamp)"
            }
            Self::AgeUnknown => "its age cannot be told: MSH-7 is missing or unreadable",
        }
    }
}

/// A sender's clock or zone may be wrong by this much, and a bare date ends
/// with its day.
const AHEAD: Span = Span::hours(48);

/// Whether an event is for real life. A clock that runs ahead at the sender is
/// no reason to doubt it. A FHIR Bundle or a CDA document need not say when it was
/// sent: then the end of its encounter does, and one without either counts as new.
pub fn not_for_real(
    facts: &ClinicalFacts,
    max_age: Span,
    zone: &jiff::tz::TimeZone,
    now: jiff::Timestamp,
) -> Option<NotForReal> {
    if facts.processing_id.as_deref().is_some_and(|id| id != "P") {
        return Some(NotForReal::ProcessingId);
    }
    if facts.processing_id.is_none() && facts.format == Format::Hl7V2 {
        return Some(NotForReal::ProcessingId);
    }
    let left = facts
        .encounter
        .as_ref()
        .and_then(|encounter| encounter.end.as_ref());
    let left = left.filter(|_| facts.format != Format::Hl7V2);
    let Some(sent) = facts.sent.as_ref().or(left) else {
        return (facts.format == Format::Hl7V2).then_some(NotForReal::AgeUnknown);
    };
    // A bare date counts until its day has ended.
    let end_of_day = || {
        let date: jiff::civil::Date = sent.date().parse().ok()?;
        Some(
            date.tomorrow()
                .ok()?
                .to_zoned_datetime(zone.clone())
                .ok()?
                .timestamp(),
        )
    };
    let Some(sent_at) = sent.instant(zone).or_else(end_of_day) else {
        return Some(NotForReal::AgeUnknown);
    };
    let age = now.as_millisecond() - sent_at.as_millisecond();
    if age < -AHEAD.millis() {
        return Some(NotForReal::Future);
    }
    (age > max_age.millis()).then_some(NotForReal::TooOld)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::When;
    use jiff::tz::TimeZone;

    fn message(processing_id: Option<&str>, sent: Option<&str>) -> ClinicalFacts {
        ClinicalFacts {
            format: Format::Hl7V2,
            processing_id: processing_id.map(str::to_owned),
            sent: sent.map(|text| When(text.to_owned())),
            ..ClinicalFacts::default()
        }
    }

    fn judge(facts: &ClinicalFacts) -> Option<NotForReal> {
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        not_for_real(facts, Span::hours(24), &TimeZone::UTC, now)
    }

    #[test]
    fn a_production_message_of_today_is_for_real() {
        assert_eq!(judge(&message(Some("P"), Some("2026-11-23T11:00"))), None);
        assert_eq!(judge(&message(Some("P"), Some("2026-11-22"))), None);
    }

    #[test]
    fn training_old_and_undated_messages_are_not() {
        let real = Some("2026-11-23T11:00");
        assert_eq!(
            judge(&message(Some("T"), real)),
            Some(NotForReal::ProcessingId)
        );
        assert_eq!(judge(&message(None, real)), Some(NotForReal::ProcessingId));
        assert_eq!(
            judge(&message(Some("P"), Some("2026-11-22T11:00"))),
            Some(NotForReal::TooOld)
        );
        assert_eq!(
            judge(&message(Some("P"), Some("2026-11-21"))),
            Some(NotForReal::TooOld)
        );
        assert_eq!(
            judge(&message(Some("P"), None)),
            Some(NotForReal::AgeUnknown)
        );
    }
}
