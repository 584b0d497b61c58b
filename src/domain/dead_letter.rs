//! A message that was parked: why, and what became of it. Places and reasons, never
//! values: what it says is sealed.

use crate::domain::facts::Problem;
use serde::Serialize;

/// Why a message is parked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Why {
    /// `read`, `render`, `stage`, `store`; `worker` where the broker parked it.
    pub stage: String,
    pub reason: String,
    pub place: String,
}

/// A reason is for the eye: the first ten problems say what is wrong.
const PROBLEMS_SAID: usize = 10;
/// A batch of many bad messages must not write a page into each list.
const LONGEST: usize = 1_000;

impl Why {
    pub fn of(stage: &str, problems: &[Problem]) -> Self {
        let said = |part: fn(&Problem) -> &str| {
            let said: Vec<&str> = problems.iter().take(PROBLEMS_SAID).map(part).collect();
            cut(&said.join("; "))
        };
        Self {
            stage: stage.to_owned(),
            reason: said(|problem| &problem.why),
            place: said(|problem| &problem.at),
        }
    }

    /// Its worker ended as often as the broker lets a message be delivered.
    pub fn worker_ended() -> Self {
        Self::new("worker", WORKER_ENDED)
    }

    /// It was tried once more, and ended its worker again.
    pub fn worker_ended_again() -> Self {
        Self::new("worker", WORKER_ENDED_AGAIN)
    }

    /// The broker parked it for another reason, or somebody else did.
    pub fn of_the_broker(reason: &str, place: &str) -> Self {
        Self {
            stage: "broker".into(),
            reason: cut(reason),
            place: cut(place),
        }
    }

    fn new(stage: &str, reason: &str) -> Self {
        Self {
            stage: stage.into(),
            reason: reason.into(),
            place: "body".into(),
        }
    }
}

const WORKER_ENDED: &str = "its worker ended as often as the broker delivers a message";
const WORKER_ENDED_AGAIN: &str = "its worker ended 20 times, and once more when it was tried alone";

fn cut(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

/// Where a dead letter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The broker gave it up; perhaps a neighbour's fault. It is tried once more.
    ToBeTried,
    /// Waits for a person.
    Parked,
    /// It went through when it was tried alone.
    Delivered,
    /// A person sent it through once more.
    Replayed,
    /// A person let it go.
    Discarded,
}

impl Standing {
    pub const ALL: [Self; 5] = [
        Self::ToBeTried,
        Self::Parked,
        Self::Delivered,
        Self::Replayed,
        Self::Discarded,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::ToBeTried => "to-be-tried",
            Self::Parked => "parked",
            Self::Delivered => "delivered",
            Self::Replayed => "replayed",
            Self::Discarded => "discarded",
        }
    }

    pub fn of_store(stored: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == stored)
    }
}

/// What a person says to it; the audit keeps it for years.
pub const LONGEST_WORD: usize = 500;

/// One line of text, as it was typed.
pub fn word(typed: &str) -> Result<String, String> {
    let words: Vec<&str> = typed.split_whitespace().collect();
    let line: String = words.join(" ");
    let line: String = line.chars().filter(|c| !c.is_control()).collect();
    match line.chars().count() {
        0 => Err("say why: it is kept in the audit".into()),
        n if n > LONGEST_WORD => Err(format!("a reason takes {LONGEST_WORD} characters at most")),
        _ => Ok(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_says_the_first_ten_problems_and_fits_a_list() {
        let problems: Vec<Problem> = (0..12)
            .map(|n| Problem::new(format!("MSH-{n}"), "x".repeat(200)))
            .collect();
        let why = Why::of("read", &problems);
        assert!(why.place.ends_with("; MSH-9"), "{}", why.place);
        assert_eq!(why.reason.chars().count(), LONGEST);
    }

    #[test]
    fn every_standing_is_read_back() {
        for one in Standing::ALL {
            assert_eq!(Standing::of_store(one.as_str()), Some(one));
        }
        assert_eq!(Standing::of_store("gone"), None);
    }

    #[test]
    fn a_word_is_one_line_and_says_something() {
        assert_eq!(word(" test \n data\u{7} ").as_deref(), Ok("test data"));
        assert!(word(" \n ").is_err() && word(&"x".repeat(501)).is_err());
    }
}
