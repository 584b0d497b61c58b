//! The sealed form of an object: AES-256-GCM in segments of 64 KiB, so that
//! memory stays flat and a range can be opened without the whole.
//!
//! ```text
//! header   "HNDF" version log2(segment) nonce-prefix(7) 0 0 0        16 bytes
//! segment  ciphertext (64 KiB, the last one shorter) tag(16)
//! nonce    nonce-prefix(7) segment-number(4, big-endian) last(1)     STREAM
//! AAD      header ‖ object key
//! ```
//!
//! The last segment is marked inside its nonce: an object that was cut short
//! does not open. The object key in the AAD keeps one object's bytes from
//! being served as another's.

use crate::adapters::clock::chance;
use crate::adapters::keyring::DataKey;
use anyhow::ensure;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{Buf, Bytes, BytesMut};

const MAGIC: &[u8; 4] = b"HNDF";
/// Changing this, or anything below it, makes stored packets unreadable.
const VERSION: u8 = 1;
pub const HEADER: usize = 16;
pub const TAG: usize = 16;
/// 64 KiB: aws-lc's AES-GCM is at full speed from 16 KiB on, and a browser's
/// first read is not held up.
const SEGMENT_LOG2: u8 = 16;
pub const SEGMENT: usize = 1 << SEGMENT_LOG2;

/// What the plaintext was, learnt while it was sealed: it is read once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digests {
    pub size: i64,
    /// Base64 of the raw 20 bytes: Attachment.hash of FHIR R4.
    pub sha1: String,
    /// Hex.
    pub sha256: String,
}

/// The segment that holds a byte of the plaintext, and where it begins in the
/// sealed object.
pub fn segment_of(byte: u64) -> anyhow::Result<(u32, u64)> {
    let segment = byte / SEGMENT as u64;
    let begins = HEADER as u64 + segment * (SEGMENT + TAG) as u64;
    Ok((u32::try_from(segment)?, begins))
}

struct Segments {
    key: LessSafeKey,
    prefix: [u8; 7],
    aad: Vec<u8>,
    number: u32,
}

impl Segments {
    fn new(data_key: &DataKey, header: &[u8; HEADER], object: &str) -> anyhow::Result<Self> {
        let mut prefix = [0; 7];
        prefix.copy_from_slice(&header[6..13]);
        let mut aad = header.to_vec();
        aad.extend(object.as_bytes());
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &data_key.0[..])?);
        Ok(Self {
            key,
            prefix,
            aad,
            number: 0,
        })
    }

    fn next_nonce(&mut self, last: bool) -> anyhow::Result<Nonce> {
        let mut nonce = [0; 12];
        nonce[..7].copy_from_slice(&self.prefix);
        nonce[7..11].copy_from_slice(&self.number.to_be_bytes());
        nonce[11] = u8::from(last);
        let next = self.number.checked_add(1);
        self.number = next.ok_or_else(|| anyhow::anyhow!("an object is longer than 256 TiB"))?;
        Ok(Nonce::assume_unique_for_key(nonce))
    }
}

/// Takes plaintext in pieces of any size, gives sealed bytes back.
pub struct Sealer {
    segments: Segments,
    pending: BytesMut,
    header: Option<[u8; HEADER]>,
    size: u64,
    sha1: digest::Context,
    sha256: digest::Context,
}

