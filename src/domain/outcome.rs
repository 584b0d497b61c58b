//! What became of a step: where it failed, and whether trying again can help.
//! The error chooses the queue's answer; only the worker settles.

use std::fmt;

/// The stages of a message's walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Read,
    Render,
    Stage,
    Store,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Render => "render",
            Self::Stage => "stage",
            Self::Store => "store",
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// The world may differ next time: a broker, a bucket, a database.
    Retry,
    /// The same bytes will fail the same way. Park them for a person.
    DeadLetter,
}

/// A failed stage. The cause names places, never values.
#[derive(Debug, thiserror::Error)]
#[error("{stage} failed: {cause:#}")]
pub struct StageError {
    pub stage: Stage,
    pub remedy: Remedy,
    pub cause: anyhow::Error,
}

/// Says, at the call, what a failure of this step means for the message.
pub trait OrRemedy<T> {
    fn or_retry(self, stage: Stage) -> Result<T, StageError>;
    fn or_dead_letter(self, stage: Stage) -> Result<T, StageError>;
}

impl<T, E: Into<anyhow::Error>> OrRemedy<T> for Result<T, E> {
    fn or_retry(self, stage: Stage) -> Result<T, StageError> {
        self.map_err(|e| StageError {
            stage,
            remedy: Remedy::Retry,
            cause: e.into(),
        })
    }

    fn or_dead_letter(self, stage: Stage) -> Result<T, StageError> {
        self.map_err(|e| StageError {
            stage,
            remedy: Remedy::DeadLetter,
            cause: e.into(),
        })
    }
}
