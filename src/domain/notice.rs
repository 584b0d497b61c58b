//! Who is told, and what they are told. A notice says that something waits,
//! from whom, until when and where: no name, no diagnosis, no unit.

use crate::domain::language::Language;
use crate::domain::names::EmailAddress;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Recipient {
    /// The person or team, as the page and the audit show it.
    pub name: String,
    pub email: EmailAddress,
    /// The language of their packet; English where none is named.
    #[serde(default)]
    pub language: Language,
}

/// Everything a notice may say. It holds the recipient's link and nothing of
/// the patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub recipient: Recipient,
    /// Who sends: the organisation, never a unit.
    pub from: String,
    /// Tells ten notices apart on the telephone.
    pub ticket: String,
    pub expires: jiff::ZonedDateTime,
    pub url: String,
    /// The channel's owner: whom to ask.
    pub owner: EmailAddress,
    /// The same packet for apps, where its channel offers that.
    pub health_link: Option<HealthLink>,
}

/// A SMART Health Link: `shlink:/…`, and the same behind the address of a viewer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthLink {
    pub link: String,
    pub viewer: Option<String>,
}
