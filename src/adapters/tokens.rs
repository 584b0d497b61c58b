//! Tokens we sign: JWS with Ed25519. A link's token is scoped to one link and
//! one face; an access token names a caller and a role.

use crate::adapters::keyring::{LOOK_EVERY, SigningKey, SigningKeys, in_use};
use crate::domain::ids::LinkId;
use crate::domain::link::{Face, Link};
use anyhow::{Context, ensure};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Instant;

/// Signs with the newest key, verifies with every key that is still there; it finds
/// keys that are added or retired while it runs.
pub struct Signer {
    keys: SigningKeys,
    ring: RwLock<Arc<Ring>>,
    looked: Mutex<Instant>,
    issuer: String,
}

/// The keys of one look.
struct Ring {
    current: String,
    signing: HashMap<String, EncodingKey>,
    verifying: HashMap<String, DecodingKey>,
}

#[derive(Serialize, Deserialize)]
struct LinkClaims {
    iss: String,
    aud: String,
    jti: String,
    /// Seconds since the epoch (RFC 7519 NumericDate).
    exp: i64,
}

/// What a caller of the API may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// May post events.
    Sender,
    /// May let held events go, and revoke.
    Operator,
}

impl Role {
    /// As `handoff token issue --role` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sender => "sender",
            Self::Operator => "operator",
        }
    }
}

/// Who calls, from a verified access token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Principal {
    iss: String,
    aud: String,
    /// The caller's name, as it was given when the token was issued.
    pub sub: String,
    pub role: Role,
    exp: i64,
}

/// The `typ` of a receipt: no other token of ours is taken for one.
const RECEIPT: &str = "handoff-receipt";

const ACCESS_AUDIENCE: &str = "handoff-api";

impl Signer {
    pub fn new(keys: &SigningKeys, issuer: &str) -> anyhow::Result<Self> {
        Ok(Self {
            keys: keys.clone(),
            ring: RwLock::new(Arc::new(Ring::of(&keys.read()?)?)),
            looked: Mutex::new(Instant::now()),
            issuer: issuer.to_owned(),
        })
    }

    /// The `kid` new tokens carry.
    pub fn key_id(&self) -> String {
        self.ring().current.clone()
    }

    /// The keys as of a moment ago. Whoever floods us with forged tokens makes us
    /// look no more often.
    fn ring(&self) -> Arc<Ring> {
        if let Ok(mut looked) = self.looked.try_lock()
            && looked.elapsed() >= LOOK_EVERY
        {
            *looked = Instant::now();
            self.look();
        }
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&ring)
    }

    fn look(&self) {
        match self.keys.read().and_then(|keys| Ring::of(&keys)) {
            Ok(found) => {
                let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
                *ring = Arc::new(found);
            }
            Err(error) => tracing::error!(
                error = format!("{error:#}"),
                "the signing keys cannot be read; those known until now stay in use"
            ),
        }
    }

    /// The link's token: the same link gives the same token every time, since
    /// Ed25519 is deterministic and every claim is stored.
    pub fn link_token(&self, link: &Link) -> anyhow::Result<String> {
        let claims = LinkClaims {
            iss: self.issuer.clone(),
            aud: link.face.audience().to_owned(),
            jti: link.id.to_string(),
            exp: link.token_expires_at.as_second(),
        };
        self.sign(&link.key_id, &claims)
    }

    /// Whose link a token is. Forged, foreign and wrong-faced ones die here,
    /// before any I/O.
    pub fn link_id(&self, token: &str, face: Face, now: jiff::Timestamp) -> Option<LinkId> {
        let claims: LinkClaims = self.verify(token, face.audience())?;
        (claims.exp > now.as_second()).then(|| LinkId::parse(&claims.jti))?
    }

    pub fn access_token(
        &self,
        name: &str,
        role: Role,
        expires: jiff::Timestamp,
    ) -> anyhow::Result<String> {
        let principal = Principal {
            iss: self.issuer.clone(),
            aud: ACCESS_AUDIENCE.to_owned(),
            sub: name.to_owned(),
            role,
            exp: expires.as_second(),
        };
        self.sign(&self.key_id(), &principal)
    }

    pub fn principal(&self, token: &str, now: jiff::Timestamp) -> Option<Principal> {
        let principal: Principal = self.verify(token, ACCESS_AUDIENCE)?;
        (principal.exp > now.as_second()).then_some(principal)
    }

    fn sign(&self, key_id: &str, claims: &impl Serialize) -> anyhow::Result<String> {
        let header = Header {
            kid: Some(key_id.to_owned()),
            ..Header::new(Algorithm::EdDSA)
        };
        self.encode(key_id, &header, claims)
    }

    /// A deletion receipt: it says what was, and never runs out.
    pub fn receipt(&self, claims: &impl Serialize) -> anyhow::Result<String> {
        let key_id = self.key_id();
        let header = Header {
            kid: Some(key_id.clone()),
            typ: Some(RECEIPT.into()),
            ..Header::new(Algorithm::EdDSA)
        };
        self.encode(&key_id, &header, claims)
    }

    fn encode(
        &self,
        key_id: &str,
        header: &Header,
        claims: &impl Serialize,
    ) -> anyhow::Result<String> {
        let mut ring = self.ring();
        if !ring.signing.contains_key(key_id) {
            // Another process made the key and the link since our last look.
            self.look();
            ring = self.ring();
        }
        let key = ring.signing.get(key_id);
        let key =
            key.with_context(|| format!("the key file {key_id}.key is not in the key folder"))?;
        jsonwebtoken::encode(header, claims, key).context("signing a token")
    }

    /// What a receipt says, if one of our keys signed it as one.
    pub fn receipt_says(&self, receipt: &str) -> Option<serde_json::Value> {
        let header = jsonwebtoken::decode_header(receipt).ok()?;
        let ring = self.ring();
        let key = ring.verifying.get(&header.kid?)?;
        if header.typ.as_deref() != Some(RECEIPT) {
            return None;
        }
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.validate_exp = false;
        rules.validate_aud = false;
        rules.set_required_spec_claims(&["iss", "sub", "iat"]);
        Some(jsonwebtoken::decode(receipt, key, &rules).ok()?.claims)
    }

    /// Our clock is handed in, so `exp` is checked by the caller.
    fn verify<T: for<'de> Deserialize<'de>>(&self, token: &str, audience: &str) -> Option<T> {
        // The longest token we sign is under 500 bytes.
        ensure_short(token).ok()?;
        let key_id = jsonwebtoken::decode_header(token).ok()?.kid?;
        let ring = self.ring();
        let key = ring.verifying.get(&key_id)?;
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.validate_exp = false;
        rules.set_issuer(&[&self.issuer]);
        rules.set_audience(&[audience]);
        rules.set_required_spec_claims(&["iss", "aud", "exp"]);
        Some(jsonwebtoken::decode(token, key, &rules).ok()?.claims)
    }
}