impl Sealer {
    pub fn new(data_key: &DataKey, object: &str) -> anyhow::Result<Self> {
        let mut header = [0; HEADER];
        header[..4].copy_from_slice(MAGIC);
        header[4] = VERSION;
        header[5] = SEGMENT_LOG2;
        header[6..13].copy_from_slice(&chance::<7>());
        Ok(Self {
            segments: Segments::new(data_key, &header, object)?,
            pending: BytesMut::new(),
            header: Some(header),
            size: 0,
            sha1: digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY),
            sha256: digest::Context::new(&digest::SHA256),
        })
    }

    /// Sealed bytes that are ready; often none, until a segment is full.
    pub fn push(&mut self, plaintext: &[u8]) -> anyhow::Result<Bytes> {
        self.size += plaintext.len() as u64;
        self.sha1.update(plaintext);
        self.sha256.update(plaintext);
        self.pending.extend_from_slice(plaintext);
        let mut out = BytesMut::new();
        out.extend_from_slice(self.header.take().as_ref().map_or(&[][..], |h| &h[..]));
        // The last segment is only known at the end: one byte must follow.
        while self.pending.len() > SEGMENT {
            let segment = self.pending.split_to(SEGMENT);
            self.seal(&segment, false, &mut out)?;
        }
        Ok(out.freeze())
    }

    pub fn finish(mut self) -> anyhow::Result<(Bytes, Digests)> {
        let mut out = BytesMut::new();
        out.extend_from_slice(self.header.take().as_ref().map_or(&[][..], |h| &h[..]));
        let segment = self.pending.split();
        self.seal(&segment, true, &mut out)?;
        let sha256 = self.sha256.finish();
        let digests = Digests {
            size: i64::try_from(self.size)?,
            sha1: STANDARD.encode(self.sha1.finish()),
            sha256: sha256
                .as_ref()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        };
        Ok((out.freeze(), digests))
    }

    fn seal(&mut self, segment: &[u8], last: bool, out: &mut BytesMut) -> anyhow::Result<()> {
        let nonce = self.segments.next_nonce(last)?;
        let start = out.len();
        out.extend_from_slice(segment);
        let aad = Aad::from(&self.segments.aad);
        let tag = self
            .segments
            .key
            .seal_in_place_separate_tag(nonce, aad, &mut out[start..]);
        let tag = tag.map_err(|_| anyhow::anyhow!("sealing a segment failed"))?;
        out.extend_from_slice(tag.as_ref());
        Ok(())
    }
}

/// The stored bytes are not what we sealed: changed, cut short or swapped.
#[derive(Debug, thiserror::Error)]
#[error(
    "the stored object failed its integrity check at segment {segment}: it was changed, cut short or swapped"
)]
pub struct Tampered {
    pub segment: u32,
}

/// Takes sealed bytes in pieces of any size, gives plaintext back.
pub struct Opener {
    data_key: DataKey,
    object: String,
    segments: Option<Segments>,
    pending: BytesMut,
}

impl Opener {
    pub fn new(data_key: DataKey, object: &str) -> Self {
        Self {
            data_key,
            object: object.to_owned(),
            segments: None,
            pending: BytesMut::new(),
        }
    }

    /// For sealed bytes that begin at a later segment; the header was read apart.
    pub fn at(
        data_key: DataKey,
        object: &str,
        header: &[u8],
        segment: u32,
    ) -> anyhow::Result<Self> {
        let mut opener = Self::new(data_key, object);
        opener.pending.extend_from_slice(header);
        opener.read_header()?;
        let segments = opener.segments.as_mut();
        segments.ok_or(Tampered { segment: 0 })?.number = segment;
        Ok(opener)
    }

    /// What of it can be opened already. Bytes that nobody else holds are opened
    /// where they lie.
    pub fn push(&mut self, sealed: Bytes) -> anyhow::Result<Bytes> {
        let mut out = BytesMut::new();
        // Something follows the segment that was held back: it is not the last.
        if self.pending.len() == SEGMENT + TAG && !sealed.is_empty() && self.segments.is_some() {
            let segment = self.pending.split();
            out = self.open(segment, false)?;
        }
        if self.pending.is_empty() {
            self.pending = BytesMut::from(sealed);
        } else {
            self.pending.extend_from_slice(&sealed);
        }
        self.read_header()?;
        while self.segments.is_some() && self.pending.len() > SEGMENT + TAG {
            let segment = self.pending.split_to(SEGMENT + TAG);
            let opened = self.open(segment, false)?;
            // The usual case is one: joining costs a copy.
            match out.is_empty() {
                true => out = opened,
                false => out.extend_from_slice(&opened),
            }
        }
        Ok(out.freeze())
    }

    pub fn finish(mut self) -> anyhow::Result<Bytes> {
        ensure!(self.segments.is_some(), Tampered { segment: 0 });
        let segment = self.pending.split();
        Ok(self.open(segment, true)?.freeze())
    }

    fn read_header(&mut self) -> anyhow::Result<()> {
        if self.segments.is_some() || self.pending.len() < HEADER {
            return Ok(());
        }
        let mut header = [0; HEADER];
        self.pending.copy_to_slice(&mut header);
        let ours = &header[..4] == MAGIC && header[5] == SEGMENT_LOG2 && header[13..] == [0; 3];
        ensure!(ours && header[4] == VERSION, Tampered { segment: 0 });
        self.segments = Some(Segments::new(&self.data_key, &header, &self.object)?);
        Ok(())
    }

