//! The packet, for whoever has shown that it is theirs: what may be fetched, what
//! was, and what the law says about it.

use super::{Frame, Look, Until, WithLink, html};
use crate::domain::language::Language;
use crate::domain::sensitive::SensitivityLabel;
use crate::formats::words::pages::{Pages, Phrase, pages};
use crate::formats::words::{Term, words};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

pub(in crate::app::gateway) struct FilesView<'a> {
    /// The recipient's.
    pub language: Language,
    pub look: &'a Look,
    pub recipient: Option<&'a str>,
    pub ticket: &'a str,
    pub expires: &'a jiff::ZonedDateTime,
    pub now: jiff::Timestamp,
    /// The mail address of the channel's owner.
    pub owner: &'a str,
    pub sensitive: Option<Sensitive<'a>>,
    pub files: Vec<FileView<'a>>,
    pub shl: Option<ShlView<'a>>,
}

/// What its content is sensitive for, and what the law says of it.
pub(in crate::app::gateway) struct Sensitive<'a> {
    pub labels: &'a [SensitivityLabel],
    pub consent_scope: Option<&'a str>,
}

pub(in crate::app::gateway) struct FileView<'a> {
    /// Where it is fetched: POST opens a claim, GET goes on with it.
    pub path: String,
    pub content_type: &'a str,
    pub file_name: &'a str,
    pub size: i64,
    /// In hexadecimal digits.
    pub sha256: &'a str,
    pub state: FileState,
}

/// What this browser may do with a file.
pub(in crate::app::gateway) enum FileState {
    Ready {
        left: i64,
    },
    /// Fetched by this browser, which may do so again for a while.
    Mine {
        until: jiff::ZonedDateTime,
    },
    /// Begun by this browser.
    Resumable,
    /// Fetched by another one.
    Elsewhere {
        at: jiff::ZonedDateTime,
    },
    Gone,
}

pub(in crate::app::gateway) struct ShlView<'a> {
    /// `shlink:/…`
    pub link: &'a str,
    /// A page that shows what is behind such a link.
    pub viewer: Option<&'a str>,
    /// Ours, so it is written into the page as it is: an `svg` element without styles.
    pub qr: &'a str,
}

#[derive(Template)]
#[template(path = "files.html", config = "src/app/gateway/pages/askama.toml")]
struct Files<'a> {
    frame: Frame<'a>,
    view: &'a FilesView<'a>,
    until: Until,
    sensitive: Option<Notice>,
    rows: Vec<Row<'a>>,
    ask: WithLink,
    help: WithLink,
}

/// In the words of the packet itself.
struct Notice {
    title: &'static str,
    lines: Vec<String>,
}

struct Row<'a> {
    file: &'a FileView<'a>,
    title: &'static str,
    size: String,
    /// What was done with it, or how often it may be fetched.
    told: String,
}

pub(in crate::app::gateway) fn files(view: &FilesView) -> Response {
    let words = pages(view.language);
    let page = Files {
        frame: Frame::new(view.language, view.look),
        until: Until::new(words, view.expires, view.now),
        sensitive: notice(view),
        rows: view.files.iter().map(|file| row(words, file)).collect(),
        ask: WithLink::new(words, Phrase::ElsewhereAsk, &[]),
        help: WithLink::new(words, Phrase::Help, &[("ticket", view.ticket)]),
        view,
    };
    html(StatusCode::OK, view.language, &page)
}

/// 42 CFR 2.32: the notice and the consent's scope accompany the records, and stand
/// before them.
fn notice(view: &FilesView) -> Option<Notice> {
    let sensitive = view.sensitive.as_ref()?;
    if sensitive.labels.is_empty() {
        return None;
    }
    let words = words(view.language);
    let codes: Vec<String> = sensitive.labels.iter().map(|l| l.code().into()).collect();
    let mut lines = vec![format!(
        "{}: {}",
        words.say(Term::Labels),
        words.list(&codes)
    )];
    if sensitive.labels.contains(&SensitivityLabel::Part2) {
        // The statute is English and its translation is not: each stands alone, in
        // its own direction.
        let notice = words.say(Term::Part2Notice);
        match notice.split_once(". ") {
            Some((statute, translated)) => {
                lines.extend([format!("{statute}."), translated.to_owned()]);
            }
            None => lines.push(notice.into()),
        }
    }
    if let Some(scope) = sensitive.consent_scope {
        lines.push(format!("{} {scope}", words.say(Term::ConsentScope)));
    }
    Some(Notice {
        title: words.say(Term::SensitiveTitle),
        lines,
    })
}

fn row<'a>(words: &Pages, file: &'a FileView<'a>) -> Row<'a> {
    let title = match file.content_type {
        "application/pdf" => Phrase::FilePdf,
        "application/fhir+json" => Phrase::FileFhir,
        _ => Phrase::FileOther,
    };
    let told = match &file.state {
        FileState::Ready { left } => words.downloads_left(*left),
        FileState::Mine { until } => words.fill(Phrase::MineUntil, &[("time", &words.time(until))]),
        FileState::Resumable => words.say(Phrase::Interrupted).into(),
        FileState::Elsewhere { at } => {
            words.fill(Phrase::Elsewhere, &[("time", &words.moment(at))])
        }
        FileState::Gone => words.say(Phrase::Gone).into(),
    };
    Row {
        file,
        title: words.say(title),
        size: words.size(file.size),
        told,
    }
}
