//! Turns: events about the same visit wait for each other in this process, in
//! the order they came. Other processes are kept apart by the store's own locks.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use tokio::sync::{Mutex, MutexGuard};

/// More than deliveries are in work at a time; two visits that share one wait
/// for each other without need, and that is all.
const PLACES: u64 = 1024;

pub struct Turns(Vec<Mutex<()>>);

impl Default for Turns {
    fn default() -> Self {
        Self((0..PLACES).map(|_| Mutex::new(())).collect())
    }
}

impl Turns {
    /// Waits until no earlier event of these threads is in work. The first name
    /// decides.
    pub async fn of(&self, threads: &[String]) -> Option<MutexGuard<'_, ()>> {
        let mut hasher = DefaultHasher::new();
        threads.first()?.hash(&mut hasher);
        let place = usize::try_from(hasher.finish() % PLACES).ok()?;
        Some(self.0.get(place)?.lock().await)
    }
}
