//! SMART Health Links (STU 1): what a link's payload says, what a receiver may ask
//! for, what a manifest answers. Nothing here encrypts or knows a key's origin.

use crate::domain::document::Rendition;
use crate::domain::language::Language;
use crate::domain::link::LinkFile;
use crate::domain::verify::{SmartHealthLink, Verify};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

/// The only media type of a manifest that we need (STU 1 permits three); a JWE's
/// `cty` is the same, to the letter.
pub const FHIR_JSON: &str = "application/fhir+json";

/// `url` of the payload may not be longer.
const LONGEST_URL: usize = 128;
/// `label` may not be longer, in characters.
const LONGEST_LABEL: usize = 80;
/// What our paths add to the public URL: `/shl/` and 43 characters.
pub const PATH_LENGTH: usize = 5 + 43;
/// The longest public URL under which SMART Health Links can be offered.
pub const LONGEST_PUBLIC_URL: usize = LONGEST_URL - PATH_LENGTH;

/// 256 bits, as their 43 characters: the id in a link's `url`, or its key.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// One that we could have written; anything else is nobody's.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// It opens packets: no log and no panic shows it.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// In which way a link is one: what its flags say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// `L`: what is behind it may be replaced by a correction.
    pub evolving: bool,
    /// `P`: a passcode is asked for.
    pub passcode: bool,
    /// `U`: one file by GET, without a manifest.
    pub direct: bool,
}

impl Offer {
    /// Receivers know a passcode or nothing: a link that asks for something else is
    /// no SMART Health Link, and neither is a direct one that asks for anything.
    pub fn of(verify: Verify, offered: SmartHealthLink, evolving: bool) -> Option<Self> {
        let passcode = match verify {
            Verify::None => false,
            Verify::Passcode => true,
            Verify::BirthDate | Verify::EmailCode => return None,
        };
        let direct = match offered {
            SmartHealthLink::Off => return None,
            SmartHealthLink::Manifest => false,
            SmartHealthLink::Direct => true,
        };
        (!(direct && passcode)).then_some(Self {
            evolving,
            passcode,
            direct,
        })
    }

    /// Single letters in alphabetical order; none where there are none.
    fn flag(self) -> Option<String> {
        let letters = [
            (self.evolving, 'L'),
            (self.passcode, 'P'),
            (self.direct, 'U'),
        ];
        let flag: String = letters
            .iter()
            .filter(|(set, _)| *set)
            .map(|(_, letter)| letter)
            .collect();
        (!flag.is_empty()).then_some(flag)
    }
}

/// What a link's text says to its receiver. Whoever holds it opens the link.
#[derive(Debug, Serialize)]
pub struct ShlPayload {
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    flag: Option<String>,
    key: String,
    /// Epoch seconds; a hint, the store decides.
    exp: i64,
    label: String,
    v: u8,
}

impl ShlPayload {
    /// `url` is where the manifest is; the label names who sends and the ticket,
    /// nothing of the patient: it is readable without the passcode.
    pub fn new(
        url: String,
        key: &Secret,
        offer: Offer,
        expires: jiff::Timestamp,
        label: String,
    ) -> Result<Self, TooLong> {
        if url.len() > LONGEST_URL {
            return Err(TooLong { length: url.len() });
        }
        Ok(Self {
            url,
            flag: offer.flag(),
            key: key.text(),
            exp: expires.as_second(),
            label,
            v: 1,
        })
    }

    /// `shlink:/…`: minified JSON in base64url without padding.
    pub fn link(&self) -> String {
        // A struct of texts and numbers always becomes JSON.
        let json = serde_json::to_string(self).unwrap_or_default();
        format!("shlink:/{}", URL_SAFE_NO_PAD.encode(json))
    }
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a SMART Health Link's url has {length} characters, {LONGEST_URL} are allowed")]
pub struct TooLong {
    length: usize,
}

/// Who sends, and the ticket that the notice carries too.
pub fn label(organisation: &str, ticket: &str) -> String {
    let room = LONGEST_LABEL.saturating_sub(ticket.chars().count() + 2);
    let name: String = organisation
        .chars()
        .filter(|c| !c.is_control())
        .take(room)
        .collect();
    format!("{}, {ticket}", name.trim_end())
}

/// The link as a viewer's page opens it; `viewer` ends in `#`, so that the payload
/// never reaches the viewer's server.
pub fn viewer_form(viewer: &str, link: &str) -> String {
    format!("{viewer}{link}")
}

/// The body of a manifest request.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManifestRequest {
    /// Whom the receiver says to be. A stranger typed it.
    pub recipient: String,
    pub passcode: Option<String>,
    /// The longest file that may stand in the manifest itself, in characters.
    pub embedded_length_max: Option<u64>,
}

