//! `handoff channels test`: what a channel would do with a message, and why.

use super::channel_named;
use super::columns::Columns;
use super::examine::examine;
use super::tell::tell;
use crate::adapters::clock::Clock;
use crate::app::cli::{read_input, say};
use crate::app::codes;
use crate::app::config::Settings;
use anyhow::Context;
use clap::Args;
use serde_json::Value;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Args)]
#[command(
    after_help = "Nothing is stored, sent or looked up: what an earlier event staged or said is not known here.\n\
Without --values the output holds places (PID-7, OBX[4]-5) and no patient data: it can go into a ticket.\n\
Paths in a CDA document begin below its structuredBody; --json has them whole.\n\n\
Exit status: 0 a packet would be made, 1 none would be (the last heading says why), 2 it could not be tried.\n\n\
\x20 handoff channels test discharge message.hl7\n\
\x20 handoff channels test drafts/discharge.yaml message.hl7 --at 2026-11-23T12:00:00Z"
)]
pub(in crate::app::cli) struct Test {
    /// A channel of the settings, or the file of one.
    #[arg(value_name = "NAME")]
    channel: String,
    /// An HL7 v2 message, a FHIR Bundle or a CDA document; - for standard input.
    file: PathBuf,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
    /// Show the values too. They are patient data.
    #[arg(long)]
    values: bool,
    /// As if it were this time: 2026-11-23T12:00:00Z, or without an offset in the zone of the settings.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
}

impl Test {
    pub(super) fn run(&self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let channel = channel_named(&self.channel, settings)?;
        let now = match &self.at {
            Some(text) => moment(text, &settings.zone)?,
            None => Clock::System.now(),
        };
        let body = read_input(&self.file)?;
        let codes = codes::load(&settings.channels)?;
        let mut examination = examine(&channel, &body, settings, &codes, now);
        if self.json {
            if !self.values {
                let made = examination.messages.iter_mut();
                let made = made.filter_map(|message| message.packet.as_mut());
                let leaves = made.flat_map(|made| &mut made.leaves);
                leaves.for_each(|leaf| leaf.value = Value::Null);
            }
            say(serde_json::to_string_pretty(&examination)?);
        } else {
            let mut out = Columns::for_output();
            tell(&examination, self.values, &mut out);
            say(out.into_text().trim_end());
        }
        Ok(match examination.makes_a_packet() {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        })
    }
}

/// A time as people write it.
fn moment(text: &str, zone: &jiff::tz::TimeZone) -> anyhow::Result<jiff::Timestamp> {
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Ok(moment);
    }
    let civil: jiff::civil::DateTime = text
        .parse()
        .context("--at is a time like 2026-11-23T12:00:00Z")?;
    Ok(zone.to_ambiguous_timestamp(civil).compatible()?)
}
