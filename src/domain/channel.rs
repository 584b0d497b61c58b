//! The routing rule. [`ChannelFile`] is what a person typed into
//! `channels/*.yaml`; a [`Channel`] is one that made sense. A key whose
//! behaviour is not built is an unknown key, never an ignored one.

use crate::domain::facts::ClinicalFacts;
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

/// How the packet is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PacketFormat {
    /// A tagged PDF for people.
    Pdf,
    /// A FHIR R4 document Bundle for systems.
    FhirDocument,
}

impl PacketFormat {
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::FhirDocument => "application/fhir+json",
        }
    }

    /// A neutral name: it says what kind of file this is and nothing else.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Pdf => "packet.pdf",
            Self::FhirDocument => "packet.fhir.json",
        }
    }

    pub fn from_content_type(text: &str) -> Option<Self> {
        [Self::Pdf, Self::FhirDocument]
            .into_iter()
            .find(|format| format.content_type() == text)
    }
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

macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $pattern:literal, $valid:expr, $complaint:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String", extend("pattern" = $pattern))]
        pub struct $name(String);

        impl TryFrom<String> for $name {
            type Error = &'static str;

            fn try_from(text: String) -> Result<Self, &'static str> {
                let valid: fn(&str) -> bool = $valid;
                if valid(&text) { Ok(Self(text)) } else { Err($complaint) }
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

checked_text!(
    /// Lower-case letters, digits and hyphens, 64 at most.
    ChannelName,
    "^[a-z0-9][a-z0-9-]{0,63}$",
    |text| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        (1..=64).contains(&text.len()) && !text.starts_with('-') && text.chars().all(plain)
    },
    "a channel's name is 1 to 64 lower-case letters, digits or hyphens, and starts with no hyphen"
);

checked_text!(
    /// An e-mail address.
    EmailAddress,
    r"^[^@\s]+@[^@\s]+$",
    |text| {
        let odd = |c: char| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c);
        let parts = text.split('@').collect::<Vec<_>>();
        parts.len() == 2 && parts.iter().all(|part| !part.is_empty()) && !text.contains(odd)
    },
    "not an e-mail address; write it like care@riverside.example"
);

checked_text!(
    /// The name of a queue or an exchange: at most 200 bytes, none of the
    /// broker's own (`amq.`).
    BrokerName,
    r"^(?!amq\.)[^\s]{1,200}$",
    |text| {
        let odd = |c: char| c.is_whitespace() || c.is_control();
        (1..=200).contains(&text.len()) && !text.starts_with("amq.") && !text.contains(odd)
    },
    "a queue's or exchange's name is 1 to 200 bytes without blanks, and not one of the broker's own (amq.)"
);

macro_rules! bounded_number {
    ($name:ident, $int:ty, $low:literal ..= $high:literal, $complaint:literal) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "u64", into = "u64")]
        #[schemars(with = "u64", extend("minimum" = $low), extend("maximum" = $high))]
        pub struct $name($int);

        impl TryFrom<u64> for $name {
            type Error = &'static str;

            fn try_from(number: u64) -> Result<Self, &'static str> {
                let narrow = <$int>::try_from(number).map_err(|_| $complaint)?;
                if ($low..=$high).contains(&narrow) {
                    Ok(Self(narrow))
                } else {
                    Err($complaint)
                }
            }
        }

        impl From<$name> for u64 {
            fn from(number: $name) -> Self {
                number.0.into()
            }
        }

        impl $name {
            pub fn get(self) -> $int {
                self.0
            }
        }
    };
}

bounded_number!(
    Prefetch,
    u16,
    1..=1000,
    "prefetch is a number from 1 to 1000"
);
bounded_number!(
    MaxDownloads,
    u32,
    1..=100,
    "max-downloads is a number from 1 to 100"
);

/// A length of time with its unit: `90s`, `30m`, `72h`, `14d`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = "^[1-9][0-9]{0,6}[smhd]$"), extend("examples" = ["30m", "72h", "14d"]))]
pub struct Span {
    seconds: u64,
}

impl Span {
    pub const fn hours(hours: u64) -> Self {
        Self {
            seconds: hours * 3600,
        }
    }

    pub const fn seconds(seconds: u64) -> Self {
        Self { seconds }
    }

    pub fn duration(self) -> std::time::Duration {
        std::time::Duration::from_secs(self.seconds)
    }

    pub fn millis(self) -> i64 {
        i64::try_from(self.seconds.saturating_mul(1000)).unwrap_or(i64::MAX)
    }
}

