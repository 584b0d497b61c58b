//! How much the broker hands over ahead. A connection begins with little: neither
//! how large the bodies are nor whether one of them ends its worker is known yet.

use super::{Desk, Ended};
use crate::formats::read::MAX_BODY_BYTES;

/// With care, this many are taken before the channel's own prefetch.
const WITH_CARE: usize = 40;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pace {
    pub prefetch: u16,
    /// Deliveries after which another pace is set.
    pub bound: usize,
}

impl Pace {
    /// As many as fit whatever their size. A crash counts against every delivery
    /// that was handed over: one that ends its worker again and again takes few
    /// others with it to the delivery limit.
    pub fn first(desk: &Desk) -> Self {
        Self::of_size(desk, MAX_BODY_BYTES)
    }

    fn of_size(desk: &Desk, bytes: usize) -> Self {
        let most = full(desk);
        let fit = desk.world.bounds.share() / (bytes.max(1) as u64);
        Self {
            prefetch: u16::try_from(fit).unwrap_or(most).clamp(1, most),
            bound: WITH_CARE,
        }
    }

    pub fn after(desk: &Desk, ended: Ended, before: Self) -> Self {
        match ended {
            Ended::Calm => Self {
                prefetch: full(desk),
                bound: usize::MAX,
            },
            Ended::Heavy(largest) => Self::of_size(desk, largest),
            // Each connection that a garbled message breaks counts as a delivery of all
            // that came with it. One by one, the broker parks that one and no other.
            Ended::Garbled => Self {
                prefetch: 1,
                bound: WITH_CARE,
            },
            Ended::Away if before.prefetch == 1 => before,
            Ended::Away | Ended::GivenBack => Self::first(desk),
        }
    }
}

fn full(desk: &Desk) -> u16 {
    let source = desk.channel.source.rabbitmq.as_ref();
    source.map_or(1, |source| source.prefetch.get())
}
