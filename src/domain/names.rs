//! Names that people type, checked when they are read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $pattern:literal, $valid:expr, $complaint:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String", extend("pattern" = $pattern))]
        pub struct $name(String);

        impl TryFrom<String> for $name {
            type Error = &'static str;

            fn try_from(text: String) -> Result<Self, &'static str> {
                let valid: fn(&str) -> bool = $valid;
                if valid(&text) { Ok(Self(text)) } else { Err($complaint) }
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

checked_text!(
    /// Lower-case letters, digits and hyphens, 64 at most.
    ChannelName,
    "^[a-z0-9][a-z0-9-]{0,63}$",
    |text| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        (1..=64).contains(&text.len()) && !text.starts_with('-') && text.chars().all(plain)
    },
    "a channel's name is 1 to 64 lower-case letters, digits or hyphens, and starts with no hyphen"
);

checked_text!(
    /// The name of a brand file, without its ending.
    BrandName,
    "^[a-z0-9][a-z0-9-]{0,63}$",
    |text| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        (1..=64).contains(&text.len()) && !text.starts_with('-') && text.chars().all(plain)
    },
    "a brand's name is 1 to 64 lower-case letters, digits or hyphens, and starts with no hyphen"
);

checked_text!(
    /// An e-mail address.
    EmailAddress,
    r"^[^@\s]+@[^@\s]+$",
    |text| {
        let odd = |c: char| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c);
        let parts = text.split('@').collect::<Vec<_>>();
        parts.len() == 2 && parts.iter().all(|part| !part.is_empty()) && !text.contains(odd)
    },
    "not an e-mail address; write it like care@riverside.example"
);

checked_text!(
    /// The name of a queue or an exchange: at most 200 bytes, none of the
    /// broker's own (`amq.`).
    BrokerName,
    r"^(?!amq\.)[^\s]{1,200}$",
    |text| {
        let odd = |c: char| c.is_whitespace() || c.is_control();
        (1..=200).contains(&text.len()) && !text.starts_with("amq.") && !text.contains(odd)
    },
    "a queue's or exchange's name is 1 to 200 bytes without blanks, and not one of the broker's own (amq.)"
);

/// A zone of the IANA database: `Europe/Berlin`, `UTC`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("examples" = ["Europe/Berlin", "America/New_York", "UTC"]))]
pub struct ZoneName {
    name: String,
    zone: jiff::tz::TimeZone,
}

impl TryFrom<String> for ZoneName {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, &'static str> {
        let zone = jiff::tz::TimeZone::get(&name)
            .map_err(|_| "not a time zone; write it like Europe/Berlin or UTC")?;
        Ok(Self { name, zone })
    }
}

impl From<ZoneName> for String {
    fn from(zone: ZoneName) -> Self {
        zone.name
    }
}

impl ZoneName {
    pub fn zone(&self) -> &jiff::tz::TimeZone {
        &self.zone
    }
}
