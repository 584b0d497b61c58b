//! One granted download: how far it has come, where it may go on, when it is over.
//!
//! ```text
//! open ──→ completed            every byte was handed to the connection
//!  │ └──→ broken ──→ completed  its holder came back and went on
//!  └────→ released              nothing of the file was handed out: the count is given back
//! ```

use crate::domain::ids::LinkId;
use crate::domain::link::{LinkFile, Refusal};
use crate::domain::measures::Span;

/// A download that has begun may go on this long after its last byte, although its
/// link has expired meanwhile.
pub const CLAIM_GRACE: Span = Span::hours(1);
/// A claim of which nothing was handed out is given back after this long: the
/// gateway that granted it is gone, or the browser was closed.
pub const UNSTARTED_GRACE: Span = Span::seconds(120);
/// After completion its holder may fetch again: phone viewers ask twice.
pub const REFETCH_WINDOW: Span = Span::seconds(600);
/// A gateway says this often how far a running body is; one that has been silent for
/// [`BODY_SILENT`] is gone.
pub const BODY_BEAT: Span = Span::seconds(1);
pub const BODY_SILENT: Span = Span::seconds(10);

/// What anybody with the link may read of a file without claiming it: enough for a
/// probe of its type, nothing of what a packet says (product contract).
pub const PROBE: i64 = 1024;

/// What a probe may see of a file: never more than half of it.
pub fn probe_of(size: i64) -> i64 {
    PROBE.min(size / 2)
}

/// How far back a system may resume from what was handed out: what a broken
/// connection had in flight (product contract). Of a small file at most half.
pub fn step_back(size: i64) -> i64 {
    (size / 2).min(64 << 10)
}

/// Bytes of a file that may leave more than once in the whole life of a claim: with
/// fewer than all of them no second copy can be put together.
pub fn again_at_most(size: i64) -> i64 {
    size / 2
}

/// Of a body that broke off, what may not have left our own buffers and the kernel's:
/// three of 64 KiB, and a piece on its way.
pub const IN_BUFFERS: i64 = 256 << 10;

/// A claim is the only way to open an object: it is what `staging::open` takes, and
/// only the store makes one.
#[derive(Debug, Clone)]
pub struct Claim {
    pub id: String,
    pub link: LinkId,
    pub handoff: String,
    pub object_key: String,
    pub wrapped_key: String,
    pub file: LinkFile,
}

/// An open link's object, for its first bytes alone.
#[derive(Debug, Clone)]
pub struct Probed {
    pub object_key: String,
    pub wrapped_key: String,
}

/// Part of a file: from this byte on, up to the one before `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub from: i64,
    pub until: i64,
}

impl Part {
    pub fn whole(size: i64) -> Self {
        Self {
            from: 0,
            until: size,
        }
    }

    pub fn len(self) -> i64 {
        self.until - self.from
    }

    pub fn is_empty(self) -> bool {
        self.len() <= 0
    }

    pub fn is_whole(self, size: i64) -> bool {
        self == Self::whole(size)
    }
}

/// The store's answer to a request for a download: an expected answer is not
/// an error.
#[derive(Debug)]
pub enum ClaimOutcome {
    Granted(Box<Claim>),
    /// This browser has not proven itself, or too long ago.
    NeedsProof,
    Refused(Refusal),
}

/// The store's answer to a body that wants to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// The number of this body.
    Body(i64),
    /// Revoked, given back or moved to another browser meanwhile.
    Closed,
    /// Another body of this claim is running; it was told to stop.
    Busy,
    /// Systems read in order: it may go on from about here.
    OutOfOrder { handed: i64 },
}

/// A claim as its holder sees it.
#[derive(Debug, Clone)]
pub struct HeldClaim {
    pub ordinal: i64,
    /// `None` while something of it is still to come.
    pub completed_at: Option<jiff::Timestamp>,
    pub started: bool,
    /// Of the file, handed out so far.
    pub bytes: i64,
}

/// How the reader of a claim goes through its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// A browser: any part, several at once, again while the claim lives.
    Anywhere,
    /// A system: once, in order, one body at a time.
    InOrder,
    /// A receiver that only knows wholes: one body at a time, again if it broke off,
    /// but not for ever.
    Whole,
}

