//! The packet of a message in a channel: the one way to it, so that what is
//! compared, what is looked at and what leaves cannot drift apart.

use crate::domain::channel::Channel;
use crate::domain::facts::ClinicalFacts;
use crate::domain::judge::judge;
use crate::domain::packet::{Packet, assemble};
use crate::domain::sensitive::{CodeMap, Verdict};
use crate::formats::content::words_of;

/// What of a message is sensitive in the eyes of a channel, the texts among its
/// documents included.
pub fn verdict_of(facts: &ClinicalFacts, channel: &Channel, codes: &CodeMap) -> Verdict {
    let texts: Vec<Option<String>> = facts.documents.iter().map(words_of).collect();
    judge(facts, &texts, &channel.packet, codes)
}

/// What leaves of a message that was judged.
pub fn packet_of(facts: &ClinicalFacts, channel: &Channel, verdict: &Verdict) -> Packet {
    assemble(facts, &channel.packet).obey(verdict)
}
