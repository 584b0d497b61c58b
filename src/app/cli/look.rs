//! `handoff read` and `handoff render`: looking, without leaving a trace.

use super::{read_input, say};
use crate::adapters::clock::{Clock, chance};
use crate::adapters::digest::sha256_hex;
use crate::app::brands::Brands;
use crate::app::channels;
use crate::app::config::Settings;
use crate::app::pipeline::{self, RenderedFile};
use crate::domain::facts::{ClinicalFacts, Reading};
use crate::domain::ids::HandoffId;
use crate::domain::language::Language;
use crate::domain::packet::assemble;
use crate::domain::wishes::Wishes;
use crate::formats::pdf::Fonts;
use crate::formats::read::read;
use crate::formats::sheet::Imprint;
use crate::formats::words::words;
use anyhow::{Context, ensure};
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

#[derive(Args)]
pub(super) struct Render {
    /// The channel whose packet is made.
    #[arg(long, value_name = "NAME")]
    channel: String,
    /// An HL7 v2 message or a FHIR Bundle; - for standard input.
    file: PathBuf,
    /// Where to write; a folder, or a file when the channel has one format.
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
}

impl Render {
    pub(super) fn run(&self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let channels = channels::load(&settings.channels)?;
        let channel = channels::named(&channels, &self.channel)?;
        let body = read_input(&self.file)?;
        let facts = self.one_message(&body, &channel.wishes())?;
        if !channel.wants(&facts) {
            let name = channel.name();
            eprintln!(
                "note: the channel {name} does not want {}; rendered all the same",
                facts.event
            );
        }
        let brand = Brands::load(&settings.channels)?.of(channel);
        let organisation = brand.organisation(&settings.organisation);
        let imprint = imprint(
            settings,
            organisation,
            channel.zone_of(&facts.sender),
            &body,
        );
        let packet = assemble(&facts, &channel.packet);
        let rendered = pipeline::render(channel, &packet, &imprint, &brand, &Fonts::embedded())?;
        self.write(&rendered)?;
        Ok(ExitCode::SUCCESS)
    }

    fn one_message(&self, body: &[u8], wishes: &Wishes) -> anyhow::Result<ClinicalFacts> {
        let mut reading = read(body, None, wishes);
        for problem in &reading.problems {
            eprintln!("cannot read {problem}");
        }
        let count = reading.messages.len();
        ensure!(
            count == 1,
            "{} holds {count} readable messages; render takes one",
            self.file.display()
        );
        Ok(reading.messages.remove(0))
    }

    /// Several files go into a folder, which is made where there is none; one
    /// file may be named.
    fn write(&self, rendered: &[RenderedFile]) -> anyhow::Result<()> {
        if rendered.len() > 1 {
            std::fs::create_dir_all(&self.output).with_context(|| {
                format!(
                    "the channel makes {} files: give a folder to -o",
                    rendered.len()
                )
            })?;
        }
        for file in rendered {
            let path = if self.output.is_dir() {
                self.output.join(&file.rendition.file_name)
            } else {
                self.output.clone()
            };
            std::fs::write(&path, &file.bytes)
                .with_context(|| format!("writing {}", path.display()))?;
            say(format_args!(
                "{}  {} bytes",
                path.display(),
                file.bytes.len()
            ));
        }
        Ok(())
    }
}

fn imprint(
    settings: &Settings,
    organisation: &str,
    zone: Option<&jiff::tz::TimeZone>,
    body: &[u8],
) -> Imprint {
    let now = Clock::System.now();
    let id = HandoffId::new(now, &chance());
    Imprint {
        organisation: organisation.to_owned(),
        handoff: id.uuid(),
        ticket: id.ticket(),
        source_sha256: sha256_hex(body),
        created: now.to_zoned_datetime(settings.zone.clone()),
        source_zone: zone.unwrap_or(&settings.zone).clone(),
    }
}
