//! How often, and after how long, an event that failed is tried again. Values
//! only: where it waits meanwhile is the broker's or the store's matter.

use super::measures::Span;

/// A message that fails this often while everything answers is itself the cause.
/// With the steps below that takes about half an hour.
pub const TRIES: u32 = 10;

/// The lengths of time that a failed event waits, the shortest first. On the
/// broker each is a queue of its own: a quorum queue looks at the time of its
/// head alone, so two lengths in one would hold each other up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Steps(Vec<Span>);

/// Each is a queue in each channel.
const MOST_STEPS: usize = 12;

impl Default for Steps {
    fn default() -> Self {
        // Each about twice the one before, so that one step to and fro is jitter.
        Self([5, 10, 20, 45, 90, 180, 360].map(Span::seconds).to_vec())
    }
}

impl TryFrom<Vec<Span>> for Steps {
    type Error = &'static str;

    fn try_from(steps: Vec<Span>) -> Result<Self, &'static str> {
        let grows = steps.windows(2).all(|pair| pair[0] < pair[1]);
        if steps.is_empty() || steps.len() > MOST_STEPS || !grows {
            return Err("1 to 12 lengths of time, each longer than the one before");
        }
        Ok(Self(steps))
    }
}

impl Steps {
    pub fn all(&self) -> &[Span] {
        &self.0
    }

    /// How long to wait after the n-th failure: the n-th step or the one after
    /// it, as chance has it. What failed together does not come back together.
    pub fn after(&self, failures: u32, chance: u8) -> Span {
        let place = usize::try_from(failures).unwrap_or(usize::MAX);
        let place = place.saturating_sub(1) + usize::from(chance & 1);
        self.0[place.min(self.0.len() - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_ten_tries_take_about_half_an_hour() {
        let steps = Steps::default();
        let total = |chance: u8| {
            let waits = (1..TRIES).map(|failures| steps.after(failures, chance).millis());
            waits.sum::<i64>() / 60_000
        };
        assert_eq!((total(0), total(1)), (23, 29));
        assert_eq!(steps.after(1, 0), Span::seconds(5));
        assert_eq!(steps.after(1, 1), Span::seconds(10));
        assert_eq!(steps.after(99, 1), Span::seconds(360));
    }

    #[test]
    fn steps_that_do_not_grow_are_refused() {
        let seconds = |steps: &[u64]| steps.iter().copied().map(Span::seconds).collect::<Vec<_>>();
        for wrong in [&[][..], &[5, 5], &[10, 5]] {
            assert!(Steps::try_from(seconds(wrong)).is_err(), "{wrong:?}");
        }
        let one = Steps::try_from(seconds(&[3])).expect("one step is enough");
        assert_eq!(one.after(7, 1), Span::seconds(3));
    }
}