    fn open(&mut self, mut segment: BytesMut, last: bool) -> anyhow::Result<BytesMut> {
        let Some(segments) = &mut self.segments else {
            anyhow::bail!(Tampered { segment: 0 });
        };
        let number = segments.number;
        let nonce = segments.next_nonce(last)?;
        let aad = Aad::from(&segments.aad);
        let opened = segments.key.open_in_place(nonce, aad, &mut segment);
        let length = opened.map_err(|_| Tampered { segment: number })?.len();
        segment.truncate(length);
        Ok(segment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    fn key(byte: u8) -> DataKey {
        DataKey(Zeroizing::new([byte; 32]))
    }

    fn seal(plaintext: &[u8], pieces: usize) -> (Vec<u8>, Digests) {
        let mut sealer = Sealer::new(&key(1), "object").unwrap();
        let mut sealed = Vec::new();
        for piece in plaintext.chunks(pieces.max(1)) {
            sealed.extend(sealer.push(piece).unwrap());
        }
        let (rest, digests) = sealer.finish().unwrap();
        sealed.extend(rest);
        (sealed, digests)
    }

    fn open(
        sealed: &[u8],
        data_key: DataKey,
        object: &str,
        pieces: usize,
    ) -> anyhow::Result<Vec<u8>> {
        let mut opener = Opener::new(data_key, object);
        let mut plain = Vec::new();
        for piece in sealed.chunks(pieces.max(1)) {
            plain.extend(opener.push(Bytes::copy_from_slice(piece))?);
        }
        plain.extend(opener.finish()?);
        Ok(plain)
    }

    #[test]
    fn every_length_comes_back_whatever_the_pieces() {
        for length in [
            0,
            1,
            100,
            SEGMENT - 1,
            SEGMENT,
            SEGMENT + 1,
            3 * SEGMENT,
            200_000,
        ] {
            let plain: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
            for pieces in [777, SEGMENT, 1_000_000] {
                let (sealed, digests) = seal(&plain, pieces);
                assert_eq!(digests.size, length as i64);
                assert_eq!(open(&sealed, key(1), "object", pieces + 13).unwrap(), plain);
            }
        }
    }

    #[test]
    fn digests_are_those_of_the_plaintext() {
        let (_, digests) = seal(b"abc", 1);
        assert_eq!(digests.sha1, "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=");
        assert!(digests.sha256.starts_with("ba7816bf8f01cfea"));
    }

    #[test]
    fn the_same_plaintext_is_sealed_differently_each_time() {
        assert_ne!(seal(b"abc", 3).0, seal(b"abc", 3).0);
    }

    #[test]
    fn a_flipped_bit_anywhere_is_found() {
        let plain = vec![7; SEGMENT + 50];
        let (sealed, _) = seal(&plain, SEGMENT);
        for place in (0..sealed.len()).step_by(997).chain([sealed.len() - 1]) {
            let mut flipped = sealed.clone();
            flipped[place] ^= 1;
            assert!(
                open(&flipped, key(1), "object", SEGMENT).is_err(),
                "byte {place}"
            );
        }
    }

    #[test]
    fn a_part_opens_without_what_is_before_it() {
        let plain: Vec<u8> = (0..3 * SEGMENT + 70).map(|i| (i % 251) as u8).collect();
        let (sealed, _) = seal(&plain, 1000);
        for byte in [SEGMENT, SEGMENT + 5, 3 * SEGMENT, 3 * SEGMENT + 69] {
            let (segment, begins) = segment_of(byte as u64).unwrap();
            let open = |segment| -> anyhow::Result<Vec<u8>> {
                let mut opener = Opener::at(key(1), "object", &sealed[..HEADER], segment)?;
                let rest = Bytes::copy_from_slice(&sealed[begins as usize..]);
                let mut opened = opener.push(rest)?.to_vec();
                opened.extend(opener.finish()?);
                Ok(opened)
            };
            assert_eq!(open(segment).unwrap(), plain[segment as usize * SEGMENT..]);
            // A segment in another's place does not open.
            assert!(open(segment + 1).is_err() && open(segment - 1).is_err());
        }
        assert!(Opener::at(key(1), "object", &sealed[..HEADER - 1], 1).is_err());
    }

    #[test]
    fn cut_short_swapped_or_opened_with_another_key_it_stays_closed() {
        let (sealed, _) = seal(&vec![7; 2 * SEGMENT], SEGMENT);
        for cut in [0, 10, HEADER, HEADER + SEGMENT + TAG, sealed.len() - 1] {
            assert!(
                open(&sealed[..cut], key(1), "object", SEGMENT).is_err(),
                "cut at {cut}"
            );
        }
        assert!(open(&sealed, key(2), "object", SEGMENT).is_err());
        assert!(open(&sealed, key(1), "another", SEGMENT).is_err());
    }
}
