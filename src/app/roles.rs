//! What one process does of the whole. Any number of each may run on one
//! PostgreSQL: rows are claimed, leases run out, and nobody leads.

use anyhow::ensure;
use clap::ValueEnum;
use serde::Deserialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Consumes the channels' queues.
    Worker,
    /// Serves links, pages and the API.
    Gateway,
    /// Sends results, replies and notices.
    Outbox,
    /// Ends what has run out.
    Sweeper,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Worker => "worker",
            Self::Gateway => "gateway",
            Self::Outbox => "outbox",
            Self::Sweeper => "sweeper",
        }
    }
}

/// The roles of this process: one at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles(Vec<Role>);

impl Roles {
    pub fn all() -> Self {
        Self(Role::value_variants().to_vec())
    }

    pub fn of(roles: Vec<Role>) -> anyhow::Result<Self> {
        ensure!(
            !roles.is_empty(),
            "roles: name one at least, or leave the setting out for all of them"
        );
        Ok(Self(roles))
    }

    /// As a variable has them: `worker, outbox`.
    pub fn read(text: &str) -> anyhow::Result<Vec<Role>> {
        let known = Role::value_variants();
        let role = |word: &str| {
            let word = word.trim();
            let found = known.iter().copied().find(|role| role.as_str() == word);
            found.ok_or_else(|| {
                let names: Vec<_> = known.iter().map(|role| role.as_str()).collect();
                anyhow::anyhow!("`{word}` is no role; they are {}", names.join(", "))
            })
        };
        text.split(',').map(role).collect()
    }

    pub fn has(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// Whether anything of it speaks to the broker.
    pub fn need_broker(&self) -> bool {
        self.has(Role::Worker) || self.has(Role::Outbox)
    }
}

impl std::fmt::Display for Roles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.0.iter().map(|role| role.as_str()).collect();
        f.write_str(&names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_roles_is_read_and_a_wrong_word_is_told_what_there_is() {
        let read = Roles::read("worker, outbox").unwrap();
        let roles = Roles::of(read).unwrap();
        assert!(roles.has(Role::Worker) && roles.has(Role::Outbox));
        assert!(!roles.has(Role::Gateway) && !roles.has(Role::Sweeper));
        assert_eq!(roles.to_string(), "worker, outbox");
        for wrong in ["", "workers", "worker,,outbox"] {
            let error = Roles::read(wrong).unwrap_err().to_string();
            assert!(error.contains("sweeper"), "{error}");
        }
        assert!(Roles::of(Vec::new()).is_err());
    }
}
