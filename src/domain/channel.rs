//! The routing rule. [`ChannelFile`] is what a person typed into
//! `channels/*.yaml`; a [`Channel`] is one that made sense. A key whose
//! behaviour is not built is an unknown key, never an ignored one.

use crate::domain::facts::{ClinicalFacts, Remembered, Sender};
use crate::domain::measures::{MaxDownloads, Prefetch, Span};
use crate::domain::names::{BrokerName, ChannelName, EmailAddress, ZoneName};
use crate::domain::notice::Recipient;
use crate::domain::rule::PacketRule;
use crate::domain::trigger::TriggerEvent;
use crate::domain::wishes::Wishes;
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
    /// The zone of times that come without an offset; the service's own where
    /// none is named.
    #[serde(default)]
    pub zone: Option<ZoneName>,
    /// Senders of this channel that sit in other zones.
    #[serde(default)]
    pub sender_zones: Vec<SenderZone>,
    /// Which events this channel wants.
    pub trigger: Trigger,
    /// Events that revoke what was staged for their visit (ADT), referral (REF)
    /// or document (MDM): `ADT^A11`, `ADT^A13`, `MDM^T11`.
    #[serde(default)]
    pub cancel_on: Vec<TriggerEvent>,
    /// Events that replace what was staged for their visit, referral or
    /// document, if its content changed: `ADT^A08`, `MDM^T10`. A trigger event
    /// that is listed here replaces an earlier one's packet too. With nothing
    /// staged they do nothing more.
    #[serde(default)]
    pub correct_on: Vec<TriggerEvent>,
    /// Events that merge patients or visits, `ADT^A40`: what was staged and
    /// remembered follows the one that survives.
    #[serde(default)]
    pub merge_on: Vec<TriggerEvent>,
    /// What earlier messages of a visit may add to its packet.
    #[serde(default)]
    pub visit_memory: Option<VisitMemory>,
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

/// MSH-3 and MSH-4 as they come; what is left out fits every sender.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SenderZone {
    #[serde(default)]
    pub application: Option<String>,
    #[serde(default)]
    pub facility: Option<String>,
    pub zone: ZoneName,
}

/// Kept sealed, for each visit number, until it expires or the visit is
/// cancelled. It fills what the trigger event says nothing about, and the packet
/// says which message it came from.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct VisitMemory {
    /// Messages to remember from; their queue bindings must bring them here.
    #[schemars(length(min = 1))]
    pub events: Vec<TriggerEvent>,
    #[schemars(length(min = 1))]
    pub facts: Vec<Remembered>,
    /// From the message's arrival.
    #[serde(default = "default_memory")]
    pub keep: Span,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Trigger {
    /// Any of these.
    #[schemars(length(min = 1))]
    pub events: Vec<TriggerEvent>,
    /// A FHIR Bundle about several patients: refuse it, or make one packet for
    /// each patient.
    #[serde(default)]
    pub several_patients: SeveralPatients,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SeveralPatients {
    #[default]
    Refuse,
    Split,
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

fn default_memory() -> Span {
    // longer than most stays; medications of a longer one come again
    Span::hours(30 * 24)
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

/// What an event means to a channel; several may hold at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Meaning {
    pub wanted: bool,
    pub corrects: bool,
    pub cancels: bool,
    pub merges: bool,
    pub remembered: bool,
}

impl Meaning {
    /// Nothing at all: the channel passes the event by.
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
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
        if let Some(rule) = file
            .packet
            .site_facts
            .iter()
            .find(|rule| !file.packet.sections.contains(&rule.section))
        {
            let place = String::from(rule.place.clone());
            let why = format!("`{place}` goes to a section that this packet does not have");
            return refuse("packet", &why);
        }
        if let Some((key, why)) = contradiction(&file) {
            return refuse(key, &why);
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

    /// What an event means to this channel.
    pub fn meaning(&self, facts: &ClinicalFacts) -> Meaning {
        let any = |events: &[TriggerEvent]| events.iter().any(|event| event.matches(facts));
        Meaning {
            wanted: self.wants(facts),
            corrects: any(&self.correct_on),
            cancels: any(&self.cancel_on),
            merges: any(&self.merge_on),
            remembered: self
                .visit_memory
                .as_ref()
                .is_some_and(|memory| any(&memory.events)),
        }
    }

    /// The zone of a sender's times that come without an offset.
    pub fn zone_of(&self, sender: &Sender) -> Option<&jiff::tz::TimeZone> {
        let fits = |wanted: &Option<String>, is: &Option<String>| wanted.is_none() || wanted == is;
        let own = self.sender_zones.iter().find(|rule| {
            fits(&rule.application, &sender.application) && fits(&rule.facility, &sender.facility)
        });
        let zone = own.map(|rule| &rule.zone).or(self.zone.as_ref());
        zone.map(ZoneName::zone)
    }

    /// What this channel asks of the readers.
    pub fn wishes(&self) -> Wishes {
        Wishes {
            site_places: self
                .packet
                .site_facts
                .iter()
                .map(|rule| rule.place.clone())
                .collect(),
            split_patients: self.trigger.several_patients == SeveralPatients::Split,
        }
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
