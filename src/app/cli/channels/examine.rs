//! What a channel would do with a body, decided by the very functions of the
//! pipeline and written nowhere: no store, no key and no network is opened.

use super::withheld::{Kept, kept};
use crate::app::config::Settings;
use crate::app::pipeline::{packet_of, verdict_of};
use crate::domain::channel::{
    Asked, Channel, NotifyRoute, ReturnRoute, SeveralPatients, spellings,
};
use crate::domain::document::{PacketFormat, Rendition};
use crate::domain::facts::{ClinicalFacts, Doubt, Format, Problem, Sender, When};
use crate::domain::for_real::{NotForReal, not_for_real};
use crate::domain::leaving::{Leaf, leaving};
use crate::domain::notice::Recipient;
use crate::domain::packet::Packet;
use crate::domain::sensitive::{CodeMap, SensitiveAction, SensitivityLabel, Unlabelled, Verdict};
use crate::domain::thread;
use crate::domain::trigger::TriggerEvent;
use crate::formats::read::read;
use serde::Serialize;

/// Everything about one body and one channel.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Examination {
    pub channel: String,
    pub now: jiff::Timestamp,
    pub messages: Vec<Examined>,
    /// Parts of the body that could not be read: parked for a person.
    pub problems: Vec<Problem>,
}

