//! The append-only record of what happened to a packet. Each entry carries the
//! hash of the one before it, so a changed or missing entry breaks the chain.

use serde::Serialize;

/// The events worth keeping: no page views, no retries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditKind {
    Created,
    /// Waits for a person: sensitive, a training message, a reused identity.
    Held,
    /// A person let a held event go.
    Approved,
    /// The first claim on a link; never a GET of its page.
    FirstAccess,
    /// Somebody else, or the same person in another browser, proved who they are.
    Verified,
    /// Too many wrong answers.
    Locked,
    Completed,
    /// A granted download that broke: the connection, or the object itself.
    Failed,
    Refused,
    Revoked,
    /// A corrected event made a packet in its place.
    Superseded,
    /// Its patient or visit goes by another number now.
    Merged,
    Expired,
    Erased,
    /// Its end was moved, to later or to sooner.
    Extended,
    /// Another link took its place, or its event may come once more.
    Reissued,
    /// Somebody who found it closed asked for a new copy.
    Asked,
    /// A person was shown the passcode, to tell it.
    PasscodeShown,
    /// A person saw what a dead letter says.
    DeadLetterShown,
    /// A person sent a dead letter through once more.
    DeadLetterReplayed,
    /// A person let a dead letter go.
    DeadLetterDiscarded,
}

impl AuditKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Held => "held",
            Self::Approved => "approved",
            Self::FirstAccess => "first-access",
            Self::Verified => "verified",
            Self::Locked => "locked",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Revoked => "revoked",
            Self::Superseded => "superseded",
            Self::Merged => "merged",
            Self::Expired => "expired",
            Self::Erased => "erased",
            Self::Extended => "extended",
            Self::Reissued => "reissued",
            Self::Asked => "asked",
            Self::PasscodeShown => "passcode-shown",
            Self::DeadLetterShown => "dead-letter-shown",
            Self::DeadLetterReplayed => "dead-letter-replayed",
            Self::DeadLetterDiscarded => "dead-letter-discarded",
        }
    }
}

/// What is to be written; the store adds its place in the chain.
#[derive(Debug, Clone)]
pub struct AuditEvent {
    pub kind: AuditKind,
    pub handoff: String,
    pub link: Option<String>,
    /// Reason, method, address and user agent of a visitor. Never patient data.
    pub detail: String,
}

/// One link of the chain, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditEntry {
    pub sequence: i64,
    pub at_ms: i64,
    pub kind: String,
    pub handoff: String,
    pub link: Option<String>,
    pub detail: String,
    /// Hex of SHA-256 over the entry before it.
    pub previous: String,
}

/// The hash the first entry names as its predecessor.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

impl AuditEntry {
    /// The bytes that are hashed: every field with its length before it, so
    /// that no two different entries share them.
    pub fn canonical(&self) -> Vec<u8> {
        let mut bytes = b"handoff-audit-1".to_vec();
        bytes.extend(self.sequence.to_be_bytes());
        bytes.extend(self.at_ms.to_be_bytes());
        let link = self.link.as_deref().unwrap_or_default();
        for field in [
            &self.kind,
            &self.handoff,
            link,
            &self.detail,
            &self.previous,
        ] {
            bytes.extend((field.len() as u64).to_be_bytes());
            bytes.extend(field.as_bytes());
        }
        bytes
    }
}

/// The first entry that does not follow from the one before it.
pub fn first_break<'a>(
    entries: impl IntoIterator<Item = (&'a AuditEntry, &'a str)>,
    hash: impl Fn(&[u8]) -> String,
) -> Option<i64> {
    let mut previous = GENESIS.to_owned();
    for (expected, (entry, stored)) in (1..).zip(entries) {
        let own = hash(&entry.canonical());
        if entry.sequence != expected || entry.previous != previous || own != stored {
            return Some(expected);
        }
        previous = own;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(bytes: &[u8]) -> String {
        format!(
            "{:x}",
            bytes
                .iter()
                .fold(7u64, |a, b| a.wrapping_mul(31).wrapping_add(u64::from(*b)))
        )
    }

    fn chain(n: i64) -> Vec<(AuditEntry, String)> {
        let mut previous = GENESIS.to_owned();
        (1..=n)
            .map(|sequence| {
                let entry = AuditEntry {
                    sequence,
                    at_ms: sequence * 10,
                    kind: "created".into(),
                    handoff: "h".into(),
                    link: None,
                    detail: String::new(),
                    previous: previous.clone(),
                };
                previous = hash(&entry.canonical());
                (entry, previous.clone())
            })
            .collect()
    }

    fn broken(chain: &[(AuditEntry, String)]) -> Option<i64> {
        first_break(chain.iter().map(|(entry, own)| (entry, own.as_str())), hash)
    }

    #[test]
    fn an_untouched_chain_has_no_break() {
        assert_eq!(broken(&chain(5)), None);
    }

    #[test]
    fn a_changed_entry_and_a_missing_one_are_found() {
        let mut changed = chain(5);
        changed[2].0.detail = "nobody was here".into();
        assert_eq!(broken(&changed), Some(3));
        let mut missing = chain(5);
        missing.remove(1);
        assert_eq!(broken(&missing), Some(2));
    }
}
