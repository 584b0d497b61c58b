//! `handoff read`: what is understood of a message, without leaving a trace.

use super::{read_input, say};
use crate::app::channels;
use crate::app::config::Settings;
use crate::domain::facts::{ClinicalFacts, Reading};
use crate::domain::language::Language;
use crate::domain::wishes::Wishes;
use crate::formats::read::read;
use crate::formats::words::words;
use clap::Args;
use serde_json::Value;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Args)]
pub(super) struct Read {
    /// An HL7 v2 message or a FHIR Bundle; - for standard input.
    file: PathBuf,
    /// One JSON object with everything that was understood.
    #[arg(long)]
    json: bool,
    /// Say of each fact where it was read: segment and field, FHIRPath, XPath.
    #[arg(long)]
    provenance: bool,
    /// Read also what this channel asks for: its site-facts, several patients.
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
}

impl Read {
    /// Fails where a message, or the whole body, could not be read.
    pub(super) fn run(
        &self,
        settings: impl Fn() -> anyhow::Result<Settings>,
    ) -> anyhow::Result<ExitCode> {
        let wishes = match &self.channel {
            Some(name) => channels::named(&channels::load(&settings()?.channels)?, name)?.wishes(),
            None => Wishes::default(),
        };
        let mut reading = read(&read_input(&self.file)?, None, &wishes);
        if !self.provenance {
            let messages = reading.messages.into_iter();
            reading.messages = messages.map(ClinicalFacts::without_places).collect();
        }
        if self.json {
            say(serde_json::to_string_pretty(&reading)?);
        } else {
            show(&reading)?;
        }
        Ok(if reading.problems.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}

fn show(reading: &Reading) -> anyhow::Result<()> {
    for (place, facts) in reading.messages.iter().enumerate() {
        if place > 0 {
            say("");
        }
        show_message(facts);
        show_places("", &serde_json::to_value(facts)?);
    }
    for problem in &reading.problems {
        say(format_args!("cannot read  {problem}"));
    }
    Ok(())
}

/// `conditions[2].code  DG1[3]-3`: every fact that knows where it was read.
fn show_places(path: &str, facts: &Value) {
    let below = |part: &str| match path {
        "" => part.to_owned(),
        path => format!("{path}.{part}"),
    };
    match facts {
        Value::Array(items) => {
            for (nth, item) in items.iter().enumerate() {
                show_places(&format!("{path}[{nth}]"), item);
            }
        }
        Value::Object(members) => {
            let places = members.get("at").and_then(Value::as_object);
            for (part, place) in places.into_iter().flatten() {
                let part = if part == "fact" {
                    path.to_owned()
                } else {
                    below(part)
                };
                say(format_args!(
                    "  {part:<28} {}",
                    place.as_str().unwrap_or_default()
                ));
            }
            let others = members.iter().filter(|(name, _)| *name != "at");
            others.for_each(|(name, value)| show_places(&below(name), value));
        }
        _ => {}
    }
}

fn show_message(facts: &ClinicalFacts) {
    let words = words(Language::En);
    let id = facts.control_id.as_deref().unwrap_or("without an id");
    say(format_args!("{}  {id}", facts.event));
    say(format_args!(
        "  patient      {}",
        words.patient_name(&facts.patient)
    ));
    let born = facts.patient.birth_date.as_ref();
    let born = born.map(|at| words.date(at));
    say(format_args!(
        "  born         {}",
        born.as_deref().unwrap_or("not recorded")
    ));
    if let Some(number) = facts.patient.record_number() {
        say(format_args!("  MRN          {}", number.value));
    }
    if let Some(number) = facts
        .encounter
        .as_ref()
        .and_then(|encounter| encounter.number.as_ref())
    {
        say(format_args!("  visit        {number}"));
    }
    let counts = [
        ("diagnoses", facts.conditions.len()),
        ("allergies", facts.allergies.len()),
        ("medications", facts.medications.len()),
        ("procedures", facts.procedures.len()),
        ("results", facts.results.len()),
        ("documents", facts.documents.len()),
        ("instructions", facts.instructions.len()),
    ];
    for (what, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        say(format_args!("  {what:<12} {count}"));
    }
    for doubt in &facts.doubts {
        say(format_args!("  doubt        {}: {}", doubt.at, doubt.why));
    }
}
