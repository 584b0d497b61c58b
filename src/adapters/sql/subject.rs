//! What a handoff is about, as the store knows it: keyed hashes, all of them.

use super::Tx;

/// Hashes of all the numbers a patient goes by. One number in common is the same
/// person; a visit number alone is not, since those get used again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patient(pub Vec<String>);

impl Patient {
    pub(super) fn stored(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.join(" "))
    }

    pub(super) fn of_store(stored: Option<String>) -> Self {
        let stored = stored.unwrap_or_default();
        Self(stored.split_whitespace().map(str::to_owned).collect())
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        self.0.iter().any(|number| other.0.contains(number))
    }

    /// Both have numbers, and none in common.
    pub(super) fn is_another(&self, other: &Self) -> bool {
        !self.0.is_empty() && !other.0.is_empty() && !self.is(other)
    }
}

/// What a handoff is about. Keyed hashes, all of them.
#[derive(Debug, Clone, Default)]
pub struct Subject {
    pub visit: Option<String>,
    pub patient: Patient,
    pub thread: Option<String>,
    /// When its message was sent; its arrival where that was not said.
    pub sent_at: jiff::Timestamp,
    /// What its packet says.
    pub content: Option<String>,
    /// The names of the sections of its packet that say something.
    pub filled: Vec<String>,
}

impl Subject {
    /// The rows to lock, always in the same order.
    pub(super) fn threads(&self) -> Vec<&str> {
        let mut names: Vec<&str> = [&self.visit, &self.thread]
            .into_iter()
            .filter_map(Option::as_deref)
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// What people find a handoff by: every number of its patient and of its visit,
/// with its assigner and without, of tests as well.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    pub patient: Vec<String>,
    pub visit: Vec<String>,
}

impl Names {
    pub(super) async fn insert(&self, tx: &mut Tx, handoff: &str) -> anyhow::Result<()> {
        let patient = self.patient.iter().map(|hash| (hash, "patient"));
        let visit = self.visit.iter().map(|hash| (hash, "visit"));
        for (hash, kind) in patient.chain(visit) {
            sqlx::query(
                "INSERT INTO handoff_name (hash, handoff, kind) VALUES ($1, $2, $3)
                 ON CONFLICT (hash, handoff) DO NOTHING",
            )
            .bind(hash.clone())
            .bind(handoff.to_owned())
            .bind(kind)
            .execute(&mut **tx)
            .await?;
        }
        Ok(())
    }
}
