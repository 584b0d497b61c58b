//! THE WALK of a system's download, `/d/{token}/{file}`: token → link → claim →
//! `body.rs`. Counted first, streamed after; the claim's secret is its ETag.

use super::body::{Failure, Serving, content_range, describe, send};
use super::face::{holder, is_secret, new_secret, ordinal, visitor};
use super::range::{Asked, Condition, asked, condition};
use super::{Gateway, answer};
use crate::domain::claim::{Claim, ClaimOutcome, Part, Reading, probe_of};
use crate::domain::link::{Face, Link, LinkFile};
use crate::formats::fhir::Issue;
use axum::body::Body;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use fhir_sdk::r4b::codes::IssueType;
use std::net::SocketAddr;
use std::time::Duration;

/// GET: for systems it is the claim, unless it names one that it holds, or asks for
/// no more than a probe.
pub(super) async fn direct(
    State(gateway): State<Gateway>,
    Path((token, file)): Path<(String, String)>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    let link = match gateway.link(&token, Face::Systems).await {
        Ok(Some(link)) => link,
        Ok(None) => return answer::dead(),
        Err(error) => return answer::busy(&error),
    };
    let Some(file) = link.file(ordinal(&file)) else {
        return answer::dead();
    };
    let visitor = visitor(&headers, &address);
    let request = Request {
        gateway: &gateway,
        link: &link,
        file,
        visitor: &visitor,
    };
    if let Some(refused) = not_acceptable(file, &headers) {
        let refused = request.closed_or(refused).await;
        return refused.unwrap_or_else(|failure| failed(failure, file));
    }
    let answered = match condition(&headers) {
        Some(condition) => request.resume(condition, asked(&headers, file.size)).await,
        None => request.begin(asked(&headers, file.size)).await,
    };
    answered.unwrap_or_else(|failure| failed(failure, file))
}

struct Request<'a> {
    gateway: &'a Gateway,
    link: &'a Link,
    file: &'a LinkFile,
    visitor: &'a str,
}

impl Request<'_> {
    /// Without a claim: the whole is one; a part is a probe.
    async fn begin(&self, asked: Asked) -> Result<Response, Failure> {
        match asked {
            Asked::Whole => self.claim(false).await,
            Asked::Part(part) if part.is_whole(self.file.size) => self.claim(true).await,
            Asked::Part(part) => self.probe(part).await,
            Asked::Unsatisfiable => self.closed_or(beyond(self.file)).await,
        }
    }

    /// With the tag of a claim: its reader comes back.
    async fn resume(&self, condition: Condition, asked: Asked) -> Result<Response, Failure> {
        let world = &self.gateway.world;
        let tag = condition.tag().to_owned();
        let held = match is_secret(&tag) {
            false => None,
            true => {
                let holder = holder(&tag);
                let now = world.clock.now();
                let held = world
                    .store
                    .held_claim(self.link, self.file.ordinal, &holder, now)
                    .await;
                held.map_err(Failure::Away)?
            }
        };
        let Some(claim) = held else {
            // RFC 9110 §13.1.5: the part no longer fits, so the whole is asked for;
            // §13.1.1: nothing is.
            return match condition {
                Condition::IfRange(_) => self.begin(Asked::Whole).await,
                Condition::IfMatch(_) => self.closed_or(precondition_failed()).await,
            };
        };
        let (part, partial) = match asked {
            Asked::Whole => (Part::whole(self.file.size), false),
            Asked::Part(part) => (part, true),
            Asked::Unsatisfiable => return Ok(beyond(self.file)),
        };
        self.send(claim, tag, part, partial).await
    }

    async fn claim(&self, partial: bool) -> Result<Response, Failure> {
        let world = &self.gateway.world;
        let secret = new_secret();
        let claimed = world
            .store
            .claim(
                self.link,
                self.file.ordinal,
                &holder(&secret),
                self.visitor,
                world.clock.now(),
            )
            .await;
        match claimed.map_err(Failure::Away)? {
            ClaimOutcome::Granted(claim) => {
                self.send(*claim, secret, Part::whole(self.file.size), partial)
                    .await
            }
            ClaimOutcome::Refused(refusal) => {
                tracing::info!(link.id = %self.link.id, refusal = refusal.as_str(), "refused a download");
                Err(Failure::Closed)
            }
            ClaimOutcome::NeedsProof => Err(Failure::Closed),
        }
    }

    /// A body that was told to stop needs a moment to do so.
    async fn send(
        &self,
        claim: Claim,
        tag: String,
        part: Part,
        partial: bool,
    ) -> Result<Response, Failure> {
        const TRIES: usize = 20;
        const PAUSE: Duration = Duration::from_millis(150);
        for _ in 1..TRIES {
            let serving = Serving {
                claim: claim.clone(),
                holder: holder(&tag),
                reading: Reading::InOrder,
                part,
                partial,
                tag: tag.clone(),
            };
            match send(self.gateway, serving, self.link).await {
                Err(Failure::Busy) => tokio::time::sleep(PAUSE).await,
                sent => return sent,
            }
        }
        Err(Failure::Busy)
    }

    /// The first kilobyte counts nothing, whoever reads it and how often.
    async fn probe(&self, part: Part) -> Result<Response, Failure> {
        let world = &self.gateway.world;
        let now = world.clock.now();
        let probed = world
            .store
            .probed(self.link, self.file.ordinal, now)
            .await
            .map_err(Failure::Away)?;
        let Some(probed) = probed else {
            return Err(Failure::Closed);
        };
        let part = Part {
            from: part.from,
            until: part.until.min(probe_of(self.file.size)),
        };
        if part.is_empty() {
            return Ok(beyond(self.file));
        }
        let first = world.staging.probe(&world.keys, &probed).await;
        let first = first.map_err(Failure::Away)?;
        let place = |byte: i64| usize::try_from(byte).unwrap_or_default().min(first.len());
        let bytes = first.slice(place(part.from)..place(part.until));
        describe(self.file, Response::builder())
            .status(StatusCode::PARTIAL_CONTENT)
            .header(header::CONTENT_RANGE, content_range(part, self.file.size))
            .body(Body::from(bytes))
            .map_err(|error| Failure::Away(error.into()))
    }

    /// What an open link says of a request that cannot be met, a dead one does not.
    async fn closed_or(&self, response: Response) -> Result<Response, Failure> {
        match self.link.refusal(self.gateway.world.clock.now()) {
            None if !self.file.is_used_up() => Ok(response),
            _ => Err(Failure::Closed),
        }
    }
}

