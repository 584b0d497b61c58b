//! Lines of the log that a flood of bad messages would write a hundred thousand
//! times: the first of each kind is said, the rest are counted.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A person who watches sees within this time that it goes on.
const WINDOW: Duration = Duration::from_secs(10);
/// Reasons said in one window: enough to tell two causes apart, and no flood where
/// each message is bad in its own way.
const REASONS: usize = 8;

/// What was said lately, by subject: a channel, or a line of the log.
#[derive(Default)]
pub struct Hush(Mutex<BTreeMap<String, Lately>>);

struct Lately {
    since: Instant,
    reasons: Vec<String>,
    untold: u64,
}

/// What to write now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// Whether this one gets a line.
    pub aloud: bool,
    /// How many in the window before had none.
    pub untold: u64,
}

impl Hush {
    /// Notes that something happened for this reason.
    pub fn said(&self, subject: &str, reason: &str) -> Said {
        self.said_at(subject, reason, Instant::now())
    }

    fn said_at(&self, subject: &str, reason: &str, now: Instant) -> Said {
        let mut lately = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lately = lately.entry(subject.to_owned()).or_insert(Lately {
            since: now,
            reasons: Vec::new(),
            untold: 0,
        });
        let untold = lately.turn(now);
        let known = lately.reasons.iter().any(|said| said == reason);
        let aloud = !known && lately.reasons.len() < REASONS;
        match aloud {
            true => lately.reasons.push(reason.to_owned()),
            false => lately.untold += 1,
        }
        Said { aloud, untold }
    }

    /// How many of a subject had no line, once their window is over.
    pub fn untold(&self, subject: &str) -> u64 {
        let mut lately = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lately = lately.get_mut(subject);
        lately.map_or(0, |lately| lately.turn(Instant::now()))
    }
}

impl Lately {
    /// Begins a new window where this one is over.
    fn turn(&mut self, now: Instant) -> u64 {
        if now.duration_since(self.since) < WINDOW {
            return 0;
        }
        self.since = now;
        self.reasons.clear();
        std::mem::take(&mut self.untold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_each_reason_is_said_and_the_rest_are_counted() {
        let hush = Hush::default();
        let now = Instant::now();
        let said = |reason: &str, at| hush.said_at("discharge", reason, at);
        assert!(said("no MSH", now).aloud && said("no PID", now).aloud);
        for _ in 0..1000 {
            assert!(!said("no MSH", now).aloud);
        }
        assert!(hush.said_at("referral", "no MSH", now).aloud);
        let next = said("no MSH", now + WINDOW);
        let all = Said {
            aloud: true,
            untold: 1000,
        };
        assert_eq!(next, all);
        assert_eq!(said("no PID", now + WINDOW).untold, 0, "told once");
    }

    #[test]
    fn a_thousand_reasons_are_no_thousand_lines() {
        let hush = Hush::default();
        let now = Instant::now();
        let lines = (0..1000)
            .filter(|n| hush.said_at("discharge", &n.to_string(), now).aloud)
            .count();
        assert_eq!(lines, REASONS);
    }
}
