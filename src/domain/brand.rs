//! The looks of an organisation's packets: what a person types into
//! `brands/*.yaml`, and the logo it names.

use crate::domain::language::Language;
use crate::domain::section::Section;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Who sends, and how its packets look. Every key may be left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(title = "Handoff brand")]
pub struct BrandFile {
    /// The name on every page; the service's own `organisation` without it.
    pub organisation: Option<String>,
    /// Lines of the letterhead.
    #[schemars(length(max = 5))]
    pub address: Vec<String>,
    pub telephone: Option<String>,
    /// Whom a reader calls, printed beside the letterhead: `Discharge office, +1
    /// 555 0100, 8 am to 6 pm`.
    pub questions: Option<String>,
    /// On the first page.
    pub logo: Option<LogoFile>,
    /// The colour of headings and rules, `#124E78`. Dark enough to be read:
    /// 4.5:1 against white and against the tints of boxes (WCAG 2.2, 1.4.3).
    pub accent: Option<Colour>,
    /// In the footer of every page, before the packet's number.
    pub footer: Option<String>,
    pub page_size: PageSize,
    pub density: Density,
    /// Titles of sections in the organisation's own words, by language.
    pub titles: BTreeMap<Language, BTreeMap<Section, String>>,
    /// Columns of tables, in their order; a table that is not named has every
    /// column in which something stands.
    pub columns: BTreeMap<Section, Vec<ColumnName>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LogoFile {
    /// SVG or PNG, beside the brand file.
    pub file: String,
    /// What it shows, for those who do not see it.
    pub alt: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PageSize {
    #[default]
    A4,
    Letter,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Density {
    #[default]
    Comfortable,
    Compact,
}

/// sRGB, `#RRGGBB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = "^#[0-9A-Fa-f]{6}$"))]
pub struct Colour(pub [u8; 3]);

impl TryFrom<String> for Colour {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let complaint = "a colour is written like #124E78";
        let digits = text
            .strip_prefix('#')
            .filter(|d| d.len() == 6 && d.is_ascii());
        let digits = digits.ok_or(complaint)?;
        let pair = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| complaint);
        if digits.contains(['+', '-']) {
            return Err(complaint);
        }
        Ok(Self([pair(0)?, pair(2)?, pair(4)?]))
    }
}

impl From<Colour> for String {
    fn from(Colour([red, green, blue]): Colour) -> Self {
        format!("#{red:02X}{green:02X}{blue:02X}")
    }
}

/// A column of a section's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnName {
    /// What the row is about: diagnosis, substance, medication, test …
    Name,
    Code,
    /// Admission, discharge, working; the status.
    Kind,
    Category,
    Criticality,
    Reaction,
    Dose,
    Change,
    Result,
    Units,
    Range,
    Flag,
    Specimen,
    Date,
    Lot,
    Where,
    With,
    Role,
    Contact,
    Payer,
    Plan,
    Member,
    Size,
}

/// A brand that made sense, with its logo's bytes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Brand {
    pub file: BrandFile,
    pub logo: Option<Logo>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Logo {
    pub bytes: std::sync::Arc<[u8]>,
    pub alt: String,
}

impl std::ops::Deref for Brand {
    type Target = BrandFile;

    fn deref(&self) -> &BrandFile {
        &self.file
    }
}

impl Brand {
    /// The name on every page: the brand's own, else the service's.
    pub fn organisation<'a>(&'a self, service: &'a str) -> &'a str {
        self.file.organisation.as_deref().unwrap_or(service)
    }

    /// The organisation's own title of a section, where it has one.
    pub fn title(&self, language: Language, section: Section) -> Option<&str> {
        let own = self.titles.get(&language)?.get(&section)?;
        Some(own.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_six_hexadecimal_digits() {
        let read = |text: &str| Colour::try_from(text.to_owned());
        assert_eq!(read("#124e78"), Ok(Colour([0x12, 0x4E, 0x78])));
        assert_eq!(String::from(Colour([1, 2, 255])), "#0102FF");
        for wrong in ["124E78", "#124E7", "#12 E78", "#+12E78", "blue", "#12é78"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