impl TryFrom<String> for Span {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        const COMPLAINT: &str = "not a length of time; write it like 90s, 30m, 72h or 14d";
        let unit = match text.chars().last() {
            Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3600,
            Some('d') => 86_400,
            _ => return Err(COMPLAINT),
        };
        let digits = &text[..text.len() - 1];
        let plain = (1..=7).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        let number: u64 = digits.parse().map_err(|_| COMPLAINT)?;
        if plain && number > 0 {
            Ok(Self {
                seconds: number * unit,
            })
        } else {
            Err(COMPLAINT)
        }
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.to_string()
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.seconds {
            s if s % 86_400 == 0 && s > 3 * 86_400 => write!(f, "{}d", s / 86_400),
            s if s % 3600 == 0 => write!(f, "{}h", s / 3600),
            s if s % 60 == 0 => write!(f, "{}m", s / 60),
            s => write!(f, "{s}s"),
        }
    }
}

fn default_max_age() -> Span {
    // product contract: 24h unless set
    Span::hours(24)
}

fn default_expiry() -> Span {
    Span::hours(72)
}

fn default_downloads() -> MaxDownloads {
    MaxDownloads(1)
}

fn default_prefetch() -> Prefetch {
    Prefetch(32)
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

    pub fn name(&self) -> &str {
        self.channel.as_str()
    }
}

/// Why an event must not reach real people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotForReal {
    /// MSH-11 (or the tag HTEST) says training or debugging.
    ProcessingId,
    /// Sent longer ago than the channel's `max-age`.
    TooOld,
    /// No time of sending: its age cannot be told.
    AgeUnknown,
}

impl NotForReal {
    pub fn why(self) -> &'static str {
        match self {
            Self::ProcessingId => "MSH-11 is not P: a training or debugging message",
            Self::TooOld => "MSH-7 is older than the channel's max-age",
            Self::AgeUnknown => "MSH-7 is missing or unreadable: its age cannot be told",
        }
    }
}

/// Whether an event is for real life. A clock that runs ahead at the sender is
/// no reason to doubt it. A FHIR Bundle need not say when it was sent: one
/// without a timestamp counts as new.
pub fn not_for_real(
    facts: &ClinicalFacts,
    max_age: Span,
    zone: &jiff::tz::TimeZone,
    now: jiff::Timestamp,
) -> Option<NotForReal> {
    use crate::domain::facts::Format;
    if facts.processing_id.as_deref().is_some_and(|id| id != "P") {
        return Some(NotForReal::ProcessingId);
    }
    if facts.processing_id.is_none() && facts.format == Format::Hl7V2 {
        return Some(NotForReal::ProcessingId);
    }
    let Some(sent) = &facts.sent else {
        return (facts.format == Format::Hl7V2).then_some(NotForReal::AgeUnknown);
    };
    // A bare date counts until its day has ended.
    let end_of_day = || {
        let date: jiff::civil::Date = sent.date().parse().ok()?;
        Some(
            date.tomorrow()
                .ok()?
                .to_zoned_datetime(zone.clone())
                .ok()?
                .timestamp(),
        )
    };
    let Some(sent_at) = sent.instant(zone).or_else(end_of_day) else {
        return Some(NotForReal::AgeUnknown);
    };
    let age = now.as_millisecond() - sent_at.as_millisecond();
    (age > max_age.millis()).then_some(NotForReal::TooOld)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::{Format, When};
    use jiff::tz::TimeZone;

    fn message(processing_id: Option<&str>, sent: Option<&str>) -> ClinicalFacts {
        ClinicalFacts {
            format: Format::Hl7V2,
            processing_id: processing_id.map(str::to_owned),
            sent: sent.map(|text| When(text.to_owned())),
            ..ClinicalFacts::default()
        }
    }

    fn judge(facts: &ClinicalFacts) -> Option<NotForReal> {
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        not_for_real(facts, Span::hours(24), &TimeZone::UTC, now)
    }

    #[test]
    fn a_production_message_of_today_is_for_real() {
        assert_eq!(judge(&message(Some("P"), Some("2026-11-23T11:00"))), None);
        assert_eq!(judge(&message(Some("P"), Some("2026-11-22"))), None);
    }

    #[test]
    fn training_old_and_undated_messages_are_not() {
        let real = Some("2026-11-23T11:00");
        assert_eq!(
            judge(&message(Some("T"), real)),
            Some(NotForReal::ProcessingId)
        );
        assert_eq!(judge(&message(None, real)), Some(NotForReal::ProcessingId));
        assert_eq!(
            judge(&message(Some("P"), Some("2026-11-22T11:00"))),
            Some(NotForReal::TooOld)
        );
        assert_eq!(
            judge(&message(Some("P"), Some("2026-11-21"))),
            Some(NotForReal::TooOld)
        );
        assert_eq!(
            judge(&message(Some("P"), None)),
            Some(NotForReal::AgeUnknown)
        );
    }

    #[test]
    fn a_length_of_time_needs_its_unit() {
        assert_eq!(Span::try_from("72h".to_owned()), Ok(Span::hours(72)));
        assert_eq!(
            Span::try_from("14d".to_owned()).map(String::from),
            Ok("14d".to_owned())
        );
        for wrong in ["72", "h", "0h", "-1h", "1.5h", "72 h", "1w", ""] {
            assert!(Span::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
