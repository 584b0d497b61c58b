//! The keys that live outside the database: one that wraps data keys, one
//! that hides names in indexes, one that signs links, one that signs access
//! tokens. Files of mode 0600 in a
//! folder of mode 0700, made at the first start.

use crate::adapters::clock::chance;
use crate::domain::ids::LinkId;
use anyhow::{Context, bail, ensure};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use zeroize::{Zeroize, Zeroizing};

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

/// An Ed25519 key pair with the name (`kid`) that its tokens carry.
pub struct SigningKey {
    pub id: String,
    pub pkcs8: Zeroizing<Vec<u8>>,
}

struct KeyEncryptionKey {
    id: String,
    key: LessSafeKey,
}

/// Every key of this installation. The last of each kind, by name, is the one
/// in use; older ones still open what they closed.
pub struct Keyring {
    sealing: Vec<KeyEncryptionKey>,
    index: aws_lc_rs::hmac::Key,
    pub links: Vec<SigningKey>,
    pub access: Vec<SigningKey>,
}

impl Keyring {
    /// Reads the folder, making it and the keys that are missing.
    pub fn open(folder: &Path, now: jiff::Timestamp) -> anyhow::Result<Self> {
        let shown = folder.display();
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("making the key folder {shown}"))?;
        ensure_private(folder)?;
        let name = |kind: &str| {
            let tail: String = chance::<4>().iter().map(|b| format!("{b:02x}")).collect();
            format!("{kind}-{}-{tail}", now.strftime("%Y%m%d"))
        };
        let pair = || {
            Ok(Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new())?
                .as_ref()
                .to_vec())
        };
        let sealing = load(folder, "sealing", name, || Ok(chance::<32>().to_vec()))?;
        let sealing = sealing
            .into_iter()
            .map(wrapping_key)
            .collect::<anyhow::Result<_>>()?;
        let index = load(folder, "index", name, || Ok(chance::<32>().to_vec()))?;
        let (_, index) = index.last().context("no index key")?;
        let index = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, index);
        let links = signing_keys(load(folder, "links", name, pair)?);
        let access = signing_keys(load(folder, "access", name, pair)?);
        Ok(Self {
            sealing,
            index,
            links,
            access,
        })
    }

    /// A name by which the database finds what is about a patient or a visit,
    /// and from which nobody without the key can tell whom: hex of HMAC-SHA256.
    /// Each part goes in with its length: no two names share a hash.
    pub fn index(&self, parts: &[String]) -> String {
        let mut context = aws_lc_rs::hmac::Context::with_key(&self.index);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        let tag = context.sign();
        tag.as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// What is kept of the answer that opens a link: it says nothing without the
    /// key, and nothing about another link with the same answer.
    pub fn answer(&self, link: &LinkId, answer: &str) -> String {
        self.index(&["answer".into(), link.to_string(), answer.into()])
    }

    /// Wraps a data key for one purpose: `context` (an object's key, a
    /// record's name) must be the same when it is unwrapped.
    pub fn wrap(&self, data_key: &DataKey, context: &str) -> anyhow::Result<String> {
        let current = self.sealing.last().context("no sealing key")?;
        let nonce: [u8; NONCE_LEN] = chance();
        let mut wrapped = data_key.0.to_vec();
        current
            .key
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
        let key = self.sealing.iter().find(|key| key.id == id);
        let key = key.with_context(|| format!("the key file {id}.key is not in the key folder"))?;
        let mut bytes = URL_SAFE_NO_PAD
            .decode(text)
            .context("a wrapped key is damaged")?;
        ensure!(bytes.len() > NONCE_LEN, "a wrapped key is damaged");
        let mut sealed = bytes.split_off(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(&bytes)?;
        let opened = key
            .key
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

fn zero_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

fn record_key(data_key: &DataKey) -> anyhow::Result<LessSafeKey> {
    Ok(LessSafeKey::new(UnboundKey::new(
        &AES_256_GCM,
        &data_key.0[..],
    )?))
}

fn wrapping_key((id, bytes): (String, Zeroizing<Vec<u8>>)) -> anyhow::Result<KeyEncryptionKey> {
    let key = UnboundKey::new(&AES_256_GCM, &bytes);
    let key = key.map_err(|_| anyhow::anyhow!("{id}.key does not hold a 256-bit key"))?;
    Ok(KeyEncryptionKey {
        id,
        key: LessSafeKey::new(key),
    })
}

fn signing_keys(files: Vec<(String, Zeroizing<Vec<u8>>)>) -> Vec<SigningKey> {
    files
        .into_iter()
        .map(|(id, pkcs8)| SigningKey { id, pkcs8 })
        .collect()
}

/// All key files of one kind by name, after making the first where none is.
fn load(
    folder: &Path,
    kind: &str,
    name: impl Fn(&str) -> String,
    make: impl Fn() -> anyhow::Result<Vec<u8>>,
) -> anyhow::Result<Vec<(String, Zeroizing<Vec<u8>>)>> {
    let mut found = list(folder, kind)?;
    if found.is_empty() {
        let bytes = Zeroizing::new(make().context("making a key")?);
        write_first(folder, kind, &name(kind), &bytes)?;
        found = list(folder, kind)?;
    }
    let read = |path: PathBuf| {
        ensure_private(&path)?;
        let text = Zeroizing::new(fs::read_to_string(&path)?);
        let id = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let bytes = URL_SAFE_NO_PAD.decode(text.trim());
        let bytes = bytes.with_context(|| format!("{} is not a key file", path.display()))?;
        Ok((id, Zeroizing::new(bytes)))
    };
    found.into_iter().map(read).collect()
}

fn list(folder: &Path, kind: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.starts_with(&format!("{kind}-")) && name.ends_with(".key") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Two processes that start at once must agree on one key: the file is written
/// beside, then claimed by linking it to a lock name that only one can take.
fn write_first(folder: &Path, kind: &str, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes));
    let draft = folder.join(format!(".{name}.draft"));
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    let first = folder.join(format!("{kind}-00000000-first.lock"));
    let won = fs::hard_link(&draft, &first).is_ok();
    if won && list(folder, kind)?.is_empty() {
        fs::rename(&draft, folder.join(format!("{name}.key")))?;
        fs::remove_file(&first)?;
    } else if won {
        // Another process made one between our look and our lock.
        fs::remove_file(&draft)?;
        fs::remove_file(&first)?;
    } else {
        fs::remove_file(&draft)?;
        wait_for(folder, kind)?;
    }
    fs::File::open(folder)?.sync_all()?;
    Ok(())
}

fn wait_for(folder: &Path, kind: &str) -> anyhow::Result<()> {
    for _ in 0..100 {
        if !list(folder, kind)?.is_empty() {
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    bail!(
        "another process began to make the first {kind} key in {} and did not finish; remove {kind}-00000000-first.lock there and start again",
        folder.display()
    )
}

fn ensure_private(path: &Path) -> anyhow::Result<()> {
    let mode = fs::metadata(path)?.permissions().mode();
    ensure!(
        mode & 0o077 == 0,
        "{} can be read by others (mode {:o}); run: chmod go= '{0}'",
        path.display(),
        mode & 0o777,
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring() -> (tempfile::TempDir, Keyring) {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keyring::open(&folder.path().join("keys"), jiff::Timestamp::UNIX_EPOCH).unwrap();
        (folder, keys)
    }

    #[test]
    fn keys_are_made_once_and_private() {
        let (folder, _) = keyring();
        let path = folder.path().join("keys");
        let before = list(&path, "sealing").unwrap();
        Keyring::open(&path, jiff::Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(list(&path, "sealing").unwrap(), before);
        assert_eq!(before.len(), 1);
        assert_eq!(
            fs::metadata(&before[0]).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let (folder, _) = keyring();
        let path = folder.path().join("keys");
        let file = &list(&path, "links").unwrap()[0];
        fs::set_permissions(file, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = Keyring::open(&path, jiff::Timestamp::UNIX_EPOCH)
            .err()
            .unwrap();
        assert!(refused.to_string().contains("chmod go="), "{refused}");
    }

    #[test]
    fn a_wrapped_key_opens_for_its_own_object_only() {
        let (_folder, keys) = keyring();
        let wrapped = keys.wrap(&DataKey::new(), "one").unwrap();
        assert!(keys.unwrap(&wrapped, "one").is_ok());
        assert!(keys.unwrap(&wrapped, "two").is_err());
        assert!(keys.unwrap("w1.x", "one").is_err());
    }

    #[test]
    fn a_record_comes_back_and_shows_nothing_while_sealed() {
        let (_folder, keys) = keyring();
        let sealed = keys.seal_record("reference", b"Griffith").unwrap();
        assert!(!sealed.contains("Griffith"));
        assert_eq!(
            &keys.open_record("reference", &sealed).unwrap()[..],
            b"Griffith"
        );
        assert!(keys.open_record("another", &sealed).is_err());
        assert_ne!(sealed, keys.seal_record("reference", b"Griffith").unwrap());
    }
}
