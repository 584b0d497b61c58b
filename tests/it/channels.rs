//! Channel files: the shipped ones load, the schema is current, and every
//! error says where and what to do.

use crate::support::house::shipped_channels;
use handoff::app::brands::Brands;
use handoff::app::channels::parse;
use handoff::domain::brand::BrandFile;
use handoff::domain::channel::ChannelFile;
use handoff::domain::sensitive::CodeMapFile;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn shipped(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("channels")
        .join(name);
    std::fs::read_to_string(path).unwrap()
}

/// What is said about the discharge channel with one thing changed.
fn complaint(from: &str, to: &str) -> String {
    let text = shipped("discharge.yaml");
    assert!(text.contains(from), "{from}");
    let (_, errors) = parse(&[("discharge.yaml".into(), text.replacen(from, to, 1))]);
    errors.first().map(ToString::to_string).unwrap_or_default()
}

#[test]
fn the_shipped_channels_load() {
    let names: Vec<String> = shipped_channels()
        .iter()
        .map(|channel| channel.name().to_owned())
        .collect();
    assert_eq!(names, ["discharge", "referral"]);
}

#[test]
fn more_at_once_than_the_broker_hands_over_is_refused() {
    let said = complaint("prefetch: 32", "prefetch: 8\n    concurrency: 9");
    assert!(
        said.contains("discharge.yaml:14:5") && said.contains("more than `prefetch`"),
        "{said}"
    );
    let said = complaint("prefetch: 32", "prefetch: 8\n    concurrency: 8");
    assert_eq!(said, "");
}

/// `UPDATE=1` writes it.
fn assert_current(name: &str, schema: &Value) {
    let text = format!("{}\n", serde_json::to_string_pretty(schema).unwrap());
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("schemas")
        .join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "schemas/{name} is not current; run: UPDATE=1 cargo test the_schemas"
    );
}

#[test]
fn the_schemas_are_current() {
    let channel = serde_json::to_value(schemars::schema_for!(ChannelFile)).unwrap();
    assert_current("channel.schema.json", &channel);
    let brand = serde_json::to_value(schemars::schema_for!(BrandFile)).unwrap();
    assert_current("brand.schema.json", &brand);
    let codes = serde_json::to_value(schemars::schema_for!(CodeMapFile)).unwrap();
    assert_current("codes.schema.json", &codes);
}

#[test]
fn the_shipped_code_map_loads_and_fits_its_schema() {
    let map = handoff::app::codes::load(&channels_folder()).unwrap();
    assert!(map.len() >= 12);
    let schema = serde_json::to_value(schemars::schema_for!(CodeMapFile)).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let text = shipped("codes/sensitive.yaml");
    let read = |text: &str| serde_saphyr::from_str::<Value>(text).unwrap();
    let shipped = read(&text);
    let complaints: Vec<_> = validator.iter_errors(&shipped).collect();
    assert!(complaints.is_empty(), "{complaints:?}");
    for (from, to) in [
        ("[OPIOIDUD]", "[OPIOID]"),
        ("icd-10-cm:", "icd-10:"),
        ("not-negative ", "positive "),
        ("words:", "word:"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        assert!(!validator.is_valid(&read(&changed)), "{to}");
    }
}

fn channels_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("channels")
}

#[test]
fn the_shipped_brand_loads_and_fits_its_schema() {
    let brands = Brands::load(&channels_folder()).unwrap();
    assert_eq!(brands.names().collect::<Vec<_>>(), ["default"]);
    for channel in shipped_channels() {
        let brand = brands.of(&channel);
        assert_eq!(brand.organisation.as_deref(), Some("Riverside Hospital"));
        let logo = brand.logo.as_ref().unwrap();
        assert!(logo.bytes.starts_with(b"<svg"));
    }
    let schema = serde_json::to_value(schemars::schema_for!(BrandFile)).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let text = shipped("brands/default.yaml");
    let read = |text: &str| serde_saphyr::from_str::<Value>(text).unwrap();
    assert!(validator.is_valid(&read(&text)));
    for (from, to) in [("A4 ", "A5 "), ("accent:", "accents:"), ("#124E78", "navy")] {
        assert!(
            !validator.is_valid(&read(&text.replacen(from, to, 1))),
            "{to}"
        );
    }
}

#[test]
fn a_brand_that_is_not_there_is_told_at_its_place() {
    let named = shipped("discharge.yaml").replacen("packet:\n", "packet:\n  brand: riverbank\n", 1);
    let (channels, errors) = parse(&[("discharge.yaml".into(), named.clone())]);
    assert_eq!(errors, []);
    let brands = Brands::load(&channels_folder()).unwrap();
    let error = brands
        .missing(Path::new("discharge.yaml"), &named, &channels[0])
        .unwrap();
    let said = error.to_string();
    assert!(
        said.starts_with("discharge.yaml:29:3: there is no brand `riverbank`; there are: default"),
        "{said}"
    );
    let refused = brands.for_all(&channels).unwrap_err().to_string();
    assert!(refused.contains("riverbank"), "{refused}");
}

#[test]
fn the_schema_accepts_the_shipped_channels_and_refuses_what_we_refuse() {
    let schema = serde_json::to_value(schemars::schema_for!(ChannelFile)).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let read = |text: &str| serde_saphyr::from_str::<serde_json::Value>(text).unwrap();
    for name in ["discharge.yaml", "referral.yaml"] {
        let complaints: Vec<_> = validator
            .iter_errors(&read(&shipped(name)))
            .map(|error| error.to_string())
            .collect();
        assert!(complaints.is_empty(), "{name}: {complaints:?}");
    }
    for (from, to) in [
        ("max-downloads: 1", "max-downloads: 0"),
        ("expires-after: 72h", "expires-after: 72"),
        ("kind: discharge", "kind: dicharge"),
        ("ADT^A03", "ADT_A03"),
        ("max-downloads: 1", "verify: birthday"),
    ] {
        let text = shipped("discharge.yaml").replacen(from, to, 1);
        assert!(!validator.is_valid(&read(&text)), "{to}");
        assert!(!complaint(from, to).is_empty(), "{to}");
    }
}

