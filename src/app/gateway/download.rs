//! THE WALK of a download: token → link → claim → `body.rs`. Counted first,
//! streamed after.

use super::body::{Failure, describe, send};
use super::face::{holder, new_secret, visitor};
use super::{Gateway, answer, page};
use crate::domain::link::{ClaimOutcome, Face, Link};
use crate::formats::fhir::Issue;
use axum::body::Body;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use fhir_sdk::r4b::codes::IssueType;
use std::net::SocketAddr;

/// The number a path names; what is no number names no file.
fn ordinal(file: &str) -> i64 {
    file.parse().unwrap_or_default()
}

/// POST `/l/{token}/{file}`: the explicit act. Opens a claim that belongs to
/// this browser and sends it on to the file.
pub(super) async fn open(
    State(gateway): State<Gateway>,
    Path((token, file)): Path<(String, String)>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    let link = match gateway.link(&token, Face::People).await {
        Ok(Some(link)) => link,
        Ok(None) => return page::dead(&gateway, &headers),
        Err(error) => return page::unavailable(&gateway, &headers, &error),
    };
    let secret = gateway
        .secret(&headers, &link.id)
        .unwrap_or_else(new_secret);
    match claim_for(
        &gateway,
        &link,
        ordinal(&file),
        &secret,
        &visitor(&headers, &address),
    )
    .await
    {
        Ok(true) => {
            let mut response = Redirect::to(&format!("/l/{token}/{file}")).into_response();
            if let Ok(cookie) = HeaderValue::from_str(&gateway.cookie(&link.id, &secret)) {
                response.headers_mut().insert(header::SET_COOKIE, cookie);
            }
            response
        }
        Ok(false) => page::dead(&gateway, &headers),
        Err(error) => page::unavailable(&gateway, &headers, &error),
    }
}

/// A second press of the button is the same claim, not another one.
async fn claim_for(
    gateway: &Gateway,
    link: &Link,
    file: i64,
    secret: &str,
    visitor: &str,
) -> anyhow::Result<bool> {
    let world = &gateway.world;
    let holder = holder(secret);
    if world
        .store
        .held_claim(link, file, &holder, world.clock.now())
        .await?
        .is_some()
    {
        return Ok(true);
    }
    let outcome = world
        .store
        .claim(link, file, Some(&holder), visitor, world.clock.now())
        .await?;
    Ok(matches!(outcome, ClaimOutcome::Granted(_)))
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
    let Some(secret) = gateway.secret(&headers, &link.id) else {
        return Redirect::to(&format!("/l/{token}")).into_response();
    };
    let now = gateway.world.clock.now();
    match gateway
        .world
        .store
        .held_claim(&link, ordinal(&file), &holder(&secret), now)
        .await
    {
        Ok(Some(claim)) => match send(&gateway, claim, &link).await {
            Ok(response) => response,
            Err(Failure::Damaged) => page::damaged(&gateway, &headers),
            Err(Failure::Closed) => page::dead(&gateway, &headers),
            Err(Failure::Away(error)) => page::unavailable(&gateway, &headers, &error),
        },
        Ok(None) => Redirect::to(&format!("/l/{token}")).into_response(),
        Err(error) => page::unavailable(&gateway, &headers, &error),
    }
}

/// HEAD `/l/{token}/{file}`: where a GET without a claim would go. It opens and
/// counts nothing, whoever asks.
pub(super) async fn peek(Path((token, _)): Path<(String, String)>) -> Response {
    Redirect::to(&format!("/l/{token}")).into_response()
}

/// GET `/d/{token}/{file}`: for systems the GET is the claim.
pub(super) async fn direct(
    State(gateway): State<Gateway>,
    Path((token, file)): Path<(String, String)>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    let file = ordinal(&file);
    let link = match gateway.link(&token, Face::Systems).await {
        Ok(Some(link)) => link,
        Ok(None) => return answer::dead(),
        Err(error) => return answer::busy(&error),
    };
    if let Some(refused) = not_acceptable(&link, file, &headers) {
        return refused;
    }
    let world = &gateway.world;
    let claimed = world
        .store
        .claim(
            &link,
            file,
            None,
            &visitor(&headers, &address),
            world.clock.now(),
        )
        .await;
    let claim = match claimed {
        Ok(ClaimOutcome::Granted(claim)) => *claim,
        Ok(ClaimOutcome::Refused(refusal)) => {
            tracing::info!(link.id = %link.id, refusal = refusal.as_str(), "refused a download");
            return answer::dead();
        }
        Err(error) => return answer::busy(&error),
    };
    match send(&gateway, claim, &link).await {
        Ok(response) => response,
        Err(Failure::Damaged) => answer::outcome(
            StatusCode::INTERNAL_SERVER_ERROR,
            Issue::error(
                IssueType::Exception,
                "The stored file failed its integrity check. Nothing was handed out and the download was not counted.",
            ),
        ),
        Err(Failure::Closed) => answer::dead(),
        Err(Failure::Away(error)) => answer::busy(&error),
    }
}

/// HEAD `/d/{token}/{file}`: what a GET would give; it is free.
pub(super) async fn probe(
    State(gateway): State<Gateway>,
    Path((token, file)): Path<(String, String)>,
) -> Response {
    let file = ordinal(&file);
    let link = match gateway.link(&token, Face::Systems).await {
        Ok(Some(link)) if link.refusal(gateway.world.clock.now()).is_none() => link,
        Ok(_) => return answer::dead(),
        Err(error) => return answer::busy(&error),
    };
    let file = link
        .files
        .iter()
        .find(|known| known.ordinal == file && known.downloads < known.max_downloads);
    match file {
        Some(file) => describe(file, Response::builder())
            .body(Body::empty())
            .unwrap_or_else(|_| answer::dead()),
        None => answer::dead(),
    }
}

/// The path chooses the rendition; an `Accept` that excludes it burns nothing.
fn not_acceptable(link: &Link, file: i64, headers: &HeaderMap) -> Option<Response> {
    let file = link.files.iter().find(|known| known.ordinal == file)?;
    let accept = headers
        .get(header::ACCEPT)?
        .to_str()
        .ok()?
        .trim()
        .to_ascii_lowercase();
    if accept.is_empty() {
        return None;
    }
    let family = file.content_type.split('/').next().unwrap_or_default();
    let fits = accept.split(',').any(|range| {
        let (range, parameters) = range.split_once(';').unwrap_or((range, ""));
        let refused = parameters
            .split(';')
            .any(|p| matches!(p.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
        let range = range.trim();
        !refused && (range == "*/*" || range == file.content_type || range == format!("{family}/*"))
    });
    (!fits).then(|| {
        let text = format!("This path holds {}.", file.content_type);
        answer::outcome(
            StatusCode::NOT_ACCEPTABLE,
            Issue::error(IssueType::NotSupported, text),
        )
    })
}
