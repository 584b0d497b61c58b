//! THE WALK of a person: the page of a link, their proof, the button, the file.
//! GET and HEAD change nothing, whoever sends them; a proof and a press are POSTs.

use super::Gateway;
use super::body::{Failure, Serving, send};
use super::face::{holder, new_secret, ordinal, visitor};
use super::page::{self, Trouble};
use super::range::{Asked, Condition, asked, condition};
use super::shown;
use crate::adapters::clock::chance;
use crate::adapters::digest::sha256_hex;
use crate::adapters::sql::Answer;
use crate::app::pipeline::code_record;
use crate::domain::claim::{Claim, ClaimOutcome, HeldClaim, Part, Reading};
use crate::domain::link::{Face, Link, Proving, Refusal};
use crate::domain::verify::{self, Unfit, Verify};
use axum::extract::{ConnectInfo, Form, Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::net::SocketAddr;

/// What the forms of the pages send.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    /// `prove`, `code` or `ask`.
    #[serde(rename = "do")]
    act: String,
    digits: String,
    day: String,
    month: String,
    year: String,
    code: String,
}

/// GET `/l/{token}`: who has proven themselves sees the files; anybody else what
/// there is to prove.
pub(super) async fn landing(
    State(gateway): State<Gateway>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    let link = match gateway.link(&token, Face::People).await {
        Ok(Some(link)) => link,
        Ok(None) => return page::dead(&gateway, &headers),
        Err(error) => return page::unavailable(&gateway, &headers, &error),
    };
    let shown = match standing(&gateway, &link, &headers).await {
        Ok(Standing::Inside(held)) => shown::files(&gateway, &token, &link, &held).await,
        Ok(Standing::Outside) => Ok(shown::proof(&gateway, &link, None)),
        Ok(Standing::Closed) => Ok(page::dead(&gateway, &headers)),
        Err(error) => Err(error),
    };
    shown.unwrap_or_else(|error| page::unavailable(&gateway, &headers, &error))
}

/// How a browser stands to a link.
enum Standing {
    /// Proven, or the holder of something: the files are shown.
    Inside(Vec<HeldClaim>),
    Outside,
    Closed,
}

async fn standing(gateway: &Gateway, link: &Link, headers: &HeaderMap) -> anyhow::Result<Standing> {
    let world = &gateway.world;
    let now = world.clock.now();
    let (mut held, mut proven) = (Vec::new(), false);
    if let Some(secret) = gateway.secret(headers, &link.id) {
        let holder = holder(&secret);
        held = world.store.held_claims(link, &holder, now).await?;
        proven = world.store.is_proven(link, &holder, now).await?;
    }
    // Who holds a download may finish it, whatever closed the link to others.
    Ok(match link.refusal(now) {
        Some(Refusal::Revoked | Refusal::Unknown) => Standing::Closed,
        _ if !held.is_empty() => Standing::Inside(held),
        Some(_) => Standing::Closed,
        None if proven => Standing::Inside(held),
        None => Standing::Outside,
    })
}

/// POST `/l/{token}`: a proof, the wish for a code, or for a new copy.
pub(super) async fn act(
    State(gateway): State<Gateway>,
    Path(token): Path<String>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    typed: Result<Form<Typed>, axum::extract::rejection::FormRejection>,
) -> Response {
    let typed = typed.map(|Form(typed)| typed).unwrap_or_default();
    let link = match gateway.link(&token, Face::People).await {
        Ok(link) => link,
        Err(error) => return page::unavailable(&gateway, &headers, &error),
    };
    let visitor = visitor(&headers, &address);
    let Some(link) = link else {
        return match typed.act.as_str() {
            "ask" => page::asked(&gateway, &headers),
            _ => page::dead(&gateway, &headers),
        };
    };
    let caller = Caller {
        gateway: &gateway,
        token: &token,
        link: &link,
        headers: &headers,
        visitor: &visitor,
    };
    let done = match typed.act.as_str() {
        "ask" => caller.ask().await,
        "code" if link.verify == Verify::EmailCode => caller.send_code().await,
        _ => caller.prove(&typed).await,
    };
    done.unwrap_or_else(|error| page::unavailable(&gateway, &headers, &error))
}

/// Somebody at a real link.
struct Caller<'a> {
    gateway: &'a Gateway,
    token: &'a str,
    link: &'a Link,
    headers: &'a HeaderMap,
    visitor: &'a str,
}

