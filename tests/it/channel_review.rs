//! `channels test` and `channels diff`: what ops and reviewers see before
//! anything leaves. `UPDATE=1` writes the snapshots anew.

use crate::support::messages::{DISCHARGE, MARKS, fixture};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const NOON: &str = "2026-11-23T12:00:00Z";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// In a folder of its own, so that whatever is left behind is seen.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        std::fs::write(self.0.path().join(name), text).unwrap();
        name.to_owned()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.with_input(arguments, b"")
    }

    fn with_input(&self, arguments: &[&str], input: &[u8]) -> Output {
        use std::io::Write;
        let mut running = Command::new(env!("CARGO_BIN_EXE_handoff"))
            .args(arguments)
            .current_dir(self.0.path())
            .env("HANDOFF_CHANNELS", root().join("channels"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        running.stdin.take().unwrap().write_all(input).unwrap();
        running.wait_with_output().unwrap()
    }

    fn files(&self) -> Vec<PathBuf> {
        crate::support::bucket::files_below(self.0.path())
    }
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn complained(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn path(fixture: &str) -> String {
    root().join("fixtures").join(fixture).display().to_string()
}

/// The discharge fixture as another event.
fn as_event(event: &str) -> String {
    let text = String::from_utf8(fixture(DISCHARGE)).unwrap();
    text.replacen("ADT^A03^ADT_A03", event, 1)
}

/// The shipped discharge channel with one thing changed.
fn changed(changes: &[(&str, &str)]) -> String {
    let mut text = std::fs::read_to_string(root().join("channels/discharge.yaml")).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    text
}

fn assert_snapshot(name: &str, output: &Output) {
    let shown = format!("{}[exit {}]\n", told(output), output.status.code().unwrap());
    let path = root().join(format!("tests/it/snapshots/channels/{name}.txt"));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &shown).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == shown,
        "{name} is shown otherwise:\n{shown}\n{}",
        complained(output)
    );
}

#[test]
fn a_message_that_matches_is_shown_step_by_step() {
    let desk = Desk::new();
    let output = desk.run(&[
        "channels",
        "test",
        "discharge",
        &path(DISCHARGE),
        "--at",
        NOON,
    ]);
    assert_snapshot("test_discharge", &output);
    let wide = |line: &str| line.chars().count() > 100;
    assert!(!told(&output).lines().any(wide));
}

#[test]
fn a_message_that_almost_matches_says_what_would() {
    let desk = Desk::new();
    let file = desk.write("a01.hl7", as_event("ADT^A01^ADT_A01"));
    let output = desk.run(&["channels", "test", "discharge", &file, "--at", NOON]);
    assert_snapshot("test_near_miss", &output);
}

#[test]
fn trying_a_message_leaves_no_trace_and_shows_no_patient_data() {
    let desk = Desk::new();
    for more in [&[][..], &["--json"][..]] {
        let test = ["channels", "test", "discharge", "-", "--at", NOON];
        let output = desk.with_input(&[&test[..], more].concat(), &fixture(DISCHARGE));
        assert!(output.status.success(), "{}", complained(&output));
        let said = told(&output) + &complained(&output);
        for mark in MARKS {
            assert!(!said.contains(mark), "{mark} is shown");
        }
        for birth in ["1958-04-17", "19580417"] {
            assert!(!said.contains(birth), "{birth} is shown");
        }
    }
    assert_eq!(desk.files(), Vec::<PathBuf>::new());
}

#[test]
fn values_are_shown_to_who_asks_for_them() {
    let desk = Desk::new();
    let test = [
        "channels",
        "test",
        "discharge",
        &path(DISCHARGE),
        "--at",
        NOON,
        "--values",
    ];
    let said = told(&desk.run(&test));
    for value in [
        "GRIFFITH, Adam James",
        "OBX[1]-5         5.60",
        "Heart failure",
    ] {
        assert!(said.contains(value), "{value}\n{said}");
    }
    // What stays behind is not shown even then.
    assert!(
        !said.contains("VA-77120") && !said.contains("Larch Row"),
        "{said}"
    );
    let read: Value =
        serde_json::from_str(&told(&desk.run(&[&test[..], &["--json"]].concat()))).unwrap();
    let leaves = read["messages"][0]["packet"]["leaves"]
        .as_array()
        .unwrap()
        .clone();
    let born = leaves
        .iter()
        .find(|leaf| leaf["part"] == "birth-date")
        .unwrap();
    assert_eq!(
        (&born["at"], &born["value"]),
        (&"PID-7".into(), &"1958-04-17".into())
    );
}

/// The discharge fixture, about nobody who could be told.
fn nobody() -> String {
    let text = as_event("ADT^A03^ADT_A03");
    let segments = text
        .split('\r')
        .map(|segment| match segment.starts_with("PID|") {
            true => "PID|1||||||19580417|M",
            false => segment,
        });
    segments.collect::<Vec<_>>().join("\r")
}

/// Whether a packet would be made of a message, and what is said in the end.
fn outcome(desk: &Desk, channel: &str, body: &str, at: &str) -> (Option<i32>, String) {
    let file = desk.write("message", body);
    let output = desk.run(&["channels", "test", channel, &file, "--at", at, "--json"]);
    let read: Value = serde_json::from_str(&told(&output)).unwrap_or_default();
    let why = read["messages"][0]["outcome"]["why"]
        .as_str()
        .unwrap_or_default();
    (output.status.code(), why.to_owned())
}

#[test]
fn the_status_says_whether_a_packet_would_be_made_and_the_text_says_why() {
    let desk = Desk::new();
    let real = as_event("ADT^A03^ADT_A03");
    let without_desk = changed(&[(
        "test-recipient: {name: Integration test desk, email: integration-test@riverside.example}\n",
        "",
    )]);
    let own = desk.write("own.yaml", without_desk);
    let cases = [
        (
            "discharge",
            real.clone(),
            NOON,
            0,
            "unless this event was handed over before",
        ),
        (
            "discharge",
            real.clone(),
            "2026-11-25T12:00:00",
            0,
            "for the test recipient alone",
        ),
        (
            &own,
            real.clone(),
            "2026-11-25T12:00:00",
            1,
            "it is held, and nobody may approve it: sent longer ago",
        ),
        (
            &own,
            real.replace("|P|2.5.1", "|T|2.5.1"),
            NOON,
            1,
            "it is held, and nobody may approve it: a training",
        ),
        (
            "discharge",
            real.replacen("DG1|1||I50.9", "DG1|1||F11.20", 1),
            NOON,
            1,
            "it is held for a person: sensitive: OPIOIDUD by code at DG1[1]-3",
        ),
        (
            "discharge",
            as_event("ADT^A08^ADT_A01"),
            NOON,
            0,
            "if something is staged that it corrects",
        ),
        (
            "discharge",
            as_event("ADT^A11^ADT_A09"),
            NOON,
            1,
            "makes no packet",
        ),
        (
            "discharge",
            as_event("ADT^A01^ADT_A01"),
            NOON,
            1,
            "it is passed by",
        ),
        (
            "discharge",
            as_event("ADT^A08^ADT_A01").replace("V-2026-33817", ""),
            NOON,
            1,
            "names no visit",
        ),
        (
            "discharge",
            nobody(),
            NOON,
            1,
            "neither an identifier nor a name",
        ),
    ];
    for (channel, body, at, code, why) in cases {
        let (status, said) = outcome(&desk, channel, &body, at);
        assert_eq!(status, Some(code), "{why}: {said}");
        assert!(said.contains(why), "{said}\nwanted {why}");
    }
    let two = String::from_utf8(fixture("fhir/bundle_searchset_two_patients.json")).unwrap();
    let searches = changed(&[("[ADT^A03,", "[Bundle/searchset,")]);
    let own = desk.write("searches.yaml", searches);
    let (status, _) = outcome(&desk, &own, &two, NOON);
    assert_eq!(status, Some(1), "several patients are refused");
}

#[test]
fn what_cannot_be_tried_is_neither_yes_nor_no() {
    let desk = Desk::new();
    let broken = desk.write("broken.yaml", changed(&[("max-downloads", "max-download")]));
    let message = path(DISCHARGE);
    for (arguments, why) in [
        (
            vec!["test", "dischage", &message],
            "there are: discharge, referral",
        ),
        (
            vec!["test", "discharge", "no-such-file"],
            "reading no-such-file",
        ),
        (
            vec!["test", &broken, &message],
            "did you mean `max-downloads`?",
        ),
        (
            vec!["test", "discharge", &message, "--at", "noon"],
            "--at is a time",
        ),
        (vec!["test", "discharge"], "<FILE>"),
        (
            vec!["diff", &broken, &broken],
            "did you mean `max-downloads`?",
        ),
        (vec!["diff", "none.yaml", "none.yaml"], "reading none.yaml"),
    ] {
        let output = desk.run(&[&["channels"][..], &arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(complained(&output).contains(why), "{}", complained(&output));
    }
}

const WIDER: [(&str, &str); 5] = [
    (
        "[encounter, reason-for-visit,",
        "[encounter, social-history,",
    ),
    (
        "  formats: [pdf, fhir-document]",
        "  patient: [name, birth-date, sex, death, record-number, account-number]\n  formats: [pdf, fhir-document]",
    ),
    ("action: hold ", "action: withhold-section "),
    ("max-downloads: 1", "max-downloads: 3"),
    (
        "email: care@riverside.example}",
        "email: care@riverside.example}\n  - {name: Partner, email: intake@partner.example, language: es}",
    ),
];

#[test]
fn a_change_is_told_by_what_it_lets_out() {
    let desk = Desk::new();
    let (old, new) = (
        desk.write("old.yaml", changed(&[])),
        desk.write("new.yaml", changed(&WIDER)),
    );
    let output = desk.run(&["channels", "diff", &old, &new, &path(DISCHARGE)]);
    assert_snapshot("diff", &output);
    for mark in MARKS {
        assert!(!told(&output).contains(mark), "{mark} is shown");
    }
    assert_eq!(desk.files().len(), 2, "only what was there before");
}

#[test]
fn a_gate_stops_what_is_added_and_lets_pass_what_is_not() {
    let desk = Desk::new();
    let old = desk.write("old.yaml", changed(&[]));
    let code = |new: &str, more: &[&str]| {
        let output = desk.run(&[&["channels", "diff", &old, new][..], more].concat());
        (output.status.code(), told(&output))
    };
    assert_eq!(code(&old, &[]).0, Some(0));
    let narrower = desk.write(
        "narrower.yaml",
        changed(&[("hospital-course, ", ""), ("72h", "24h")]),
    );
    assert_eq!(
        code(&narrower, &[]),
        (
            Some(0),
            "discharge\n  - section hospital-course\n  - a link lives: 72h → 24h\n".into()
        )
    );
    let longer = desk.write("longer.yaml", changed(&[("72h", "14d")]));
    assert_eq!(
        code(&longer, &[]),
        (Some(1), "discharge\n  ! a link lives: 72h → 14d\n".into())
    );
    let message = path(DISCHARGE);
    let (status, said) = code(&narrower, &[&message, "--json"]);
    let read: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(status, Some(0));
    assert_eq!(read[0]["values"]["gained"], serde_json::json!([]));
}

#[test]
fn folders_are_compared_by_the_names_of_their_channels() {
    let desk = Desk::new();
    let shipped = root().join("channels").display().to_string();
    let output = desk.run(&["channels", "diff", &shipped, &shipped]);
    assert_eq!(
        told(&output),
        "discharge\n  no change\n\nreferral\n  no change\n"
    );
    let folder = desk.0.path().join("one");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("renamed-file.yaml"), changed(&[])).unwrap();
    let output = desk.run(&["channels", "diff", "one", &shipped]);
    let said = told(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("discharge\n  no change"), "{said}");
    assert!(said.contains("+ recipient Partner Clinic intake"), "{said}");
}
