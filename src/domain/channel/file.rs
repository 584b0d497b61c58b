//! What a person types into `channels/*.yaml`. Every key has a behaviour; a key
//! without one is an unknown key, never an ignored one.

use crate::domain::facts::Remembered;
use crate::domain::measures::{Attempts, Concurrency, MaxDownloads, Prefetch, Span};
use crate::domain::names::{BrokerName, ChannelName, EmailAddress, ZoneName};
use crate::domain::notice::Recipient;
use crate::domain::rule::PacketRule;
use crate::domain::trigger::TriggerEvent;
use crate::domain::verify::{SmartHealthLink, Verify, VerifyFallback};
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
    /// Whether an event that fails holds up later ones of its patient.
    #[serde(default)]
    pub order: Order,
    /// What becomes of messages that cannot be handed over.
    #[serde(default, skip_serializing_if = "DeadLetterRule::is_default")]
    pub dead_letters: DeadLetterRule,
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

/// What an event that failed does to those that came after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Nothing: it is tried again later, and others pass it.
    #[default]
    None,
    /// Later events of the same patient wait for it, in the order they came, until
    /// it has succeeded, or until whoever looks after dead letters has replayed or
    /// discarded it. Cancellations pass: they close links at once. One consumer at
    /// a time (`x-single-active-consumer`), so the queue must be a new one.
    PerPatient,
}

/// A durable quorum queue that this channel owns. What belongs to it is named
/// after it: `{queue}.dlx`, `{queue}.dead`, `{queue}.retry.5s` and so on.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RabbitmqSource {
    pub queue: BrokerName,
    /// Topic exchanges to bind to; made when they are not there.
    #[serde(default)]
    pub bindings: Vec<Binding>,
    /// Deliveries that the broker hands over ahead of their acks, 1 to 1000.
    #[serde(default = "default_prefetch")]
    pub prefetch: Prefetch,
    /// How many of those are walked at once, 1 to 1000; 16, or `prefetch` where
    /// that is less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<Concurrency>,
    /// Who makes queues, exchanges and bindings.
    #[serde(default)]
    pub declare: Declare,
}

impl RabbitmqSource {
    /// How many deliveries are walked at once.
    pub fn at_once(&self) -> u16 {
        let typed = self.concurrency.unwrap_or(Concurrency::DEFAULT);
        typed.get().min(self.prefetch.get())
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Declare {
    /// Handoff, whatever is not there yet.
    #[default]
    Active,
    /// Somebody else. Handoff looks whether all is there and says what is missing
    /// or differs.
    Passive,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Binding {
    pub exchange: BrokerName,
    pub routing_keys: Vec<String>,
}

/// Messages that cannot be handed over are kept sealed, to be looked at, replayed or
/// discarded: `handoff dead-letters`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DeadLetterRule {
    /// From the moment each is parked; at most 90 days.
    #[serde(default = "default_keep")]
    pub keep: Span,
}

impl DeadLetterRule {
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for DeadLetterRule {
    fn default() -> Self {
        Self {
            keep: default_keep(),
        }
    }
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
    /// What a person shows before the page opens. Never asked of systems on `/d/`.
    #[serde(default)]
    pub verify: Verify,
    /// Where `birth-date` is asked for and the event has no full one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify_fallback: Option<VerifyFallback>,
    /// Wrong answers in a link's whole life before it locks, 1 to 100.
    #[serde(default)]
    pub attempts: Attempts,
    /// Offers the same link as a SMART Health Link (STU 1), with the same count, lock
    /// and end: with `verify: none` or `passcode`, which is all that its receivers know.
    /// `direct` (flag `U`, `none` only) gives one file without a manifest: the PDF, where
    /// the packet has several. With `none`, a scanner that runs the scripts of a viewer
    /// can fetch the packet by it; the four digits of the page stop it only there.
    #[serde(default)]
    pub smart_health_link: SmartHealthLink,
}

impl Default for LinkPolicy {
    fn default() -> Self {
        Self {
            expires_after: default_expiry(),
            max_downloads: default_downloads(),
            verify: Verify::default(),
            verify_fallback: None,
            attempts: Attempts::default(),
            smart_health_link: SmartHealthLink::default(),
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
    Rabbitmq(ResultRoute),
}

/// `reply: {}`, or in another profile than US Core's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ReplyRoute {
    #[serde(default)]
    pub profile: ReferenceProfile,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<ReferenceUrl>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ResultRoute {
    pub exchange: BrokerName,
    pub routing_key: String,
    #[serde(default)]
    pub profile: ReferenceProfile,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<ReferenceUrl>,
}

/// What `attachment.url` is. Systems are asked for no proof: where people must
/// verify, a link that does not ask has to be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReferenceUrl {
    /// The temporary link for systems, `/d/…`.
    Link,
}

/// How a DocumentReference is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReferenceProfile {
    /// US Core 9.0.0: one DocumentReference, with a content for each rendition.
    #[default]
    UsCore,
    /// IHE MHD 4.2.3: a Provide Document Bundle (ITI-65) with a DocumentReference
    /// for each rendition.
    Mhd,
}

impl ReferenceProfile {
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

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

fn default_keep() -> Span {
    // product contract: 30d
    Span::hours(30 * 24)
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
