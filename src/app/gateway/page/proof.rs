//! What somebody must show before they see anything of a packet. Until then the
//! page names its sender, its number and its end.

use super::{Frame, Look, Until, WithLink, html, retry_after};
use crate::domain::language::Language;
use crate::formats::words::pages::{Pages, Phrase, pages};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

/// Everything a stranger with the link may see.
pub(in crate::app::gateway) struct ProofView<'a> {
    /// The recipient's.
    pub language: Language,
    pub look: &'a Look,
    pub ticket: &'a str,
    pub expires: &'a jiff::ZonedDateTime,
    pub now: jiff::Timestamp,
    /// The mail address of the channel's owner.
    pub owner: &'a str,
    pub method: Method<'a>,
    pub trouble: Option<Trouble>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(in crate::app::gateway) enum Method<'a> {
    /// Field `digits`.
    Digits { shown: &'a str },
    /// Fields `day`, `month`, `year`.
    BirthDate,
    /// Field `code`.
    Passcode,
    /// A button `do=code` and the field `code`; which comes first says `sent`.
    EmailCode { sent: bool, address_hint: &'a str },
}

/// How the last answer fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::app::gateway) enum Trouble {
    Empty,
    Implausible,
    /// `left`: how many wrong ones the link still bears, where they are counted.
    Wrong {
        left: Option<i64>,
    },
    /// No trouble: a code is on its way.
    CodeSent,
    TooManyCodes,
    /// No code was sent, or its ten minutes are over.
    CodeOver,
    /// The proof is over, or another browser's.
    NeedsProof,
}

/// Codes are counted by their life, ten minutes.
const CODES_WAIT_SECONDS: u64 = 600;

#[derive(Template)]
#[template(path = "proof.html", config = "src/app/gateway/pages/askama.toml")]
struct Proof<'a> {
    frame: Frame<'a>,
    view: &'a ProofView<'a>,
    until: Until,
    /// What is wrong, and the id of the field that it is about.
    problem: Option<Problem>,
    help: WithLink,
    passcode: WithLink,
    email: String,
    /// Boxes of a date of birth, as the language orders them.
    boxes: [Box; 3],
}

struct Problem {
    lines: Vec<String>,
    field: &'static str,
}

struct Box {
    name: &'static str,
    label: &'static str,
    digits: u8,
}

pub(in crate::app::gateway) fn proof(view: &ProofView) -> Response {
    let words = pages(view.language);
    let problem = problem(words, view);
    let page = Proof {
        frame: Frame {
            error: problem.is_some(),
            ..Frame::new(view.language, view.look)
        },
        until: Until::new(words, view.expires, view.now),
        problem,
        help: WithLink::new(words, Phrase::Help, &[("ticket", view.ticket)]),
        passcode: WithLink::new(words, Phrase::PasscodeWhere, &[]),
        email: email(words, view.method),
        boxes: boxes(words),
        view,
    };
    let mut response = html(status(view.trouble), view.language, &page);
    if view.trouble == Some(Trouble::TooManyCodes) {
        retry_after(&mut response, CODES_WAIT_SECONDS);
    }
    response
}

fn status(trouble: Option<Trouble>) -> StatusCode {
    match trouble {
        None | Some(Trouble::CodeSent) => StatusCode::OK,
        Some(Trouble::Empty | Trouble::Implausible) => StatusCode::UNPROCESSABLE_ENTITY,
        Some(Trouble::Wrong { .. } | Trouble::CodeOver | Trouble::NeedsProof) => {
            StatusCode::FORBIDDEN
        }
        Some(Trouble::TooManyCodes) => StatusCode::TOO_MANY_REQUESTS,
    }
}

fn problem(words: &Pages, view: &ProofView) -> Option<Problem> {
    let phrase = match (view.trouble?, view.method) {
        (Trouble::CodeSent, _) => return None,
        (Trouble::TooManyCodes, _) => Phrase::TooManyCodes,
        (Trouble::CodeOver, _) => Phrase::CodeOver,
        (Trouble::NeedsProof, _) => Phrase::NeedsProof,
        (Trouble::Empty, Method::Digits { .. }) => Phrase::DigitsEmpty,
        (Trouble::Empty, Method::BirthDate) => Phrase::BirthEmpty,
        (Trouble::Empty, _) => Phrase::CodeEmpty,
        (Trouble::Implausible, Method::Digits { .. }) => Phrase::DigitsImplausible,
        (Trouble::Implausible, Method::BirthDate) => Phrase::BirthImplausible,
        (Trouble::Implausible, _) => Phrase::CodeImplausible,
        (Trouble::Wrong { .. }, Method::Digits { .. }) => Phrase::DigitsWrong,
        (Trouble::Wrong { .. }, Method::BirthDate) => Phrase::BirthWrong,
        (Trouble::Wrong { .. }, _) => Phrase::CodeWrong,
    };
    let mut lines = vec![words.say(phrase).to_owned()];
    if let Some(Trouble::Wrong { left: Some(left) }) = view.trouble {
        lines.push(words.tries_left(left));
    }
    let field = match view.method {
        Method::BirthDate => boxes(words)[0].name,
        Method::EmailCode { sent: false, .. } => "send",
        _ => "answer",
    };
    Some(Problem { lines, field })
}

fn email(words: &Pages, method: Method) -> String {
    match method {
        Method::EmailCode { sent, address_hint } => {
            let phrase = match sent {
                true => Phrase::EmailCodeSent,
                false => Phrase::EmailCodeOffer,
            };
            words.fill(phrase, &[("address", address_hint)])
        }
        _ => String::new(),
    }
}

fn boxes(words: &Pages) -> [Box; 3] {
    let day = Box {
        name: "day",
        label: words.say(Phrase::Day),
        digits: 2,
    };
    let month = Box {
        name: "month",
        label: words.say(Phrase::Month),
        digits: 2,
    };
    let year = Box {
        name: "year",
        label: words.say(Phrase::Year),
        digits: 4,
    };
    match words.language {
        Language::Zh => [year, month, day],
        _ => [day, month, year],
    }
}

impl Proof<'_> {
    /// What a field is described by: its own help, and what is wrong with it.
    fn described(&self, help: &str) -> String {
        match self.wrong() {
            true => format!("{help} problem"),
            false => help.to_owned(),
        }
    }

    fn just_sent(&self) -> bool {
        self.view.trouble == Some(Trouble::CodeSent)
    }

    /// Whether the last answer was no good, and not the page that was too old.
    fn wrong(&self) -> bool {
        matches!(
            self.view.trouble,
            Some(Trouble::Empty | Trouble::Implausible | Trouble::Wrong { .. })
        )
    }
}

impl WithLink {
    /// A sentence cut where its `{owner}` stands.
    pub(super) fn new(words: &Pages, phrase: Phrase, values: &[(&str, &str)]) -> Self {
        // A character that no name and no sentence has.
        let mut values = values.to_vec();
        values.push(("owner", CUT));
        let filled = words.fill(phrase, &values);
        let (before, after) = filled.split_once(CUT).unwrap_or((&filled, ""));
        Self {
            before: before.trim_end_matches('\u{2068}').to_owned(),
            after: after.trim_start_matches('\u{2069}').to_owned(),
        }
    }
}

/// U+001F, the unit separator.
const CUT: &str = "\u{1f}";
