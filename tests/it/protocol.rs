//! The protocol of counting, played at random: many readers of one link against the
//! real store, on both databases, beside a model that knows what must never happen.
//!
//! Whatever mixture of claims, parallel bodies, ranges, aborts, moves to another
//! browser, gateways that die and the passing of time is tried: nobody but the holder
//! of a claim gets a byte, what was handed out of a claim stays with its holder, the
//! count adds up, and a system gets nothing twice but the last step back.

use crate::support::House;
use crate::support::house::now;
use crate::support::messages::{DISCHARGE, sent};
use crate::support::needs::databases;
use handoff::adapters::sql::{Answer, BodyEnd};
use handoff::domain::claim::{
    Begun, Claim, ClaimOutcome, IN_BUFFERS, Part, Reading, again_at_most, step_back,
};
use handoff::domain::link::{Face, Link};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// What a reader or the world does next. Places are taken modulo what there is.
#[derive(Debug, Clone)]
enum Step {
    Prove(usize),
    Claim(usize),
    /// From where, in eighths of the file; 8 is a step back from what was handed out.
    Begin(usize, usize),
    /// A running body hands out this many eighths more.
    HandOut(usize, i64),
    /// A running body ends as its connection does.
    End(usize, bool),
    /// Its gateway dies: nobody writes anything down.
    Die(usize),
    Beat(usize),
    Sweep,
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0..4_usize).prop_map(Step::Prove),
        4 => (0..4_usize).prop_map(Step::Claim),
        6 => ((0..4_usize), (0..9_usize)).prop_map(|(who, from)| Step::Begin(who, from)),
        6 => ((0..6_usize), (1..9_i64)).prop_map(|(body, much)| Step::HandOut(body, much)),
        4 => ((0..6_usize), any::<bool>()).prop_map(|(body, broke)| Step::End(body, broke)),
        1 => (0..6_usize).prop_map(Step::Die),
        2 => (0..6_usize).prop_map(Step::Beat),
        1 => Just(Step::Sweep),
        2 => prop_oneof![Just(1_u64), Just(11), Just(130), Just(700), Just(4000)].prop_map(Step::Wait),
    ]
}

/// A body that a gateway believes to be running.
struct Running {
    who: usize,
    claim: Claim,
    number: i64,
    from: i64,
    at: i64,
}

struct Game<'a> {
    house: &'a House,
    link: Link,
    ordinal: i64,
    size: i64,
    most: usize,
    /// The claim that each reader believes to hold.
    holds: HashMap<usize, Claim>,
    running: Vec<Running>,
    /// Bytes that somebody got, by claim and reader.
    got: HashMap<String, HashMap<usize, i64>>,
    /// Claims of which something was handed out.
    counted: HashSet<String>,
    /// In order: how far a claim came, and where its bodies began.
    reached: HashMap<String, i64>,
    died: HashSet<String>,
}

fn secret(who: usize) -> String {
    format!("reader-{who}")
}

