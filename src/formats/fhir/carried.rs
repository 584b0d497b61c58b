//! A file of a packet in a Bundle, for receivers that take FHIR alone: SMART Health
//! Links know neither PDF nor CDA. It says of the patient what the packet says.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What is known of a file before it is opened.
pub struct Carried<'a> {
    pub handoff: Uuid,
    /// Its place among the packet's files, from 1.
    pub ordinal: i64,
    pub content_type: &'a str,
    pub size: i64,
    pub made: jiff::Timestamp,
    /// The packet's own DocumentReference, as it is kept.
    pub reference: Option<&'a Value>,
    /// The Patient of the packet's FHIR document.
    pub patient: Option<&'a Value>,
    /// What has to be read before the file: the labels, the notice of 42 CFR 2.32.
    pub notice: &'a [String],
}

/// The text of a Bundle around a file that is still to come.
#[derive(Debug)]
pub struct Wrapping {
    before: String,
    after: String,
}

/// Of the reference only what the packet says too: its numbers (patient, visit,
/// referral) are the source's own, and go back to the source alone.
const COPIED: [&str; 6] = [
    "type",
    "category",
    "date",
    "author",
    "custodian",
    "securityLabel",
];

pub fn carried(of: &Carried<'_>) -> anyhow::Result<Wrapping> {
    let url = |name: &str| Uuid::new_v5(&of.handoff, name.as_bytes()).urn().to_string();
    let patient_url = url("Patient");
    let mut entries = Vec::new();
    if let Some(patient) = of.patient {
        entries.push(json!({"fullUrl": patient_url, "resource": patient}));
    }
    let reference_url = url(&format!("carried/{}", of.ordinal));
    let subject = of.patient.map(|_| patient_url.as_str());
    entries.push(json!({
        "fullUrl": reference_url,
        "resource": document_reference(of, &reference_url, subject),
    }));
    let mut bundle = Map::new();
    bundle.insert("resourceType".into(), "Bundle".into());
    if let Some(labels) = labels(of) {
        bundle.insert("meta".into(), json!({"security": labels}));
    }
    bundle.insert("type".into(), "collection".into());
    bundle.insert("timestamp".into(), instant(of.made).into());
    bundle.insert("entry".into(), entries.into());
    let text = serde_json::to_string(&Value::Object(bundle))?;
    // Nothing else is empty, and inside a text the quotes would be escaped.
    let (before, after) = text
        .split_once(NO_DATA)
        .ok_or_else(|| anyhow::anyhow!("a Bundle without a place for its file"))?;
    Ok(Wrapping {
        before: format!("{before}\"data\":\""),
        after: format!("\"{after}"),
    })
}

const NO_DATA: &str = "\"data\":\"\"";

impl Wrapping {
    /// How long the Bundle will be, in bytes, with a file of so many.
    pub fn length(&self, size: usize) -> usize {
        self.before.len() + size.div_ceil(3) * 4 + self.after.len()
    }

    pub fn around(&self, file: &[u8]) -> Vec<u8> {
        let mut text = String::with_capacity(self.length(file.len()));
        text.push_str(&self.before);
        STANDARD.encode_string(file, &mut text);
        text.push_str(&self.after);
        text.into_bytes()
    }
}

fn document_reference(of: &Carried<'_>, url: &str, subject: Option<&str>) -> Value {
    let mut made = Map::new();
    made.insert("resourceType".into(), "DocumentReference".into());
    // Made from an event that is not for real life: the tag says so.
    if let Some(tag) = of.reference.and_then(|kept| kept.pointer("/meta/tag")) {
        made.insert("meta".into(), json!({"tag": tag}));
    }
    made.insert(
        "identifier".into(),
        json!([{"system": "urn:ietf:rfc:3986", "value": url}]),
    );
    made.insert("status".into(), "current".into());
    if let Some(subject) = subject {
        made.insert("subject".into(), json!({"reference": subject}));
    }
    for key in COPIED {
        if let Some(value) = of.reference.and_then(|kept| kept.get(key)) {
            made.insert(key.into(), value.clone());
        }
    }
    if let Some(description) = description(of) {
        made.insert("description".into(), description.into());
    }
    made.insert("content".into(), json!([content(of)]));
    Value::Object(made)
}

