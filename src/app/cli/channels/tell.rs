//! An examination as a person asks for it: what is it, do you want it, is it for
//! real, what leaves, to whom, and what stays behind.

use super::columns::{self, Columns, span};
use super::examine::{Examination, Examined, ForReal, Made, Message};
use crate::domain::fields::PatientField;
use crate::domain::leaving::Leaf;
use serde_json::Value;

/// Places and kinds; with `values` what they say as well.
pub(super) fn tell(examination: &Examination, values: bool, out: &mut Columns) {
    let now = examination.now.strftime("%Y-%m-%d %H:%M UTC");
    out.heading(&format!("Channel {}, as of {now}", examination.channel));
    let several = examination.messages.len() > 1;
    for (nth, examined) in examination.messages.iter().enumerate() {
        let title = match several {
            true => format!(
                "The message ({} of {})",
                nth + 1,
                examination.messages.len()
            ),
            false => "The message".to_owned(),
        };
        out.heading(&title);
        message(&examined.message, out);
        out.heading("Does the channel want it?");
        wanted(examined, out);
        out.heading("Is it for real life?");
        for_real(&examined.for_real, out);
        out.heading("Is it sensitive?");
        row(out, "rule", &examined.sensitive.rule);
        examined
            .sensitive
            .found
            .iter()
            .for_each(|found| row(out, "found", found));
        if let Some(why) = &examined.sensitive.holds {
            row(out, "held", why);
        }
        if let Some(made) = &examined.packet {
            packet(made, values, examined.outcome.packet, out);
        }
        doubts(examined, out);
        out.heading(match examined.outcome.packet {
            true => "A packet would be made",
            false => "No packet would be made",
        });
        out.text(2, &examined.outcome.why);
    }
    if !examination.problems.is_empty() {
        out.heading("Could not be read");
        for problem in &examination.problems {
            row(out, &problem.at, &problem.why);
        }
    }
}

fn row(out: &mut Columns, label: &str, text: &str) {
    out.row(2, label, 20, text);
}

fn message(message: &Message, out: &mut Columns) {
    let version = message.version.as_deref().unwrap_or_default();
    row(out, "format", &format!("{} {version}", message.format));
    let about = message
        .focus
        .as_ref()
        .map(|focus| format!(", about: {focus}"));
    row(
        out,
        "event",
        &format!("{}{}", message.event, about.unwrap_or_default()),
    );
    row(out, "id", message.id.as_deref().unwrap_or("none"));
    let sender = [&message.sender.application, &message.sender.facility];
    let sender: Vec<&str> = sender.into_iter().flatten().map(String::as_str).collect();
    let sender = match sender.is_empty() {
        true => "not named".to_owned(),
        false => sender.join(", "),
    };
    row(out, "sender", &sender);
    let sent = message.sent.as_ref().map_or("not told", |sent| &sent.0);
    row(out, "sent", sent);
    if message.patients > 1 {
        row(
            out,
            "patients",
            &format!("{} in its body", message.patients),
        );
    }
    let yes = |known: bool| if known { "named" } else { "not named" };
    row(out, "visit", yes(message.names_visit));
    row(
        out,
        "thread",
        &format!(
            "{} (visit, referral or document: what corrections find)",
            yes(message.names_thread)
        ),
    );
}

fn wanted(examined: &Examined, out: &mut Columns) {
    let any = examined.asked.iter().any(|asked| asked.is_match());
    for asked in &examined.asked {
        let join = |events: &[_]| {
            let said: Vec<String> = events.iter().map(ToString::to_string).collect();
            said.join(", ")
        };
        let said = match asked.is_match() {
            true => format!("yes  {}: {}", join(&asked.matches), asked.does),
            false => format!("no   lists {}", join(&asked.events)),
        };
        row(out, asked.list, &said);
        let makes = asked.list == "trigger.events";
        for near in asked.near.iter().filter(|_| makes && !any) {
            row(out, "", &format!("     near: {near}"));
        }
    }
    if !any {
        let spelled: Vec<String> = examined.spelled.iter().map(ToString::to_string).collect();
        let would = match spelled.is_empty() {
            true => "no channel can name this event".to_owned(),
            false => format!("one of its lists had {}", spelled.join(" or ")),
        };
        row(out, "would match if", &would);
    }
}

fn for_real(real: &ForReal, out: &mut Columns) {
    row(out, "answer", real.not.map_or("yes", |_| "no"));
    if let Some(why) = real.not {
        row(out, "why", why);
    }
    row(
        out,
        "processing id",
        real.processing_id.as_deref().unwrap_or("none"),
    );
    let age = real.age_seconds.map_or("unknown".into(), age);
    row(
        out,
        "age",
        &format!(
            "{age}; real people get what is no older than {}",
            real.max_age
        ),
    );
}

/// `2d 4h`, `in 3h 0m`.
fn age(seconds: i64) -> String {
    let ahead = if seconds < 0 { "in " } else { "" };
    let minutes = seconds.unsigned_abs() / 60;
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, hours, minutes) => format!("{ahead}{hours}h {minutes}m"),
        (days, hours, _) => format!("{ahead}{days}d {hours}h"),
    }
}