impl Caller<'_> {
    async fn closed(&self, refusal: Refusal) -> anyhow::Result<Response> {
        let world = &self.gateway.world;
        world
            .store
            .note_refusal(self.link, refusal, self.visitor, world.clock.now())
            .await?;
        Ok(page::dead(self.gateway, self.headers))
    }

    /// The answer is the same for a link that never was.
    async fn ask(&self) -> anyhow::Result<Response> {
        let world = &self.gateway.world;
        let owner = self.gateway.owner(self.link);
        let asked = world
            .store
            .ask_again(&self.link.id, &owner, self.visitor, world.clock.now())
            .await?;
        if asked {
            world.errands.notify_waiters();
        }
        Ok(page::asked(self.gateway, self.headers))
    }

    async fn send_code(&self) -> anyhow::Result<Response> {
        let world = &self.gateway.world;
        let now = world.clock.now();
        if let Some(refusal) = self.link.refusal(now) {
            return self.closed(refusal).await;
        }
        let code = verify::new_code(chance());
        let hash = world.keys.answer(&self.link.id, &code);
        let record = code_record(&self.link.id);
        let sealed = world.keys.seal_record(&record, code.as_bytes())?;
        let owner = self.gateway.owner(self.link);
        let sent = world
            .store
            .send_code(self.link, &hash, sealed, &owner, now)
            .await?;
        world.errands.notify_waiters();
        let trouble = match sent {
            true => Trouble::CodeSent,
            false => Trouble::TooManyCodes,
        };
        Ok(shown::proof(self.gateway, self.link, Some(trouble)))
    }

    async fn prove(&self, typed: &Typed) -> anyhow::Result<Response> {
        let world = &self.gateway.world;
        let now = world.clock.now();
        if let Some(refusal) = self.link.refusal(now) {
            return self.closed(refusal).await;
        }
        let hash = match self.answer(typed) {
            Ok(answer) => answer.map(|answer| world.keys.answer(&self.link.id, &answer)),
            Err(trouble) => return Ok(shown::proof(self.gateway, self.link, Some(trouble))),
        };
        let secret = self.gateway.secret(self.headers, &self.link.id);
        let secret = secret.unwrap_or_else(new_secret);
        let answer = Answer {
            hash: hash.as_deref(),
            holder: &holder(&secret),
            visitor: self.visitor,
            owner: &self.gateway.owner(self.link),
        };
        match world.store.prove(self.link, &answer, now).await? {
            Proving::Proven => {
                let mut response = Redirect::to(&format!("/l/{}", self.token)).into_response();
                let cookie = self.gateway.cookie(&self.link.id, &secret);
                response
                    .headers_mut()
                    .insert(header::SET_COOKIE, HeaderValue::from_str(&cookie)?);
                Ok(response)
            }
            Proving::Wrong { left: 0 } => {
                world.errands.notify_waiters();
                Ok(page::dead(self.gateway, self.headers))
            }
            Proving::Wrong { left } => {
                let trouble = Trouble::Wrong { left: Some(left) };
                Ok(shown::proof(self.gateway, self.link, Some(trouble)))
            }
            Proving::NoCode => {
                let trouble = Trouble::CodeOver;
                Ok(shown::proof(self.gateway, self.link, Some(trouble)))
            }
            Proving::Refused(refusal) => self.closed(refusal).await,
        }
    }

    /// What is to be compared; nothing where the deliberate act was done.
    fn answer(&self, typed: &Typed) -> Result<Option<String>, Trouble> {
        let world = &self.gateway.world;
        let unfit = |unfit| match unfit {
            Unfit::Empty => Trouble::Empty,
            Unfit::Implausible => Trouble::Implausible,
        };
        match self.link.verify {
            Verify::None => {
                let digits = verify::digits(&typed.digits);
                match digits == world.shown_digits(&self.link.id) {
                    true => Ok(None),
                    false if digits.is_empty() => Err(Trouble::Empty),
                    // They are on the page: nobody can guess, so nothing is spent.
                    false => Err(Trouble::Wrong { left: None }),
                }
            }
            Verify::BirthDate => {
                // East of us it is tomorrow already.
                let today = world
                    .local(world.clock.now())
                    .date()
                    .saturating_add(jiff::Span::new().days(1));
                verify::birth_date(&typed.day, &typed.month, &typed.year, today)
                    .map(Some)
                    .map_err(unfit)
            }
            Verify::Passcode | Verify::EmailCode => {
                verify::code(&typed.code).map(Some).map_err(unfit)
            }
        }
    }
}

