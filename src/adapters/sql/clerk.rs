//! Grouped commits: what downloads write waits for the commit that is running and
//! goes into the next one together. A commit costs a wait for the disk, whatever it
//! holds; so the more there is to write, the less each waits. An answer leaves only
//! after the commit that holds it.

use super::audit::append_all;
use super::{Flavor, Pools, Tx, grant, progress, sweep};
use crate::domain::audit::AuditEvent;
use crate::domain::ids::LinkId;
use anyhow::Context;
use std::hash::{Hash, Hasher};
use tokio::sync::{mpsc, oneshot};

/// Statements of 64 downloads take a few milliseconds: nobody waits longer than
/// that for the others of a group.
const GROUP: usize = 64;
/// Beyond this, whoever brings more waits.
const QUEUE: usize = 1024;

/// One thing to write. It can be tried again: a group that fails is undone and its
/// acts are tried one by one.
pub(super) enum Act {
    Claim(grant::Claiming),
    Begin(progress::Beginning),
    Beat(progress::Beating),
    End(progress::Ending),
}

impl Act {
    /// The link it is about.
    fn about(&self) -> &LinkId {
        match self {
            Self::Claim(claiming) => &claiming.link,
            Self::Begin(beginning) => &beginning.claim.link,
            Self::Beat(beating) => &beating.link,
            Self::End(ending) => &ending.claim.link,
        }
    }

    /// The link that may have ended by it.
    fn ended(&self) -> Option<(&str, jiff::Timestamp)> {
        match self {
            Self::End(ending) => Some((ending.claim.link.as_str(), ending.now)),
            Self::Claim(_) | Self::Begin(_) | Self::Beat(_) => None,
        }
    }
}

/// What came of it.
pub(super) enum Did {
    Claim(Option<grant::Granted>),
    Begin(crate::domain::claim::Begun),
    Beat(bool),
    End,
}

struct Order {
    act: Act,
    answer: oneshot::Sender<anyhow::Result<Did>>,
}

/// Where orders are left. All about one link go to the same clerk, so that two never
/// wait for each other's rows; they meet at objects, which are locked in one order,
/// and at the audit.
pub(super) struct Desk(Vec<mpsc::Sender<Order>>);

/// The clerks work until the desk is gone.
pub(super) fn open(pools: Pools) -> Desk {
    // SQLite has one writer. PostgreSQL answers one while another's commit waits for
    // the disk; a third keeps it busy, and more only make smaller groups.
    let clerks = match pools.flavor {
        Flavor::Sqlite => 1,
        Flavor::Postgres => 3,
    };
    Desk((0..clerks).map(|_| seat(pools.clone())).collect())
}

fn seat(pools: Pools) -> mpsc::Sender<Order> {
    let (tx, mut rx) = mpsc::channel(QUEUE);
    tokio::spawn(async move {
        let mut orders = Vec::new();
        while rx.recv_many(&mut orders, GROUP).await > 0 {
            settle(&pools, std::mem::take(&mut orders)).await;
        }
    });
    tx
}

impl Desk {
    pub(super) async fn leave(&self, act: Act) -> anyhow::Result<Did> {
        let (answer, done) = oneshot::channel();
        let mut hasher = std::hash::DefaultHasher::new();
        act.about().hash(&mut hasher);
        let clerk = hasher.finish() as usize % self.0.len();
        let left = self.0[clerk].send(Order { act, answer }).await;
        left.ok().context("the store is closed")?;
        done.await.context("the store closed meanwhile")?
    }
}

async fn settle(pools: &Pools, orders: Vec<Order>) {
    let (acts, answers): (Vec<Act>, Vec<_>) = orders
        .into_iter()
        .map(|order| (order.act, order.answer))
        .unzip();
    let did = match together(pools, &acts).await {
        Ok(did) => did.into_iter().map(Ok).collect(),
        Err(error) if acts.len() == 1 => vec![Err(error)],
        Err(_) => one_by_one(pools, &acts).await,
    };
    for (answer, did) in answers.into_iter().zip(did) {
        // Whoever asked may have gone; what was granted to nobody is given back.
        let _ = answer.send(did);
    }
}

/// One that cannot be written must not take the others with it.
async fn one_by_one(pools: &Pools, acts: &[Act]) -> Vec<anyhow::Result<Did>> {
    let mut did = Vec::new();
    for act in acts {
        let alone = together(pools, std::slice::from_ref(act)).await;
        did.push(alone.and_then(|did| did.into_iter().next().context("nothing was done")));
    }
    did
}

async fn together(pools: &Pools, acts: &[Act]) -> anyhow::Result<Vec<Did>> {
    let mut tx = pools.begin().await?;
    let mut events = Vec::new();
    let mut did = Vec::new();
    for act in acts {
        did.push(run(&mut tx, act, &mut events).await?);
    }
    // Whoever ended may have been the last reader of an object. Objects are locked
    // in one order everywhere.
    let mut ended = acts.iter().filter_map(Act::ended).peekable();
    if let Some((_, now)) = ended.peek().copied() {
        let links: Vec<&str> = ended.map(|(link, _)| link).collect();
        sweep::due_links(&mut tx, &links, now).await?;
    }
    // The audit's head is a lock: it comes last.
    append_all(&mut tx, &events).await?;
    tx.commit().await?;
    Ok(did)
}

async fn run(
    tx: &mut Tx,
    act: &Act,
    events: &mut Vec<(AuditEvent, jiff::Timestamp)>,
) -> anyhow::Result<Did> {
    Ok(match act {
        Act::Claim(claiming) => Did::Claim(claiming.run(tx, events).await?),
        Act::Begin(beginning) => Did::Begin(beginning.run(tx).await?),
        Act::Beat(beating) => Did::Beat(beating.run(tx).await?),
        Act::End(ending) => {
            ending.run(tx, events).await?;
            Did::End
        }
    })
}
