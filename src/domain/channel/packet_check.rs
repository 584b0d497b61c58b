//! Whether the `packet` block of a channel makes sense: what could never leave,
//! and what must not leave so.

use super::ChannelError;
use super::check::has_repeats;
use crate::domain::document::PacketFormat;
use crate::domain::fields::{Field, PatientField};
use crate::domain::rule::PacketRule;
use crate::domain::section::{PacketKind, Section};
use crate::domain::sensitive::{SensitiveAction, SensitivityLabel};

type Checked = Result<(), ChannelError>;

pub(super) fn check(packet: &PacketRule) -> Checked {
    sections(packet)?;
    formats(packet)?;
    patient(packet)?;
    fields(packet)?;
    site_facts(packet)?;
    sensitive(packet)
}

fn refuse(key: &str, why: impl Into<String>) -> Checked {
    Err(ChannelError {
        key: format!("packet.{key}"),
        why: why.into(),
    })
}

fn sections(packet: &PacketRule) -> Checked {
    let has = |section: &Section| packet.sections.contains(section);
    if packet.sections.is_empty() || has_repeats(&packet.sections) {
        return refuse("sections", "list each section once, and at least one");
    }
    let apart = [Section::Assessment, Section::Plan];
    let mixed = apart.iter().find(|apart| has(apart));
    if let Some(apart) = mixed.filter(|_| has(&Section::AssessmentAndPlan)) {
        // C-CDA 5.0: a document has the one combined section, or the two.
        let why = format!(
            "`assessment-and-plan` stands instead of `assessment` and `plan`, never beside `{}`",
            apart.key()
        );
        return refuse("sections", why);
    }
    let files = packet.formats.contains(&PacketFormat::Original) || packet.attach_originals;
    if packet.kind == PacketKind::Documents && !has(&Section::Documents) && !files {
        let why = "a packet of documents, and none would leave: list the section `documents`, or the format `original`";
        return refuse("sections", why);
    }
    Ok(())
}

fn formats(packet: &PacketRule) -> Checked {
    if packet.formats.is_empty() || has_repeats(&packet.formats) {
        return refuse("formats", "list each format once, and at least one");
    }
    if packet.attach_originals && !packet.formats.contains(&PacketFormat::Pdf) {
        let why = "there is no PDF to attach them to: add `pdf` to the formats, or ask for the format `original`";
        return refuse("attach-originals", why);
    }
    let bare = packet.formats == [PacketFormat::Original];
    if bare && packet.kind != PacketKind::Documents {
        let why = "the sections would never leave: add `pdf` or `fhir-document`, or make it `kind: documents`";
        return refuse("formats", why);
    }
    Ok(())
}

fn patient(packet: &PacketRule) -> Checked {
    if packet.patient.is_empty() || has_repeats(&packet.patient) {
        return refuse("patient", "list each field once, and at least one");
    }
    if !packet.says(PatientField::Name) && !packet.says(PatientField::RecordNumber) {
        let why = "nobody could tell whose packet it is: list `name` or `record-number`";
        return refuse("patient", why);
    }
    Ok(())
}

fn fields(packet: &PacketRule) -> Checked {
    for (section, fields) in &packet.fields {
        let key = format!("fields.{}", section.key());
        if !packet.sections.contains(section) {
            let why = format!("this packet does not have the section `{}`", section.key());
            return refuse(&key, why);
        }
        let known = Field::of(*section);
        if let Some(stranger) = fields.iter().find(|field| !known.contains(field)) {
            let known: Vec<String> = known.iter().map(|field| field.key()).collect();
            let why = format!(
                "`{}` has no field `{}`; it has: {}",
                section.key(),
                stranger.key(),
                known.join(", ")
            );
            return refuse(&key, why);
        }
        if has_repeats(fields) {
            return refuse(&key, "a field is listed twice");
        }
    }
    Ok(())
}

fn site_facts(packet: &PacketRule) -> Checked {
    let place = |nth: usize| String::from(packet.site_facts[nth].place.clone());
    for (nth, rule) in packet.site_facts.iter().enumerate() {
        if !packet.sections.contains(&rule.section) {
            let why = format!(
                "`{}` goes to a section that this packet does not have",
                place(nth)
            );
            return refuse("site-facts", why);
        }
        if rule.title.trim().is_empty() {
            let why = format!(
                "`{}` has no title: its reader could not tell what it is",
                place(nth)
            );
            return refuse("site-facts", why);
        }
        let mut before = packet.site_facts[..nth].iter();
        if before.any(|other| other.place == rule.place && other.section == rule.section) {
            let why = format!(
                "`{}` is printed twice in `{}`",
                place(nth),
                rule.section.key()
            );
            return refuse("site-facts", why);
        }
    }
    Ok(())
}

fn sensitive(packet: &PacketRule) -> Checked {
    let rule = &packet.sensitive;
    if rule.labels.is_empty() || has_repeats(&rule.labels) {
        return refuse("sensitive", "list each label once, and at least one");
    }
    let scope = rule.consent_scope.as_deref().map(str::trim);
    if scope == Some("") {
        return refuse("sensitive", "`consent-scope` says nothing");
    }
    let part_2 = rule.labels.contains(&SensitivityLabel::Part2);
    if rule.action == SensitiveAction::Label && part_2 && scope.is_none() {
        let why = "records under 42 CFR Part 2 leave with a clear explanation of the consent's scope (2.32(b)): add `consent-scope`, or take `42CFRPart2` from the labels";
        return refuse("sensitive", why);
    }
    Ok(())
}
