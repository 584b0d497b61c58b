//! Time and chance. The only place that asks the machine for either, so that a
//! test can hold both still.

mod shared;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

pub use shared::{Asked, Reading, Shared};

#[derive(Debug, Clone, Default)]
pub enum Clock {
    #[default]
    System,
    /// The database's, where several machines share one.
    Shared(Arc<Shared>),
    /// Milliseconds since the epoch, moved by hand.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    pub fn manual(start: jiff::Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(start.as_millisecond())))
    }

    pub fn shared(first: Reading) -> Self {
        Self::Shared(Arc::new(Shared::new(first)))
    }

    /// To the millisecond, because that is what the store keeps.
    pub fn now(&self) -> jiff::Timestamp {
        let millis = match self {
            Self::System => jiff::Timestamp::now().as_millisecond(),
            Self::Shared(shared) => shared.now(),
            Self::Manual(at) => at.load(Ordering::SeqCst),
        };
        jiff::Timestamp::from_millisecond(millis).unwrap_or_default()
    }

    /// Sets a shared clock by a new reading; others are left alone.
    pub fn correct(&self, reading: Reading) {
        if let Self::Shared(shared) = self {
            shared.correct(reading);
        }
    }

    /// Milliseconds that this machine's own clock is ahead of the one it goes by.
    pub fn machine_ahead(&self) -> i64 {
        match self {
            Self::Shared(shared) => shared.ahead(),
            Self::System | Self::Manual(_) => 0,
        }
    }

    /// Moves a manual clock; the system's is left alone.
    pub fn advance(&self, by: std::time::Duration) {
        if let Self::Manual(at) = self {
            at.fetch_add(
                i64::try_from(by.as_millis()).unwrap_or(i64::MAX),
                Ordering::SeqCst,
            );
        }
    }
}

/// `N` bytes that nobody can guess.
pub fn chance<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .expect("the operating system's random source does not fail once it has started");
    bytes
}
