//! Key files: mode 0600 in a folder of mode 0700, made so that several processes
//! which share the folder agree on one.

use super::root::RootKey;
use anyhow::{Context, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// A key's name and its bytes.
pub(super) type KeyFile = (String, Zeroizing<Vec<u8>>);

/// The folder, and what its files are wrapped under.
#[derive(Clone)]
pub struct KeyFolder {
    path: PathBuf,
    root: Option<Arc<RootKey>>,
}

impl<P: AsRef<Path> + ?Sized> From<&P> for KeyFolder {
    /// Whose files lie there as they are.
    fn from(path: &P) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            root: None,
        }
    }
}

impl KeyFolder {
    pub fn under(self, root: Option<RootKey>) -> Self {
        Self {
            root: root.map(Arc::new),
            ..self
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn make(&self) -> anyhow::Result<()> {
        let folder = &self.path;
        let shown = folder.display();
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("making the key folder {shown}"))?;
        ensure_private(folder)
    }

    /// Makes the first key of a kind where none is; several processes agree on one.
    pub(super) fn first(
        &self,
        kind: &str,
        name: impl Fn() -> String,
        make: impl Fn() -> anyhow::Result<Zeroizing<Vec<u8>>>,
    ) -> anyhow::Result<()> {
        if self.list(kind)?.is_empty() {
            self.write_first(kind, &name(), &make()?)?;
        }
        Ok(())
    }

    pub(super) fn read(&self, path: &Path) -> anyhow::Result<KeyFile> {
        ensure_private(path)?;
        let text = Zeroizing::new(fs::read_to_string(path)?);
        let id = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let bytes = match (text.trim().strip_prefix(ROOTED), &self.root) {
            (None, _) => decoded(text.trim()),
            (Some(text), Some(root)) => root.open(&id, &decoded(text).unwrap_or_default()),
            (Some(_), None) => bail!(
                "{} is wrapped under a root key: set HANDOFF_ROOT_KEY or root-key-file",
                path.display()
            ),
        };
        let bytes = bytes.with_context(|| format!("{} is not a key file", path.display()))?;
        Ok((id, bytes))
    }

    /// Puts what lies there in the clear under the root key, file by file.
    pub(super) fn cover(&self) -> anyhow::Result<()> {
        if self.root.is_none() {
            return Ok(());
        }
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            let is_key = path.extension().is_some_and(|extension| extension == "key");
            if !is_key || is_wiped(&path)? || fs::read_to_string(&path)?.starts_with(ROOTED) {
                continue;
            }
            let made = fs::metadata(&path)?.modified()?;
            let (id, bytes) = self.read(&path)?;
            let draft = self.write_draft(&id, &bytes)?;
            fs::File::options()
                .write(true)
                .open(&draft)?
                .set_modified(made)?;
            // Between a destroyed key and this one, the destroyed one wins.
            match path.exists() {
                true => fs::rename(&draft, &path)?,
                false => fs::remove_file(&draft)?,
            }
        }
        sync(&self.path)
    }

    pub(super) fn list(&self, kind: &str) -> anyhow::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for entry in
            fs::read_dir(&self.path).with_context(|| format!("reading {}", self.path.display()))?
        {
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

    /// Of several processes that make the same key at once, one does: a link to a name
    /// that exists fails. Says nothing of who it was.
    pub(super) fn write_once(&self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let draft = self.write_draft(name, bytes)?;
        let linked = fs::hard_link(&draft, self.path.join(format!("{name}.key")));
        fs::remove_file(&draft)?;
        match linked {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                Err(error).with_context(|| format!("making the key {name}"))
            }
            _ => sync(&self.path),
        }
    }

    /// Two processes that start at once must agree on one key: the file is written
    /// beside, then claimed by linking it to a lock name that only one can take.
    fn write_first(&self, kind: &str, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let draft = self.write_draft(name, bytes)?;
        let first = self.path.join(format!("{kind}-00000000-first.lock"));
        let won = fs::hard_link(&draft, &first).is_ok();
        if won && self.list(kind)?.is_empty() {
            fs::rename(&draft, self.path.join(format!("{name}.key")))?;
            fs::remove_file(&first)?;
        } else if won {
            // Another process made one between our look and our lock.
            fs::remove_file(&draft)?;
            fs::remove_file(&first)?;
        } else {
            fs::remove_file(&draft)?;
            self.wait_for(kind)?;
        }
        sync(&self.path)
    }

    fn write_draft(&self, name: &str, bytes: &[u8]) -> anyhow::Result<PathBuf> {
        let text = Zeroizing::new(match &self.root {
            Some(root) => format!(
                "{ROOTED}{}",
                URL_SAFE_NO_PAD.encode(root.seal(name, bytes)?)
            ),
            None => URL_SAFE_NO_PAD.encode(bytes),
        });
        let tail: String = crate::adapters::clock::chance::<4>()
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        let draft = self.path.join(format!(".{name}.{tail}.draft"));
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        Ok(draft)
    }

    fn wait_for(&self, kind: &str) -> anyhow::Result<()> {
        for _ in 0..100 {
            if !self.list(kind)?.is_empty() {
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        bail!(
            "another process began to make the first {kind} key in {} and did not finish; remove {kind}-00000000-first.lock there and start again",
            self.path.display()
        )
    }

    /// Overwrites, unlinks, and makes both last. Overwriting reaches the bytes on a
    /// plain disk only; where the storage writes elsewhere (flash, copy on write), the
    /// unlinked bytes end with its own garbage collection. One that is gone is gone.
    pub(super) fn destroy(&self, name: &str) -> anyhow::Result<()> {
        let path = self.path.join(format!("{name}.key"));
        let opened = fs::OpenOptions::new().write(true).open(&path);
        let mut file = match opened {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            other => other.with_context(|| format!("destroying {}", path.display()))?,
        };
        let length = usize::try_from(file.metadata()?.len())?;
        file.write_all(&vec![0; length])?;
        file.sync_all()?;
        remove(&path)?;
        sync(&self.path)
    }
}

/// What a file begins with that is wrapped under the root key. Changing it makes
/// stored keys unreadable.
const ROOTED: &str = "r1.";

fn decoded(text: &str) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    Ok(Zeroizing::new(URL_SAFE_NO_PAD.decode(text)?))
}

/// Whether it was overwritten, or is gone already.
pub(super) fn is_wiped(path: &Path) -> anyhow::Result<bool> {
    match fs::read(path).map(Zeroizing::new) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
        Ok(bytes) => Ok(bytes.iter().all(|byte| *byte == 0)),
    }
}

/// Removes a file that another process may have removed already.
pub(super) fn remove(path: &Path) -> anyhow::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other.with_context(|| format!("removing {}", path.display())),
    }
}

pub(super) fn sync(folder: &Path) -> anyhow::Result<()> {
    Ok(fs::File::open(folder)?.sync_all()?)
}

pub(super) fn ensure_private(path: &Path) -> anyhow::Result<()> {
    let mode = fs::metadata(path)?.permissions().mode();
    ensure!(
        mode & 0o077 == 0,
        "{} can be read by others (mode {:o}); run: chmod go= '{0}'",
        path.display(),
        mode & 0o777,
    );
    Ok(())
}