/// Bodies that one who reads [`Reading::Whole`] may begin.
pub const WHOLES_AT_MOST: i64 = 4;

impl Reading {
    /// Whether a second body has to wait for the first.
    pub fn one_at_a_time(self) -> bool {
        self != Self::Anywhere
    }
}

/// What of a file was handed out, in parts that neither touch nor overlap. A viewer
/// fetches in any order: the whole is there when one part covers it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage(Vec<Part>);

/// Parts beyond which the shortest is forgotten: a viewer has a handful.
const MOST_PARTS: usize = 64;

impl Coverage {
    /// `0-1024 65536-131072`; what is damaged covers nothing.
    pub fn of_store(stored: &str) -> Self {
        let parts = stored.split_whitespace().filter_map(|part| {
            let (from, until) = part.split_once('-')?;
            Some(Part {
                from: from.parse().ok()?,
                until: until.parse().ok()?,
            })
        });
        let mut coverage = Self::default();
        parts.for_each(|part| coverage.add(part));
        coverage
    }

    pub fn stored(&self) -> String {
        let parts: Vec<String> = self
            .0
            .iter()
            .map(|part| format!("{}-{}", part.from, part.until))
            .collect();
        parts.join(" ")
    }

    pub fn add(&mut self, mut part: Part) {
        if part.is_empty() {
            return;
        }
        self.0.retain(|known| {
            let apart = known.until < part.from || known.from > part.until;
            if !apart {
                part.from = part.from.min(known.from);
                part.until = part.until.max(known.until);
            }
            apart
        });
        self.0.push(part);
        self.0.sort_unstable_by_key(|part| part.from);
        if self.0.len() > MOST_PARTS
            && let Some(shortest) = (0..self.0.len()).min_by_key(|place| self.0[*place].len())
        {
            self.0.remove(shortest);
        }
    }

    pub fn is_whole(&self, size: i64) -> bool {
        size == 0 || self.0.iter().any(|part| part.is_whole(size))
    }

    pub fn bytes(&self) -> i64 {
        self.0.iter().map(|part| part.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coverage(parts: &[(i64, i64)]) -> Coverage {
        let mut coverage = Coverage::default();
        for (from, until) in parts {
            coverage.add(Part {
                from: *from,
                until: *until,
            });
        }
        coverage
    }

    #[test]
    fn parts_in_any_order_make_a_whole() {
        let whole = coverage(&[(50, 100), (0, 20), (20, 30), (25, 55)]);
        assert!(whole.is_whole(100));
        assert_eq!(whole.stored(), "0-100");
        let gap = coverage(&[(50, 100), (0, 49)]);
        assert!(!gap.is_whole(100));
        assert_eq!(gap.bytes(), 99);
        assert_eq!(Coverage::of_store(&gap.stored()), gap);
        assert_eq!(Coverage::of_store("x 5- 7-3"), Coverage::default());
    }

    #[test]
    fn coverage_is_what_a_bitmap_would_say() {
        let mut seed = 7_u64;
        let mut next = |below: i64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            i64::try_from(seed >> 33).unwrap() % below
        };
        for _ in 0..500 {
            let mut bitmap = [false; 40];
            let mut parts = Coverage::default();
            for _ in 0..8 {
                let from = next(40);
                let until = from + next(41 - from);
                parts.add(Part { from, until });
                bitmap[from as usize..until as usize].fill(true);
            }
            let said = bitmap.iter().filter(|is| **is).count() as i64;
            assert_eq!(parts.bytes(), said, "{}", parts.stored());
            assert_eq!(parts.is_whole(40), said == 40);
        }
    }

    #[test]
    fn no_second_whole_copy_can_be_put_together() {
        for size in [0, 1, 2, 1000, 65_536, 131_072, 1 << 30] {
            let again = again_at_most(size);
            assert!(step_back(size) <= 64 << 10 && step_back(size) <= again);
            // The tail again and the first kilobyte: less than the whole of all but tiny files.
            assert!(again + PROBE < size || size < 2 * PROBE + 2, "{size}");
        }
    }
}