impl ManifestRequest {
    /// `None`: not an object with a recipient. What receivers add is ignored.
    pub fn parse(body: &[u8]) -> Option<Self> {
        // A list of the fields would do for serde; an object is asked for.
        let object: Map<String, Value> = serde_json::from_slice(body).ok()?;
        let request: Self = serde_json::from_value(Value::Object(object)).ok()?;
        (!request.recipient.trim().is_empty()).then_some(request)
    }
}

/// What a stranger typed, made fit for a line of the audit: no control or
/// formatting characters, no more than a name needs.
pub fn declared(recipient: &str) -> String {
    const LONGEST: usize = 80;
    // Characters that turn or hide what stands beside them (Unicode Cf, the bidi ones).
    let hides = |c: char| {
        matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
    };
    let kept: String = recipient
        .chars()
        .filter(|c| !hides(*c))
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let words: Vec<&str> = kept.split_whitespace().collect();
    words.join(" ").chars().take(LONGEST).collect()
}

/// The answer to a manifest request.
#[derive(Debug, Serialize)]
pub struct Manifest {
    pub files: Vec<ManifestFile>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ManifestFile {
    content_type: &'static str,
    fhir_version: &'static str,
    status: Status,
    last_updated: String,
    #[serde(flatten)]
    place: Place,
}

/// Where a file is: in the manifest, or behind an address for one fetch.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Place {
    Embedded(String),
    Location(String),
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Status {
    Finalized,
    CanChange,
}

impl ManifestFile {
    pub fn new(place: Place, evolving: bool, updated: jiff::Timestamp) -> Self {
        Self {
            content_type: FHIR_JSON,
            fhir_version: "4.0.1",
            status: if evolving {
                Status::CanChange
            } else {
                Status::Finalized
            },
            last_updated: updated.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            place,
        }
    }
}

/// Whether a file is handed out as it is: the packet's own FHIR document. Anything
/// else is wrapped in a Bundle, since a manifest knows neither PDF nor CDA.
pub fn is_a_bundle(file: &LinkFile) -> bool {
    file.content_type == FHIR_JSON
        && file.file_name == Rendition::fhir(Language::default()).file_name
}

/// The one file of a direct link: the document for people, where there is one.
pub fn direct_file(files: &[LinkFile]) -> Option<&LinkFile> {
    let pdf = files
        .iter()
        .find(|file| file.content_type == "application/pdf");
    pdf.or(files.first())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(offer: Offer) -> ShlPayload {
        let url = format!("https://handoff.example/shl/{}", "A".repeat(43));
        let expires = jiff::Timestamp::from_second(1_796_000_000).unwrap();
        let key = Secret::new([7; 32]);
        ShlPayload::new(url, &key, offer, expires, label("Riverside", "4F7K2M")).unwrap()
    }

    const PLAIN: Offer = Offer {
        evolving: false,
        passcode: false,
        direct: false,
    };

    fn read(link: &str) -> Value {
        let text = link.strip_prefix("shlink:/").expect("one slash");
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
    }

    #[test]
    fn a_payload_is_minified_json_in_base64url() {
        let link = payload(PLAIN).link();
        let said = read(&link);
        assert_eq!(said["key"].as_str().unwrap().len(), 43);
        assert_eq!(said["exp"], 1_796_000_000);
        assert_eq!(said["label"], "Riverside, 4F7K2M");
        assert_eq!(said["v"], 1);
        assert!(said.get("flag").is_none());
        let text = URL_SAFE_NO_PAD.decode(&link[8..]).unwrap();
        assert_eq!(text, serde_json::to_vec(&said).unwrap());
        assert!(!link.contains('='));
    }

    #[test]
    fn flags_stand_in_alphabetical_order() {
        let flag = |evolving, passcode, direct| {
            let offer = Offer {
                evolving,
                passcode,
                direct,
            };
            read(&payload(offer).link())["flag"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(flag(true, true, false), "LP");
        assert_eq!(flag(true, false, true), "LU");
        assert_eq!(flag(false, true, false), "P");
    }

    #[test]
    fn what_receivers_cannot_ask_for_is_not_offered() {
        let offer = |verify, offered| Offer::of(verify, offered, false);
        use SmartHealthLink::{Direct, Manifest, Off};
        assert!(offer(Verify::None, Off).is_none());
        assert!(offer(Verify::BirthDate, Manifest).is_none());
        assert!(offer(Verify::EmailCode, Manifest).is_none());
        // SHL STU 1: a direct file cannot have a passcode.
        assert!(offer(Verify::Passcode, Direct).is_none());
        assert!(offer(Verify::Passcode, Manifest).unwrap().passcode);
        assert!(offer(Verify::None, Direct).unwrap().direct);
    }

    #[test]
    fn no_url_is_longer_than_receivers_take() {
        let url = format!("https://{}/shl/{}", "h".repeat(80), "A".repeat(43));
        let expires = jiff::Timestamp::UNIX_EPOCH;
        let refused = ShlPayload::new(url, &Secret::new([0; 32]), PLAIN, expires, String::new());
        assert_eq!(refused.unwrap_err(), TooLong { length: 136 });
    }

    #[test]
    fn a_label_has_eighty_characters_and_always_the_ticket() {
        let long = label(&"Ä".repeat(200), "4F7K2M");
        assert_eq!(long.chars().count(), 80);
        assert!(long.ends_with(", 4F7K2M"));
    }

    #[test]
    fn a_request_is_an_object_that_says_who_asks() {
        let request = ManifestRequest::parse(
            br#"{"recipient":"Clinic","passcode":"1","embeddedLengthMax":5,"_x":{}}"#,
        );
        let request = request.unwrap();
        assert_eq!(request.recipient, "Clinic");
        assert_eq!(request.passcode.as_deref(), Some("1"));
        assert_eq!(request.embedded_length_max, Some(5));
        for bad in [
            "",
            "[]",
            r#"["Clinic",null,null]"#,
            r#"{"recipient":" "}"#,
            r#"{"passcode":"1"}"#,
            r#"{"recipient":"a","passcode":7}"#,
            r#"{"recipient":"a","embeddedLengthMax":-1}"#,
        ] {
            assert_eq!(ManifestRequest::parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn what_a_stranger_typed_stays_on_one_short_line() {
        assert_eq!(declared(" Dr.\n\u{202e}Who\t\u{0}x "), "Dr. Who x");
        assert_eq!(declared(&"é".repeat(500)).chars().count(), 80);
    }

    #[test]
    fn a_manifest_file_says_its_type_without_parameters() {
        let place = Place::Location("https://handoff.example/x".into());
        let file = ManifestFile::new(place, true, jiff::Timestamp::UNIX_EPOCH);
        assert_eq!(
            serde_json::to_value(file).unwrap(),
            serde_json::json!({
                "contentType": "application/fhir+json",
                "fhirVersion": "4.0.1",
                "status": "can-change",
                "lastUpdated": "1970-01-01T00:00:00Z",
                "location": "https://handoff.example/x",
            })
        );
    }

    #[test]
    fn only_the_thirty_two_bytes_we_write_are_a_secret() {
        let secret = Secret::new([9; 32]);
        assert_eq!(Secret::parse(&secret.text()), Some(secret.clone()));
        assert_eq!(secret.text().len(), 43);
        assert_eq!(Secret::parse("short"), None);
        assert_eq!(Secret::parse(&"A".repeat(44)), None);
        // The last character of 43 holds two spare bits: another spelling is no key.
        assert_eq!(Secret::parse(&format!("{}B", "A".repeat(42))), None);
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}
