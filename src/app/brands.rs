//! `brands/*.yaml` beside the channels: the looks of organisations, with their
//! logos.

use super::yaml::{self, YamlError};
use crate::domain::brand::{Brand, BrandFile, ColumnName, Logo};
use crate::domain::channel::Channel;
use crate::domain::section::Section;
use crate::formats::branding;
use anyhow::Context;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The brand of channels that name none, where such a file is there.
const DEFAULT: &str = "default";

/// A logo larger than this belongs on a poster.
const LARGEST_LOGO: u64 = 1 << 20;

/// Every brand of a channel folder.
#[derive(Debug, Default)]
pub struct Brands {
    plain: Arc<Brand>,
    named: BTreeMap<String, Arc<Brand>>,
    /// Those that are there and cannot be used.
    broken: Vec<String>,
}

impl Brands {
    /// Everything that is wrong with them, or all of them. A folder without
    /// brands has the plain one.
    pub fn load(channels: &Path) -> anyhow::Result<Self> {
        let (brands, errors) = Self::read(channels)?;
        if errors.is_empty() {
            return Ok(brands);
        }
        let said: Vec<String> = errors.iter().map(YamlError::to_string).collect();
        anyhow::bail!("{}", said.join("\n\n"))
    }

    /// Reads them all, so that one run shows every error.
    pub fn read(channels: &Path) -> anyhow::Result<(Self, Vec<YamlError>)> {
        let (mut brands, mut errors) = (Self::default(), Vec::new());
        let folder = channels.join("brands");
        if !folder.is_dir() {
            return Ok((brands, errors));
        }
        for file in super::channels::yaml_files(&folder)? {
            let text = std::fs::read_to_string(&file)
                .with_context(|| format!("reading {}", file.display()))?;
            let name = file.file_stem().unwrap_or_default().to_string_lossy();
            match read(&file, &text) {
                Ok(brand) => {
                    brands.named.insert(name.into_owned(), Arc::new(brand));
                }
                Err(error) => {
                    brands.broken.push(name.into_owned());
                    errors.push(error);
                }
            }
        }
        Ok((brands, errors))
    }

    /// The brand that a channel names, else the default, else the plain one.
    pub fn of(&self, channel: &Channel) -> Arc<Brand> {
        let named = self.named.get(self.name_for(channel));
        Arc::clone(named.unwrap_or(&self.plain))
    }

    /// The brand of this name, for whoever asks for its colours or its logo.
    pub fn named(&self, name: &str) -> Option<&Brand> {
        self.named.get(name).map(Arc::as_ref)
    }

    /// The brand that a channel's packets get where it is there.
    pub fn name_for<'a>(&self, channel: &'a Channel) -> &'a str {
        let named = channel.packet.brand.as_ref();
        named.map_or(DEFAULT, |brand| brand.as_str())
    }

    /// The complaint about a channel that names a brand that is not there.
    pub fn missing(&self, file: &Path, text: &str, channel: &Channel) -> Option<YamlError> {
        let why = self.unknown(channel)?;
        Some(yaml::at_key(file, text, "packet.brand", why))
    }

    fn unknown(&self, channel: &Channel) -> Option<String> {
        let name = channel.packet.brand.as_ref()?.as_str();
        if self.has(name) || self.broken.iter().any(|broken| broken == name) {
            return None;
        }
        let names: Vec<&str> = self.names().collect();
        let there = match names.is_empty() {
            true => "there is none in `brands/` beside the channels".to_owned(),
            false => format!("there are: {}", names.join(", ")),
        };
        Some(format!("there is no brand `{name}`; {there}"))
    }

    /// Itself, if every channel finds the brand it names: none goes out in
    /// somebody else's looks.
    pub fn for_all(self, channels: &[Arc<Channel>]) -> anyhow::Result<Self> {
        let complaint = |channel: &Arc<Channel>| {
            let why = self.unknown(channel)?;
            Some(anyhow::anyhow!("the channel {}: {why}", channel.name()))
        };
        match channels.iter().find_map(complaint) {
            Some(complaint) => Err(complaint),
            None => Ok(self),
        }
    }

    pub fn has(&self, name: &str) -> bool {
        self.named.contains_key(name)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.named.keys().map(String::as_str)
    }
}

/// One brand file, made sense of: its logo opened, its colours legible, its
/// tables safe to read.
pub fn read(file: &Path, text: &str) -> Result<Brand, YamlError> {
    let typed: BrandFile = yaml::read(file, text)?;
    let at = |key: &'static str, why: String| yaml::at_key(file, text, key, why);
    let logo = match &typed.logo {
        Some(logo) => Some(Logo {
            bytes: logo_bytes(file, &logo.file).map_err(|why| at("logo", why))?,
            alt: logo.alt.clone(),
        }),
        None => None,
    };
    for (section, columns) in &typed.columns {
        if let Some(why) = hides(*section, columns) {
            return Err(at("columns", why));
        }
    }
    let brand = Brand { file: typed, logo };
    branding::check(&brand).map_err(|(key, why)| at(key, why))?;
    Ok(brand)
}

/// What a row is about, and a value without its unit, must not be hidden.
fn hides(section: Section, columns: &[ColumnName]) -> Option<String> {
    let needs: &[ColumnName] = match section {
        Section::Payers => &[ColumnName::Payer],
        Section::Results | Section::VitalSigns => {
            &[ColumnName::Name, ColumnName::Result, ColumnName::Units]
        }
        Section::Medications => &[ColumnName::Name, ColumnName::Dose],
        Section::Allergies => &[ColumnName::Name, ColumnName::Reaction],
        _ => &[ColumnName::Name],
    };
    let missing = needs.iter().find(|need| !columns.contains(need))?;
    let spelled = serde_json::to_value(missing).unwrap_or_default();
    let spelled = spelled.as_str().unwrap_or_default();
    Some(format!(
        "the table of `{}` needs the column `{spelled}`: without it its rows could be misread",
        section.key()
    ))
}

fn logo_bytes(brand: &Path, name: &str) -> Result<Arc<[u8]>, String> {
    let plain = Path::new(name).file_name().is_some_and(|own| own == name);
    if !plain {
        return Err("the logo lies beside the brand file: give its name alone".into());
    }
    let path: PathBuf = brand.with_file_name(name);
    let size = std::fs::metadata(&path).map(|file| file.len());
    match size {
        Ok(size) if size > LARGEST_LOGO => Err(format!("{} is larger than 1 MB", path.display())),
        _ => std::fs::read(&path)
            .map(Arc::from)
            .map_err(|error| format!("{}: {error}", path.display())),
    }
}
