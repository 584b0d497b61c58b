//! The routing rule. [`ChannelFile`] is what a person typed into
//! `channels/*.yaml`; a [`Channel`] is one that made sense. A key whose
//! behaviour is not built is an unknown key, never an ignored one.

use crate::domain::document::PacketFormat;
use crate::domain::facts::ClinicalFacts;
use crate::domain::measures::{MaxDownloads, Prefetch, Span};
use crate::domain::names::{BrokerName, ChannelName, EmailAddress};
use crate::domain::notice::Recipient;
use crate::domain::section::{PacketKind, Section};
use crate::domain::trigger::TriggerEvent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One channel: which events become which packet, for whom, for how long.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "Handoff channel")]
pub struct ChannelFile {
    /// Unique name: lower-case letters, digits and hyphens.
    pub channel: ChannelName,
    /// What the channel is for, in a sentence.
    #[serde(default)]
    pub description: String,
    /// Who answers for this channel: told of what goes wrong.
    pub owner: EmailAddress,
    /// Where events come from. `POST /api/v1/events` reaches every channel.
    #[serde(default)]
    pub source: Source,
    /// Which events this channel wants.
    pub trigger: Trigger,
    /// What leaves. Nothing that is not listed here does.
    pub packet: PacketRule,
    /// How long and how often a packet can be fetched.
    #[serde(default)]
    pub link: LinkPolicy,
    /// Who is told. Each gets a link of their own.
    #[serde(default)]
    pub recipients: Vec<Recipient>,
    /// Who gets what is not for real life: training and debugging messages
    /// (MSH-11 other than P) and events older than `max-age`. Without one,
    /// such events are held and reach nobody.
    #[serde(default)]
    pub test_recipient: Option<Recipient>,
    /// Older events are not for real people: a back-load, not a discharge.
    #[serde(default = "default_max_age")]
    pub max_age: Span,
    /// How recipients are told that something waits.
    #[serde(default)]
    pub notify: Vec<NotifyRoute>,
    /// Where the DocumentReference goes.
    #[serde(default, rename = "return")]
    pub returns: Vec<ReturnRoute>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Source {
    #[serde(default)]
    pub rabbitmq: Option<RabbitmqSource>,
}

/// A durable quorum queue that this channel owns. Its dead-letter exchange and
/// queue are named after it: `{queue}.dlx`, `{queue}.dead`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RabbitmqSource {
    pub queue: BrokerName,
    /// Topic exchanges to bind to; made when they are not there.
    #[serde(default)]
    pub bindings: Vec<Binding>,
    /// Deliveries in work at a time, 1 to 1000.
    #[serde(default = "default_prefetch")]
    pub prefetch: Prefetch,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Binding {
    pub exchange: BrokerName,
    pub routing_keys: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Trigger {
    /// Any of these.
    #[schemars(length(min = 1))]
    pub events: Vec<TriggerEvent>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PacketRule {
    pub kind: PacketKind,
    /// In reading order.
    #[schemars(length(min = 1))]
    pub sections: Vec<Section>,
    /// One file each, in this order.
    #[schemars(length(min = 1))]
    pub formats: Vec<PacketFormat>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LinkPolicy {
    /// From the moment the packet is staged; at most 90 days.
    #[serde(default = "default_expiry")]
    pub expires_after: Span,
    /// Downloads of each file on each link, 1 to 100.
    #[serde(default = "default_downloads")]
    pub max_downloads: MaxDownloads,
}

impl Default for LinkPolicy {
    fn default() -> Self {
        Self {
            expires_after: default_expiry(),
            max_downloads: default_downloads(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NotifyRoute {
    /// An e-mail to each recipient.
    Email(EmailRoute),
    /// A JSON message to an exchange, one for each recipient.
    Rabbitmq(ExchangeRoute),
}

/// Nothing to choose yet: write `email: {}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailRoute {}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReturnRoute {
    /// To the event's AMQP `reply_to`, with its `correlation_id`; an event
    /// without `reply_to` gets none. HTTP callers are always answered.
    Reply(ReplyRoute),
    /// To an exchange, for whoever listens.
    Rabbitmq(ExchangeRoute),
}

/// Nothing to choose yet: write `reply: {}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplyRoute {}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExchangeRoute {
    pub exchange: BrokerName,
    pub routing_key: String,
}

fn default_max_age() -> Span {
    // product contract: 24h unless set
    Span::hours(24)
}

fn default_expiry() -> Span {
    Span::hours(72)
}

fn default_downloads() -> MaxDownloads {
    MaxDownloads::ONE
}

fn default_prefetch() -> Prefetch {
    Prefetch::DEFAULT
}

/// A channel that made sense. Nothing past the loader checks it again.
#[derive(Debug, Clone)]
pub struct Channel {
    file: ChannelFile,
}

/// What is wrong with a file whose keys and values are each fine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct ChannelError {
    /// The top-level key to point at.
    pub key: &'static str,
    pub why: String,
}

/// The longest a link may live; the bucket's lifecycle backstop counts on it.
const LONGEST_LINK: Span = Span::hours(90 * 24);

impl TryFrom<ChannelFile> for Channel {
    type Error = ChannelError;

    fn try_from(file: ChannelFile) -> Result<Self, ChannelError> {
        let refuse = |key, why: &str| {
            Err(ChannelError {
                key,
                why: why.to_owned(),
            })
        };
        if file.trigger.events.is_empty() {
            return refuse(
                "trigger",
                "no event is listed: this channel would never do anything",
            );
        }
        if file.packet.sections.is_empty() || has_repeats(&file.packet.sections) {
            return refuse("packet", "list each section once, and at least one");
        }
        if file.packet.formats.is_empty() || has_repeats(&file.packet.formats) {
            return refuse("packet", "list each format once, and at least one");
        }
        if file.link.expires_after > LONGEST_LINK {
            return refuse("link", "a link lives 90 days at most");
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
        Ok(Self { file })
    }
}

fn has_repeats<T: PartialEq>(list: &[T]) -> bool {
    list.iter()
        .enumerate()
        .any(|(place, item)| list[..place].contains(item))
}

impl std::ops::Deref for Channel {
    type Target = ChannelFile;

    fn deref(&self) -> &ChannelFile {
        &self.file
    }
}

impl Channel {
    pub fn wants(&self, facts: &ClinicalFacts) -> bool {
        self.trigger.events.iter().any(|event| event.matches(facts))
    }

    /// Every exchange the channel names: bindings, results, notices.
    pub fn exchanges(&self) -> impl Iterator<Item = &str> {
        let bound = self
            .source
            .rabbitmq
            .iter()
            .flat_map(|source| &source.bindings);
        let bound = bound.map(|binding| binding.exchange.as_str());
        let returns = self.returns.iter().filter_map(|route| match route {
            ReturnRoute::Rabbitmq(route) => Some(route.exchange.as_str()),
            ReturnRoute::Reply(_) => None,
        });
        let notices = self.notify.iter().filter_map(|route| match route {
            NotifyRoute::Rabbitmq(route) => Some(route.exchange.as_str()),
            NotifyRoute::Email(_) => None,
        });
        bound.chain(returns).chain(notices)
    }

    pub fn name(&self) -> &str {
        self.channel.as_str()
    }
}
