//! TQ1, and the TQ type of ORC-7, RXE-1 and SCH-11 before 2.5 → when something is
//! to be done, in words, with its start and its end.

use super::{Room, orc::Placed};
use crate::domain::facts::{Doubt, When};
use crate::formats::hl7v2::{
    datatypes, time,
    tree::{Segment, Value},
    walk::Walk,
};

pub const ROOM: Room = Room {
    names: &["TQ1"],
    read,
};

#[derive(Debug, Default, Clone)]
pub struct Timing {
    pub words: Vec<String>,
    /// The field the words are from.
    pub at: Option<String>,
    pub start: Option<Placed<When>>,
    pub end: Option<Placed<When>>,
}

impl Timing {
    /// The TQ type: quantity, interval, duration, start, end, priority,
    /// condition, text.
    pub fn of_field(segment: &Segment, field: usize, doubts: &mut Vec<Doubt>) -> Self {
        let mut timing = Self::default();
        for value in segment.values(field) {
            let duration = value.text(3).map(|duration| format!("for {duration}"));
            let said = [
                value.text(2),
                value.part(2, 2).map(|times| format!("at {times}")),
                duration,
                urgent(value.text(6)),
                value.text(7),
                value.text(8),
            ];
            let said: Vec<String> = said.into_iter().flatten().collect();
            timing.say(said, value.at());
            let mut read = |component| {
                let when = time::read(Some(value), component, doubts)?;
                Some((when, format!("{}.{component}", value.at())))
            };
            let (start, end) = (read(4), read(5));
            timing.start = timing.start.take().or(start);
            timing.end = timing.end.take().or(end);
        }
        timing
    }

    fn say(&mut self, said: Vec<String>, at: String) {
        let new: Vec<String> = said
            .into_iter()
            .filter(|s| !self.words.contains(s))
            .collect();
        if !new.is_empty() {
            self.at.get_or_insert(at);
            self.words.extend(new);
        }
    }

    /// A later word about the same order counts for more.
    pub fn supersede(&mut self, newer: Self) {
        if !newer.words.is_empty() {
            self.words = newer.words;
            self.at = newer.at;
        }
        self.start = newer.start.or(self.start.take());
        self.end = newer.end.or(self.end.take());
    }
}

/// Routine goes without saying.
fn urgent(priority: Option<String>) -> Option<String> {
    priority.filter(|code| !matches!(code.as_str(), "R" | "r"))
}

fn read(segment: &Segment, walk: &mut Walk) {
    let each = |field: usize, say: &dyn Fn(String) -> String| {
        let words: Vec<String> = segment.values(field).filter_map(datatypes::words).collect();
        (!words.is_empty()).then(|| say(words.join(", ")))
    };
    let plain = |words: String| words;
    let said = [
        each(3, &plain),
        each(4, &|times| format!("at {times}")),
        segment
            .value(6)
            .and_then(amount)
            .map(|n| format!("for {n}")),
        urgent(segment.text(9, 1)),
        each(10, &plain),
        each(11, &plain),
        segment.text(14, 1).map(|n| format!("{n} times in all")),
    ];
    let doubts = &mut walk.facts.doubts;
    let start = datatypes::time(segment, 7, doubts).map(|when| (when, segment.at(7)));
    let end = datatypes::time(segment, 8, doubts).map(|when| (when, segment.at(8)));
    if walk.kind() == "SIU" || walk.kind() == "SRM" {
        return super::sch::times(start, end, walk);
    }
    // Several TQ1 are steps of one timing; the first takes the place of ORC-7.
    let mut timing = Timing {
        start,
        end,
        ..Timing::default()
    };
    timing.say(said.into_iter().flatten().collect(), segment.place());
    let group = &mut walk.order;
    if group
        .timing
        .at
        .as_ref()
        .is_some_and(|at| at.starts_with("TQ1"))
    {
        group.timing.say(timing.words, segment.place());
        group.timing.start = group.timing.start.take().or(timing.start);
        group.timing.end = timing.end.or(group.timing.end.take());
    } else {
        group.timing.supersede(timing);
    }
}

/// CQ: an amount and its units.
fn amount(value: Value) -> Option<String> {
    let amount = value.text(1)?;
    Some(match value.text(2) {
        Some(units) => format!("{amount} {units}"),
        None => amount,
    })
}
