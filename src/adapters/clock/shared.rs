//! The clock that all nodes of one database share: the database's own, read every
//! few seconds and carried on in between by this machine's steady clock. What a
//! machine's own clock says, or how it is set meanwhile, moves no lease and no end
//! of a link.

use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

/// A reading whose answer took longer says too little.
const LONGEST_ROUND_TRIP: Duration = Duration::from_secs(1);

/// A question to the database about its time, just before it is asked.
pub struct Asked {
    at: Instant,
    ours: i64,
}

/// What came back.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    theirs: i64,
    at: Instant,
    round_trip: Duration,
    ahead: i64,
}

impl Asked {
    pub fn now() -> Self {
        Self {
            at: Instant::now(),
            ours: jiff::Timestamp::now().as_millisecond(),
        }
    }

    /// Their clock was read half way between the question and now.
    pub fn answered(self, theirs: jiff::Timestamp) -> Reading {
        let round_trip = self.at.elapsed();
        let half = millis(round_trip / 2);
        Reading {
            theirs: theirs.as_millisecond() + half,
            at: Instant::now(),
            round_trip,
            ahead: self.ours + half - theirs.as_millisecond(),
        }
    }
}

#[derive(Debug)]
pub struct Shared(RwLock<Reading>);

impl Shared {
    pub(super) fn new(first: Reading) -> Self {
        Self(RwLock::new(first))
    }

    pub(super) fn now(&self) -> i64 {
        let reading = self.reading();
        reading.theirs + millis(reading.at.elapsed())
    }

    /// Milliseconds that this machine's own clock is ahead of the database's.
    pub(super) fn ahead(&self) -> i64 {
        self.reading().ahead
    }

    pub(super) fn correct(&self, reading: Reading) {
        if reading.round_trip <= LONGEST_ROUND_TRIP {
            *self.0.write().unwrap_or_else(PoisonError::into_inner) = reading;
        }
    }

    fn reading(&self) -> Reading {
        // A reading is written whole or not at all.
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn millis(of: Duration) -> i64 {
    i64::try_from(of.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(theirs: i64, ahead: i64, round_trip: Duration) -> Reading {
        Reading {
            theirs,
            at: Instant::now(),
            round_trip,
            ahead,
        }
    }

    #[test]
    fn time_goes_on_from_what_the_database_said() {
        let quick = Duration::from_millis(2);
        let clock = Shared::new(reading(1_000, 5_000, quick));
        std::thread::sleep(Duration::from_millis(20));
        let now = clock.now();
        assert!((1_020..2_000).contains(&now), "{now}");
        assert_eq!(clock.ahead(), 5_000);
        clock.correct(reading(500_000, -3, quick));
        assert!(clock.now() >= 500_000);
        assert_eq!(clock.ahead(), -3);
    }

    #[test]
    fn an_answer_that_took_long_corrects_nothing() {
        let clock = Shared::new(reading(1_000, 0, Duration::ZERO));
        clock.correct(reading(900_000, 9, Duration::from_millis(1_001)));
        assert!(clock.now() < 900_000);
        assert_eq!(clock.ahead(), 0);
    }

    #[test]
    fn a_machine_five_seconds_ahead_is_found_so() {
        let asked = Asked::now();
        let theirs = jiff::Timestamp::from_millisecond(asked.ours - 5_000).unwrap();
        let reading = asked.answered(theirs);
        assert!((5_000..5_200).contains(&reading.ahead), "{reading:?}");
        let clock = Shared::new(reading);
        let apart = clock.now() - theirs.as_millisecond();
        assert!((0..1_000).contains(&apart), "{apart}");
    }
}
