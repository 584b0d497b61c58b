//! A packet to files: each of the channel's formats, in each language of its
//! readers. No side effect: `handoff render` calls the same function.

use crate::domain::brand::Brand;
use crate::domain::channel::Channel;
use crate::domain::document::{PacketFormat, Rendition};
use crate::domain::facts::Doubt;
use crate::domain::language::Language;
use crate::domain::packet::Packet;
use crate::formats::content::Edition;
use crate::formats::fhir;
use crate::formats::pdf::{Fonts, print};
use crate::formats::sheet::{Imprint, sheet};
use crate::formats::words::words;
use anyhow::Context;
use bytes::Bytes;

/// One file of a packet, in the clear: on its way to be sealed.
pub struct RenderedFile {
    pub rendition: Rendition,
    pub bytes: Bytes,
}

pub fn render(
    channel: &Channel,
    packet: &Packet,
    imprint: &Imprint,
    brand: &Brand,
    fonts: &Fonts,
) -> anyhow::Result<Vec<RenderedFile>> {
    let languages = channel.languages();
    let edition = |language: Language| Edition {
        words: words(language),
        brand,
    };
    let mut files = Vec::new();
    for format in &channel.packet.formats {
        match format {
            PacketFormat::Pdf => {
                for language in &languages {
                    files.push(RenderedFile {
                        rendition: Rendition::pdf(*language, languages.len() > 1),
                        bytes: pdf(packet, imprint, edition(*language), fonts)?.into(),
                    });
                }
            }
            PacketFormat::FhirDocument => {
                let document = fhir::document(packet, imprint, edition(languages[0]));
                files.push(RenderedFile {
                    rendition: Rendition::fhir(languages[0]),
                    bytes: document.context("writing the FHIR document")?.into(),
                });
            }
            PacketFormat::Original => files.extend(originals(packet)),
        }
    }
    Ok(files)
}

/// The documents of the event, as they came. One that is only pointed at is no
/// file: a pointer is never followed.
fn originals(packet: &Packet) -> impl Iterator<Item = RenderedFile> + '_ {
    let whole = packet.originals.iter().filter(|d| !d.content.is_empty());
    whole.zip(1..).map(|(document, ordinal)| RenderedFile {
        rendition: Rendition::original(ordinal, document.content_type.as_deref()),
        bytes: document.content.clone().into(),
    })
}

fn pdf(
    packet: &Packet,
    imprint: &Imprint,
    edition: Edition<'_>,
    fonts: &Fonts,
) -> anyhow::Result<Vec<u8>> {
    let printed = print(&sheet(packet, imprint, edition), fonts).context("printing the PDF")?;
    let printed = if printed.unprintable.is_empty() {
        printed
    } else {
        // The reader must know that some characters stand as their code points.
        let mut doubted = packet.clone();
        let why = "characters without a font are printed as their code points (U+…)";
        doubted.doubts.push(Doubt::new("text", why));
        print(&sheet(&doubted, imprint, edition), fonts).context("printing the PDF")?
    };
    if !printed.validated {
        tracing::error!(
            "a PDF left without passing PDF/UA-1 and PDF/A-2a; this is a bug to report"
        );
    }
    Ok(printed.bytes)
}