impl Game<'_> {
    fn reading(&self) -> Reading {
        match self.link.face {
            Face::People => Reading::Anywhere,
            Face::Systems => Reading::InOrder,
        }
    }

    fn now(&self) -> jiff::Timestamp {
        self.house.world.clock.now()
    }

    async fn play(&mut self, step: &Step) {
        let store = &self.house.world.store;
        match step {
            Step::Prove(who) if self.link.face == Face::People => {
                let answer = Answer {
                    hash: None,
                    holder: &secret(*who),
                    visitor: "test",
                    owner: "owner@riverside.example",
                };
                store.prove(&self.link, &answer, self.now()).await.unwrap();
            }
            Step::Prove(_) => {}
            Step::Claim(who) => self.claim(*who).await,
            Step::Begin(who, eighths) => self.begin(*who, *eighths).await,
            Step::HandOut(body, much) => self.hand_out(*body, *much),
            Step::End(body, broke) => self.end(*body, *broke).await,
            Step::Die(body) if !self.running.is_empty() => {
                let body = self.running.swap_remove(body % self.running.len());
                self.died.insert(body.claim.id);
            }
            Step::Die(_) => {}
            Step::Beat(body) => self.beat(*body).await,
            Step::Sweep => {
                self.house.sweep().await;
            }
            Step::Wait(seconds) => {
                // A gateway that lives says so all the while.
                for body in 0..self.running.len() {
                    self.beat(body).await;
                }
                self.house.advance(Duration::from_secs(*seconds));
                let mut body = 0;
                while body < self.running.len() {
                    let before = self.running.len();
                    self.beat(body).await;
                    body += usize::from(self.running.len() == before);
                }
            }
        }
    }

    async fn claim(&mut self, who: usize) {
        let store = &self.house.world.store;
        let fresh = store.link(&self.link.id).await.unwrap().unwrap();
        let outcome = store
            .claim(&fresh, self.ordinal, &secret(who), "test", self.now())
            .await;
        if let ClaimOutcome::Granted(claim) = outcome.unwrap() {
            // What somebody else got bytes of is nobody else's.
            let others = self.got.get(&claim.id).cloned().unwrap_or_default();
            assert!(
                others
                    .iter()
                    .all(|(reader, bytes)| *reader == who || *bytes == 0),
                "a claim moved although something of it was handed out"
            );
            self.holds.insert(who, *claim);
        }
    }

    async fn begin(&mut self, who: usize, eighths: usize) {
        let store = &self.house.world.store;
        let Some(believed) = self.holds.get(&who).cloned() else {
            return;
        };
        let handed = self.reached.get(&believed.id).copied().unwrap_or_default();
        let from = match eighths {
            8 => (handed - step_back(self.size)).max(0),
            eighths => self.size * eighths as i64 / 8,
        };
        // As the gateway does: what the store no longer knows as held is not opened.
        let fresh = store.link(&self.link.id).await.unwrap().unwrap();
        let held = store
            .held_claim(&fresh, self.ordinal, &secret(who), self.now())
            .await
            .unwrap();
        let Some(claim) = held.filter(|claim| claim.id == believed.id) else {
            return;
        };
        let begun = store
            .body_begins(&claim, &secret(who), self.reading(), from, self.now())
            .await
            .unwrap();
        let Begun::Body(number) = begun else {
            // The gateway writes down that nothing came of it.
            let end = BodyEnd {
                reading: self.reading(),
                number: 0,
                part: Part { from, until: from },
                failure: Some("test".into()),
            };
            let holder = secret(who);
            let ended = store.body_ended(&claim, &holder, &end, self.now());
            return ended.await.unwrap();
        };
        if self.reading() == Reading::InOrder {
            let lived = !self.died.contains(&claim.id);
            let sure = handed - IN_BUFFERS - step_back(self.size);
            assert!(
                from >= sure || !lived,
                "from {from} although {handed} was handed out"
            );
            assert!(from <= handed || !lived, "bytes were left out");
            self.reached.insert(claim.id.clone(), handed.max(from));
        }
        self.running.push(Running {
            who,
            claim,
            number,
            from,
            at: from,
        });
    }

    fn hand_out(&mut self, body: usize, eighths: i64) {
        if self.running.is_empty() {
            return;
        }
        let place = body % self.running.len();
        let body = &mut self.running[place];
        let until = (body.at + self.size * eighths / 8).min(self.size);
        let bytes = until - body.at;
        body.at = until;
        if bytes == 0 {
            return;
        }
        self.counted.insert(body.claim.id.clone());
        let readers = self.got.entry(body.claim.id.clone()).or_default();
        *readers.entry(body.who).or_default() += bytes;
        let reached = self.reached.entry(body.claim.id.clone()).or_default();
        *reached = (*reached).max(until);
        // A system never gets so much that it could be two copies; what a gateway
        // handed out in its last second before it died nobody knows.
        let most = self.size + again_at_most(self.size);
        let all: i64 = readers.values().sum();
        assert!(
            self.link.face == Face::People || all <= most || self.died.contains(&body.claim.id),
            "{all} bytes of {} were handed out",
            self.size
        );
        assert_eq!(
            readers.values().filter(|bytes| **bytes > 0).count(),
            1,
            "a second holder got a byte"
        );
        assert!(
            self.counted.len() <= self.most,
            "more downloads were handed out than there are"
        );
    }

    async fn beat(&mut self, body: usize) {
        if self.running.is_empty() {
            return;
        }
        let place = body % self.running.len();
        let store = &self.house.world.store;
        let body = &self.running[place];
        let alive = store
            .body_lives(
                &body.claim,
                self.reading(),
                body.number,
                body.at,
                self.now(),
            )
            .await
            .unwrap();
        if !alive {
            self.end(place, true).await;
        }
    }

    async fn end(&mut self, body: usize, broke: bool) {
        if self.running.is_empty() {
            return;
        }
        let body = self.running.swap_remove(body % self.running.len());
        let whole = body.at == self.size;
        let end = BodyEnd {
            reading: self.reading(),
            number: body.number,
            part: Part {
                from: body.from,
                until: body.at,
            },
            failure: (broke && !whole || body.at == body.from).then(|| "test".to_owned()),
        };
        let store = &self.house.world.store;
        let holder = secret(body.who);
        let ended = store.body_ended(&body.claim, &holder, &end, self.now());
        ended.await.unwrap();
    }

    /// The store's count is never below what was handed out, nor beyond its limit.
    async fn adds_up(&self) {
        let store = &self.house.world.store;
        let link = store.link(&self.link.id).await.unwrap().unwrap();
        let file = link.file(self.ordinal).unwrap();
        assert!(file.downloads <= file.max_downloads, "{file:?}");
        assert!(
            file.downloads >= self.counted.len() as i64,
            "{} were handed out: {file:?}",
            self.counted.len()
        );
    }
}

