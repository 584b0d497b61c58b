//! The keys that live outside the database: one a day that wraps data keys
//! (`epochs`), one that hides names in indexes, those that sign links, access
//! tokens and receipts (`signing`). Files of mode 0600 in a folder of mode 0700 (`files`),
//! wrapped under a root key where one is given (`root`).

mod epochs;
mod files;
mod root;
mod signing;

use crate::adapters::clock::{Clock, chance};
use crate::domain::ids::LinkId;
use anyhow::{Context, bail, ensure};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use epochs::Epochs;
use std::path::Path;
use zeroize::{Zeroize, Zeroizing};

pub use epochs::{EPOCH_NAME, ended_at, epoch_of};
pub use files::KeyFolder;
pub use root::RootKey;
pub use signing::{LOOK_EVERY, PUBLISHED, SigningKey, SigningKeys, in_use};

/// One object's own key. It exists in the clear only while the object is
/// being sealed or opened.
pub struct DataKey(pub(super) Zeroizing<[u8; 32]>);

impl DataKey {
    pub fn new() -> Self {
        Self(Zeroizing::new(chance()))
    }
}

impl Default for DataKey {
    fn default() -> Self {
        Self::new()
    }
}

/// Every key of this installation. Of those that sign, a newer one takes over from
/// an older, which still verifies what it signed.
pub struct Keyring {
    epochs: Epochs,
    index: aws_lc_rs::hmac::Key,
    pub links: SigningKeys,
    pub access: SigningKeys,
    pub receipts: SigningKeys,
}

impl Keyring {
    /// Reads the folder, making it and the keys that are missing. A day's sealing
    /// key is made when something is first sealed on it.
    pub fn open(folder: impl Into<KeyFolder>, clock: &Clock) -> anyhow::Result<Self> {
        let folder = &folder.into();
        folder.make()?;
        folder.cover()?;
        let now = clock.now();
        let epochs = Epochs::open(folder, clock.clone())?;
        Ok(Self {
            epochs,
            index: index_key(folder, now)?,
            links: SigningKeys::open(folder, "links", now)?,
            access: SigningKeys::open(folder, "access", now)?,
            receipts: SigningKeys::open(folder, "receipts", now)?,
        })
    }

    /// Begins a new epoch: from now on things are sealed under its key, here at once,
    /// in other processes within [`LOOK_EVERY`].
    pub fn begin_epoch(&self) -> anyhow::Result<String> {
        Ok(self.epochs.begin()?.id.clone())
    }

    /// The epoch under which things are sealed now.
    pub fn current_epoch(&self) -> anyhow::Result<String> {
        Ok(self.epochs.current()?.id.clone())
    }

    /// Every epoch whose key is there.
    pub fn all_epochs(&self) -> anyhow::Result<Vec<String>> {
        self.epochs.all()
    }

    /// The same under the current epoch's key: a wrapped key, or a record with its
    /// own. What is sealed does not change, only the key around its key.
    pub fn rewrap(&self, sealed: &str, context: &str) -> anyhow::Result<String> {
        let (wrapped, body) = match sealed.split_once('~') {
            Some((wrapped, body)) => (wrapped, Some(body)),
            None => (sealed, None),
        };
        let again = self.wrap(&self.unwrap(wrapped, context)?, context)?;
        Ok(match body {
            Some(body) => format!("{again}~{body}"),
            None => again,
        })
    }

    /// Epochs whose day was over this long ago: candidates for destruction.
    pub fn epochs_over(&self, since: jiff::SignedDuration) -> anyhow::Result<Vec<String>> {
        self.epochs.over(since)
    }

    /// Whether the key folder holds it.
    pub fn has_epoch(&self, id: &str) -> bool {
        self.epochs.has(id)
    }

    /// Nothing that was wrapped under it opens again, here or from any backup that
    /// holds no key.
    pub fn destroy_epoch(&self, id: &str) -> anyhow::Result<()> {
        self.epochs.destroy(id)
    }

    /// A name by which the database finds what is about a patient or a visit,
    /// and from which nobody without the key can tell whom: hex of HMAC-SHA256.
    /// Each part goes in with its length: no two names share a hash.
    pub fn index(&self, parts: &[String]) -> String {
        let tag = self.derive(parts);
        tag.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The bytes of such a name. They serve as a secret, too, that need not be kept.
    pub fn derive(&self, parts: &[String]) -> [u8; 32] {
        let mut context = aws_lc_rs::hmac::Context::with_key(&self.index);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        let mut derived = [0; 32];
        // SHA-256 has 32 bytes.
        derived.copy_from_slice(context.sign().as_ref());
        derived
    }

    /// What is kept of the answer that opens a link: it says nothing without the
    /// key, and nothing about another link with the same answer.
    pub fn answer(&self, link: &LinkId, answer: &str) -> String {
        self.index(&["answer".into(), link.to_string(), answer.into()])
    }

    /// Wraps a data key for one purpose: `context` (an object's key, a
    /// record's name) must be the same when it is unwrapped.
    pub fn wrap(&self, data_key: &DataKey, context: &str) -> anyhow::Result<String> {
        let current = self.epochs.current()?;
        let nonce: [u8; NONCE_LEN] = chance();
        let mut wrapped = data_key.0.to_vec();
        current
            .cipher()?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(context.as_bytes()),
                &mut wrapped,
            )
            .map_err(|_| anyhow::anyhow!("wrapping a data key failed"))?;
        let mut bytes = nonce.to_vec();
        bytes.extend(wrapped);
        Ok(format!(
            "{WRAP_VERSION}.{}.{}",
            current.id,
            URL_SAFE_NO_PAD.encode(bytes)
        ))
    }

