//! What all channels share and none may use up: memory for bodies, and the
//! processor. Places are given in the order they are asked for, so that one
//! channel's crowd keeps another waiting no longer than its own places allow.

use super::channels::Channels;
use super::config::Settings;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

pub struct Bounds {
    /// One permit for each KiB of a body that is being walked.
    bodies: Semaphore,
    all_bodies: u32,
    processor: Arc<Semaphore>,
    /// What one channel may hold of what the broker hands over ahead.
    share: u64,
}

impl Bounds {
    pub fn new(settings: &Settings, channels: &Channels) -> Self {
        let consuming = channels.iter();
        let consuming = consuming.filter(|channel| channel.source.rabbitmq.is_some());
        let budget = u64::from(settings.held_megabytes) << 20;
        let kib = settings.held_megabytes.saturating_mul(1024);
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            bodies: Semaphore::new(kib as usize),
            all_bodies: kib,
            processor: Arc::new(Semaphore::new(cores)),
            share: budget / (consuming.count().max(1) as u64),
        }
    }

    /// Waits until a body may be walked beside those that are. One that is larger
    /// than all may have is walked alone.
    pub async fn body(&self, bytes: usize) -> Option<SemaphorePermit<'_>> {
        let kib = u32::try_from(bytes / 1024 + 1).unwrap_or(u32::MAX);
        // Never closed: `None` does not come.
        let permit = self.bodies.acquire_many(kib.min(self.all_bodies)).await;
        permit.ok()
    }

    /// A turn at work that keeps a core busy: reading and printing. More at once would
    /// slow each other, and all else that waits for one: downloads, confirms, the
    /// database's answers.
    pub async fn processor(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.processor).acquire_owned().await.ok()
    }

    pub fn share(&self) -> u64 {
        self.share
    }
}

/// How many bytes one channel holds of what was handed over.
#[derive(Clone, Default)]
pub struct Held(Arc<AtomicU64>);

/// Gives them back when it is dropped.
pub struct Holding {
    of: Held,
    bytes: u64,
}

impl Held {
    pub fn hold(&self, bytes: usize) -> Holding {
        let bytes = bytes as u64;
        self.0.fetch_add(bytes, Ordering::Relaxed);
        let of = self.clone();
        Holding { of, bytes }
    }

    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        self.of.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(megabytes: u32) -> Bounds {
        let settings = Settings {
            held_megabytes: megabytes,
            ..Settings::defaults().unwrap()
        };
        Bounds::new(&settings, &Channels::default())
    }

    #[tokio::test]
    async fn bodies_are_walked_beside_each_other_while_there_is_room() {
        let bounds = bounds(10);
        let first = bounds.body(6 << 20).await;
        let second = bounds.body(6 << 20);
        tokio::pin!(second);
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(first);
        assert!(second.await.is_some());
        assert!(bounds.body(64 << 20).await.is_some(), "alone");
    }

    #[test]
    fn what_is_held_is_given_back() {
        let held = Held::default();
        let one = held.hold(5);
        let two = held.hold(7);
        assert_eq!(held.bytes(), 12);
        drop(one);
        assert_eq!(held.bytes(), 7);
        drop(two);
        assert_eq!(held.bytes(), 0);
    }
}
