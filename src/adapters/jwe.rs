//! Files for a SMART Health Link's receiver: JWE in its compact form, `dir` with
//! `A256GCM` (RFC 7516, RFC 7518 §4.5 and §5.3; SHL STU 1).

use crate::adapters::clock::chance;
use crate::domain::shl::{FHIR_JSON, Secret};
use anyhow::Context;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use std::io::Write;

const TAG: usize = 16;

/// `cty` is the manifest's type, to the letter: receivers compare.
fn header(zipped: bool) -> String {
    let zip = if zipped { r#","zip":"DEF""# } else { "" };
    let json = format!(r#"{{"alg":"dir","enc":"A256GCM","cty":"{FHIR_JSON}"{zip}}}"#);
    URL_SAFE_NO_PAD.encode(json)
}

/// FHIR JSON under the link's key. The key stays the same for the life of a link:
/// each file gets a nonce of its own, from chance. Deflated where that makes it
/// shorter, and never longer than [`longest`] says.
pub fn encrypt(key: &Secret, plaintext: Vec<u8>) -> anyhow::Result<String> {
    let nonce: [u8; NONCE_LEN] = chance();
    let zipped = deflated(&plaintext).context("deflating")?;
    // The header grows by 16 characters, 12 bytes of content.
    let zips = zipped.len() + 12 < plaintext.len();
    let header = header(zips);
    let mut bytes = if zips { zipped } else { plaintext };
    let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.bytes())?);
    let tag = cipher
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(header.as_bytes()),
            &mut bytes,
        )
        .map_err(|_| anyhow::anyhow!("encrypting a file failed"))?;
    let mut jwe = String::with_capacity(header.len() + encoded(bytes.len()) + 64);
    jwe.push_str(&header);
    // `dir`: no encrypted key.
    jwe.push_str("..");
    URL_SAFE_NO_PAD.encode_string(nonce, &mut jwe);
    jwe.push('.');
    URL_SAFE_NO_PAD.encode_string(&bytes, &mut jwe);
    jwe.push('.');
    URL_SAFE_NO_PAD.encode_string(tag.as_ref(), &mut jwe);
    Ok(jwe)
}

/// How long a file can become: known before it is opened.
pub fn longest(plaintext: usize) -> usize {
    header(false).len() + 4 + encoded(NONCE_LEN) + encoded(plaintext) + encoded(TAG)
}

/// Base64 without padding.
fn encoded(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}

/// Raw DEFLATE (RFC 1951): no zlib header, as RFC 7516 §4.1.3 has it.
fn deflated(plaintext: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plaintext)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    /// As a receiver would: header and plaintext.
    fn opened(key: &Secret, jwe: &str) -> Option<(serde_json::Value, Vec<u8>)> {
        let parts: Vec<&str> = jwe.split('.').collect();
        let [header, "", nonce, body, tag] = parts[..] else {
            panic!("not compact")
        };
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        let said: serde_json::Value = serde_json::from_slice(&decode(header)).unwrap();
        let mut bytes = decode(body);
        bytes.extend(decode(tag));
        let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.bytes()).unwrap());
        let nonce = Nonce::try_assume_unique_for_key(&decode(nonce)).unwrap();
        let opened = cipher.open_in_place(nonce, Aad::from(header.as_bytes()), &mut bytes);
        let opened = opened.ok()?.to_vec();
        if said["zip"] != "DEF" {
            return Some((said, opened));
        }
        let mut plain = Vec::new();
        flate2::read::DeflateDecoder::new(&opened[..])
            .read_to_end(&mut plain)
            .unwrap();
        Some((said, plain))
    }

    #[test]
    fn a_file_opens_with_its_key_and_no_other() {
        let key = Secret::new([1; 32]);
        let jwe = encrypt(&key, br#"{"resourceType":"Bundle"}"#.to_vec()).unwrap();
        let (header, plain) = opened(&key, &jwe).unwrap();
        assert_eq!(plain, br#"{"resourceType":"Bundle"}"#);
        assert_eq!(
            header,
            serde_json::json!({"alg": "dir", "enc": "A256GCM", "cty": "application/fhir+json"})
        );
        assert!(opened(&Secret::new([2; 32]), &jwe).is_none());
    }

    #[test]
    fn what_repeats_itself_is_deflated() {
        let key = Secret::new([1; 32]);
        let text = "{\"a\":1}".repeat(1000).into_bytes();
        let jwe = encrypt(&key, text.clone()).unwrap();
        let (header, plain) = opened(&key, &jwe).unwrap();
        assert_eq!(header["zip"], "DEF");
        assert_eq!(plain, text);
        assert!(jwe.len() < 500);
    }

    #[test]
    fn no_file_is_longer_than_was_said_and_no_nonce_comes_twice() {
        let key = Secret::new([1; 32]);
        let mut nonces = std::collections::BTreeSet::new();
        for size in [0, 1, 2, 3, 30, 31, 32, 100, 4096] {
            let noise: Vec<u8> = (0..size).map(|_| chance::<1>()[0]).collect();
            let jwe = encrypt(&key, noise.clone()).unwrap();
            assert_eq!(jwe.len(), longest(size), "noise does not shrink");
            assert_eq!(opened(&key, &jwe).unwrap().1, noise);
            assert!(encrypt(&key, vec![b'a'; size]).unwrap().len() <= longest(size));
            nonces.insert(jwe.split('.').nth(2).unwrap().to_owned());
        }
        assert_eq!(nonces.len(), 9);
    }
}
