//! Every page, as each of its cases shows it.

use super::super::closed::{asked_page, away_page, damaged_page, dead_page, too_many_page};
use super::super::*;
use crate::domain::sensitive::SensitivityLabel;

pub const EXPIRES: &str = "2026-11-28T10:15:00+01:00[Europe/Berlin]";
pub const SHA: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

pub fn look() -> Look {
    Look {
        organisation: "Riverside Hospital & Clinics".into(),
        ..Look::default()
    }
}

pub fn zoned(text: &str) -> jiff::ZonedDateTime {
    text.parse().expect("a time with its zone")
}

fn now() -> jiff::Timestamp {
    "2026-11-25T16:00:00Z".parse().expect("a time")
}

pub fn proof_page(language: Language, method: Method, trouble: Option<Trouble>) -> Response {
    proof(&ProofView {
        language,
        look: &look(),
        ticket: "7K3MQ2",
        expires: &zoned(EXPIRES),
        now: now(),
        owner: "integration@riverside.example",
        method,
        trouble,
    })
}

fn file(name: &'static str, content_type: &'static str, state: FileState) -> FileView<'static> {
    FileView {
        path: format!("/l/token/{}", name.len()),
        content_type,
        file_name: name,
        size: 2_340_000,
        sha256: SHA,
        state,
    }
}

const PDF: &str = "application/pdf";

fn states() -> Vec<FileView<'static>> {
    let at = zoned("2026-11-25T16:40:00+01:00[Europe/Berlin]");
    let until = zoned("2026-11-25T17:10:00+01:00[Europe/Berlin]");
    vec![
        file("packet-7K3MQ2.pdf", PDF, FileState::Ready { left: 1 }),
        file(
            "packet.json",
            "application/fhir+json",
            FileState::Ready { left: 3 },
        ),
        file("mine.pdf", PDF, FileState::Mine { until }),
        file("half.pdf", PDF, FileState::Resumable),
        file("scan.tiff", "image/tiff", FileState::Elsewhere { at }),
        file("gone.pdf", PDF, FileState::Gone),
    ]
}

pub fn files_page(language: Language, all: bool) -> Response {
    let mut shown = states();
    if !all {
        shown.truncate(2);
    }
    let labels = [SensitivityLabel::Part2];
    files(&FilesView {
        language,
        look: &look(),
        recipient: Some("Riverside <care> management"),
        ticket: "7K3MQ2",
        expires: &zoned(EXPIRES),
        now: now(),
        owner: "integration@riverside.example",
        sensitive: all.then_some(Sensitive {
            labels: &labels,
            consent_scope: Some("Care team of the Riverside programme"),
        }),
        files: shown,
        shl: all.then_some(ShlView {
            link: "shlink:/eyJ1cmwiOiJodHRwczovL2hhbmRvZmYuZXhhbXBsZS9zaGwvYWJjIn0",
            viewer: Some("https://viewer.example/#shlink:/eyJ1"),
            qr: r##"<svg viewBox="0 0 29 29" xmlns="http://www.w3.org/2000/svg"><rect width="29" height="29" fill="#fff" /><path d="M4 4h7v7h-7zM6 6v3h3v-3zM18 4h7v7h-7zM20 6v3h3v-3zM4 18h7v7h-7zM6 20v3h3v-3zM14 12h3v3h-3zM20 14h3v5h-3z" fill="#000" fill-rule="evenodd" /></svg>"##,
        }),
    })
}

/// Name and page, in one language.
pub fn all(language: Language) -> Vec<(&'static str, Response)> {
    let digits = Method::Digits { shown: "7304" };
    let (address_hint, look) = ("c•••@riverside.example", look());
    let email = |sent| Method::EmailCode { sent, address_hint };
    let wrong = |left| Some(Trouble::Wrong { left });
    let asks = [
        ("digits", digits, None),
        ("digits-empty", digits, Some(Trouble::Empty)),
        ("digits-wrong", digits, wrong(None)),
        ("needs-proof", digits, Some(Trouble::NeedsProof)),
        ("birth-date", Method::BirthDate, None),
        (
            "birth-date-implausible",
            Method::BirthDate,
            Some(Trouble::Implausible),
        ),
        ("birth-date-wrong", Method::BirthDate, wrong(Some(3))),
        ("passcode", Method::Passcode, None),
        ("passcode-wrong", Method::Passcode, wrong(Some(1))),
        ("email-code", email(false), None),
        ("email-code-sent", email(true), Some(Trouble::CodeSent)),
        ("email-code-over", email(true), Some(Trouble::CodeOver)),
        (
            "email-code-too-many",
            email(false),
            Some(Trouble::TooManyCodes),
        ),
    ];
    let mut pages: Vec<_> = asks
        .into_iter()
        .map(|(name, method, trouble)| (name, proof_page(language, method, trouble)))
        .collect();
    pages.extend([
        ("files", files_page(language, false)),
        ("files-all", files_page(language, true)),
        ("dead", dead_page(&look, language)),
        ("asked", asked_page(&look, language)),
        ("damaged", damaged_page(&look, language)),
        ("away", away_page(&look, language)),
        ("too-many", too_many_page(&look, language, 90)),
        ("withdrawn", revoked_meanwhile(&look, language)),
    ]);
    pages
}