    pub fn unwrap(&self, wrapped: &str, context: &str) -> anyhow::Result<DataKey> {
        let mut parts = wrapped.split('.');
        let (Some(WRAP_VERSION), Some(id), Some(text), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            bail!("a wrapped key is not in a form this version knows");
        };
        let epoch = self.epochs.of(id)?;
        let mut bytes = URL_SAFE_NO_PAD
            .decode(text)
            .context("a wrapped key is damaged")?;
        ensure!(bytes.len() > NONCE_LEN, "a wrapped key is damaged");
        let mut sealed = bytes.split_off(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(&bytes)?;
        let opened = epoch
            .cipher()?
            .open_in_place(nonce, Aad::from(context.as_bytes()), &mut sealed)
            .map_err(|_| {
                anyhow::anyhow!("a wrapped key does not open: damaged, or another object's")
            })?;
        let data_key =
            <[u8; 32]>::try_from(&*opened).context("a wrapped key has the wrong length")?;
        sealed.zeroize();
        Ok(DataKey(Zeroizing::new(data_key)))
    }

    /// Seals a small record (a DocumentReference) for the database, under a
    /// data key of its own.
    pub fn seal_record(&self, context: &str, plaintext: &[u8]) -> anyhow::Result<String> {
        let data_key = DataKey::new();
        let wrapped = self.wrap(&data_key, context)?;
        let mut bytes = plaintext.to_vec();
        // The key seals this one record and nothing else: a fixed nonce is unique.
        record_key(&data_key)?
            .seal_in_place_append_tag(zero_nonce(), Aad::from(context.as_bytes()), &mut bytes)
            .map_err(|_| anyhow::anyhow!("sealing a record failed"))?;
        Ok(format!("{wrapped}~{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    pub fn open_record(&self, context: &str, sealed: &str) -> anyhow::Result<Zeroizing<Vec<u8>>> {
        let (wrapped, body) = sealed
            .split_once('~')
            .context("a sealed record is damaged")?;
        let data_key = self.unwrap(wrapped, context)?;
        let mut bytes = URL_SAFE_NO_PAD
            .decode(body)
            .context("a sealed record is damaged")?;
        let opened = record_key(&data_key)?
            .open_in_place(zero_nonce(), Aad::from(context.as_bytes()), &mut bytes)
            .map_err(|_| anyhow::anyhow!("a sealed record does not open"))?
            .len();
        bytes.truncate(opened);
        Ok(Zeroizing::new(bytes))
    }
}

/// Changing what follows a version makes stored keys unreadable.
const WRAP_VERSION: &str = "w1";

/// Where the body of a sealed record begins, counted from 1 as SQL does: version,
/// epoch and 60 wrapped bytes in base64 come before it. And how much of it tells it
/// from every other: 128 bits.
const BODY_AT: usize = WRAP_VERSION.len() + 1 + EPOCH_NAME + 1 + 80 + 1 + 1;
const MARK: usize = 22;

/// What tells a sealed record from every other, also from one of the same name. It
/// stays when the record is put under another epoch's key.
pub fn mark_of(sealed: &str) -> &str {
    sealed
        .get(BODY_AT - 1..BODY_AT - 1 + MARK)
        .unwrap_or_default()
}

fn zero_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

fn record_key(data_key: &DataKey) -> anyhow::Result<LessSafeKey> {
    Ok(LessSafeKey::new(UnboundKey::new(
        &AES_256_GCM,
        &data_key.0[..],
    )?))
}

/// Whether others can read the folder or a file in it, said with what to do about
/// it; how many files there are.
pub fn all_private(folder: &Path) -> anyhow::Result<usize> {
    epochs::all_private(folder)
}

/// What hides names in indexes. There is one: another would find nothing of what was
/// written before.
fn index_key(folder: &KeyFolder, now: jiff::Timestamp) -> anyhow::Result<aws_lc_rs::hmac::Key> {
    let name = || format!("index-{}-00000000", now.strftime("%Y%m%d"));
    let make = || Ok(Zeroizing::new(chance::<32>().to_vec()));
    folder.first("index", name, make)?;
    let path = folder.list("index")?.pop().context("no index key")?;
    let (_, bytes) = folder.read(&path)?;
    Ok(aws_lc_rs::hmac::Key::new(
        aws_lc_rs::hmac::HMAC_SHA256,
        &bytes,
    ))
}

#[cfg(test)]
mod tests;
