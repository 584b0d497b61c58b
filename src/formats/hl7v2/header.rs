//! MSH, EVN and DSC → what the message is, who sent it, when, and whether it is
//! all of it. Without MSH-9 nobody can tell what a message is: that is a problem.

use super::{datatypes, time, tree::Message};
use crate::domain::facts::{ClinicalFacts, Doubt, Problem, Sender};

/// What a message without a type is called: no channel wants it.
const UNNAMED: &str = "MSH";

/// The head; with a problem where it cannot be told what the message is.
pub fn read(message: &Message, facts: &mut ClinicalFacts) -> Result<Option<Problem>, Problem> {
    let header = message
        .first("MSH")
        .ok_or_else(|| Problem::new("MSH", "the message header could not be read"))?;
    let event = event(message, facts);
    let unnamed = event
        .is_none()
        .then(|| Problem::new("MSH-9", "the message type is missing"));
    facts.event = event.unwrap_or_else(|| UNNAMED.to_owned());
    facts.control_id = header.text(10, 1);
    facts.version = header.text(12, 1);
    facts.sender = Sender {
        application: header.value(3).and_then(|v| datatypes::authority(v, 1)),
        facility: header.value(4).and_then(|v| datatypes::authority(v, 1)),
    };
    facts.sent = time::read(header.value(7), 1, &mut facts.doubts);
    facts.processing_id = header.text(11, 1);
    if let Some(second) = message.all("MSH").nth(1) {
        let why = "another message header stands inside of the message";
        facts.doubts.push(Doubt::new(second.place(), why));
    }
    if header.has(14) {
        let why = "the message goes on with an earlier message, which is not read with this one";
        facts.doubts.push(Doubt::new("MSH-14", why));
    }
    if message.first("DSC").is_some_and(|dsc| dsc.has(1)) {
        let why = "the message goes on in another message, which is not read with this one";
        facts.doubts.push(Doubt::new("DSC-1", why));
    }
    if facts.control_id.is_none() {
        facts
            .doubts
            .push(Doubt::new("MSH-10", "the message has no control id"));
    }
    Ok(unnamed)
}

/// MSH-9.1^9.2; the trigger is also EVN-1, which was its only place before 2.1
/// and still is in some systems.
fn event(message: &Message, facts: &mut ClinicalFacts) -> Option<String> {
    let header = message.first("MSH");
    let kind = header.and_then(|header| header.text(9, 1))?;
    let trigger = header
        .and_then(|header| header.text(9, 2))
        .or_else(|| message.first("EVN").and_then(|event| event.text(1, 1)));
    match trigger {
        Some(trigger) => Some(format!("{kind}^{trigger}")),
        None => {
            facts
                .doubts
                .push(Doubt::new("MSH-9.2", "the message names no trigger event"));
            Some(kind)
        }
    }
}
