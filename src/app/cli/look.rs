//! `handoff read` and `handoff render`: looking, without leaving a trace.

use super::{read_input, say};
use crate::adapters::clock::{Clock, chance};
use crate::adapters::digest::sha256_hex;
use crate::app::config::Settings;
use crate::app::{channels, pipeline};
use crate::domain::facts::{ClinicalFacts, Reading};
use crate::domain::ids::HandoffId;
use crate::formats::content::{patient_name, shown};
use crate::formats::pdf::Fonts;
use crate::formats::read::read;
use crate::formats::sheet::Imprint;
use anyhow::{Context, bail, ensure};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Args)]
pub(super) struct Read {
    /// An HL7 v2 message or a FHIR Bundle; - for standard input.
    file: PathBuf,
    /// One JSON object with everything that was understood.
    #[arg(long)]
    json: bool,
}

impl Read {
    /// Fails only where nothing at all could be read.
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let reading = read(&read_input(&self.file)?, None);
        if self.json {
            say(serde_json::to_string_pretty(&reading)?);
        } else {
            show(&reading);
        }
        Ok(if reading.messages.is_empty() {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        })
    }
}

fn show(reading: &Reading) {
    for (place, facts) in reading.messages.iter().enumerate() {
        if place > 0 {
            say("");
        }
        show_message(facts);
    }
    for problem in &reading.problems {
        say(format_args!("cannot read  {problem}"));
    }
}

fn show_message(facts: &ClinicalFacts) {
    let id = facts.control_id.as_deref().unwrap_or("without an id");
    say(format_args!("{}  {id}", facts.event));
    say(format_args!(
        "  patient      {}",
        patient_name(&facts.patient)
    ));
    let born = facts.patient.birth_date.as_ref().map(shown);
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
        let reading = read(&body, None);
        for problem in &reading.problems {
            eprintln!("cannot read {problem}");
        }
        let [facts] = &reading.messages[..] else {
            bail!(
                "{} holds {} readable messages; render takes one",
                self.file.display(),
                reading.messages.len()
            );
        };
        if !channel.wants(facts) {
            eprintln!(
                "note: the channel {} does not want {}; rendered all the same",
                channel.name(),
                facts.event
            );
        }
        let now = Clock::System.now();
        let id = HandoffId::new(now, &chance());
        let imprint = Imprint {
            organisation: settings.organisation.clone(),
            handoff: id.uuid(),
            ticket: id.ticket(),
            source_sha256: sha256_hex(&body),
            created: now.to_zoned_datetime(settings.zone.clone()),
        };
        let fonts = Fonts::embedded();
        let rendered = pipeline::render(channel, facts, &imprint, &fonts)?;
        let into_folder = self.output.is_dir();
        ensure!(
            into_folder
                || rendered.len() == 1
                || !self.output.exists() && rendered.len() > 1 && self.output.extension().is_none(),
            "the channel makes {} files: give an existing folder to -o",
            rendered.len(),
        );
        if rendered.len() > 1 {
            std::fs::create_dir_all(&self.output)?;
        }
        for file in rendered {
            let path = if into_folder || self.output.is_dir() {
                self.output.join(file.format.file_name())
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
        Ok(ExitCode::SUCCESS)
    }
}
