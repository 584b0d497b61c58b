//! The routing rule. [`ChannelFile`] is what a person typed; a [`Channel`] is one
//! that made sense, and says what an event means to it.

mod asked;
mod check;
mod file;
mod notes;
mod packet_check;
#[cfg(test)]
pub(crate) mod tests;

use crate::domain::document::PacketFormat;
use crate::domain::facts::{ClinicalFacts, Sender};
use crate::domain::language::Language;
use crate::domain::names::ZoneName;
use crate::domain::trigger::TriggerEvent;
use crate::domain::wishes::Wishes;
pub use asked::{Asked, spellings};
pub use check::ChannelError;
pub use file::*;

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

    /// Whether a message would leave no file at all: documents are all that the
    /// channel hands over, and none came.
    pub fn finds_nothing_in(&self, facts: &ClinicalFacts) -> bool {
        self.packet.formats == [PacketFormat::Original]
            && facts
                .documents
                .iter()
                .all(|document| document.content.is_empty())
    }

    /// The languages of its readers, the first recipient's first.
    pub fn languages(&self) -> Vec<Language> {
        let mut languages = Vec::new();
        let readers = self.recipients.iter().chain(&self.test_recipient);
        for reader in readers {
            if !languages.contains(&reader.language) {
                languages.push(reader.language);
            }
        }
        if languages.is_empty() {
            languages.push(Language::default());
        }
        languages
    }

    /// The profile of what goes back to whoever asked.
    pub fn reply_profile(&self) -> ReferenceProfile {
        let mut routes = self.returns.iter();
        let reply = routes.find_map(|route| match route {
            ReturnRoute::Reply(route) => Some(route.profile),
            ReturnRoute::Rabbitmq(_) => None,
        });
        reply.unwrap_or_default()
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
