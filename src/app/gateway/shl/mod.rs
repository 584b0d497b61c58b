//! `/shl/{id}`: the same link for receivers that know SMART Health Links (STU 1).
//! It shares the link's count, lock and end.
//!
//! What counts as a download is decided here. A manifest counts nothing: it is the
//! proof, and notes the first access. A file counts when its bytes are handed out,
//! whichever way: embedded in the answer to a manifest request, fetched at its
//! location, or fetched directly (flag `U`). It is the claim statement of every other
//! download that grants it, to the secret of this one resolution. So a location is
//! good until its file was handed out whole, or its proof is over; a file that is
//! used up is left out of the manifest, and a link whose files all are answers 404.

mod files;
mod hand;
mod origin;

pub(super) use origin::cors;

use super::Gateway;
use super::face::{holder, is_secret, new_secret, ordinal, visitor};
use crate::adapters::shl::hash;
use crate::adapters::sql::{Answer, ShlLink};
use crate::app::shl::{address, offer};
use crate::domain::claim::{Claim, ClaimOutcome};
use crate::domain::link::{Link, LinkFile, Proving};
use crate::domain::shl::{
    Manifest, ManifestFile, ManifestRequest, Offer, Place, Secret, declared, direct_file,
};
use crate::domain::verify;
use axum::Json;
use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use files::Files;
use hand::{Failure, JOSE, hand_out};
use serde::Deserialize;
use serde_json::json;
use std::net::SocketAddr;

/// A recipient's name, a passcode, a number; some pages of what receivers add.
const LARGEST_REQUEST: usize = 16 << 10;
/// What is embedded in one manifest at most, whatever its receiver would take: the
/// rest has locations.
const EMBEDDED_AT_MOST: usize = 8 << 20;

/// Somebody who resolves a link, and the secret of this resolution.
struct Visit<'g> {
    gateway: &'g Gateway,
    found: ShlLink,
    offer: Offer,
    id: Secret,
    visitor: String,
    secret: String,
}

/// Why there is nothing to give. The answer tells what a receiver must know and no
/// more: dead, used up and unknown are one.
enum Refused {
    Dead,
    /// SHL: 401 with `remainingAttempts`.
    Passcode {
        left: i64,
    },
    Failed(Failure),
}

impl From<anyhow::Error> for Refused {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(Failure::Away(error))
    }
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Dead => StatusCode::NOT_FOUND.into_response(),
            Self::Passcode { left } => {
                let body = Json(json!({"remainingAttempts": left}));
                (StatusCode::UNAUTHORIZED, body).into_response()
            }
            Self::Failed(failure) => failure.into_response(),
        }
    }
}

/// POST `/shl/{id}`: the manifest.
pub(super) async fn manifest(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST_REQUEST).await.unwrap_or_default();
    let Some(asked) = ManifestRequest::parse(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let visitor = visited(&parts.headers, &address, &asked.recipient);
    let answered = async {
        let visit = Visit::open(&gateway, &id, visitor).await?;
        let visit = visit.filter(|visit| !visit.offer.direct);
        let visit = visit.ok_or(Refused::Dead)?;
        visit.prove(asked.passcode.as_deref()).await?;
        visit.manifest(asked.embedded_length_max).await
    };
    answered.await.unwrap_or_else(Refused::into_response)
}

/// What a receiver of one file must say, and what a location carries.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    recipient: String,
    /// The secret of the resolution that a location belongs to.
    t: String,
}

