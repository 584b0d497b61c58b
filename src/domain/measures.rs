//! Numbers and lengths of time with their bounds and units.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! bounded_number {
    ($name:ident, $int:ty, $low:literal ..= $high:literal, $complaint:literal) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "u64", into = "u64")]
        #[schemars(with = "u64", extend("minimum" = $low), extend("maximum" = $high))]
        pub struct $name($int);

        impl TryFrom<u64> for $name {
            type Error = &'static str;

            fn try_from(number: u64) -> Result<Self, &'static str> {
                let narrow = <$int>::try_from(number).map_err(|_| $complaint)?;
                if ($low..=$high).contains(&narrow) {
                    Ok(Self(narrow))
                } else {
                    Err($complaint)
                }
            }
        }

        impl From<$name> for u64 {
            fn from(number: $name) -> Self {
                number.0.into()
            }
        }

        impl $name {
            pub fn get(self) -> $int {
                self.0
            }
        }
    };
}

bounded_number!(
    Prefetch,
    u16,
    1..=1000,
    "prefetch is a number from 1 to 1000"
);
bounded_number!(
    Concurrency,
    u16,
    1..=1000,
    "concurrency is a number from 1 to 1000"
);
bounded_number!(
    MaxDownloads,
    u32,
    1..=100,
    "max-downloads is a number from 1 to 100"
);

bounded_number!(Attempts, u32, 1..=100, "attempts is a number from 1 to 100");

impl Default for Attempts {
    /// A birth date mistyped twice, its month and day swapped, and one to spare.
    fn default() -> Self {
        Self(5)
    }
}

impl Prefetch {
    /// Enough to keep two cores busy while a bucket answers.
    pub const DEFAULT: Self = Self(32);
}

impl Concurrency {
    /// As many as the store has connections (`adapters/sql`): more would wait there.
    pub const DEFAULT: Self = Self(16);
}

impl MaxDownloads {
    pub const ONE: Self = Self(1);
}

/// A length of time with its unit: `90s`, `30m`, `72h`, `14d`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = "^[1-9][0-9]{0,6}[smhd]$"), extend("examples" = ["30m", "72h", "14d"]))]
pub struct Span {
    seconds: u64,
}

impl Span {
    pub const fn hours(hours: u64) -> Self {
        Self {
            seconds: hours * 3600,
        }
    }

    pub const fn seconds(seconds: u64) -> Self {
        Self { seconds }
    }

    pub fn duration(self) -> std::time::Duration {
        std::time::Duration::from_secs(self.seconds)
    }

    pub fn millis(self) -> i64 {
        i64::try_from(self.seconds.saturating_mul(1000)).unwrap_or(i64::MAX)
    }
}

impl TryFrom<String> for Span {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        const COMPLAINT: &str = "not a length of time; write it like 90s, 30m, 72h or 14d";
        let unit = match text.chars().last() {
            Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3600,
            Some('d') => 86_400,
            _ => return Err(COMPLAINT),
        };
        let digits = &text[..text.len() - 1];
        let plain = (1..=7).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        let number: u64 = digits.parse().map_err(|_| COMPLAINT)?;
        if plain && number > 0 {
            Ok(Self {
                seconds: number * unit,
            })
        } else {
            Err(COMPLAINT)
        }
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.to_string()
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.seconds {
            s if s % 86_400 == 0 && s > 3 * 86_400 => write!(f, "{}d", s / 86_400),
            s if s % 3600 == 0 => write!(f, "{}h", s / 3600),
            s if s % 60 == 0 => write!(f, "{}m", s / 60),
            s => write!(f, "{s}s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_needs_its_unit() {
        assert_eq!(Span::try_from("72h".to_owned()), Ok(Span::hours(72)));
        assert_eq!(
            Span::try_from("14d".to_owned()).map(String::from),
            Ok("14d".to_owned())
        );
        for wrong in ["72", "h", "0h", "-1h", "1.5h", "72 h", "1w", ""] {
            assert!(Span::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