fn packet(made: &Made, values: bool, goes: bool, out: &mut Columns) {
    out.heading(match goes {
        true => "What leaves",
        false => "What would leave, were it handed over",
    });
    out.line("  patient");
    leaves(made, "patient", values, out);
    for section in &made.sections {
        let texts = match section.texts {
            0 => String::new(),
            1 => ", 1 text".to_owned(),
            n => format!(", {n} texts"),
        };
        let said = match (section.facts, section.texts, section.withheld) {
            (_, _, true) => "withheld: sensitive".to_owned(),
            (0, 0, _) => "none recorded".to_owned(),
            (facts, _, _) => format!("{facts}{texts}"),
        };
        row(out, section.section, &said);
        leaves(made, section.section, values, out);
    }
    if made.leaves.iter().any(|leaf| leaf.of == "files") {
        out.line("  files of the event");
        leaves(made, "files", values, out);
    }
    withheld(made, out);
    if goes {
        way(made, out);
    }
}

/// Of each part where it stood, those with the same places in one row; or each
/// value in a row of its own.
fn leaves(made: &Made, of: &str, values: bool, out: &mut Columns) {
    let own: Vec<&Leaf> = made.leaves.iter().filter(|leaf| leaf.of == of).collect();
    if values {
        for leaf in own {
            let text = shown(&leaf.value);
            out.row(
                4,
                &format!("{} {}", leaf.item + 1, leaf.part),
                24,
                &format!("{:<16} {text}", leaf.at),
            );
        }
        return;
    }
    let mut rows: Vec<(Vec<&str>, Vec<&str>)> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for leaf in &own {
        if seen.contains(&leaf.part.as_str()) {
            continue;
        }
        seen.push(&leaf.part);
        let alike = own.iter().filter(|other| other.part == leaf.part);
        let places: Vec<&str> = alike.map(|leaf| leaf.at.as_str()).collect();
        match rows.iter_mut().find(|(_, known)| *known == places) {
            Some((parts, _)) => parts.push(&leaf.part),
            None => rows.push((vec![&leaf.part], places)),
        }
    }
    for (parts, places) in rows {
        let told = columns::places(places);
        out.row(4, &parts.join(", "), 24, &told);
    }
}

/// One line; a long text is cut.
fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    match text.char_indices().nth(120) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn withheld(made: &Made, out: &mut Columns) {
    out.heading("What stays behind");
    if made.withheld.is_empty() {
        out.line("  nothing that was read");
    }
    let mut why = "";
    for kept in &made.withheld {
        if kept.why != why {
            why = &kept.why;
            out.text(2, why);
        }
        let at = span(kept.at.iter().map(String::as_str));
        out.row(4, &kept.counted(), 24, &at);
    }
}

fn way(made: &Made, out: &mut Columns) {
    out.heading("How it goes");
    for file in &made.files {
        let language = file.language.map(|tag| format!(", {tag}"));
        let kind = format!("{}{}", file.content_type, language.unwrap_or_default());
        row(out, "file", &format!("{:<18}  {kind}", file.name));
    }
    if made.files.is_empty() {
        row(out, "file", "none: the event brought no document");
    }
    row(out, "purpose of use", made.purpose_of_use);
    for reader in &made.recipients {
        let said = format!(
            "{} <{}>, reads {}",
            reader.name,
            reader.email,
            reader.language.tag()
        );
        row(out, "recipient", &said);
    }
    if made.recipients.is_empty() {
        row(out, "recipient", "nobody");
    }
    let times = match made.max_downloads {
        1 => "once".to_owned(),
        n => format!("{n} times"),
    };
    let expires = made.expires.strftime("%Y-%m-%d %H:%M UTC");
    let said = format!(
        "one for each recipient and one for the sender; each file {times}, for {} (until {expires})",
        made.expires_after
    );
    row(out, "links", &said);
    made.notices
        .iter()
        .for_each(|notice| row(out, "notice", notice));
    made.returns
        .iter()
        .for_each(|answer| row(out, "DocumentReference", answer));
}

fn doubts(examined: &Examined, out: &mut Columns) {
    if examined.doubts.is_empty() {
        return;
    }
    let title = match examined.packet {
        Some(_) => "Doubts, printed on the packet",
        None => "Doubts",
    };
    out.heading(title);
    for doubt in &examined.doubts {
        row(out, &doubt.at, &doubt.why);
    }
}

/// `patient birth-date` as its place in HL7 v2 and its words; other parts as
/// channel files spell them.
pub(super) fn described(leaf: &Leaf) -> String {
    let fields = PatientField::ALL.into_iter();
    let mut fields = fields.filter(|_| leaf.of == "patient");
    match fields.find(|field| field.key() == leaf.part) {
        Some(field) => format!("patient {}", field.described()),
        None => format!("{}.{}", leaf.of, leaf.part),
    }
}
