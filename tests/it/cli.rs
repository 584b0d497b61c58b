//! The command line, as typed.

use crate::support::messages::{DISCHARGE, fixture};
use crate::support::needs::needs;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn handoff(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_handoff"));
    command
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn assert_demo(output: &Output) {
    assert!(output.status.success(), "{}", text(&output.stderr));
    let packets: Vec<Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(packets.len(), 5);
    for packet in packets {
        let files = packet["documentReference"]["content"]
            .as_array()
            .unwrap()
            .len() as u64;
        // Each file once by each face, and once in vain.
        assert_eq!(packet["tried"]["downloads"], 2 * files);
        assert_eq!(packet["tried"]["refused"], 2 * files);
    }
}

#[test]
fn the_demo_downloads_every_packet_and_is_refused_the_second_time() {
    assert_demo(&handoff(&["demo", "--once", "--json"]));
}

#[test]
fn the_demo_goes_through_a_real_broker() {
    let Some(amqp) = needs("HANDOFF_TEST_AMQP_URL") else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _shared = runtime.block_on(crate::support::needs::BROKER.read());
    assert_demo(&handoff(&["demo", "--once", "--json", "--amqp-url", &amqp]));
}

#[test]
fn read_prints_one_object_and_fails_where_something_was_not_read() {
    let output = handoff(&["read", "fixtures/hl7v2/adt_a03_discharge.hl7", "--json"]);
    assert!(output.status.success());
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    let message = &read["messages"][0];
    assert_eq!(message["event"], "ADT^A03");
    assert_eq!(message["patient"]["names"][0]["family"], "GRIFFITH");
    assert_eq!(message["encounter"]["class"], "IMP");
    assert_eq!(read["problems"].as_array().unwrap().len(), 0);
    let output = handoff(&["read", "fixtures/invalid/no_msh9.hl7", "--json"]);
    assert!(!output.status.success());
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(read["problems"][0]["at"], "MSH-9");
    assert_eq!(
        read["messages"][0]["patient"]["identifiers"][0]["type"],
        "MR"
    );
}

#[test]
fn read_says_where_each_fact_stood_when_it_is_asked() {
    let told = |more: &[&str]| {
        let fixture = "fixtures/hl7v2/adt_a03_discharge.hl7";
        let output = handoff(&[&["read", fixture][..], more].concat());
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let read: Value = serde_json::from_str(&told(&["--json", "--provenance"])).unwrap();
    let message = &read["messages"][0];
    assert_eq!(message["patient"]["at"]["birthDate"], "PID-7");
    assert_eq!(message["conditions"][1]["at"]["code"], "DG1[2]-3");
    assert!(told(&["--provenance"]).contains("conditions[1].code"));
    assert!(!told(&["--json"]).contains("DG1[2]"));
}

#[test]
fn render_writes_the_packet_and_leaves_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("packet");
    let output = handoff(&[
        "render",
        "--channel",
        "discharge",
        &format!("fixtures/{DISCHARGE}"),
        "-o",
        out.to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(
        std::fs::read(out.join("packet.pdf"))
            .unwrap()
            .starts_with(b"%PDF-")
    );
    let document: Value =
        serde_json::from_slice(&std::fs::read(out.join("packet.fhir.json")).unwrap()).unwrap();
    assert_eq!(document["type"], "document");
    assert!(
        !Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(".handoff")
            .exists()
    );
}

#[test]
fn a_sample_is_rendered_without_a_message() {
    let folder = tempfile::tempdir().unwrap();
    let rendered = |more: &[&str], out: &str| {
        let out = folder.path().join(out);
        let output = ["-o", out.to_str().unwrap()];
        let output = handoff(&[&["render", "--sample"][..], more, &output].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        let pdf = std::fs::read(out.join("packet.pdf")).unwrap();
        assert!(pdf.starts_with(b"%PDF-"));
        let document = std::fs::read(out.join("packet.fhir.json")).unwrap();
        let document: Value = serde_json::from_slice(&document).unwrap();
        let sections = &document["entry"][0]["resource"]["section"];
        sections.as_array().unwrap().len()
    };
    let whole = rendered(&[], "whole");
    assert!(whole >= 27, "every section, and the doubts: {whole}");
    let channel = ["--channel", "referral", "--language", "es"];
    assert!(rendered(&channel, "referral") < whole);
}

#[test]
fn a_sample_in_unknown_looks_or_tongues_says_what_there_is() {
    let said = |more: &[&str]| text(&handoff(&[&["render", "--sample"][..], more].concat()).stderr);
    let brand = said(&["--brand", "riverbank", "-o", "/tmp/x"]);
    assert!(
        brand.contains("no brand `riverbank`; there are: default"),
        "{brand}"
    );
    let tongue = said(&["--language", "tlh"]);
    assert!(tongue.contains("packets are printed in en, es"), "{tongue}");
}

#[test]
fn an_unknown_channel_and_a_missing_file_say_what_there_is() {
    let output = handoff(&[
        "render",
        "--channel",
        "dischage",
        "fixtures/hl7v2/adt_a03_sparse.hl7",
        "-o",
        "/tmp/x",
    ]);
    let said = text(&output.stderr);
    assert!(
        !output.status.success() && said.contains("there are: discharge, referral"),
        "{said}"
    );
    let said = text(&handoff(&["read", "no/such/file"]).stderr);
    assert!(said.contains("reading no/such/file"), "{said}");
}

#[test]
fn channels_check_shows_every_error_and_fails() {
    assert!(handoff(&["channels", "check"]).status.success());
    let folder = tempfile::tempdir().unwrap();
    let shipped = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/channels/discharge.yaml"
    ))
    .unwrap();
    std::fs::write(
        folder.path().join("a.yaml"),
        shipped.replace("max-downloads", "max-download"),
    )
    .unwrap();
    std::fs::write(folder.path().join("b.yaml"), shipped.replace("72h", "72")).unwrap();
    let output = handoff(&["channels", "check", folder.path().to_str().unwrap()]);
    let said = text(&output.stderr);
    assert!(!output.status.success());
    assert!(
        said.contains("did you mean `max-downloads`?") && said.contains("not a length of time"),
        "{said}"
    );
    assert!(said.contains("2 of 2 files"), "{said}");
}

#[test]
fn channels_check_looks_at_the_brands_and_notes_what_may_be_missed() {
    let folder = tempfile::tempdir().unwrap();
    let brands = folder.path().join("brands");
    std::fs::create_dir(&brands).unwrap();
    let shipped = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/channels/discharge.yaml"
    ))
    .unwrap();
    let named = shipped.replacen("packet:\n", "packet:\n  brand: quay\n", 1);
    let short = named.replacen("hospital-course, ", "", 1);
    std::fs::write(folder.path().join("a.yaml"), short).unwrap();
    std::fs::write(brands.join("quay.yaml"), "organisation: Quay Clinic\n").unwrap();
    std::fs::write(brands.join("idle.yaml"), "organisation: Nobody\n").unwrap();
    let check = || handoff(&["channels", "check", folder.path().to_str().unwrap()]);
    let output = check();
    let said = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(
        said.contains("note: discharge: ") && said.contains("`hospital-course`"),
        "{said}"
    );
    assert!(
        said.contains("note: no channel uses the brand") && said.contains("idle.yaml"),
        "{said}"
    );
    std::fs::write(brands.join("quay.yaml"), "logo: {file: none.svg, alt: x}\n").unwrap();
    let output = check();
    let said = text(&output.stderr);
    assert!(!output.status.success());
    assert!(
        said.contains("quay.yaml:1:1") && said.contains("none.svg"),
        "{said}"
    );
    assert!(
        said.contains("1 of 3 files") && !said.contains("no brand"),
        "{said}"
    );
    std::fs::remove_file(brands.join("quay.yaml")).unwrap();
    let said = text(&check().stderr);
    assert!(
        said.contains("a.yaml:29:3: there is no brand `quay`; there are: idle"),
        "{said}"
    );
}

#[test]
fn the_example_settings_are_good_ones() {
    let output = handoff(&["--config", "deploy/handoff.yaml", "channels", "check"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn help_teaches() {
    let said = text(&handoff(&["--help"]).stdout);
    for word in [
        "demo", "serve", "read", "render", "list", "show", "revoke", "channels", "token",
        "HANDOFF_",
    ] {
        assert!(said.contains(word), "{word}");
    }
    let said = text(&handoff(&["channels", "test", "--help"]).stdout);
    assert!(
        said.contains("Exit status") && said.contains("--values"),
        "{said}"
    );
    let said = text(&handoff(&["channels", "diff", "--help"]).stdout);
    assert!(
        said.contains("+ more leaves") && said.contains("gate in CI"),
        "{said}"
    );
}

#[test]
fn a_readers_doubts_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let message = text(&fixture(DISCHARGE)).replace("19580417", "19581399");
    let file = folder.path().join("doubtful.hl7");
    std::fs::write(&file, message).unwrap();
    let said = text(&handoff(&["read", file.to_str().unwrap()]).stdout);
    assert!(
        said.contains("doubt") && said.contains("PID-7") && !said.contains("19581399"),
        "{said}"
    );
}
