//! Permission to fetch a packet: what a link is, and why one is refused.

use crate::domain::ids::LinkId;
use crate::domain::notice::Recipient;
use crate::domain::verify::{SmartHealthLink, Verify};

/// Two faces, never mixed: `/l/` for people, `/d/` for systems. It is also the
/// token's audience.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    People,
    Systems,
}

impl Face {
    pub fn audience(self) -> &'static str {
        match self {
            Self::People => "l",
            Self::Systems => "d",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "l" => Some(Self::People),
            "d" => Some(Self::Systems),
            _ => None,
        }
    }
}

/// A link as the store holds it. The token itself is kept nowhere: whoever
/// must send it signs it again from these.
#[derive(Debug, Clone)]
pub struct Link {
    pub id: LinkId,
    pub handoff: String,
    pub channel: String,
    /// The trace of the message it came from, to be continued.
    pub trace_parent: Option<String>,
    pub face: Face,
    /// The key that signs it; a retired key lives until its last link ends.
    pub key_id: String,
    pub recipient: Option<Recipient>,
    pub expires_at: jiff::Timestamp,
    /// The `exp` inside the token: the stored expiry decides, this only lets
    /// an expired link still find its page.
    pub token_expires_at: jiff::Timestamp,
    pub revoked_at: Option<jiff::Timestamp>,
    pub first_access_at: Option<jiff::Timestamp>,
    /// What its person must show; systems are asked for nothing.
    pub verify: Verify,
    /// Wrong answers it still bears; at none it is locked.
    pub attempts_left: i64,
    pub locked_at: Option<jiff::Timestamp>,
    pub smart_health_link: SmartHealthLink,
    pub files: Vec<LinkFile>,
}

/// One file of a link, with a count of its own.
#[derive(Debug, Clone)]
pub struct LinkFile {
    /// From 1: the last part of its path.
    pub ordinal: i64,
    pub content_type: String,
    pub file_name: String,
    /// Bytes of the plaintext.
    pub size: i64,
    /// Hex of SHA-256 of the plaintext.
    pub sha256: String,
    pub max_downloads: i64,
    /// Downloads that were granted.
    pub downloads: i64,
    /// Of these, claims of which nothing was handed out: they are still to be had.
    pub unstarted: i64,
}

/// Why a link does not open. The audit hears which; a stranger never does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Unknown,
    Revoked,
    Expired,
    Exhausted,
    /// Too many wrong answers.
    Locked,
}

impl Refusal {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::Exhausted => "exhausted",
            Self::Locked => "locked",
        }
    }
}

/// Where a link stands. Each way from one to the next is one conditional statement
/// of the store, so that of two who try at once one is told no.
///
/// ```text
/// issued ──→ opened ──→ claimed ──→ completed ──→ exhausted
///              (proof)   │   ↑ (nothing handed out: given back)
///                        └───┘
/// any of them ──→ revoked (a person), expired (time), locked (wrong answers)
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    /// Nobody was here.
    Issued,
    /// Somebody proved themselves, or claimed.
    Opened,
    /// A file is being fetched, or was.
    Claimed,
    /// Whatever was claimed is not coming back: its files are used up.
    Closed(Refusal),
}

impl LinkState {
    /// The word for it in `handoff show`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Opened => "opened",
            Self::Claimed => "claimed",
            Self::Closed(refusal) => refusal.as_str(),
        }
    }
}

impl Link {
    pub fn state(&self, now: jiff::Timestamp) -> LinkState {
        if let Some(refusal) = self.refusal(now) {
            LinkState::Closed(refusal)
        } else if self.files.iter().any(|file| file.downloads > 0) {
            LinkState::Claimed
        } else if self.first_access_at.is_some() {
            LinkState::Opened
        } else {
            LinkState::Issued
        }
    }

    /// Why nobody new may begin, if so. Who holds a claim may still finish it.
    pub fn refusal(&self, now: jiff::Timestamp) -> Option<Refusal> {
        if self.revoked_at.is_some() {
            Some(Refusal::Revoked)
        } else if self.locked_at.is_some() {
            Some(Refusal::Locked)
        } else if now >= self.expires_at {
            Some(Refusal::Expired)
        } else if self.files.iter().all(LinkFile::is_used_up) {
            Some(Refusal::Exhausted)
        } else {
            None
        }
    }

    pub fn file(&self, ordinal: i64) -> Option<&LinkFile> {
        self.files.iter().find(|file| file.ordinal == ordinal)
    }
}

impl LinkFile {
    pub fn is_used_up(&self) -> bool {
        self.downloads - self.unstarted >= self.max_downloads
    }
}

/// The message of an event that waits for a person: what `staging::open_held` takes.
/// The store gives it only while the event waits.
#[derive(Debug, Clone)]
pub struct HeldBody {
    pub object_key: String,
    pub wrapped_key: String,
}

/// The store's answer to somebody who says who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proving {
    Proven,
    /// So many wrong answers are left; with none, the link is locked.
    Wrong {
        left: i64,
    },
    /// No code was sent, or its ten minutes are over: nothing was compared.
    NoCode,
    Refused(Refusal),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(expires_ms: i64, revoked: bool, downloads: i64) -> Link {
        let at = |ms| jiff::Timestamp::from_millisecond(ms).unwrap();
        let file = LinkFile {
            ordinal: 1,
            content_type: "application/pdf".into(),
            file_name: "packet.pdf".into(),
            size: 1,
            sha256: String::new(),
            max_downloads: 1,
            downloads,
            unstarted: 0,
        };
        Link {
            id: LinkId::new(&[0; 16]),
            handoff: String::new(),
            channel: String::new(),
            trace_parent: None,
            face: Face::People,
            key_id: String::new(),
            recipient: None,
            expires_at: at(expires_ms),
            token_expires_at: at(expires_ms),
            revoked_at: revoked.then(|| at(1)),
            first_access_at: None,
            verify: Verify::None,
            attempts_left: 5,
            locked_at: None,
            smart_health_link: SmartHealthLink::Off,
            files: vec![file],
        }
    }

    #[test]
    fn a_link_closes_by_a_person_by_time_and_by_count() {
        let now = jiff::Timestamp::from_millisecond(100).unwrap();
        assert_eq!(link(101, false, 0).refusal(now), None);
        assert_eq!(link(101, false, 0).state(now), LinkState::Issued);
        assert_eq!(link(100, false, 0).refusal(now), Some(Refusal::Expired));
        assert_eq!(link(101, true, 0).refusal(now), Some(Refusal::Revoked));
        assert_eq!(link(101, false, 1).refusal(now), Some(Refusal::Exhausted));
    }
}