fn failed(failure: Failure, file: &LinkFile) -> Response {
    match failure {
        Failure::Damaged => answer::outcome(
            StatusCode::INTERNAL_SERVER_ERROR,
            Issue::error(
                IssueType::Exception,
                "The stored file failed its integrity check. Nothing was handed out and the download was not counted.",
            ),
        ),
        Failure::Closed => answer::dead(),
        Failure::Busy => answer::busy(&anyhow::anyhow!("another body of the claim is running")),
        Failure::OutOfOrder { handed } => {
            let mut response = beyond(file);
            let text = format!(
                "The bytes of a claim are handed out once, in order: it goes on from byte {handed}, or up to 64 KiB before."
            );
            *response.body_mut() = answer::outcome(
                StatusCode::RANGE_NOT_SATISFIABLE,
                Issue::error(IssueType::Processing, text),
            )
            .into_body();
            response
        }
        Failure::Away(error) => answer::busy(&error),
    }
}

/// 416, with the size that a client needs to ask better (RFC 9110 §15.5.17).
fn beyond(file: &LinkFile) -> Response {
    let text = "Outside of a claim only the first kilobyte can be asked for. To fetch the file, ask without Range; to go on, send If-Range with the ETag of the first answer.";
    let mut response = answer::outcome(
        StatusCode::RANGE_NOT_SATISFIABLE,
        Issue::error(IssueType::Processing, text),
    );
    if let Ok(size) = HeaderValue::from_str(&format!("bytes */{}", file.size)) {
        response.headers_mut().insert(header::CONTENT_RANGE, size);
    }
    response
}

fn precondition_failed() -> Response {
    answer::outcome(
        StatusCode::PRECONDITION_FAILED,
        Issue::error(
            IssueType::Conflict,
            "This ETag belongs to no claim that is still open.",
        ),
    )
}

/// HEAD: what a GET would give; it is free.
pub(super) async fn probe(
    State(gateway): State<Gateway>,
    Path((token, file)): Path<(String, String)>,
) -> Response {
    let link = match gateway.link(&token, Face::Systems).await {
        Ok(Some(link)) if link.refusal(gateway.world.clock.now()).is_none() => link,
        Ok(_) => return answer::dead(),
        Err(error) => return answer::busy(&error),
    };
    let open = link.file(ordinal(&file)).filter(|file| !file.is_used_up());
    match open {
        Some(file) => describe(file, Response::builder())
            .header(header::CONTENT_LENGTH, file.size)
            .body(Body::empty())
            .unwrap_or_else(|_| answer::dead()),
        None => answer::dead(),
    }
}

/// The path chooses the rendition; an `Accept` that excludes it burns nothing.
fn not_acceptable(file: &LinkFile, headers: &HeaderMap) -> Option<Response> {
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
