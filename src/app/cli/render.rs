//! `handoff render`: a channel's packet of a message, or of a sample patient.
//! Nothing is stored or sent.

use super::{read_input, say};
use crate::adapters::clock::{Clock, chance};
use crate::adapters::digest::sha256_hex;
use crate::app::brands::Brands;
use crate::app::config::Settings;
use crate::app::pipeline::{self, RenderedFile};
use crate::app::{channels, codes, fonts};
use crate::domain::channel::{Channel, ChannelFile};
use crate::domain::facts::ClinicalFacts;
use crate::domain::fields::PatientField;
use crate::domain::ids::HandoffId;
use crate::domain::language::Language;
use crate::domain::names::BrandName;
use crate::domain::section::Section;
use crate::domain::wishes::Wishes;
use crate::formats::read::read;
use crate::formats::sheet::Imprint;
use anyhow::{Context, ensure};
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Args)]
#[command(
    after_help = "  handoff render --channel discharge message.hl7 -o packet/\n\
\x20 handoff render --sample --brand riverside --language es\n\
\x20 handoff render --sample --channel discharge -o sample/"
)]
pub(super) struct Render {
    /// The channel whose packet is made; with --sample and without a channel, every section.
    #[arg(long, value_name = "NAME", required_unless_present = "sample")]
    channel: Option<String>,
    /// An HL7 v2 message, a FHIR Bundle or a CDA document; - for standard input.
    #[arg(required_unless_present = "sample", conflicts_with = "sample")]
    file: Option<PathBuf>,
    /// Render an invented patient who has something in every section.
    #[arg(long)]
    sample: bool,
    /// In this language only: en, es, fr, de, pt, zh or ar.
    #[arg(long, value_name = "LANGUAGE", value_parser = language)]
    language: Option<Language>,
    /// In the looks of this brand: a file of brands/ beside the channels.
    #[arg(long, value_name = "NAME", value_parser = |name: &str| BrandName::try_from(name.to_owned()))]
    brand: Option<BrandName>,
    /// Where to write: a folder, or a file when there is one; the folder `sample` for a sample.
    #[arg(
        short,
        long,
        value_name = "OUT",
        required_unless_present = "sample",
        default_value_if("sample", "true", "sample")
    )]
    output: Option<PathBuf>,
}

fn language(tag: &str) -> Result<Language, String> {
    Language::of_tag(tag).ok_or_else(|| {
        let tags: Vec<&str> = Language::ALL.into_iter().map(Language::tag).collect();
        format!("packets are printed in {}", tags.join(", "))
    })
}

impl Render {
    pub(super) fn run(&self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let channel = self.channel(settings)?;
        let (facts, body) = self.facts(&channel.wishes())?;
        if !self.sample && !channel.wants(&facts) {
            let name = channel.name();
            eprintln!(
                "note: the channel {name} does not want {}; rendered all the same",
                facts.event
            );
        }
        let channels = [std::sync::Arc::new(channel)];
        let brands = Brands::load(&settings.channels)?.for_all(&channels)?;
        let [channel] = &channels;
        let brand = brands.of(channel);
        let organisation = brand.organisation(&settings.organisation);
        let zone = channel.zone_of(&facts.sender);
        let imprint = imprint(settings, organisation, zone, &body);
        let verdict = pipeline::verdict_of(&facts, channel, &codes::load(&settings.channels)?);
        if let Some(why) = verdict.why_held() {
            eprintln!("note: such an event waits for a person: {why}; rendered as if approved");
        }
        let packet = pipeline::packet_of(&facts, channel, &verdict);
        let fonts = fonts::load(&settings.fonts)?;
        let rendered = pipeline::render(channel, &packet, &imprint, &brand, &fonts)?;
        write(self.output.as_deref().unwrap_or(Path::new(".")), &rendered)?;
        Ok(ExitCode::SUCCESS)
    }

