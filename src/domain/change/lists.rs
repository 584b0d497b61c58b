//! What is listed: events, sections, fields, formats, readers. Longer lists let
//! more out.

use super::{Change, Effect};
use crate::domain::channel::{Channel, NotifyRoute, ReturnRoute};
use crate::domain::document::PacketFormat;
use crate::domain::fields::Field;
use crate::domain::notice::Recipient;
use crate::domain::section::Section;
use crate::domain::trigger::TriggerEvent;
use serde_json::Value;

/// The key, and a sentence that is the same where the thing is.
type Entry = (&'static str, String);

pub(super) fn changes(old: Option<&Channel>, new: Option<&Channel>) -> Vec<Change> {
    let before: Vec<Entry> = old.map(entries).unwrap_or_default();
    let after: Vec<Entry> = new.map(entries).unwrap_or_default();
    let mut changes = Vec::new();
    for (key, what) in after.iter().filter(|entry| !before.contains(entry)) {
        changes.push(Change::new(Effect::Adds, *key, what));
    }
    for (key, what) in before.iter().filter(|entry| !after.contains(entry)) {
        changes.push(Change::new(Effect::Takes, *key, what));
    }
    if let (Some(old), Some(new)) = (old, new) {
        changes.extend(fields(old, new));
        for newcomer in newcomers(old, new) {
            let what = format!("{newcomer} receives what it did not before");
            changes.push(Change::new(Effect::Adds, "recipients", what));
        }
    }
    changes
}

fn entries(channel: &Channel) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut add = |key, what: String| entries.push((key, what));
    for event in &channel.trigger.events {
        add("trigger.events", format!("event {event} makes a packet"));
    }
    for event in &channel.correct_on {
        add(
            "correct-on",
            format!("event {event} makes a packet that replaces an earlier one"),
        );
    }
    let packet = &channel.packet;
    for section in &packet.sections {
        add("packet.sections", format!("section {}", section.key()));
    }
    for field in &packet.patient {
        add("packet.patient", format!("patient {}", field.described()));
    }
    for format in &packet.formats {
        add("packet.formats", format!("format {}", spelled(*format)));
    }
    if packet.attach_originals {
        add(
            "packet.attach-originals",
            "the event\'s documents, attached to the PDF".into(),
        );
    }
    for fact in &packet.site_facts {
        let place = String::from(fact.place.clone());
        let (section, title) = (fact.section.key(), &fact.title);
        add(
            "packet.site-facts",
            format!("site fact {place} in {section}, as \"{title}\""),
        );
    }
    for (event, fact) in remembered(channel) {
        add("visit-memory", format!("{fact} of an earlier {event}"));
    }
    for reader in &channel.recipients {
        add("recipients", format!("recipient {}", called(reader)));
    }
    if let Some(reader) = &channel.test_recipient {
        let what = format!("test recipient {}", called(reader));
        add("test-recipient", what);
    }
    for route in &channel.notify {
        add("notify", notice(route));
    }
    for route in &channel.returns {
        add("return", result(route));
    }
    entries
}

pub fn called(reader: &Recipient) -> String {
    format!("{} <{}>", reader.name, reader.email)
}

fn spelled(format: PacketFormat) -> &'static str {
    match format {
        PacketFormat::Pdf => "pdf",
        PacketFormat::FhirDocument => "fhir-document",
        PacketFormat::Original => "original: the event's documents",
    }
}

fn remembered(channel: &Channel) -> Vec<(&TriggerEvent, &'static str)> {
    use crate::domain::facts::Remembered;
    let Some(memory) = &channel.visit_memory else {
        return Vec::new();
    };
    let fact = |fact: &Remembered| match fact {
        Remembered::Allergies => "allergies",
        Remembered::Medications => "medications",
    };
    let events = memory.events.iter();
    let pairs = events.flat_map(|event| memory.facts.iter().map(move |one| (event, fact(one))));
    pairs.collect()
}

fn notice(route: &NotifyRoute) -> String {
    let more = further(route);
    match route {
        NotifyRoute::Email(_) => format!("a notice by e-mail to each recipient{more}"),
        NotifyRoute::Rabbitmq(route) => format!(
            "a notice with the link, to the exchange {} as {}{more}",
            route.exchange, route.routing_key
        ),
    }
}

fn result(route: &ReturnRoute) -> String {
    let more = further(route);
    match route {
        ReturnRoute::Reply(_) => format!("the DocumentReference, to whoever sent the event{more}"),
        ReturnRoute::Rabbitmq(route) => format!(
            "the DocumentReference, to the exchange {} as {}{more}",
            route.exchange, route.routing_key
        ),
    }
}

/// What else a route says, beyond the default: ` (profile: mhd)`.
fn further(route: &impl serde::Serialize) -> String {
    let Ok(Value::Object(tagged)) = serde_json::to_value(route) else {
        return String::new();
    };
    let keys = tagged.values().filter_map(Value::as_object).flatten();
    let other = keys.filter(|(key, value)| {
        let told = ["exchange", "routing-key"].contains(&key.as_str());
        let plain = value.is_null() || value.as_str() == Some("us-core");
        !told && !plain
    });
    let said: Vec<String> = other
        .map(|(key, value)| format!("{key}: {}", value.as_str().unwrap_or(&value.to_string())))
        .collect();
    match said.is_empty() {
        true => String::new(),
        false => format!(" ({})", said.join(", ")),
    }
}

/// The fields of the sections: of those that both have what differs, of a new
/// one what it is kept to.
fn fields(old: &Channel, new: &Channel) -> Vec<Change> {
    let mut changes = Vec::new();
    let had = |section: &Section| old.packet.sections.contains(section);
    for section in &new.packet.sections {
        let leaves = |channel: &Channel, field: Field| {
            channel.packet.sections.contains(section) && channel.packet.allows(*section, field)
        };
        if !had(section) {
            if let Some(only) = new.packet.fields.get(section) {
                let only: Vec<String> = only.iter().map(|field| field.key()).collect();
                let what = format!("of {} only: {}", section.key(), only.join(", "));
                changes.push(Change::new(Effect::Alters, "packet.fields", what));
            }
            continue;
        }
        for field in Field::of(*section) {
            let effect = match (leaves(old, *field), leaves(new, *field)) {
                (false, true) => Effect::Adds,
                (true, false) => Effect::Takes,
                _ => continue,
            };
            let what = format!("field {}.{}", section.key(), field.key());
            changes.push(Change::new(effect, "packet.fields", what));
        }
    }
    changes
}

/// Mail domains to which nothing went before.
fn newcomers(old: &Channel, new: &Channel) -> Vec<String> {
    let domains = |channel: &Channel| {
        let readers = channel.recipients.iter();
        let domain = |reader: &Recipient| {
            let address = reader.email.to_string();
            address
                .rsplit('@')
                .next()
                .unwrap_or_default()
                .to_lowercase()
        };
        readers.map(domain).collect::<Vec<_>>()
    };
    let known = domains(old);
    let mut new = domains(new);
    new.retain(|domain| !known.contains(domain));
    new.dedup();
    new.into_iter()
        .map(|domain| format!("the domain {domain}"))
        .collect()
}
