//! What could not be read: the place and the reason, never the value.

use serde::Serialize;

/// One entry we had to leave out, or could read only in part. Shown on the
/// packet: a reader must know that something is missing. It names the place
/// and the reason, never the value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Doubt {
    /// `PID-3[2].4`, `Bundle.entry[3].resource.birthDate`.
    pub at: String,
    pub why: String,
}

impl Doubt {
    pub fn new(at: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            at: at.into(),
            why: why.into(),
        }
    }
}

/// Why a message, or a whole body, could not be read. Same rule as [`Doubt`]:
/// the place, never the value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{at}: {why}")]
pub struct Problem {
    pub at: String,
    pub why: String,
}

impl Problem {
    pub fn new(at: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            at: at.into(),
            why: why.into(),
        }
    }
}