impl Ring {
    fn of(keys: &[SigningKey]) -> anyhow::Result<Self> {
        let current = in_use(keys).context("no signing key")?.id.clone();
        let mut signing = HashMap::new();
        let mut verifying = HashMap::new();
        for key in keys {
            let pair = Ed25519KeyPair::from_pkcs8(&key.pkcs8);
            let pair = pair.map_err(|_| anyhow::anyhow!("{}.key is not an Ed25519 key", key.id))?;
            signing.insert(key.id.clone(), EncodingKey::from_ed_der(&key.pkcs8));
            verifying.insert(
                key.id.clone(),
                DecodingKey::from_ed_der(pair.public_key().as_ref()),
            );
        }
        Ok(Self {
            current,
            signing,
            verifying,
        })
    }
}

fn ensure_short(token: &str) -> anyhow::Result<()> {
    ensure!(token.len() <= 2048, "a token is too long to be ours");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::clock::Clock;
    use crate::adapters::keyring::Keyring;

    /// Every house's key has the same name here, so that only the key tells them apart.
    fn signer() -> Signer {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keyring::open(&folder.path().join("keys"), &Clock::manual(now())).unwrap();
        let key = keys.links.read().unwrap().remove(0);
        let path = |id: &str| folder.path().join("keys").join(format!("{id}.key"));
        std::fs::rename(path(&key.id), path("links-k1")).unwrap();
        Signer::new(&keys.links, "https://handoff.example").unwrap()
    }

    fn link(signer: &Signer, face: Face) -> Link {
        let expires = "2026-12-01T00:00:00Z".parse().unwrap();
        Link {
            id: LinkId::new(&[5; 16]),
            handoff: String::new(),
            channel: String::new(),
            trace_parent: None,
            face,
            key_id: signer.key_id(),
            recipient: None,
            expires_at: expires,
            token_expires_at: expires,
            revoked_at: None,
            first_access_at: None,
            verify: crate::domain::verify::Verify::None,
            attempts_left: 5,
            locked_at: None,
            smart_health_link: crate::domain::verify::SmartHealthLink::Off,
            files: Vec::new(),
        }
    }

    fn now() -> jiff::Timestamp {
        "2026-11-23T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_link_token_is_the_same_each_time_and_names_its_link() {
        let signer = signer();
        let link = link(&signer, Face::People);
        let token = signer.link_token(&link).unwrap();
        assert_eq!(token, signer.link_token(&link).unwrap());
        assert_eq!(signer.link_id(&token, Face::People, now()), Some(link.id));
    }

    #[test]
    fn a_token_for_one_face_does_not_open_the_other() {
        let signer = signer();
        let token = signer.link_token(&link(&signer, Face::People)).unwrap();
        assert_eq!(signer.link_id(&token, Face::Systems, now()), None);
    }

    #[test]
    fn forged_foreign_and_ended_tokens_name_nobody() {
        let ours = signer();
        let token = ours.link_token(&link(&ours, Face::People)).unwrap();
        let theirs = signer();
        let foreign = theirs.link_token(&link(&theirs, Face::People)).unwrap();
        assert_eq!(ours.link_id(&foreign, Face::People, now()), None);
        let after = "2026-12-02T00:00:00Z".parse().unwrap();
        assert_eq!(ours.link_id(&token, Face::People, after), None);
        for place in 0..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            // The last character of a segment carries spare bits that decoders reject or ignore.
            if forged != token && ours.link_id(&forged, Face::People, now()).is_some() {
                panic!("a forged token was accepted (changed at {place})");
            }
        }
        let none = "eyJhbGciOiJub25lIn0.eyJqdGkiOiJ4In0.";
        assert_eq!(ours.link_id(none, Face::People, now()), None);
    }

    #[test]
    fn an_access_token_is_no_link_and_ends() {
        let signer = signer();
        let token = signer
            .access_token(
                "engine",
                Role::Sender,
                "2026-11-24T00:00:00Z".parse().unwrap(),
            )
            .unwrap();
        assert_eq!(signer.principal(&token, now()).unwrap().sub, "engine");
        assert!(
            signer
                .principal(&token, "2026-11-25T00:00:00Z".parse().unwrap())
                .is_none()
        );
        assert_eq!(signer.link_id(&token, Face::People, now()), None);
        assert!(
            signer
                .principal(
                    &signer.link_token(&link(&signer, Face::People)).unwrap(),
                    now()
                )
                .is_none()
        );
    }
}
