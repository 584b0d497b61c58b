//! What opens a SMART Health Link: an id and a key, made anew each time from a key
//! that lives outside the database. The store knows the id's hash alone.

use crate::adapters::digest::sha256_hex;
use crate::adapters::keyring::Keyring;
use crate::domain::ids::LinkId;
use crate::domain::shl::{Offer, Secret};
use crate::domain::verify::{SmartHealthLink, Verify};

pub struct Secrets {
    /// The last part of its address.
    pub id: Secret,
    /// What its files are encrypted under.
    pub key: Secret,
}

impl Secrets {
    /// The same link gives the same secrets each time; nobody without the keyring can
    /// tell them from chance.
    pub fn of(keys: &Keyring, seed: &LinkId) -> Self {
        let derive = |what: &str| Secret::new(keys.derive(&[what.into(), seed.to_string()]));
        Self {
            id: derive("shl-id"),
            key: derive("shl-key"),
        }
    }

    /// What the store finds the link by.
    pub fn hash(&self) -> String {
        hash(&self.id)
    }
}

/// The same for a new link, where it is offered as one.
pub fn new_hash(
    keys: &Keyring,
    link: &LinkId,
    verify: Verify,
    offered: SmartHealthLink,
) -> Option<String> {
    let offer = Offer::of(verify, offered, false);
    offer.map(|_| Secrets::of(keys, link).hash())
}

pub fn hash(id: &Secret) -> String {
    sha256_hex(id.text().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::clock::Clock;

    #[test]
    fn secrets_are_the_same_each_time_and_each_link_has_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let clock = Clock::manual(jiff::Timestamp::UNIX_EPOCH);
        let open = || Keyring::open(&path, &clock).unwrap();
        let (one, two) = (LinkId::new(&[1; 16]), LinkId::new(&[2; 16]));
        let first = Secrets::of(&open(), &one);
        let again = Secrets::of(&open(), &one);
        assert!(first.id == again.id && first.key == again.key);
        assert!(first.id != first.key);
        assert!(Secrets::of(&open(), &two).id != first.id);
        assert_eq!(first.hash(), hash(&again.id));
        assert!(!first.hash().contains(&first.id.text()));
    }
}
