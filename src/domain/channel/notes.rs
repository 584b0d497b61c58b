//! What a channel may leave out, and whoever answers for it should know of.

use super::Channel;
use crate::domain::document::PacketFormat;
use crate::domain::fields::PatientField;
use crate::domain::section::{PacketKind, Section};

impl Channel {
    /// Nothing here is wrong: it may be just what was meant.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let bare = self.packet.formats == [PacketFormat::Original];
        if bare {
            let why = "the only format is `original`: an event without documents makes a packet without files";
            notes.push(why.to_owned());
        } else {
            notes.extend(self.unexpected_gaps());
        }
        let who = [
            PatientField::Name,
            PatientField::BirthDate,
            PatientField::RecordNumber,
        ];
        let told = who.into_iter().filter(|field| self.packet.says(*field));
        if told.count() < 2 {
            // Joint Commission, NPSG.01.01.01
            let why = "`packet.patient` names fewer than two identifiers (name, birth-date, record-number): a reader cannot make sure whose packet it is";
            notes.push(why.to_owned());
        }
        notes
    }

    /// The sections that a reader of this kind of packet expects.
    fn unexpected_gaps(&self) -> Option<String> {
        let has = |section: &Section| self.packet.sections.contains(section);
        let told = |section: &Section| {
            let joined = *section == Section::Plan && has(&Section::AssessmentAndPlan);
            has(section) || joined
        };
        let missing = self.packet.kind.required().iter().filter(|s| !told(s));
        let missing: Vec<String> = missing.map(|s| format!("`{}`", s.key())).collect();
        (!missing.is_empty()).then(|| {
            let kind = match self.packet.kind {
                PacketKind::Discharge => "a discharge packet",
                PacketKind::Referral => "a referral packet",
                PacketKind::Documents => "a packet of documents",
            };
            format!(
                "readers of {kind} expect these sections as well, even where they say \"none recorded\": {}",
                missing.join(", ")
            )
        })
    }
}
