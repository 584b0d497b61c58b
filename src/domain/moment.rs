//! Moments as people type them: with an offset, in the local zone, or a whole day.

use jiff::civil;
use jiff::tz::TimeZone;

/// Which end of a day that was named alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    Start,
    /// The first moment after it.
    End,
}

pub const COMPLAINT: &str =
    "not a time; write it like 2026-11-25, 2026-11-25T14:30 or 2026-11-25T14:30:00Z";

pub fn typed(text: &str, zone: &TimeZone, edge: Edge) -> Result<jiff::Timestamp, &'static str> {
    let text = text.trim();
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Ok(moment);
    }
    let local = match (text.len(), edge) {
        (10, edge) => {
            let day: civil::Date = text.parse().map_err(|_| COMPLAINT)?;
            let day = match edge {
                Edge::Start => day,
                Edge::End => day.tomorrow().map_err(|_| COMPLAINT)?,
            };
            day.to_datetime(civil::Time::midnight())
        }
        _ => text.parse().map_err(|_| COMPLAINT)?,
    };
    let zoned = local
        .to_zoned_datetime(zone.clone())
        .map_err(|_| COMPLAINT)?;
    Ok(zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_with_an_offset_in_the_local_zone_and_as_a_day() {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let read = |text, edge| typed(text, &zone, edge).map(|at| at.to_string());
        let start = |text| read(text, Edge::Start);
        assert_eq!(
            start("2026-11-25T14:30:00Z").unwrap(),
            "2026-11-25T14:30:00Z"
        );
        assert_eq!(start("2026-11-25T14:30").unwrap(), "2026-11-25T12:30:00Z");
        assert_eq!(start("2026-11-25").unwrap(), "2026-11-24T22:00:00Z");
        assert_eq!(
            read("2026-11-25", Edge::End).unwrap(),
            "2026-11-25T22:00:00Z"
        );
        for wrong in ["", "yesterday", "25.11.2026", "2026-02-30", "14:30"] {
            assert_eq!(start(wrong), Err(COMPLAINT), "{wrong}");
        }
    }
}