/// POST `/l/{token}/{file}`: the press. Opens a claim that belongs to this browser
/// and sends it on to the file.
pub(super) async fn press(
    State(gateway): State<Gateway>,
    Path((token, file)): Path<(String, String)>,
    address: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    typed: Result<Form<Typed>, axum::extract::rejection::FormRejection>,
) -> Response {
    // A dead page stands at this address too, with its form.
    if matches!(&typed, Ok(Form(typed)) if typed.act == "ask") {
        return act(State(gateway), Path(token), address, headers, typed).await;
    }
    let ConnectInfo(address) = address;
    let link = match gateway.link(&token, Face::People).await {
        Ok(Some(link)) => link,
        Ok(None) => return page::dead(&gateway, &headers),
        Err(error) => return page::unavailable(&gateway, &headers, &error),
    };
    let number = ordinal(&file);
    let back = Redirect::to(&format!("/l/{token}"));
    let Some(secret) = gateway.secret(&headers, &link.id) else {
        return back.into_response();
    };
    let visitor = visitor(&headers, &address);
    match claim_for(&gateway, &link, number, &holder(&secret), &visitor).await {
        Ok(ClaimOutcome::Granted(_)) => {
            Redirect::to(&format!("/l/{token}/{number}")).into_response()
        }
        Ok(ClaimOutcome::NeedsProof) => shown::proof(&gateway, &link, Some(Trouble::NeedsProof)),
        // The page says that it went elsewhere, or is no more.
        Ok(ClaimOutcome::Refused(_)) => back.into_response(),
        Err(error) => page::unavailable(&gateway, &headers, &error),
    }
}

/// A second press of the button is the same claim, not another one.
async fn claim_for(
    gateway: &Gateway,
    link: &Link,
    file: i64,
    holder: &str,
    visitor: &str,
) -> anyhow::Result<ClaimOutcome> {
    let world = &gateway.world;
    let now = world.clock.now();
    match world.store.held_claim(link, file, holder, now).await? {
        Some(claim) => Ok(ClaimOutcome::Granted(Box::new(claim))),
        None => world.store.claim(link, file, holder, visitor, now).await,
    }
}

/// GET `/l/{token}/{file}`: the file, for the browser that holds a claim on it.
/// Anyone else is shown the page; nothing changes.
pub(super) async fn fetch(
    State(gateway): State<Gateway>,
    Path((token, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let link = match gateway.link(&token, Face::People).await {
        Ok(Some(link)) => link,
        Ok(None) => return page::dead(&gateway, &headers),
        Err(error) => return page::unavailable(&gateway, &headers, &error),
    };
    let back = Redirect::to(&format!("/l/{token}"));
    let Some(secret) = gateway.secret(&headers, &link.id) else {
        return back.into_response();
    };
    let world = &gateway.world;
    let holder = holder(&secret);
    let held = world
        .store
        .held_claim(&link, ordinal(&file), &holder, world.clock.now())
        .await;
    let claim = match held {
        Ok(Some(claim)) => claim,
        Ok(None) => return back.into_response(),
        Err(error) => return page::unavailable(&gateway, &headers, &error),
    };
    match send(&gateway, serving(claim, holder, &headers), &link).await {
        Ok(response) => response,
        Err(Failure::Damaged) => page::damaged(&gateway, &headers),
        // This browser had proven itself and was about to get it: it is told why not.
        Err(Failure::Closed) if is_revoked(&gateway, &link).await => {
            shown::revoked_meanwhile(&gateway, &link)
        }
        Err(Failure::Closed | Failure::OutOfOrder { .. }) => back.into_response(),
        Err(Failure::Busy) => {
            page::unavailable(&gateway, &headers, &anyhow::anyhow!("a claim is busy"))
        }
        Err(Failure::Away(error)) => page::unavailable(&gateway, &headers, &error),
    }
}

async fn is_revoked(gateway: &Gateway, link: &Link) -> bool {
    let fresh = gateway.world.store.link(&link.id).await;
    matches!(fresh, Ok(Some(link)) if link.revoked_at.is_some())
}

/// A browser may fetch any part of what it holds, as often as it likes.
fn serving(claim: Claim, holder: String, headers: &HeaderMap) -> Serving {
    let tag = sha256_hex(claim.id.as_bytes())[..32].to_owned();
    let size = claim.file.size;
    let fits = match condition(headers) {
        Some(Condition::IfRange(known)) => known == tag,
        _ => !headers.contains_key(header::IF_RANGE),
    };
    let (part, partial) = match asked(headers, size) {
        Asked::Part(part) if fits => (part, true),
        _ => (Part::whole(size), false),
    };
    Serving {
        claim,
        holder,
        reading: Reading::Anywhere,
        part,
        partial,
        tag,
    }
}

/// HEAD `/l/{token}/{file}`: where a GET without a claim would go. It opens and
/// counts nothing, whoever asks.
pub(super) async fn peek(Path((token, _)): Path<(String, String)>) -> Response {
    Redirect::to(&format!("/l/{token}")).into_response()
}

impl Gateway {
    /// Who answers for the channel that a link came from.
    pub(super) fn owner(&self, link: &Link) -> String {
        let mut channels = self.world.channels.iter();
        let channel = channels.find(|channel| channel.name() == link.channel);
        channel.map_or_else(
            || self.world.settings.mail_from.to_string(),
            |channel| channel.owner.to_string(),
        )
    }
}
