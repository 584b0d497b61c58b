//! The door a held event came through: kept sealed with it, so that its answer
//! goes where the event asked, whenever a person lets it go.

use super::{Incoming, Passage};
use crate::app::world::World;
use crate::domain::ids::HandoffId;
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Door {
    content_type: Option<String>,
    transport_id: Option<String>,
    correlation_id: Option<String>,
    reply_to: Option<String>,
    trace_parent: Option<String>,
    /// Which message of the body it is.
    pub ordinal: usize,
    /// How the body was read: another way of reading counts its messages otherwise.
    /// Not split where an earlier version wrote it down.
    #[serde(default)]
    pub split_patients: bool,
}

/// A record of its own, not to be taken for another of the same handoff.
pub fn door_record(held: &HandoffId) -> String {
    format!("{held}/door")
}

pub(super) fn sealed(passage: &Passage<'_>, held: &HandoffId) -> anyhow::Result<String> {
    let event = passage.event;
    let door = Door {
        content_type: event.content_type.clone(),
        transport_id: event.transport_id.clone(),
        correlation_id: event.correlation_id.clone(),
        reply_to: event.reply_to.clone(),
        trace_parent: event.trace_parent.clone(),
        ordinal: passage.facts.ordinal,
        split_patients: passage.split_patients,
    };
    let written = serde_json::to_vec(&door).context("writing down the door of an event")?;
    passage.world.keys.seal_record(&door_record(held), &written)
}

pub(super) fn opened(world: &World, held: &HandoffId, sealed: &str) -> anyhow::Result<Door> {
    let opened = world.keys.open_record(&door_record(held), sealed)?;
    serde_json::from_slice(&opened).context("reading the door of an event")
}

impl Door {
    /// The event as it came in.
    pub fn event(&self, body: Arc<[u8]>) -> Incoming {
        Incoming {
            body,
            content_type: self.content_type.clone(),
            transport_id: self.transport_id.clone(),
            correlation_id: self.correlation_id.clone(),
            reply_to: self.reply_to.clone(),
            trace_parent: self.trace_parent.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Door;

    #[test]
    fn a_door_of_an_earlier_version_splits_nothing() {
        let door: Door = serde_json::from_str(r#"{"ordinal": 1}"#).expect("it is read");
        assert!(!door.split_patients);
    }
}
