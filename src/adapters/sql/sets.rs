//! Many rows in one statement. A question to PostgreSQL costs a way there and back,
//! whatever it asks; so what many rows need is asked for a set of them at once. A
//! set has a fixed number of places, so that its statement is prepared once.

use super::Tx;
use sqlx::Database;
use sqlx::any::AnyArguments;
use sqlx::query::Query;

pub(super) type Question<'q> = Query<'q, sqlx::Any, AnyArguments>;

/// The places of `set!`.
pub(super) const SET: usize = 32;

/// A list of places for `IN (…)`, the first of a statement; its other parameters
/// begin with $33.
macro_rules! set {
    () => {
        "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, \
         $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32"
    };
}
pub(super) use set;

/// A statement with the names in its set; empty places hold no row's name.
pub(super) fn about<'q>(sql: &'static str, names: &[String]) -> Question<'q> {
    debug_assert!(names.len() <= SET);
    (0..SET).fold(sqlx::query(sql), |question, place| {
        question.bind(names.get(place).cloned().unwrap_or_default())
    })
}

/// Sorted and each once: rows are locked in one order everywhere, or two
/// transactions could wait for each other.
pub(super) fn in_order(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names.dedup();
    names
}

/// Takes these objects' rows. On SQLite whoever writes has all of them.
pub(super) async fn lock_objects(tx: &mut Tx, keys: &[String]) -> anyhow::Result<()> {
    lock(tx, LOCK_OBJECTS, keys).await
}

/// The links of these handoffs.
pub(super) async fn lock_links(tx: &mut Tx, handoffs: &[String]) -> anyhow::Result<()> {
    lock(tx, LOCK_LINKS, handoffs).await
}

/// These handoffs. Links come first, as for whoever revokes them.
pub(super) async fn lock_handoffs(tx: &mut Tx, handoffs: &[String]) -> anyhow::Result<()> {
    lock(tx, LOCK_HANDOFFS, handoffs).await
}

const LOCK_OBJECTS: &str = concat!(
    "SELECT key FROM object WHERE key IN (",
    set!(),
    ") ORDER BY key FOR UPDATE"
);
const LOCK_LINKS: &str = concat!(
    "SELECT id FROM link WHERE handoff IN (",
    set!(),
    ") ORDER BY id FOR UPDATE"
);
const LOCK_HANDOFFS: &str = concat!(
    "SELECT id FROM handoff WHERE id IN (",
    set!(),
    ") ORDER BY id FOR UPDATE"
);

async fn lock(tx: &mut Tx, postgres: &'static str, names: &[String]) -> anyhow::Result<()> {
    if is_postgres(tx) {
        about(postgres, names).execute(&mut **tx).await?;
    }
    Ok(())
}

pub(super) fn is_postgres(tx: &Tx) -> bool {
    tx.backend_name() == sqlx::postgres::Postgres::NAME
}