impl Examination {
    pub fn makes_a_packet(&self) -> bool {
        let mut messages = self.messages.iter();
        messages.any(|message| message.outcome.packet)
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Examined {
    pub message: Message,
    pub asked: Vec<Asked>,
    /// The ways in which the channel could list this event.
    pub spelled: Vec<TriggerEvent>,
    pub for_real: ForReal,
    pub sensitive: Sensitive,
    pub outcome: Outcome,
    /// What the packet is, where the channel means to make one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packet: Option<Made>,
    pub doubts: Vec<Doubt>,
}

/// What the message is; nothing of the patient.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Message {
    pub format: Format,
    pub version: Option<String>,
    pub event: String,
    pub focus: Option<String>,
    pub id: Option<String>,
    pub sender: Sender,
    pub sent: Option<When>,
    pub patients: usize,
    /// Whether it says which visit and which thread it belongs to.
    pub names_visit: bool,
    pub names_thread: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ForReal {
    pub processing_id: Option<String>,
    pub age_seconds: Option<i64>,
    pub max_age: String,
    /// Why it is not.
    pub not: Option<&'static str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sensitive {
    pub rule: String,
    pub found: Vec<String>,
    /// Why the event waits for a person.
    pub holds: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    pub packet: bool,
    pub why: String,
}

/// A packet, and the way it goes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Made {
    pub sections: Vec<SectionCount>,
    pub leaves: Vec<Leaf>,
    pub files: Vec<FileMade>,
    pub withheld: Vec<Kept>,
    pub purpose_of_use: &'static str,
    pub recipients: Vec<Recipient>,
    pub expires: jiff::Timestamp,
    pub expires_after: String,
    pub max_downloads: u32,
    pub notices: Vec<String>,
    pub returns: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct SectionCount {
    pub section: &'static str,
    pub facts: usize,
    pub texts: usize,
    pub withheld: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct FileMade {
    pub name: String,
    #[serde(rename = "contentType")]
    pub content_type: String,
    pub language: Option<&'static str>,
}

pub(super) fn examine(
    channel: &Channel,
    body: &[u8],
    settings: &Settings,
    codes: &CodeMap,
    now: jiff::Timestamp,
) -> Examination {
    let reading = read(body, None, &channel.wishes());
    let zone = |facts: &ClinicalFacts| {
        let own = channel.zone_of(&facts.sender);
        own.unwrap_or(&settings.zone).clone()
    };
    let examined = |facts: &ClinicalFacts| {
        let verdict = verdict_of(facts, channel, codes);
        message(channel, facts, &verdict, &zone(facts), now)
    };
    Examination {
        channel: channel.name().to_owned(),
        now,
        messages: reading.messages.iter().map(examined).collect(),
        problems: reading.problems,
    }
}

fn message(
    channel: &Channel,
    facts: &ClinicalFacts,
    verdict: &Verdict,
    zone: &jiff::tz::TimeZone,
    now: jiff::Timestamp,
) -> Examined {
    let not = not_for_real(facts, channel.max_age, zone, now);
    let sensitive = sensitive(channel, verdict);
    let outcome = outcome(channel, facts, not, &sensitive);
    let meaning = channel.meaning(facts);
    let meant = meaning.wanted || meaning.corrects;
    let names = thread::names(facts);
    Examined {
        message: Message {
            format: facts.format,
            version: facts.version.clone(),
            event: facts.event.clone(),
            focus: facts.focus.clone(),
            id: facts.control_id.clone(),
            sender: facts.sender.clone(),
            sent: facts.sent.clone(),
            patients: facts.patients_in_source,
            names_visit: names.visit.is_some(),
            names_thread: names.thread.is_some(),
        },
        asked: channel.asked(facts),
        spelled: spellings(facts),
        packet: (meant && facts.patient.is_somebody())
            .then(|| made(channel, facts, verdict, not.is_some(), now)),
        for_real: for_real(channel, facts, zone, now, not),
        sensitive,
        outcome,
        doubts: facts.doubts.clone(),
    }
}

fn for_real(
    channel: &Channel,
    facts: &ClinicalFacts,
    zone: &jiff::tz::TimeZone,
    now: jiff::Timestamp,
    not: Option<NotForReal>,
) -> ForReal {
    let sent = facts.sent.as_ref().and_then(|sent| sent.instant(zone));
    ForReal {
        processing_id: facts.processing_id.clone(),
        age_seconds: sent.map(|sent| now.as_second() - sent.as_second()),
        max_age: channel.max_age.to_string(),
        not: not.map(NotForReal::why),
    }
}

/// What the channel's rule makes of content that needs more than ordinary care.
fn sensitive(channel: &Channel, verdict: &Verdict) -> Sensitive {
    let rule = &channel.packet.sensitive;
    let action = match rule.action {
        SensitiveAction::Hold => "what bears a label waits for a person",
        SensitiveAction::WithholdSection => "sections that bear a label stay behind",
        SensitiveAction::Label => "what bears a label leaves, and says so",
    };
    let unlabelled = match rule.unlabelled {
        Unlabelled::Hold => "what bears none waits as well",
        Unlabelled::Map => "of what bears none the code map decides",
        Unlabelled::Send => "what bears none leaves",
    };
    let labels: Vec<&str> = rule.labels.iter().map(|label| label.code()).collect();
    let labels = match rule.labels.len() == SensitivityLabel::ALL.len() {
        true => "all labels".to_owned(),
        false => labels.join(", "),
    };
    let found = verdict.hits.iter();
    let found = found.map(|hit| format!("{} ({})", hit.said(), hit.why));
    Sensitive {
        rule: format!("{action}; {unlabelled} ({labels})"),
        found: found.collect(),
        holds: verdict.why_held(),
    }
}

/// In the order in which the pipeline decides.
fn outcome(
    channel: &Channel,
    facts: &ClinicalFacts,
    not: Option<NotForReal>,
    sensitive: &Sensitive,
) -> Outcome {
    let none = |why: String| Outcome { packet: false, why };
    let meaning = channel.meaning(facts);
    if !facts.patient.is_somebody() {
        return none(facts.nobody().to_string());
    }
    if meaning.is_nothing() {
        return none("no list of the channel has this event: it is passed by".into());
    }
    let refuses = channel.trigger.several_patients == SeveralPatients::Refuse;
    if facts.patients_in_source > 1 && refuses {
        return none(
            "it is about several patients, and the channel does not split them (several-patients)"
                .into(),
        );
    }
    if !meaning.wanted && !meaning.corrects {
        return none("it changes what is staged or remembered, and makes no packet".into());
    }
    if !meaning.wanted && thread::names(facts).thread.is_none() {
        return none("it corrects, and names no visit, referral or document: what it corrects cannot be told".into());
    }
    if let Some(not) = not {
        let why = not.why();
        if !meaning.wanted && not == NotForReal::ProcessingId {
            return none(format!("{why}: it corrects nothing"));
        }
        if channel.test_recipient.is_none() {
            return none(format!("it is held, and nobody may approve it: {why}"));
        }
    }
    if let Some(why) = &sensitive.holds {
        return none(format!("it is held for a person: {why}"));
    }
    if let Some(not) = not {
        return Outcome {
            packet: true,
            why: format!("for the test recipient alone: {}", not.why()),
        };
    }
    let why = match (meaning.wanted, meaning.corrects) {
        (true, false) => "unless this event was handed over before",
        (true, true) => "it replaces what is staged about the same, if what it says has changed",
        _ => "if something is staged that it corrects, and what it says has changed",
    };
    Outcome {
        packet: true,
        why: why.into(),
    }
}

fn made(
    channel: &Channel,
    facts: &ClinicalFacts,
    verdict: &Verdict,
    test: bool,
    now: jiff::Timestamp,
) -> Made {
    let packet = packet_of(facts, channel, verdict);
    let sections = packet.sections.iter().map(|section| SectionCount {
        section: section.section.key(),
        facts: section.content.len(),
        texts: section.narrative.len() + section.comments.len() + section.site.len(),
        withheld: section.withheld,
    });
    let recipients = match (&channel.test_recipient, test) {
        (Some(reader), true) => vec![reader.clone()],
        (None, true) => Vec::new(),
        _ => channel.recipients.clone(),
    };
    let lives = channel.link.expires_after;
    let ends = now.as_millisecond().saturating_add(lives.millis());
    Made {
        sections: sections.collect(),
        leaves: leaving(&packet, facts, &channel.packet),
        files: files(channel, &packet),
        withheld: kept(&packet.withheld),
        purpose_of_use: packet.purpose.code(),
        recipients,
        expires: jiff::Timestamp::from_millisecond(ends).unwrap_or(jiff::Timestamp::MAX),
        expires_after: lives.to_string(),
        max_downloads: channel.link.max_downloads.get(),
        notices: channel
            .notify
            .iter()
            .filter_map(|n| notice(n, test))
            .collect(),
        returns: channel
            .returns
            .iter()
            .filter_map(|r| answer(r, test))
            .collect(),
    }
}

fn files(channel: &Channel, packet: &Packet) -> Vec<FileMade> {
    let languages = channel.languages();
    let several = languages.len() > 1;
    let mut renditions = Vec::new();
    for format in &channel.packet.formats {
        match format {
            PacketFormat::Pdf => {
                let each = languages.iter().map(|l| Rendition::pdf(*l, several));
                renditions.extend(each);
            }
            PacketFormat::FhirDocument => renditions.push(Rendition::fhir(languages[0])),
            PacketFormat::Original => {
                let whole = packet.originals.iter().filter(|d| !d.content.is_empty());
                let each = whole.zip(1..);
                renditions.extend(
                    each.map(|(d, nth)| Rendition::original(nth, d.content_type.as_deref())),
                );
            }
        }
    }
    let file = |rendition: Rendition| FileMade {
        language: rendition.language.map(|language| language.tag()),
        content_type: rendition.content_type.into_owned(),
        name: rendition.file_name,
    };
    renditions.into_iter().map(file).collect()
}

/// What is a test reaches no exchange.
fn notice(route: &NotifyRoute, test: bool) -> Option<String> {
    match route {
        NotifyRoute::Email(_) => Some("an e-mail to each recipient".into()),
        NotifyRoute::Rabbitmq(_) if test => None,
        NotifyRoute::Rabbitmq(route) => Some(format!(
            "exchange {}, routing key {}",
            route.exchange, route.routing_key
        )),
    }
}

fn answer(route: &ReturnRoute, test: bool) -> Option<String> {
    match route {
        ReturnRoute::Reply(_) => Some("to the sender, where the event has a reply-to".into()),
        ReturnRoute::Rabbitmq(_) if test => None,
        ReturnRoute::Rabbitmq(route) => Some(format!(
            "exchange {}, routing key {}",
            route.exchange, route.routing_key
        )),
    }
}
