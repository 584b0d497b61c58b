//! Facts to files: the packet in each of the channel's formats. No side effect:
//! `handoff render` calls the same function.

use crate::domain::channel::Channel;
use crate::domain::document::PacketFormat;
use crate::domain::facts::{ClinicalFacts, Doubt};
use crate::domain::packet::assemble;
use crate::formats::fhir;
use crate::formats::pdf::{Fonts, print};
use crate::formats::sheet::{Imprint, sheet};
use anyhow::Context;
use bytes::Bytes;

/// One file of a packet, in the clear: on its way to be sealed.
pub struct Rendered {
    pub format: PacketFormat,
    pub bytes: Bytes,
}

pub fn render(
    channel: &Channel,
    facts: &ClinicalFacts,
    imprint: &Imprint,
    fonts: &Fonts,
) -> anyhow::Result<Vec<Rendered>> {
    let packet = assemble(facts, &channel.packet);
    let file = |format: &PacketFormat| {
        let bytes = match format {
            PacketFormat::Pdf => pdf(&packet, imprint, fonts)?,
            PacketFormat::FhirDocument => {
                fhir::document(&packet, imprint).context("writing the FHIR document")?
            }
        };
        Ok(Rendered {
            format: *format,
            bytes: bytes.into(),
        })
    };
    channel.packet.formats.iter().map(file).collect()
}

fn pdf(
    packet: &crate::domain::packet::Packet,
    imprint: &Imprint,
    fonts: &Fonts,
) -> anyhow::Result<Vec<u8>> {
    let printed = print(&sheet(packet, imprint), fonts).context("printing the PDF")?;
    let printed = if printed.unprintable.is_empty() {
        printed
    } else {
        // The reader must know that some characters stand as their code points.
        let mut doubted = packet.clone();
        let why = "characters without a font are printed as their code points (U+…)";
        doubted.doubts.push(Doubt::new("text", why));
        print(&sheet(&doubted, imprint), fonts).context("printing the PDF")?
    };
    if !printed.validated {
        tracing::error!(
            "a PDF left without passing PDF/UA-1 and PDF/A-2a; this is a bug to report"
        );
    }
    Ok(printed.bytes)
}