/// GET `/shl/{id}?recipient=…`: the one file of a direct link.
pub(super) async fn direct(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    // A preview that follows the address alone gets nothing and counts nothing.
    if asked.recipient.trim().is_empty() {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let visitor = visited(&headers, &address, &asked.recipient);
    let answered = async {
        let visit = Visit::open(&gateway, &id, visitor).await?;
        let visit = visit.filter(|visit| visit.offer.direct);
        let visit = visit.ok_or(Refused::Dead)?;
        let file = direct_file(&visit.link().files).ok_or(Refused::Dead)?;
        if file.is_used_up() {
            return Err(visit.closed().await?);
        }
        visit.prove(None).await?;
        visit.file(file.ordinal, &visit.secret).await
    };
    answered.await.unwrap_or_else(Refused::into_response)
}

/// HEAD `/shl/{id}`: whether a direct file is there. It is free, whoever asks.
pub(super) async fn peek(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    if asked.recipient.trim().is_empty() {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let there = match Visit::find(&gateway, &id).await {
        Ok(Some((found, offer, _))) if offer.direct => {
            let open = found.link.refusal(gateway.world.clock.now()).is_none();
            open && direct_file(&found.link.files).is_some_and(|file| !file.is_used_up())
        }
        Ok(_) => false,
        Err(error) => return Refused::from(error).into_response(),
    };
    described(there)
}

/// GET `/shl/{id}/f/{n}?t=…`: a file at its location.
pub(super) async fn location(
    State(gateway): State<Gateway>,
    Path((id, file)): Path<(String, String)>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let answered = async {
        let visit = Visit::open(&gateway, &id, visitor(&headers, &address)).await?;
        let visit = visit.ok_or(Refused::Dead)?;
        let file = ordinal(&file);
        if !visit.may_fetch(file, &asked.t).await? {
            return Err(Refused::Dead);
        }
        visit.file(file, &asked.t).await
    };
    answered.await.unwrap_or_else(Refused::into_response)
}

/// HEAD `/shl/{id}/f/{n}`: whether its GET would give something. It is free.
pub(super) async fn peek_location(
    State(gateway): State<Gateway>,
    Path((id, file)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Response {
    let there = async {
        match Visit::open(&gateway, &id, String::new()).await? {
            Some(visit) => visit.may_fetch(ordinal(&file), &asked.t).await,
            None => Ok(false),
        }
    };
    match there.await {
        Ok(there) => described(there),
        Err(error) => Refused::from(error).into_response(),
    }
}

fn described(there: bool) -> Response {
    match there {
        true => ([(header::CONTENT_TYPE, JOSE)]).into_response(),
        false => StatusCode::NOT_FOUND.into_response(),
    }
}

/// As the audit remembers them. The recipient is a string that a stranger typed: it
/// goes there, and nowhere else.
fn visited(headers: &HeaderMap, address: &SocketAddr, recipient: &str) -> String {
    let visitor = visitor(headers, address);
    format!("{visitor}; declared recipient: {}", declared(recipient))
}

impl<'g> Visit<'g> {
    /// `None`: nobody's, or of a kind that is no SMART Health Link.
    async fn find(gateway: &Gateway, id: &str) -> anyhow::Result<Option<(ShlLink, Offer, Secret)>> {
        let Some(id) = Secret::parse(id) else {
            return Ok(None);
        };
        let world = &gateway.world;
        let Some(found) = world.store.shl_link(&hash(&id)).await? else {
            return Ok(None);
        };
        let offer = offer(world, &found.link);
        Ok(offer.map(|offer| (found, offer, id)))
    }

    async fn open(gateway: &'g Gateway, id: &str, visitor: String) -> anyhow::Result<Option<Self>> {
        let found = Self::find(gateway, id).await?;
        Ok(found.map(|(found, offer, id)| Self {
            gateway,
            found,
            offer,
            id,
            visitor,
            secret: new_secret(),
        }))
    }

    fn link(&self) -> &Link {
        &self.found.link
    }

    /// The audit hears why, the receiver does not.
    async fn closed(&self) -> anyhow::Result<Refused> {
        let world = &self.gateway.world;
        let now = world.clock.now();
        if let Some(refusal) = self.link().refusal(now) {
            world
                .store
                .note_refusal(self.link(), refusal, &self.visitor, now)
                .await?;
        }
        Ok(Refused::Dead)
    }

    /// The same proof as on the page, with the same budget: a wrong passcode is spent
    /// before it is compared. One that cannot be right spends nothing.
    async fn prove(&self, passcode: Option<&str>) -> Result<(), Refused> {
        let world = &self.gateway.world;
        let (link, now) = (self.link(), world.clock.now());
        if link.refusal(now).is_some() {
            return Err(self.closed().await?);
        }
        let typed =
            match self.offer.passcode {
                false => None,
                true => Some(verify::code(passcode.unwrap_or_default()).map_err(|_| {
                    Refused::Passcode {
                        left: link.attempts_left,
                    }
                })?),
            };
        let typed = typed.map(|typed| world.keys.answer(&link.id, &typed));
        let answer = Answer {
            hash: typed.as_deref(),
            holder: &holder(&self.secret),
            visitor: &self.visitor,
            owner: &self.gateway.owner(link),
        };
        match world.store.prove(link, &answer, now).await? {
            Proving::Proven => Ok(()),
            Proving::Wrong { left } => {
                if left == 0 {
                    // Its owner has mail.
                    world.errands.notify_waiters();
                }
                Err(Refused::Passcode { left })
            }
            Proving::NoCode | Proving::Refused(_) => Err(self.closed().await?),
        }
    }

    async fn manifest(&self, embedded_max: Option<u64>) -> Result<Response, Refused> {
        let files = Files::of(self.gateway, &self.found).await?;
        let mut listed = Vec::new();
        let mut embedded = Vec::new();
        let mut room = EMBEDDED_AT_MOST;
        for file in self.link().files.iter().filter(|file| !file.is_used_up()) {
            let Some(length) = files.longest(file)? else {
                continue;
            };
            let fits = embedded_max.is_some_and(|most| length as u64 <= most) && length <= room;
            if !fits {
                listed.push(self.listed(Place::Location(self.place_of(file))));
                continue;
            }
            // Somebody else may have been faster: then it is left out.
            let Some(claim) = self.claim(file.ordinal, &self.secret).await? else {
                continue;
            };
            let held = files.encrypt(claim, &holder(&self.secret)).await?;
            room -= held.jwe.len();
            listed.push(self.listed(Place::Embedded(held.jwe)));
            embedded.push(held.holding);
        }
        if listed.is_empty() {
            return Err(self.closed().await?);
        }
        let body =
            serde_json::to_string(&Manifest { files: listed }).map_err(anyhow::Error::from)?;
        Ok(hand_out(self.gateway, embedded, "application/json", body).await?)
    }

    fn listed(&self, place: Place) -> ManifestFile {
        ManifestFile::new(place, self.offer.evolving, self.found.made)
    }

    fn place_of(&self, file: &LinkFile) -> String {
        let address = address(&self.gateway.world, &self.id);
        format!("{address}/f/{}?t={}", file.ordinal, self.secret)
    }

    /// Whether a location is good: its resolution was proven lately, and has not
    /// handed out this file before.
    async fn may_fetch(&self, file: i64, secret: &str) -> anyhow::Result<bool> {
        let world = &self.gateway.world;
        let now = world.clock.now();
        if self.offer.direct || !is_secret(secret) {
            return Ok(false);
        }
        let holder = holder(secret);
        if !world.store.is_proven(self.link(), &holder, now).await? {
            return Ok(false);
        }
        let held = world.store.held_claims(self.link(), &holder, now).await?;
        Ok(match held.iter().find(|held| held.ordinal == file) {
            Some(held) => held.completed_at.is_none(),
            None => self
                .link()
                .file(file)
                .is_some_and(|file| !file.is_used_up()),
        })
    }

    /// The claim on a file that this resolution holds already, or a new one.
    async fn claim(&self, file: i64, secret: &str) -> anyhow::Result<Option<Claim>> {
        let world = &self.gateway.world;
        let (holder, now) = (holder(secret), world.clock.now());
        let held = world
            .store
            .held_claim(self.link(), file, &holder, now)
            .await?;
        if let Some(claim) = held {
            return Ok(Some(claim));
        }
        let claimed = world
            .store
            .claim(self.link(), file, &holder, &self.visitor, now)
            .await?;
        Ok(match claimed {
            ClaimOutcome::Granted(claim) => Some(*claim),
            ClaimOutcome::NeedsProof | ClaimOutcome::Refused(_) => None,
        })
    }

    /// One file as the whole body.
    async fn file(&self, file: i64, secret: &str) -> Result<Response, Refused> {
        let files = Files::of(self.gateway, &self.found).await?;
        let known = self.link().file(file).ok_or(Refused::Dead)?;
        if files.longest(known)?.is_none() {
            return Err(Refused::Dead);
        }
        let claim = self.claim(file, secret).await?.ok_or(Refused::Dead)?;
        let held = files.encrypt(claim, &holder(secret)).await?;
        Ok(hand_out(self.gateway, vec![held.holding], JOSE, held.jwe).await?)
    }
}