#[test]
fn every_error_names_file_line_and_column_and_what_to_do() {
    let cases = [
        (
            "max-downloads: 1",
            "max-download: 1",
            "discharge.yaml:41:3: unknown key `max-download`",
            "did you mean `max-downloads`?",
        ),
        (
            "max-downloads: 1",
            "verified: true",
            "discharge.yaml:41:3: unknown key `verified`",
            "known here: expires-after, max-downloads",
        ),
        (
            "kind: discharge",
            "kind: dicharge",
            "discharge.yaml:29:9: `dicharge`",
            "did you mean `discharge`?",
        ),
        (
            "expires-after: 72h",
            "expires-after: 72",
            "discharge.yaml:40:18: not a length of time",
            "72h",
        ),
        (
            "ADT^A03",
            "ADT_A03",
            "discharge.yaml:16:12: not a trigger event",
            "ADT^A03",
        ),
        (
            "owner: integration@riverside.example\n",
            "",
            "the key `owner` is missing",
            "add `owner:`",
        ),
        (
            "email: care@riverside.example",
            "email: care",
            "discharge.yaml:44:46: not an e-mail address",
            "",
        ),
        (
            "  - email: {}\n",
            "  - email: {hint: ticket}\n",
            "unknown key `hint`",
            "",
        ),
        (
            "expires-after: 72h",
            "expires-after: 100d",
            "discharge.yaml:40:3: a link lives 90 days at most",
            "",
        ),
        (
            "max-downloads: 1",
            "max-downloads: 0",
            "discharge.yaml:41:18: max-downloads is a number from 1 to 100",
            "",
        ),
        (
            "owner: integration@riverside.example",
            "owner: ${env:HANDOFF_NO_SUCH_THING}",
            "discharge.yaml:4:8: the variable HANDOFF_NO_SUCH_THING is not set",
            "set it",
        ),
        (
            "cancel-on: [ADT^A11, ADT^A13]",
            "cancel-on: [ADT^A03]",
            "discharge.yaml:17:1: `ADT^A03` cannot both make a packet and end or merge one",
            "",
        ),
        (
            "  formats: [pdf, fhir-document]",
            "  formats: [pdf]\n  site-facts: [{where: ZPD-3, title: Ward, section: reason-for-referral}]",
            "`ZPD-3` goes to a section that this packet does not have",
            "",
        ),
        (
            "  formats: [pdf, fhir-document]",
            "  formats: [pdf]\n  site-facts: [{where: ZPD3, title: Ward, section: encounter}]",
            "not a place in HL7 v2",
            "ZPD-3",
        ),
        (
            "  formats: [pdf, fhir-document]",
            "  fields: {results: [dosage]}\n  formats: [pdf]",
            "discharge.yaml:33:12: `results` has no field `dosage`; it has: range",
            "",
        ),
        (
            "  formats: [pdf, fhir-document]",
            "  formats: [fhir-document]\n  attach-originals: true",
            "discharge.yaml:34:3: there is no PDF to attach them to",
            "",
        ),
        (
            "results, vital-signs",
            "results, assessment-and-plan",
            "discharge.yaml:30:3: `assessment-and-plan` stands instead of",
            "",
        ),
        (
            "owner: integration@riverside.example",
            "owner: integration@riverside.example\nzone: Europe/Atlantis",
            "discharge.yaml:5:7: not a time zone",
            "Europe/Berlin",
        ),
        (
            "owner: integration@riverside.example",
            "owner: integration@riverside.example\nvisit-memory: {events: [], facts: [allergies]}",
            "list the events to remember from",
            "",
        ),
    ];
    for (from, to, place, help) in cases {
        let said = complaint(from, to);
        assert!(
            said.contains(place) && said.contains(help),
            "{to} →\n{said}\nwanted {place}"
        );
    }
}

#[test]
fn two_channels_share_neither_name_nor_queue() {
    let text = shipped("discharge.yaml");
    let other = text.replace("channel: discharge", "channel: other");
    let (channels, errors) = parse(&[
        ("a.yaml".into(), text.clone()),
        ("b.yaml".into(), text),
        ("c.yaml".into(), other),
    ]);
    assert_eq!(channels.len(), 1);
    assert!(errors[0].to_string().contains("b.yaml") && errors[0].why.contains("already names"));
    assert!(errors[1].to_string().contains("c.yaml") && errors[1].why.contains("queue"));
}

#[test]
fn nothing_that_nobody_would_receive_is_accepted() {
    let cut = |text: String, from: &str, until: &str| {
        let (start, end) = (text.find(from).unwrap(), text.find(until).unwrap());
        format!("{}{}", &text[..start], &text[end..])
    };
    let silent = cut(shipped("discharge.yaml"), "notify:", "return:");
    let (_, errors) = parse(&[("a.yaml".into(), silent)]);
    assert!(
        errors[0].why.contains("would never be told"),
        "{}",
        errors[0]
    );
    let nobody = cut(shipped("discharge.yaml"), "recipients:", "test-recipient:");
    let (_, errors) = parse(&[("a.yaml".into(), nobody)]);
    assert!(errors[0].why.contains("nobody to notify"), "{}", errors[0]);
}
