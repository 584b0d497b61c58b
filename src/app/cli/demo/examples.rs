//! The shipped examples, made fresh: a message of last month would be held as
//! a back-load, and one sent twice is one handoff.

use anyhow::Context;
use serde_json::Value;

pub(super) struct Example {
    pub name: &'static str,
    pub content_type: &'static str,
    pub body: Vec<u8>,
}

pub(super) fn all(now: jiff::Timestamp) -> anyhow::Result<Vec<Example>> {
    let v2 = |name, bytes: &[u8]| Example {
        name,
        content_type: "application/hl7-v2",
        body: fresh_v2(bytes, now),
    };
    let fhir = |name, bytes: &[u8]| {
        anyhow::Ok(Example {
            name,
            content_type: "application/fhir+json",
            body: fresh_bundle(bytes, now)?,
        })
    };
    Ok(vec![
        v2(
            "ADT^A03, a discharge (HL7 v2.5.1)",
            include_bytes!("../../../../fixtures/hl7v2/adt_a03_discharge.hl7"),
        ),
        v2(
            "REF^I12, a referral (HL7 v2.5.1)",
            include_bytes!("../../../../fixtures/hl7v2/ref_i12_rich.hl7"),
        ),
        fhir(
            "Bundle/message, a discharge (FHIR R4)",
            include_bytes!("../../../../fixtures/fhir/bundle_message_discharge.json"),
        )?,
        fhir(
            "Bundle/collection, a referral (FHIR R4)",
            include_bytes!("../../../../fixtures/fhir/bundle_collection_referral.json"),
        )?,
        Example {
            name: "18842-5, a discharge summary (CDA, C-CDA)",
            content_type: "application/cda+xml",
            body: fresh_document(
                include_bytes!("../../../../fixtures/cda/discharge_summary.xml"),
                now,
            ),
        },
    ])
}

/// MSH-7 becomes now; the rest stays as it is.
fn fresh_v2(message: &[u8], now: jiff::Timestamp) -> Vec<u8> {
    let text = String::from_utf8_lossy(message);
    let mut fields: Vec<String> = text.splitn(8, '|').map(str::to_owned).collect();
    if let Some(sent) = fields.get_mut(6) {
        *sent = now.strftime("%Y%m%d%H%M%S+0000").to_string();
    }
    fields.join("|").into_bytes()
}

/// The first effectiveTime, which is the document's own, becomes now.
fn fresh_document(document: &[u8], now: jiff::Timestamp) -> Vec<u8> {
    const BEFORE: &str = "<effectiveTime value=\"";
    let text = String::from_utf8_lossy(document);
    let Some((head, (_, tail))) = text
        .split_once(BEFORE)
        .and_then(|(head, rest)| Some((head, rest.split_once('"')?)))
    else {
        return document.to_vec();
    };
    let sent = now.strftime("%Y%m%d%H%M%S+0000");
    format!("{head}{BEFORE}{sent}\"{tail}").into_bytes()
}

fn fresh_bundle(bundle: &[u8], now: jiff::Timestamp) -> anyhow::Result<Vec<u8>> {
    let mut bundle: Value =
        serde_json::from_slice(bundle).context("a shipped example is not JSON")?;
    bundle["timestamp"] = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into();
    Ok(serde_json::to_vec(&bundle)?)
}
