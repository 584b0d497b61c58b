//! Somebody who was given a SMART Health Link: reads it, asks, decrypts. Written
//! against the standard alone, with nothing of ours.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use std::io::Read;

pub struct Receiver {
    web: Client,
    pub payload: Value,
    pub url: String,
}

impl Receiver {
    pub fn new(web: &Client, link: &str) -> Self {
        let text = link.strip_prefix("shlink:/").expect("one slash");
        let payload: Value = serde_json::from_slice(&decoded(text)).expect("JSON");
        Self {
            web: web.clone(),
            url: payload["url"].as_str().expect("a url").to_owned(),
            payload,
        }
    }

    /// The same with another id.
    pub fn elsewhere(&self, id: &str) -> Self {
        let (before, _) = self.url.rsplit_once('/').unwrap();
        Self {
            web: self.web.clone(),
            payload: self.payload.clone(),
            url: format!("{before}/{id}"),
        }
    }

    pub async fn manifest(&self, passcode: Option<&str>, embedded: Option<u64>) -> Response {
        let mut body = json!({"recipient": "Dr.\u{202e} Test"});
        if let Some(passcode) = passcode {
            body["passcode"] = passcode.into();
        }
        if let Some(most) = embedded {
            body["embeddedLengthMax"] = most.into();
        }
        let asked = self.web.post(&self.url).json(&body);
        asked.send().await.expect("the gateway answers")
    }

    pub async fn embedded(&self, most: u64) -> Value {
        read(self.manifest(None, Some(most)).await).await
    }

    pub async fn locations(&self) -> Vec<String> {
        let manifest = read(self.manifest(None, None).await).await;
        let files = manifest["files"].as_array().expect("files");
        let location = |file: &Value| file["location"].as_str().expect("a location").to_owned();
        files.iter().map(location).collect()
    }

    /// A new manifest's secret with the path of an old location.
    pub async fn location_of(&self, old: &str) -> String {
        let fresh = self.locations().await.remove(0);
        let (path, _) = old.split_once("?t=").unwrap();
        let (_, secret) = fresh.split_once("?t=").unwrap();
        format!("{path}?t={secret}")
    }

    /// The status, and `remainingAttempts` where it was told.
    pub async fn refused(&self, passcode: Option<&str>) -> (u16, Option<i64>) {
        let answer = self.manifest(passcode, None).await;
        let status = answer.status().as_u16();
        let said: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default();
        (status, said["remainingAttempts"].as_i64())
    }

    /// Whether a file of a manifest, embedded or at its location, comes whole.
    pub async fn whole(&self, file: &Value) -> bool {
        if let Some(jwe) = file["embedded"].as_str() {
            return self.opened(jwe).is_object();
        }
        let location = file["location"].as_str().expect("a location");
        let answer = self.web.get(location).send().await.expect("an answer");
        if answer.status() == StatusCode::NOT_FOUND {
            return false;
        }
        self.opened(&answer.text().await.expect("a body"))
            .is_object()
    }

    /// RFC 7516 §5.2.
    pub fn opened(&self, jwe: &str) -> Value {
        let parts: Vec<&str> = jwe.split('.').collect();
        let [header, "", nonce, body, tag] = parts[..] else {
            panic!("not a compact JWE of the kind dir")
        };
        let said: Value = serde_json::from_slice(&decoded(header)).expect("a header");
        assert_eq!(said["alg"], "dir");
        assert_eq!(said["enc"], "A256GCM");
        assert_eq!(said["cty"], "application/fhir+json");
        let key = decoded(self.payload["key"].as_str().expect("a key"));
        let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).unwrap());
        let nonce = Nonce::try_assume_unique_for_key(&decoded(nonce)).expect("96 bits");
        let mut bytes = [decoded(body), decoded(tag)].concat();
        let plain = cipher.open_in_place(nonce, Aad::from(header.as_bytes()), &mut bytes);
        let plain = plain.expect("it opens with the link's key");
        let mut text = Vec::new();
        match said["zip"].as_str() {
            Some("DEF") => {
                flate2::read::DeflateDecoder::new(&*plain)
                    .read_to_end(&mut text)
                    .expect("raw deflate");
            }
            _ => text.extend_from_slice(plain),
        }
        serde_json::from_slice(&text).expect("FHIR JSON")
    }
}

async fn read(answer: Response) -> Value {
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "application/json");
    serde_json::from_str(&answer.text().await.expect("a body")).expect("a manifest")
}

fn decoded(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD
        .decode(text)
        .expect("base64url without padding")
}

/// The bytes of an attachment, which are what it says of them.
pub fn attached(attachment: &Value) -> Vec<u8> {
    let bytes = STANDARD.decode(attachment["data"].as_str().expect("data"));
    let bytes = bytes.expect("base64");
    assert_eq!(attachment["size"], bytes.len());
    let sha1 = digest(&SHA1_FOR_LEGACY_USE_ONLY, &bytes);
    assert_eq!(attachment["hash"], STANDARD.encode(sha1.as_ref()));
    bytes
}
