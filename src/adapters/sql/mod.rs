//! The ledger, on SQLite or PostgreSQL: one SQL text for both, leases
//! excepted. SQLite has one writer connection and `BEGIN IMMEDIATE`; nothing
//! waits for a disk or a socket of others inside a transaction.

mod approve;
mod asked;
mod audit;
mod claims;
mod clerk;
mod dead_letters;
mod epochs;
mod erase;
mod extend;
mod grant;
mod intake;
mod links;
mod memory;
mod merges;
mod order;
mod outbox;
mod overview;
mod progress;
mod proofs;
mod receipt;
mod reconcile;
mod reissue;
mod revoke;
mod rewrap;
mod scope;
mod sets;
mod shl;
mod subject;
mod sweep;
#[cfg(test)]
mod tests;
mod threads;

use anyhow::Context;
use sqlx::any::{Any, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, Connection, Executor, Transaction};
use std::time::Duration;

pub use approve::{Approves, HeldEvent, HeldState};
pub use audit::Verified;
pub use claims::BodyEnd;
pub use dead_letters::{DeadLetter, Letters, NewDeadLetter, Settling, StoredLetter};
pub use erase::ErasedObject;
pub use extend::MovedEnd;
pub use intake::{Committed, Held, KnownHandoff, NewFile, NewHandoff, NewLink, Proof};
pub use memory::{NewMemory, Remembered, Remembrance};
pub use merges::{MergedBy, Move};
pub use order::{InLine, NewInLine, Place, Waits};
pub use outbox::{Errand, NewErrand, OwnerNews, Target};
pub use overview::{HandoffSummary, LinkSummary};
pub use proofs::{Answer, CODE_LASTS, PROOF_LASTS};
pub use receipt::{EndedObject, Ending};
pub use reconcile::Standing;
pub use reissue::{Origin, Reissue, Reissued};
pub use revoke::{Revocation, RevokeScope, RevokedLink, patients};
pub use rewrap::SealedAt;
pub use scope::{FileHad, InScope, Scope};
pub use shl::ShlLink;
pub use subject::{Names, Patient, Subject};
pub use threads::{Cancellation, Cancelled, Predecessor};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flavor {
    Sqlite,
    Postgres,
}

/// The database.
pub struct Store {
    pools: Pools,
    clerk: clerk::Desk,
}

#[derive(Clone)]
pub struct Pools {
    flavor: Flavor,
    write: AnyPool,
    read: AnyPool,
}

impl std::ops::Deref for Store {
    type Target = Pools;

    fn deref(&self) -> &Pools {
        &self.pools
    }
}

type Tx = Transaction<'static, Any>;

/// How long a connection is taken for alive after it was used.
const FRESH: Duration = Duration::from_secs(1);

impl Store {
    /// `sqlite:/path/to/file.db` or `postgres://…`; brings the schema up to date.
    pub async fn connect(url: &str) -> anyhow::Result<Self> {
        sqlx::any::install_default_drivers();
        // A pool tells only that time ran out; a single connection tells why.
        let first = if url.starts_with("sqlite:") {
            create_if_missing(url)
        } else {
            url.to_owned()
        };
        let first = AnyConnection::connect(&first).await;
        first
            .context("connecting to the database (database-url)")?
            .close()
            .await?;
        let pools = if url.starts_with("sqlite:") {
            // One writer: SQLite has one write lock, and waiting in our own
            // queue is fairer than its busy handler.
            let write = sqlite_pool(url, 1).await?;
            Pools {
                flavor: Flavor::Sqlite,
                write,
                read: sqlite_pool(url, 4).await?,
            }
        } else {
            let pool = postgres_pool(url).await?;
            Pools {
                flavor: Flavor::Postgres,
                write: pool.clone(),
                read: pool,
            }
        };
        let migrated = migrations().run(&pools.write).await;
        migrated.context("bringing the database schema up to date")?;
        let clerk = clerk::open(pools.clone());
        Ok(Self { pools, clerk })
    }

    /// Answers when the store can be written to.
    pub async fn ping(&self) -> anyhow::Result<()> {
        self.begin()
            .await?
            .rollback()
            .await
            .context("asking the database")
    }

    /// The database's clock; SQLite has the machine's.
    pub async fn clock(&self) -> anyhow::Result<Option<jiff::Timestamp>> {
        if self.flavor == Flavor::Sqlite {
            return Ok(None);
        }
        let now = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";
        let row = sqlx::query(now).fetch_one(&self.read).await?;
        Ok(Some(moment(sqlx::Row::try_get(&row, 0)?)))
    }

    pub async fn close(&self) {
        self.write.close().await;
        self.read.close().await;
    }
}

/// While a newer version is rolled out, the one before it may still have to start:
/// migrations that it does not know are left alone. So a migration only adds, and
/// what it adds an older version can do without.
fn migrations() -> sqlx::migrate::Migrator {
    let mut migrations = sqlx::migrate!("src/adapters/sql/migrations");
    migrations.set_ignore_missing(true);
    migrations
}

impl Pools {
    async fn begin(&self) -> anyhow::Result<Tx> {
        let begun = match self.flavor {
            Flavor::Postgres => self.write.begin().await,
            Flavor::Sqlite => match self.begin_immediate().await {
                // SQLite ends a transaction by itself when the disk is full, and
                // sqlx goes on counting it: such a connection never begins again.
                Err(_) => {
                    self.drop_writer().await;
                    self.begin_immediate().await
                }
                begun => begun,
            },
        };
        begun.context("beginning a transaction")
    }

    async fn begin_immediate(&self) -> sqlx::Result<Tx> {
        self.write.begin_with("BEGIN IMMEDIATE").await
    }

    async fn drop_writer(&self) {
        if let Ok(writer) = self.write.acquire().await {
            // A connection that does not close cleanly is gone as well.
            let _ = writer.close().await;
        }
    }
}

/// A node that stands still, or is gone without a word, may hold a lock that all
/// others wait for: its transaction ends without it. We leave none idle for longer
/// than the ledger's disk takes.
async fn postgres_pool(url: &str) -> anyhow::Result<AnyPool> {
    AnyPoolOptions::new()
        .max_connections(16)
        .acquire_timeout(Duration::from_secs(10))
        // One that answered a moment ago is not asked first whether it is there: under
        // load that is a question for each question.
        .test_before_acquire(false)
        .before_acquire(|connection, used| {
            Box::pin(async move {
                if used.idle_for > FRESH {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection
                    .execute(
                        "SET idle_in_transaction_session_timeout = '15s'; \
                         SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; \
                         SET tcp_keepalives_count = 3;",
                    )
                    .await?;
                Ok(())
            })
        })
        .connect(url)
        .await
        .context("connecting to the database")
}

async fn sqlite_pool(url: &str, connections: u32) -> anyhow::Result<AnyPool> {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(30))
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection
                    .execute(
                        "PRAGMA busy_timeout = 15000; PRAGMA journal_mode = WAL; \
                         PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; \
                         PRAGMA foreign_keys = ON;",
                    )
                    .await?;
                Ok(())
            })
        })
        .connect(&create_if_missing(url))
        .await
        .context("opening the database file")
}

fn create_if_missing(url: &str) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}mode=rwc")
}

fn millis(at: jiff::Timestamp) -> i64 {
    at.as_millisecond()
}

fn moment(millis: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(millis).unwrap_or_default()
}

/// Random names for rows nobody outside sees: 128 bits as a UUID.
fn row_id() -> String {
    uuid::Builder::from_random_bytes(crate::adapters::clock::chance())
        .into_uuid()
        .to_string()
}
