//! The root key: where one is given, the key files themselves are wrapped under it, and
//! a copy of the key folder alone opens nothing. It comes from outside the folder: a
//! variable that a secret store fills, or a file of its own.

use super::files::ensure_private;
use crate::adapters::clock::chance;
use anyhow::{Context, ensure};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use std::path::Path;
use zeroize::Zeroizing;

/// 256 bits.
const LENGTH: usize = 32;

pub struct RootKey(Zeroizing<Vec<u8>>);

impl RootKey {
    /// Base64 of 32 bytes, as `openssl rand -base64 32` makes them.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let text = text.trim();
        let bytes = STANDARD
            .decode(text)
            .or_else(|_| URL_SAFE_NO_PAD.decode(text));
        // What it is not, and never what it is.
        let bytes = Zeroizing::new(bytes.ok().context(NOT_ONE)?);
        ensure!(bytes.len() == LENGTH, NOT_ONE);
        Ok(Self(bytes))
    }

    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        ensure_private(path).with_context(|| format!("reading the root key {shown}"))?;
        let text = std::fs::read_to_string(path).map(Zeroizing::new);
        let text = text.with_context(|| format!("reading the root key {shown}"))?;
        Self::parse(&text).with_context(|| shown.to_string())
    }

    /// For one file, by its name: it is no other file's.
    pub(super) fn seal(&self, name: &str, bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
        let nonce: [u8; NONCE_LEN] = chance();
        let mut sealed = bytes.to_vec();
        self.cipher()?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(name.as_bytes()),
                &mut sealed,
            )
            .map_err(|_| anyhow::anyhow!("wrapping a key file failed"))?;
        Ok([&nonce[..], &sealed].concat())
    }

    pub(super) fn open(&self, name: &str, sealed: &[u8]) -> anyhow::Result<Zeroizing<Vec<u8>>> {
        ensure!(sealed.len() > NONCE_LEN, "a key file is damaged");
        let (nonce, sealed) = sealed.split_at(NONCE_LEN);
        let mut bytes = Zeroizing::new(sealed.to_vec());
        let opened = self.cipher()?.open_in_place(
            Nonce::try_assume_unique_for_key(nonce)?,
            Aad::from(name.as_bytes()),
            &mut bytes,
        );
        let length = opened
            .map_err(|_| anyhow::anyhow!("it does not open under this root key"))?
            .len();
        bytes.truncate(length);
        Ok(bytes)
    }

    fn cipher(&self) -> anyhow::Result<LessSafeKey> {
        let key = UnboundKey::new(&AES_256_GCM, &self.0);
        let key = key.map_err(|_| anyhow::anyhow!(NOT_ONE))?;
        Ok(LessSafeKey::new(key))
    }
}

const NOT_ONE: &str = "a root key is 32 bytes in base64; make one with: openssl rand -base64 32";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_key_is_read_however_it_is_encoded_and_never_quoted() {
        let bytes = [0xfb; LENGTH];
        for text in [STANDARD.encode(bytes), URL_SAFE_NO_PAD.encode(bytes) + "\n"] {
            assert_eq!(RootKey::parse(&text).unwrap().0[..], bytes);
        }
        for wrong in ["secret", "c2VjcmV0", ""] {
            let error = RootKey::parse(wrong).err().unwrap().to_string();
            assert!(error.contains("openssl rand"), "{error}");
            assert!(wrong.is_empty() || !error.contains(wrong), "{error}");
        }
    }

    #[test]
    fn what_is_wrapped_for_one_file_is_no_other_files() {
        let root = RootKey::parse(&STANDARD.encode([1; LENGTH])).unwrap();
        let sealed = root.seal("links-1", b"key").unwrap();
        assert_eq!(&root.open("links-1", &sealed).unwrap()[..], b"key");
        assert!(root.open("links-2", &sealed).is_err());
        let other = RootKey::parse(&STANDARD.encode([2; LENGTH])).unwrap();
        assert!(other.open("links-1", &sealed).is_err());
    }
}