    /// The channel with the looks and the language that were asked for.
    fn channel(&self, settings: &Settings) -> anyhow::Result<Channel> {
        let mut file = match &self.channel {
            None => everything()?,
            Some(name) => {
                let channels = channels::load(&settings.channels)?;
                ChannelFile::clone(channels::named(&channels, name)?)
            }
        };
        if self.brand.is_some() {
            file.packet.brand.clone_from(&self.brand);
        }
        if let Some(language) = self.language {
            speak(&mut file, language)?;
        }
        Ok(Channel::try_from(file)?)
    }

    fn facts(&self, wishes: &Wishes) -> anyhow::Result<(ClinicalFacts, Vec<u8>)> {
        let Some(file) = &self.file else {
            let facts = ClinicalFacts::sample();
            let source = serde_json::to_vec(&facts)?;
            return Ok((facts, source));
        };
        let body = read_input(file)?;
        let mut reading = read(&body, None, wishes);
        for problem in &reading.problems {
            eprintln!("cannot read {problem}");
        }
        let count = reading.messages.len();
        ensure!(
            count == 1,
            "{} holds {count} readable messages; render takes one",
            file.display()
        );
        Ok((reading.messages.remove(0), body))
    }
}

/// A channel that holds nothing back, for a patient whom nobody is.
fn everything() -> anyhow::Result<ChannelFile> {
    let mut sections = Section::ALL.to_vec();
    // It stands instead of the two that are there already.
    sections.retain(|section| *section != Section::AssessmentAndPlan);
    let file = json!({
        "channel": "sample",
        "owner": "sample@localhost.localdomain",
        "trigger": {"events": ["ADT^A03"]},
        "packet": {
            "kind": "discharge",
            "sections": sections,
            "patient": PatientField::ALL,
            "formats": ["pdf", "fhir-document"],
            "purpose-of-use": "TREAT",
            "sensitive": {"action": "hold", "unlabelled": "map"},
        },
        "return": [{"reply": {}}],
    });
    serde_json::from_value(file).context("the channel of the sample")
}

/// Every reader speaks one language; a channel without readers gets one who does.
fn speak(file: &mut ChannelFile, language: Language) -> anyhow::Result<()> {
    if file.recipients.is_empty() && file.test_recipient.is_none() {
        let reader = json!({"name": "Sample", "email": "sample@localhost.localdomain"});
        file.test_recipient = Some(serde_json::from_value(reader)?);
    }
    let readers = file.recipients.iter_mut().chain(&mut file.test_recipient);
    readers.for_each(|reader| reader.language = language);
    Ok(())
}

/// Several files go into a folder, which is made where there is none; one file
/// may be named.
fn write(output: &Path, rendered: &[RenderedFile]) -> anyhow::Result<()> {
    if rendered.len() > 1 {
        std::fs::create_dir_all(output).with_context(|| {
            let files = rendered.len();
            format!("the channel makes {files} files: give a folder to -o")
        })?;
    }
    for file in rendered {
        let path = match output.is_dir() {
            true => output.join(&file.rendition.file_name),
            false => output.to_owned(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::packet::assemble;

    #[test]
    fn the_sample_is_printed_in_the_one_language_asked_for() {
        let mut file = everything().expect("its keys are fine");
        for language in Language::ALL {
            speak(&mut file, language).expect("there is a reader");
            let channel = Channel::try_from(file.clone()).expect("it makes sense");
            assert_eq!(channel.languages(), [language]);
        }
    }

    #[test]
    fn the_channel_of_the_sample_holds_back_nothing_but_who_pays() {
        let channel = Channel::try_from(everything().expect("its keys are fine"));
        let channel = channel.expect("it makes sense");
        let packet = assemble(&ClinicalFacts::sample(), &channel.packet);
        let why: Vec<&str> = packet.withheld.iter().map(|w| w.why.as_str()).collect();
        assert_eq!(why, ["a guarantor never leaves"]);
        assert_eq!(packet.beyond, []);
    }
}
