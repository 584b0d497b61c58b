//! Two channels about the same people, and their messages: what people do with
//! links is tried on these.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use handoff::app::channels::{self, Channels};
use std::path::PathBuf;

pub const STAYS: &str = "
channel: stays
owner: owner@riverside.example
trigger:
  events: [ADT^A03]
cancel-on: [ADT^A13]
correct-on: [ADT^A08]
merge-on: [ADT^A40]
packet:
  kind: discharge
  sections: [encounter, diagnoses]
  formats: [fhir-document]
  purpose-of-use: TREAT
  sensitive: {action: label, unlabelled: send, consent-scope: All of the stay}
link:
  expires-after: 72h
  max-downloads: 1
recipients:
  - {name: Care management, email: care@riverside.example}
test-recipient: {name: Test desk, email: test@riverside.example}
notify:
  - email: {}
return:
  - reply: {url: link}
";

const PAPERS: &str = "
channel: papers
owner: owner@riverside.example
trigger:
  events: [ORU^R01]
packet:
  kind: documents
  sections: [documents]
  formats: [original]
  purpose-of-use: TREAT
  sensitive: {action: label, unlabelled: send, consent-scope: All of the stay}
link:
  expires-after: 14d
recipients:
  - {name: Partner clinic, email: Intake@partner.example}
notify:
  - email: {}
return:
  - reply: {}
";

/// Both, the first with its `link:` lines replaced by these.
pub fn channels(link: &str) -> Channels {
    let stays = STAYS.replace("  expires-after: 72h\n  max-downloads: 1\n", link);
    let files = [("stays", stays), ("papers", PAPERS.to_owned())];
    let files = files.map(|(name, text)| (PathBuf::from(format!("{name}.yaml")), text));
    let (channels, errors) = channels::parse(&files);
    assert!(errors.is_empty(), "{}", errors[0]);
    channels
}

pub fn as_shipped() -> Channels {
    channels("  expires-after: 72h\n  max-downloads: 1\n")
}

/// Somebody's number and who assigned it, and their visit.
#[derive(Clone, Copy)]
pub struct Stay<'s> {
    pub patient: &'s str,
    pub assigner: &'s str,
    pub visit: &'s str,
}

impl Stay<'_> {
    /// Sent so many minutes after the test's beginning.
    pub fn message(&self, event: &str, minute: u8, segments: &str) -> Vec<u8> {
        self.of(event, minute, "P", segments)
    }

    pub fn training(&self, event: &str, minute: u8, segments: &str) -> Vec<u8> {
        self.of(event, minute, "T", segments)
    }

    fn of(&self, event: &str, minute: u8, processing: &str, segments: &str) -> Vec<u8> {
        let Self {
            patient,
            assigner,
            visit,
        } = self;
        format!(
            "MSH|^~\\&|ADT|LAKESIDE|||2026112312{minute:02}00+0000||{event}|{}-{visit}-{assigner}-{minute}|{processing}|2.3\r\
             PID|1||{patient}^^^{assigner}^MR||MBEKI^Thabo||19710304|M\r\
             PV1|1|I|W7^1^A||||||||||||||||{visit}^^^{assigner}\r\
             {segments}\r",
            event.replace('^', "-"),
        )
        .into_bytes()
    }

    pub fn discharge(&self, minute: u8) -> Vec<u8> {
        self.message("ADT^A03", minute, "DG1|1||I50.9^Heart failure^I10|||F")
    }

    /// A document of so many bytes.
    pub fn paper(&self, minute: u8, bytes: usize) -> Vec<u8> {
        let mut pdf = b"%PDF-1.4\n".to_vec();
        pdf.resize(bytes, b'%');
        let pdf = STANDARD.encode(pdf);
        let segments = format!(
            "OBR|1|||11506-3^Progress note^LN\rOBX|1|ED|11506-3^Progress note^LN||^application^pdf^Base64^{pdf}||||||F"
        );
        self.message("ORU^R01", minute, &segments)
    }
}
