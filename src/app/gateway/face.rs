//! Who is at the door: the token's link, the browser's cookie, the visitor as
//! the audit will remember them.

use super::Gateway;
use crate::adapters::digest::sha256_hex;
use crate::domain::ids::LinkId;
use crate::domain::link::{Face, Link};
use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::net::SocketAddr;

impl Gateway {
    /// The link a token names on this face, open or not. Forged tokens die
    /// before any I/O.
    pub(super) async fn link(&self, token: &str, face: Face) -> anyhow::Result<Option<Link>> {
        let Some(id) = self
            .world
            .links
            .link_id(token, face, self.world.clock.now())
        else {
            return Ok(None);
        };
        let link = self.world.store.link(&id).await?;
        Ok(link.filter(|link| link.face == face))
    }

    fn secure(&self) -> bool {
        self.world.settings.public_url.starts_with("https://")
    }

    /// One cookie a link, so that two packets do not take each other's claim.
    fn cookie_name(&self, link: &LinkId) -> String {
        // A browser takes `__Host-` over HTTPS only.
        let prefix = if self.secure() { "__Host-" } else { "" };
        format!("{prefix}handoff-{link}")
    }

    /// The browser's secret for this link, where it has one.
    pub(super) fn secret(&self, headers: &HeaderMap, link: &LinkId) -> Option<String> {
        let name = self.cookie_name(link);
        let cookies = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let mut pairs = cookies
            .flat_map(|cookies| cookies.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        let secret = pairs
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)?;
        is_secret(secret).then(|| secret.to_owned())
    }

    pub(super) fn cookie(&self, link: &LinkId, secret: &str) -> String {
        let secure = if self.secure() { "; Secure" } else { "" };
        format!(
            "{}={secret}; Path=/; HttpOnly; SameSite=Strict{secure}",
            self.cookie_name(link)
        )
    }
}

/// 128 bits.
const SECRET_BYTES: usize = 16;

/// Only what we could have issued.
pub(super) fn is_secret(text: &str) -> bool {
    URL_SAFE_NO_PAD
        .decode(text)
        .is_ok_and(|bytes| bytes.len() == SECRET_BYTES)
}

/// The number a path names; what is no number names no file.
pub(super) fn ordinal(file: &str) -> i64 {
    file.parse().unwrap_or_default()
}

/// A new secret for a browser, or for the claim of a system.
pub(super) fn new_secret() -> String {
    URL_SAFE_NO_PAD.encode(crate::adapters::clock::chance::<SECRET_BYTES>())
}

/// What the store keeps of a secret.
pub(super) fn holder(secret: &str) -> String {
    sha256_hex(secret.as_bytes())
}

/// Address and user agent, made safe for a line of text.
pub(super) fn visitor(headers: &HeaderMap, address: &SocketAddr) -> String {
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("-");
    // Longer agents carry nothing that identifies.
    let agent: String = agent
        .chars()
        .filter(|c| !c.is_control())
        .take(160)
        .collect();
    format!("{}; {agent}", address.ip())
}
