//! Names of things. Each is made from bytes of chance and, where order helps
//! an index, a moment; both are handed in.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;

/// 80 random bits behind a millisecond: RFC 9562 UUID version 7.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HandoffId(String);

impl HandoffId {
    pub fn new(now: jiff::Timestamp, chance: &[u8; 10]) -> Self {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
        Self(
            uuid::Builder::from_unix_timestamp_millis(millis, chance)
                .into_uuid()
                .to_string(),
        )
    }

    pub fn parse(text: &str) -> Option<Self> {
        uuid::Uuid::parse_str(text)
            .ok()
            .map(|id| Self(id.to_string()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A handle short enough to say on the telephone: it tells ten notices
    /// apart and opens nothing. From the random tail, in Crockford's alphabet.
    pub fn ticket(&self) -> String {
        const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let tail: String = self
            .0
            .chars()
            .rev()
            .filter(char::is_ascii_hexdigit)
            .take(8)
            .collect();
        let number = u32::from_str_radix(&tail, 16).unwrap_or_default();
        (0..6)
            .map(|place| char::from(ALPHABET[(number >> (place * 5) & 31) as usize]))
            .collect()
    }

    /// The UUID, for FHIR's `urn:uuid:` identifiers.
    pub fn uuid(&self) -> uuid::Uuid {
        uuid::Uuid::parse_str(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for HandoffId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The `jti` of a link's token: 128 random bits. It names the link in the
/// store and in the audit, and opens nothing without our signature.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LinkId(String);

impl LinkId {
    pub fn new(chance: &[u8; 16]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(chance))
    }

    /// A stored or signed id; anything else is nobody's link.
    pub fn parse(text: &str) -> Option<Self> {
        let whole = URL_SAFE_NO_PAD
            .decode(text)
            .is_ok_and(|bytes| bytes.len() == 16);
        whole.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a staged object lies. The one place that spells its path: 128 random
/// bits under two levels of folders, so that no listing tells anything.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectKey(String);

impl ObjectKey {
    pub fn new(chance: &[u8; 16]) -> Self {
        let hex: String = chance.iter().map(|byte| format!("{byte:02x}")).collect();
        Self(format!("{}/{}/{hex}", &hex[..2], &hex[2..4]))
    }

    pub fn from_store(text: String) -> Self {
        Self(text)
    }

    /// Something that lies in staging; what is named otherwise is not ours.
    pub fn parse(text: &str) -> Option<Self> {
        let (folders, hex) = text.rsplit_once('/')?;
        let is_hex = |c: char| matches!(c, '0'..='9' | 'a'..='f');
        let ours = hex.len() == 32
            && hex.chars().all(is_hex)
            && folders == format!("{}/{}", &hex[..2], &hex[2..4]);
        ours.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_short_and_stays_the_same() {
        let id = HandoffId::new(jiff::Timestamp::UNIX_EPOCH, &[7; 10]);
        assert_eq!(id.ticket().len(), 6);
        assert_eq!(id.ticket(), id.clone().ticket());
        assert_ne!(
            id.ticket(),
            HandoffId::new(jiff::Timestamp::UNIX_EPOCH, &[9; 10]).ticket()
        );
    }

    #[test]
    fn only_what_is_named_like_an_object_is_one() {
        let key = ObjectKey::new(&[0xab; 16]);
        assert_eq!(ObjectKey::parse(key.as_str()), Some(key.clone()));
        assert_eq!(ObjectKey::parse("ab/ab/readme.txt"), None);
        assert_eq!(
            ObjectKey::parse(&key.as_str().replacen("ab", "ac", 1)),
            None
        );
        assert_eq!(ObjectKey::parse(&format!("x/{}", key.as_str())), None);
    }

    #[test]
    fn only_sixteen_bytes_name_a_link() {
        let id = LinkId::new(&[3; 16]);
        assert_eq!(LinkId::parse(id.as_str()), Some(id));
        assert_eq!(LinkId::parse("short"), None);
        assert_eq!(LinkId::parse("../../etc/passwd"), None);
    }
}
