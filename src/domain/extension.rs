//! When a link is to end instead: a rule that no statement has to know.

use crate::domain::link::{Link, Refusal};
use crate::domain::measures::Span;

/// Nothing staged lives longer than this after it was made: the bucket's own
/// expiry, the backstop of all of it, counts on it (90 days, product contract).
pub const LONGEST_LIFE: Span = Span::hours(90 * 24);

/// What somebody wants instead of a link's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewEnd {
    /// So much later than now planned.
    By(Span),
    /// At this moment, sooner or later than planned.
    At(jiff::Timestamp),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotExtended {
    #[error("it is {}; `handoff reissue` makes a new link", .0.as_str())]
    Closed(Refusal),
    #[error("that is past already; `handoff revoke` closes it now")]
    Past,
    #[error("its token ends at {0}; `handoff reissue` makes a link with another")]
    BeyondToken(jiff::Timestamp),
    #[error("nothing lives longer than 90 days: it may end at {0} at the latest")]
    BeyondLongest(jiff::Timestamp),
}

/// The latest moment at which a link of a handoff made then may end.
pub fn latest(created: jiff::Timestamp) -> jiff::Timestamp {
    later(created, LONGEST_LIFE)
}

/// When an open link ends from now on. A closed one stays closed: what it led to
/// may be gone.
pub fn new_end(
    link: &Link,
    created: jiff::Timestamp,
    wanted: NewEnd,
    now: jiff::Timestamp,
) -> Result<jiff::Timestamp, NotExtended> {
    if let Some(refusal) = link.refusal(now) {
        return Err(NotExtended::Closed(refusal));
    }
    let end = match wanted {
        NewEnd::By(span) => later(link.expires_at, span),
        NewEnd::At(moment) => moment,
    };
    if end <= now {
        Err(NotExtended::Past)
    } else if end > latest(created) {
        Err(NotExtended::BeyondLongest(latest(created)))
    } else if end > link.token_expires_at {
        Err(NotExtended::BeyondToken(link.token_expires_at))
    } else {
        Ok(end)
    }
}

pub fn later(start: jiff::Timestamp, by: Span) -> jiff::Timestamp {
    let millis = start.as_millisecond().saturating_add(by.millis());
    jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::LinkId;
    use crate::domain::link::{Face, LinkFile};
    use crate::domain::verify::{SmartHealthLink, Verify};

    fn day(n: i64) -> jiff::Timestamp {
        jiff::Timestamp::from_second(n * 86_400).unwrap()
    }

    /// Made on day 0, ends on day 3, its token on day 33.
    fn link(downloads: i64) -> Link {
        Link {
            id: LinkId::new(&[0; 16]),
            handoff: String::new(),
            channel: String::new(),
            trace_parent: None,
            face: Face::People,
            key_id: String::new(),
            recipient: None,
            expires_at: day(3),
            token_expires_at: day(33),
            revoked_at: None,
            first_access_at: None,
            verify: Verify::None,
            attempts_left: 5,
            locked_at: None,
            smart_health_link: SmartHealthLink::Off,
            files: vec![LinkFile {
                ordinal: 1,
                content_type: String::new(),
                file_name: String::new(),
                size: 1,
                sha256: String::new(),
                max_downloads: 1,
                downloads,
                unstarted: 0,
            }],
        }
    }

    #[test]
    fn an_open_link_ends_later_or_sooner() {
        let by = NewEnd::By(Span::hours(48));
        assert_eq!(new_end(&link(0), day(0), by, day(1)), Ok(day(5)));
        let sooner = NewEnd::At(day(2));
        assert_eq!(new_end(&link(0), day(0), sooner, day(1)), Ok(day(2)));
    }

    #[test]
    fn a_closed_link_stays_closed_and_no_limit_is_passed() {
        let by = NewEnd::By(Span::hours(48));
        for (link, now, refusal) in [
            (link(1), day(1), Refusal::Exhausted),
            (link(0), day(3), Refusal::Expired),
        ] {
            let told = new_end(&link, day(0), by, now);
            assert_eq!(told, Err(NotExtended::Closed(refusal)));
        }
        let at = |n| new_end(&link(0), day(0), NewEnd::At(day(n)), day(1));
        assert_eq!(at(1), Err(NotExtended::Past));
        assert_eq!(at(33), Ok(day(33)));
        assert_eq!(at(34), Err(NotExtended::BeyondToken(day(33))));
        assert_eq!(at(91), Err(NotExtended::BeyondLongest(day(90))));
    }
}
