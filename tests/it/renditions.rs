//! The files of a packet: one for each language of its readers, and the documents
//! that came with the event, as they came.

use crate::support::house::attachment_url;
use crate::support::messages::{DISCHARGE, sent};
use crate::support::needs::databases;
use crate::support::pages::poppler_text;
use crate::support::{House, house};
use handoff::app::channels::{self, Channels};
use handoff::app::pipeline::{self, Incoming};
use handoff::domain::link::Face;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

fn channel(text: &str) -> Channels {
    let (channels, errors) = channels::parse(&[(PathBuf::from("test.yaml"), text.into())]);
    assert!(errors.is_empty(), "{}", errors[0]);
    channels
}

const TWO_LANGUAGES: &str = "
channel: two-languages
owner: integration@riverside.example
trigger: {events: [ADT^A03]}
packet:
  kind: discharge
  sections: [encounter, diagnoses, allergies]
  formats: [pdf, fhir-document]
  purpose-of-use: COC
  sensitive: {action: hold, unlabelled: map}
recipients:
  - {name: Care, email: care@riverside.example}
  - {name: Cuidados, email: cuidados@riverside.example, language: es}
notify:
  - email: {}
return:
  - reply: {}
";

#[tokio::test(flavor = "multi_thread")]
async fn every_reader_gets_the_packet_in_their_language_and_the_system_gets_them_all() {
    for database in databases().await {
        let house = House::with(database, channel(TWO_LANGUAGES)).await;
        let (id, reference) = house.created(&sent(DISCHARGE, "L-1", house::now())).await;
        let contents = reference["content"].as_array().unwrap();
        let said = |at: usize, member: &str| contents[at]["attachment"][member].clone();
        assert_eq!(contents.len(), 3);
        assert_eq!(
            (said(0, "language"), said(1, "language")),
            ("en".into(), "es".into())
        );
        let digests: BTreeSet<String> = (0..3).map(|at| said(at, "hash").to_string()).collect();
        assert_eq!(digests.len(), 3, "each rendition has a digest of its own");

        let links = house.world.store.links_of(&id, Face::People).await.unwrap();
        let mut read = Vec::new();
        for link in &links {
            let files: Vec<&str> = link.files.iter().map(|f| f.file_name.as_str()).collect();
            let language = link.recipient.as_ref().unwrap().language.tag();
            assert_eq!(
                files,
                [&*format!("packet.{language}.pdf"), "packet.fhir.json"]
            );
            let page = house.world.link_url(link).unwrap();
            let cookie = house.prove(&page).await;
            let page = house.fetch(&page, &cookie, None).await;
            let page = page.text().await.unwrap();
            assert_eq!(page.matches("(PDF)").count(), 1, "{page}");
            read.push(language);
        }
        read.sort_unstable();
        assert_eq!(read, ["en", "es"]);

        for (place, title) in [(0, "Hospital stay"), (1, "Estancia hospitalaria")] {
            let file = house
                .web
                .get(attachment_url(&reference, place))
                .send()
                .await
                .unwrap();
            let text = poppler_text(&file.bytes().await.unwrap());
            assert!(text.is_none_or(|text| text.contains(title)), "{title}");
        }
        house.send_all().await;
        house.leave().await;
    }
}

const DOCUMENTS: &str = "
channel: documents
owner: integration@riverside.example
trigger: {events: [ORU^R01, MDM^T02]}
packet:
  kind: documents
  sections: [documents]
  formats: [pdf, original]
  attach-originals: true
  purpose-of-use: TREAT
  sensitive: {action: hold, unlabelled: map}
return:
  - reply: {}
";

/// A report of one page, and the words of a doctor.
fn report() -> Vec<u8> {
    use base64::Engine;
    let pdf = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n";
    let pdf = base64::engine::general_purpose::STANDARD.encode(pdf);
    let rtf = base64::engine::general_purpose::STANDARD.encode(
        br"{\rtf1\ansi{\fonttbl{\f0 Arial;}}Ejection fraction 35 %.\par See again in May.}",
    );
    format!(
        "MSH|^~\\&|LAB|LAKESIDE|||20261123115900+0000||ORU^R01|DOC-1|P|2.5.1\r\
         PID|1||LG-1^^^LAKESIDE^MR||QUILL^Rosalind||19510630|F\r\
         PV1|1|I|||||||||||||||||V-9\r\
         OBR|1|||11502-2^Laboratory report^LN\r\
         OBX|1|ED|11502-2^Laboratory report^LN||^application^pdf^Base64^{pdf}||||||F\r\
         OBX|2|ED|34752-6^Cardiology note^LN||^application^rtf^Base64^{rtf}||||||F\r"
    )
    .into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_of_the_event_leave_as_they_came_and_inside_the_pdf() {
    let house = House::with(None, channel(DOCUMENTS)).await;
    let (_, reference) = house.created(&report()).await;
    let kinds: Vec<&Value> = reference["content"]
        .as_array()
        .unwrap()
        .iter()
        .map(|content| &content["attachment"]["contentType"])
        .collect();
    assert_eq!(
        kinds,
        ["application/pdf", "application/pdf", "application/rtf"]
    );
    let mut files = Vec::new();
    for place in 0..3 {
        let file = house
            .web
            .get(attachment_url(&reference, place))
            .send()
            .await
            .unwrap();
        assert_eq!(file.status(), 200);
        files.push(file.bytes().await.unwrap());
    }
    assert!(files[1].starts_with(b"%PDF-1.4"));
    assert!(files[2].starts_with(b"{\\rtf1"));
    let Some(text) = poppler_text(&files[0]) else {
        return;
    };
    assert!(
        text.contains("Ejection fraction 35 %.") && text.contains("See again in May."),
        "{text}"
    );
    let stored = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(stored.path(), &files[0]).unwrap();
    let listed = Command::new("pdfdetach")
        .arg("-list")
        .arg(stored.path())
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(
        listed.contains("original-1.pdf") && listed.contains("original-2.rtf"),
        "{listed}"
    );
    house.send_all().await;
    house.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_of_documents_parks_an_event_that_brings_none() {
    let alone = DOCUMENTS
        .replace("[pdf, original]", "[original]")
        .replace("  attach-originals: true\n", "")
        .replace("ORU^R01", "ADT^A03");
    let house = House::with(None, channel(&alone)).await;
    let event = Incoming {
        body: sent(DISCHARGE, "D-1", house::now()).into(),
        ..Incoming::default()
    };
    let walked = pipeline::walk(&house.world, &event, &house.world.channels)
        .await
        .unwrap();
    assert!(walked.outcomes.is_empty());
    assert_eq!(walked.problems.len(), 1);
    assert_eq!(walked.problems[0].at, "OBX");
    house.leave().await;
}
