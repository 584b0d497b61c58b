//! Why a channel wants an event, or why not: each of its lists, what of it
//! matches, and what comes near.

use super::Channel;
use crate::domain::facts::{ClinicalFacts, Format};
use crate::domain::trigger::TriggerEvent;
use serde::Serialize;

/// One list of a channel, held against an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// As channel files spell it: `trigger.events`, `cancel-on` …
    pub list: &'static str,
    /// What an event that matches does.
    pub does: &'static str,
    pub events: Vec<TriggerEvent>,
    /// Those of the events that match.
    pub matches: Vec<TriggerEvent>,
    /// Those that almost do, and what keeps them from it.
    pub near: Vec<String>,
}

impl Asked {
    pub fn is_match(&self) -> bool {
        !self.matches.is_empty()
    }
}

impl Channel {
    /// Every list of the channel that is not empty. What is said here is what
    /// [`Channel::meaning`] decides.
    pub fn asked(&self, facts: &ClinicalFacts) -> Vec<Asked> {
        let memory = self.visit_memory.as_ref();
        let remembered = memory.map_or(&[][..], |memory| &memory.events);
        let lists: [(&str, &str, &[TriggerEvent]); 5] = [
            ("trigger.events", "makes a packet", &self.trigger.events),
            (
                "correct-on",
                "replaces what is staged, if what it says has changed",
                &self.correct_on,
            ),
            ("cancel-on", "revokes what is staged", &self.cancel_on),
            (
                "merge-on",
                "moves what is staged to the surviving number",
                &self.merge_on,
            ),
            (
                "visit-memory.events",
                "is remembered for its visit",
                remembered,
            ),
        ];
        let listed = lists
            .into_iter()
            .filter(|(_, _, events)| !events.is_empty());
        let asked = listed.map(|(list, does, events)| {
            let matching = events.iter().filter(|event| event.matches(facts));
            let matches: Vec<TriggerEvent> = matching.cloned().collect();
            let near = events.iter().filter_map(|event| near(event, facts));
            Asked {
                list,
                does,
                near: match matches.is_empty() {
                    true => near.collect(),
                    false => Vec::new(),
                },
                events: events.to_vec(),
                matches,
            }
        });
        asked.collect()
    }
}

/// Every way in which a channel file can name this event.
pub fn spellings(facts: &ClinicalFacts) -> Vec<TriggerEvent> {
    let mut spelled = vec![facts.event.clone()];
    if facts.format == Format::Fhir {
        let status = facts.encounter.as_ref().and_then(|e| e.status.as_deref());
        if let (Some("Encounter"), Some(status)) = (facts.focus.as_deref(), status) {
            spelled.push(format!("Encounter/{status}"));
        }
        spelled.extend(facts.focus.clone());
    }
    let mut events: Vec<TriggerEvent> = Vec::new();
    for event in spelled.into_iter().filter_map(|s| s.try_into().ok()) {
        let event: TriggerEvent = event;
        if event.matches(facts) && !events.contains(&event) {
            events.push(event);
        }
    }
    events
}

/// What keeps an event from matching that is almost the one that is listed.
fn near(event: &TriggerEvent, facts: &ClinicalFacts) -> Option<String> {
    let listed = event.to_string();
    if let Some((message, _)) = listed.split_once('^') {
        let is = facts
            .event
            .split_once('^')
            .filter(|(own, _)| *own == message);
        return is.map(|_| format!("{listed}, and this is {}", facts.event));
    }
    if facts.format != Format::Fhir {
        return None;
    }
    let encounter = facts.focus.as_deref() == Some("Encounter");
    match listed.split_once('/') {
        Some(("Encounter", _)) if encounter => {
            let status = facts.encounter.as_ref().and_then(|e| e.status.as_deref());
            let status = status.map_or("has no status".to_owned(), |s| format!("is {s}"));
            Some(format!("{listed}, and this Encounter {status}"))
        }
        Some(("Bundle", _)) if facts.event.starts_with("Bundle/") => {
            Some(format!("{listed}, and this is {}", facts.event))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::channel::tests::channel;
    use crate::domain::facts::Encounter;

    fn message(event: &str) -> ClinicalFacts {
        ClinicalFacts {
            event: event.into(),
            ..ClinicalFacts::default()
        }
    }

    fn bundle(status: &str) -> ClinicalFacts {
        ClinicalFacts {
            format: Format::Fhir,
            focus: Some("Encounter".into()),
            encounter: Some(Encounter {
                status: Some(status.into()),
                ..Encounter::default()
            }),
            ..message("Bundle/message")
        }
    }

    fn spelled(events: &[TriggerEvent]) -> Vec<String> {
        events.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_said_is_what_is_decided() {
        let channel = channel();
        let events = ["ADT^A03", "ADT^A08", "ADT^A11", "ADT^A40", "ORU^R01"];
        let messages = events.map(message).into_iter();
        for facts in messages.chain([bundle("finished"), bundle("planned")]) {
            let asked = channel.asked(&facts);
            let said = |list| asked.iter().any(|a| a.list == list && a.is_match());
            let meaning = channel.meaning(&facts);
            assert_eq!(said("trigger.events"), meaning.wanted);
            assert_eq!(said("correct-on"), meaning.corrects);
            assert_eq!(said("cancel-on"), meaning.cancels);
            assert_eq!(said("merge-on"), meaning.merges);
            assert_eq!(said("visit-memory.events"), meaning.remembered);
        }
    }

    #[test]
    fn a_near_miss_says_what_is_listed_and_what_came() {
        let near = |facts: &ClinicalFacts| channel().asked(facts)[0].near.clone();
        assert_eq!(near(&message("ADT^A01")), ["ADT^A03, and this is ADT^A01"]);
        let planned = ["Encounter/finished, and this Encounter is planned"];
        assert_eq!(near(&bundle("planned")), planned);
        assert_eq!(near(&message("ORU^R01")), [""; 0]);
        assert_eq!(near(&message("ADT^A03")), [""; 0]);
    }

    #[test]
    fn an_event_is_spelled_in_each_way_that_would_match() {
        let names = spelled(&spellings(&bundle("planned")));
        assert_eq!(names, ["Bundle/message", "Encounter/planned", "Encounter"]);
        assert_eq!(spelled(&spellings(&message("ADT^A01"))), ["ADT^A01"]);
        assert_eq!(spelled(&spellings(&message("Patient"))), [""; 0]);
    }
}
