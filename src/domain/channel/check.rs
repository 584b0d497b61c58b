//! Whether a file whose keys and values are each fine makes sense as a whole.

use super::file::{ChannelFile, RabbitmqSource, ReturnRoute};
use super::{Channel, packet_check};
use crate::domain::measures::Span;
use crate::domain::trigger::TriggerEvent;
use crate::domain::verify::{SmartHealthLink, Verify};

/// What is wrong with a file whose keys and values are each fine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct ChannelError {
    /// The key to point at: `link`, `packet.fields.results`.
    pub key: String,
    pub why: String,
}

/// The longest a link may live; the bucket's lifecycle backstop counts on it.
const LONGEST_LINK: Span = Span::hours(90 * 24);

impl TryFrom<ChannelFile> for Channel {
    type Error = ChannelError;

    fn try_from(file: ChannelFile) -> Result<Self, ChannelError> {
        let refuse = |key: &str, why: &str| {
            Err(ChannelError {
                key: key.to_owned(),
                why: why.to_owned(),
            })
        };
        if file.trigger.events.is_empty() {
            return refuse(
                "trigger",
                "no event is listed: this channel would never do anything",
            );
        }
        packet_check::check(&file.packet)?;
        if let Some((key, why)) = contradiction(&file) {
            return refuse(key, &why);
        }
        if file.link.expires_after > LONGEST_LINK {
            return refuse("link.expires-after", "a link lives 90 days at most");
        }
        // The bucket's lifecycle backstop deletes what is older.
        if file.dead_letters.keep > LONGEST_LINK {
            return refuse("dead-letters.keep", "a dead letter is kept 90 days at most");
        }
        if let Some((key, why)) = proof_that_cannot_be(&file) {
            return refuse(key, why);
        }
        if !file.notify.is_empty() && file.recipients.is_empty() {
            return refuse(
                "notify",
                "nobody to notify: list recipients, or leave notify out",
            );
        }
        if file.notify.is_empty() && !file.recipients.is_empty() {
            return refuse(
                "recipients",
                "these would never be told: add a notify route, such as `- email: {}`",
            );
        }
        if file.recipients.is_empty() && file.returns.is_empty() {
            return refuse(
                "recipients",
                "the packet would reach nobody: list recipients or a return route",
            );
        }
        let empty_binding =
            |source: &RabbitmqSource| source.bindings.iter().any(|b| b.routing_keys.is_empty());
        if file.source.rabbitmq.as_ref().is_some_and(empty_binding) {
            return refuse(
                "source",
                "a binding needs at least one routing key; `#` takes everything",
            );
        }
        let too_few = |source: &RabbitmqSource| {
            let typed = source.concurrency.map(|concurrency| concurrency.get());
            typed.is_some_and(|concurrency| concurrency > source.prefetch.get())
        };
        if file.source.rabbitmq.as_ref().is_some_and(too_few) {
            return refuse(
                "source.rabbitmq.concurrency",
                "more than `prefetch`: the broker would never hand over that many",
            );
        }
        Ok(Self { file })
    }
}

/// What a link asks of people, where it cannot be asked or is undone elsewhere.
fn proof_that_cannot_be(file: &ChannelFile) -> Option<(&'static str, &'static str)> {
    let link = &file.link;
    if link.verify_fallback.is_some() && link.verify != Verify::BirthDate {
        let why =
            "it says what happens without a birth date; only `verify: birth-date` asks for one";
        return Some(("link.verify-fallback", why));
    }
    let smart = link.smart_health_link;
    if smart != SmartHealthLink::Off && !matches!(link.verify, Verify::None | Verify::Passcode) {
        let why = "receivers of a SMART Health Link know a passcode or nothing: use `verify: passcode` or `none`";
        return Some(("link.smart-health-link", why));
    }
    if smart == SmartHealthLink::Direct && link.verify != Verify::None {
        let why = "a file that is fetched directly (flag U) asks for no passcode: use `verify: none`, or `true`";
        return Some(("link.smart-health-link", why));
    }
    let silent = |route: &ReturnRoute| match route {
        ReturnRoute::Reply(route) => route.url.is_none(),
        ReturnRoute::Rabbitmq(route) => route.url.is_none(),
    };
    if link.verify != Verify::None && file.returns.iter().any(silent) {
        let why = "people must verify here, and what is returned holds a link that asks for nothing: \
                   say `url: link` on each route to want that";
        return Some(("return", why));
    }
    None
}

/// What cannot both be: an event that makes a packet and ends it.
fn contradiction(file: &ChannelFile) -> Option<(&'static str, String)> {
    let ends =
        |event: &&TriggerEvent| file.cancel_on.contains(event) || file.merge_on.contains(event);
    if let Some(event) = file
        .trigger
        .events
        .iter()
        .chain(&file.correct_on)
        .find(ends)
    {
        let why = format!("`{event}` cannot both make a packet and end or merge one");
        return Some(("cancel-on", why));
    }
    let memory = file.visit_memory.as_ref()?;
    if memory.events.is_empty() || memory.facts.is_empty() || has_repeats(&memory.facts) {
        let why = "list the events to remember from, and each kind of fact once";
        return Some(("visit-memory", why.to_owned()));
    }
    (memory.keep > LONGEST_MEMORY).then(|| {
        (
            "visit-memory",
            "a visit is remembered 90 days at most".to_owned(),
        )
    })
}

/// As long as identities are kept: a longer stay says its medications again.
const LONGEST_MEMORY: Span = Span::hours(90 * 24);

pub(super) fn has_repeats<T: PartialEq>(list: &[T]) -> bool {
    list.iter()
        .enumerate()
        .any(|(place, item)| list[..place].contains(item))
}