/// The attachment of the kept reference, its bytes in place of its link.
fn content(of: &Carried<'_>) -> Value {
    let place = usize::try_from(of.ordinal - 1).ok();
    let kept = place.and_then(|place| of.reference?.get("content")?.get(place));
    // Only where it is certainly the same file.
    let kept = kept.filter(|kept| {
        kept.pointer("/attachment/size") == Some(&of.size.into())
            && kept.pointer("/attachment/contentType") == Some(&of.content_type.into())
    });
    let mut attachment = Map::new();
    attachment.insert("contentType".into(), of.content_type.into());
    for key in ["language", "hash", "title", "creation"] {
        if let Some(value) = kept.and_then(|kept| kept.pointer(&format!("/attachment/{key}"))) {
            attachment.insert(key.into(), value.clone());
        }
    }
    attachment.insert("size".into(), of.size.into());
    attachment.insert("data".into(), "".into());
    let mut content = Map::new();
    content.insert("attachment".into(), attachment.into());
    if let Some(format) = kept.and_then(|kept| kept.get("format")) {
        content.insert("format".into(), format.clone());
    }
    Value::Object(content)
}

fn description(of: &Carried<'_>) -> Option<String> {
    let kind = of
        .reference
        .and_then(|kept| kept.get("description")?.as_str());
    let said: Vec<&str> = kind
        .into_iter()
        .chain(of.notice.iter().map(String::as_str))
        .collect();
    (!said.is_empty()).then(|| said.join("\n"))
}

/// The Bundle is as confidential as what it holds.
fn labels(of: &Carried<'_>) -> Option<Vec<Value>> {
    let labels = of.reference?.get("securityLabel")?.as_array()?;
    let codings = labels
        .iter()
        .filter_map(|label| label.get("coding")?.as_array())
        .flatten();
    let codings: Vec<Value> = codings.cloned().collect();
    (!codings.is_empty()).then_some(codings)
}

fn instant(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(reference: Option<&'a Value>, patient: Option<&'a Value>) -> Carried<'a> {
        Carried {
            handoff: Uuid::from_u128(7),
            ordinal: 2,
            content_type: "application/pdf",
            size: 4,
            made: jiff::Timestamp::UNIX_EPOCH,
            reference,
            patient,
            notice: &[],
        }
    }

    fn bundle(of: &Carried<'_>) -> Value {
        let wrapping = carried(of).unwrap();
        let text = wrapping.around(b"%PDF");
        assert_eq!(text.len(), wrapping.length(4));
        serde_json::from_slice(&text).unwrap()
    }

    #[test]
    fn a_file_without_a_reference_is_carried_all_the_same() {
        let bundle = bundle(&of(None, None));
        let made = &bundle["entry"][0]["resource"];
        assert_eq!(made["status"], "current");
        assert_eq!(
            made["content"][0]["attachment"],
            json!({"contentType": "application/pdf", "size": 4, "data": "JVBERg=="})
        );
    }

    #[test]
    fn numbers_that_only_the_source_knows_stay_behind() {
        let reference = json!({
            "subject": {"identifier": {"value": "MRN-1"}},
            "context": {"encounter": [{"identifier": {"value": "V-1"}}]},
            "masterIdentifier": {"value": "urn:uuid:1"},
            "type": {"coding": [{"system": "http://loinc.org", "code": "18842-5"}]},
            "securityLabel": [{"coding": [{"code": "R"}]}],
            "description": "Discharge \"data\":\"\" summary",
            "content": [
                {"attachment": {"contentType": "application/pdf", "size": 9, "url": "x", "hash": "no"}},
                {"attachment": {"contentType": "application/pdf", "size": 4, "url": "x", "hash": "yes"}},
            ],
        });
        let patient = json!({"resourceType": "Patient"});
        let bundle = bundle(&of(Some(&reference), Some(&patient)));
        let text = bundle.to_string();
        assert!(!text.contains("MRN-1") && !text.contains("V-1") && !text.contains("url\":\"x"));
        let made = &bundle["entry"][1]["resource"];
        assert_eq!(made["type"], reference["type"]);
        assert_eq!(made["subject"]["reference"], bundle["entry"][0]["fullUrl"]);
        assert_eq!(made["content"][0]["attachment"]["hash"], "yes");
        assert_eq!(made["content"][0]["attachment"]["data"], "JVBERg==");
        assert_eq!(made["description"], reference["description"]);
        assert_eq!(bundle["meta"]["security"], json!([{"code": "R"}]));
    }

    #[test]
    fn an_attachment_of_another_file_lends_nothing() {
        let reference = json!({"content": [{}, {"attachment":
            {"contentType": "application/pdf", "size": 5, "hash": "no"}}]});
        let bundle = bundle(&of(Some(&reference), None));
        let attachment = &bundle["entry"][0]["resource"]["content"][0]["attachment"];
        assert!(attachment.get("hash").is_none());
    }
}