async fn play(house: &House, face: Face, most: i64, steps: &[Step], round: usize) {
    let sent_at = house.world.clock.now();
    let message = sent(DISCHARGE, &format!("game-{face:?}-{round}"), sent_at);
    let (handoff, _) = house.created(&message).await;
    let links = house.world.store.links_of(&handoff, face).await.unwrap();
    let link = links.into_iter().next().unwrap();
    let file = link.file(1).unwrap().clone();
    assert_eq!(file.max_downloads, most);
    let mut game = Game {
        house,
        link,
        ordinal: 1,
        size: file.size,
        most: usize::try_from(most).unwrap(),
        holds: HashMap::new(),
        running: Vec::new(),
        got: HashMap::new(),
        counted: HashSet::new(),
        reached: HashMap::new(),
        died: HashSet::new(),
    };
    for step in steps {
        game.play(step).await;
        game.adds_up().await;
    }
}

/// Games for each face, limit and database; more with HANDOFF_TEST_GAMES.
fn games() -> usize {
    let more = std::env::var("HANDOFF_TEST_GAMES").ok();
    more.and_then(|number| number.parse().ok()).unwrap_or(30)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_mixture_of_what_readers_do_makes_two_copies_of_one_count() {
    // The games are the same each time: what fails can be played again.
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    for most in [1, 2] {
        for database in databases().await {
            let channels = crate::support::house::channels_with(&[(
                "max-downloads: 1",
                &format!("max-downloads: {most}"),
            )]);
            let house = House::with(database, channels).await;
            for round in 0..games() {
                for face in [Face::People, Face::Systems] {
                    let strategy = prop::collection::vec(step(), 10..60);
                    let steps = strategy.new_tree(&mut runner).unwrap().current();
                    play(&house, face, most, &steps, round).await;
                }
            }
            assert_eq!(
                house.world.store.verify_audit().await.unwrap().first_break,
                None
            );
            assert!(house.world.clock.now() > now());
        }
    }
}
