//! What is published and what breaks, all from one seed: the same seed gives the
//! same plan, and a plan is printed before it is played.

use std::fmt;
use std::time::Duration;

/// SplitMix64 (Steele, Lea, Flood 2014): small, and the same everywhere.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn millis(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.below(to - from))
    }

    fn shuffle<T>(&mut self, cards: &mut [T]) {
        for place in (1..cards.len()).rev() {
            let other = self.below(place as u64 + 1) as usize;
            cards.swap(place, other);
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// SIGKILL, then a start: the power failed.
    BrokerKilled,
    /// Shut down in good order, and started.
    BrokerRestarted,
    /// A memory alarm for a while: publishers are blocked.
    BrokerBlocked(Duration),
    DatabaseKilled,
    DatabaseRestarted,
    BucketAway(Duration),
    /// SIGKILL of one of our processes; its supervisor starts it again.
    Killed(&'static str),
    /// SIGTERM: it must end in good order, in time.
    Stopped(&'static str),
    /// SIGSTOP for longer than a lease, then SIGCONT.
    Frozen(&'static str, Duration),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secs = |time: &Duration| time.as_secs_f32();
        match self {
            Self::BrokerKilled => f.write_str("the broker is killed"),
            Self::BrokerRestarted => f.write_str("the broker restarts"),
            Self::BrokerBlocked(time) => write!(f, "the broker blocks for {:.1} s", secs(time)),
            Self::DatabaseKilled => f.write_str("the database is killed"),
            Self::DatabaseRestarted => f.write_str("the database restarts"),
            Self::BucketAway(time) => write!(f, "the bucket is away for {:.1} s", secs(time)),
            Self::Killed(node) => write!(f, "{node} is killed"),
            Self::Stopped(node) => write!(f, "{node} is stopped"),
            Self::Frozen(node, time) => write!(f, "{node} is frozen for {:.1} s", secs(time)),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// A new event.
    Good(usize),
    /// One that was published before, once more.
    Again(usize),
    /// What nobody can read.
    Poison(usize),
}

#[derive(Debug, Clone)]
pub struct Plan {
    pub seed: u64,
    pub good: usize,
    pub poison: usize,
    pub items: Vec<Item>,
    /// Events on their way at a time: an engine that waits for its results.
    pub window: usize,
    /// Each with the number of items after which it strikes.
    pub faults: Vec<(usize, Fault)>,
}

impl Plan {
    pub fn new(seed: u64, good: usize, faults: usize) -> Self {
        let mut chance = Chance::new(seed);
        let mut items = Vec::new();
        let mut poison = 0;
        for event in 0..good {
            items.push(Item::Good(event));
            if chance.below(20) == 0 {
                items.push(Item::Again(chance.below(event as u64 + 1) as usize));
            }
            if chance.below(25) == 0 {
                items.push(Item::Poison(poison));
                poison += 1;
            }
        }
        let spacing = items.len() / (faults + 1);
        let faults = deck(&mut chance, faults).into_iter();
        Self {
            seed,
            good,
            poison,
            window: 100,
            faults: faults
                .enumerate()
                .map(|(n, fault)| ((n + 1) * spacing, fault))
                .collect(),
            items,
        }
    }
}

/// Every kind comes before any comes twice; a short plan has the hardest.
fn deck(chance: &mut Chance, many: usize) -> Vec<Fault> {
    let mut drawn = Vec::new();
    while drawn.len() < many {
        let mut hard = vec![
            Fault::BrokerKilled,
            Fault::BrokerBlocked(chance.millis(2000, 5000)),
            Fault::DatabaseKilled,
            Fault::BucketAway(chance.millis(2000, 5000)),
            Fault::Killed("worker-1"),
            Fault::Frozen("worker-2", chance.millis(4000, 7000)),
            Fault::Killed("gateway-1"),
            Fault::Killed("outbox"),
        ];
        let mut rest = vec![
            Fault::BrokerRestarted,
            Fault::DatabaseRestarted,
            Fault::Stopped("worker-1"),
            Fault::Killed("worker-2"),
            Fault::Stopped("gateway-2"),
            Fault::Frozen("outbox", chance.millis(6000, 9000)),
            Fault::Killed("sweeper"),
            Fault::Frozen("gateway-1", chance.millis(2000, 5000)),
        ];
        chance.shuffle(&mut hard);
        chance.shuffle(&mut rest);
        drawn.extend(hard);
        drawn.extend(rest);
    }
    drawn.truncate(many);
    drawn
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "seed {}: {} events, {} repeats, {} poison, {} faults",
            self.seed,
            self.good,
            self.items.len() - self.good - self.poison,
            self.poison,
            self.faults.len()
        )?;
        for (after, fault) in &self.faults {
            writeln!(f, "  after {after:>5}: {fault}")?;
        }
        Ok(())
    }
}

#[test]
fn the_same_seed_gives_the_same_plan_and_another_seed_another() {
    let shown = |seed| Plan::new(seed, 100, 30).to_string();
    assert_eq!(shown(1), shown(1));
    assert_ne!(shown(1), shown(2));
    let short = Plan::new(7, 100, 8);
    for kind in [
        "broker", "database", "bucket", "worker", "gateway", "outbox",
    ] {
        assert!(short.to_string().contains(kind), "no {kind} in {short}");
    }
}
