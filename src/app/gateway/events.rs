//! POST `/api/v1/events`: the same pipeline as the broker's, answered at once,
//! for engines that cannot speak AMQP.

use super::Gateway;
use super::answer::{busy, outcome, resource};
use super::auth::authorize;
use crate::adapters::telemetry::is_trace_parent;
use crate::adapters::tokens::Role;
use crate::app::lines;
use crate::app::pipeline::{self, Incoming, Outcome, OutcomeKind, Walked};
use crate::domain::outcome::Remedy;
use crate::formats::fhir::{self, Issue};
use crate::formats::read::MAX_BODY_BYTES;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use fhir_sdk::r4b::codes::IssueType;
use http_body_util::LengthLimitError;
use serde_json::Value;
use std::time::Duration;
use tokio::time::timeout;

/// A sender that stalls in mid-body keeps its place no longer than this.
pub(super) const BODY_WITHIN: Duration = Duration::from_secs(60);

/// Who waits longer for a place among the events in work is told to come again.
pub(super) const PLACE_WITHIN: Duration = Duration::from_secs(10);

/// The caller is known before a byte of the body is read.
pub(super) async fn receive(State(gateway): State<Gateway>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if let Err(refused) = authorize(&gateway, &parts.headers, Role::Sender) {
        return *refused;
    }
    let Ok(Ok(_place)) = timeout(PLACE_WITHIN, gateway.places.acquire()).await else {
        return busy(&anyhow::anyhow!("as many events are in work as may be"));
    };
    let event = match incoming(&parts.headers, body).await {
        Ok(event) => event,
        Err(refused) => return *refused,
    };
    match lines::blocked(&gateway.world, &event).await {
        Ok(false) => {}
        Ok(true) => {
            let why = "an earlier event of this patient failed and is tried again";
            return busy(&anyhow::anyhow!(why));
        }
        Err(error) => return busy(&error),
    }
    match pipeline::walk(&gateway.world, &event, &gateway.world.channels).await {
        Ok(walked) => answer(walked).unwrap_or_else(|error| busy(&error)),
        Err(error) if error.remedy == Remedy::Retry => busy(&error.into()),
        Err(error) => {
            tracing::error!(
                error = error.to_string(),
                "an event could not be handed over"
            );
            let issue = Issue::error(
                IssueType::Processing,
                "This event was understood, and no packet could be made of it.",
            );
            outcome(StatusCode::UNPROCESSABLE_ENTITY, issue)
        }
    }
}

async fn incoming(headers: &HeaderMap, body: Body) -> Result<Incoming, Box<Response>> {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let key = text("idempotency-key");
    let given = headers.contains_key("idempotency-key");
    if given
        && !key
            .as_ref()
            .is_some_and(|key| (1..=255).contains(&key.len()))
    {
        let issue = Issue::error(
            IssueType::Value,
            "An Idempotency-Key is 1 to 255 ASCII characters.",
        );
        return Err(Box::new(outcome(StatusCode::BAD_REQUEST, issue)));
    }
    Ok(Incoming {
        body: read_body(body).await?.as_ref().into(),
        content_type: text("content-type"),
        transport_id: key,
        trace_parent: text("traceparent").filter(|parent| is_trace_parent(parent)),
        ..Incoming::default()
    })
}

async fn read_body(body: Body) -> Result<Bytes, Box<Response>> {
    let refuse = |status, issue| Err(Box::new(outcome(status, issue)));
    match timeout(BODY_WITHIN, to_bytes(body, MAX_BODY_BYTES)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error))
            if std::error::Error::source(&error)
                .is_some_and(|cause| cause.is::<LengthLimitError>()) =>
        {
            let text = format!("The body is larger than {MAX_BODY_BYTES} bytes.");
            refuse(
                StatusCode::PAYLOAD_TOO_LARGE,
                Issue::error(IssueType::TooLong, text),
            )
        }
        Ok(Err(_)) => refuse(
            StatusCode::BAD_REQUEST,
            Issue::error(IssueType::Structure, "The body broke off."),
        ),
        Err(_) => refuse(
            StatusCode::REQUEST_TIMEOUT,
            Issue::error(IssueType::Timeout, "The body did not come within 60 s."),
        ),
    }
}

fn answer(mut walked: Walked) -> anyhow::Result<Response> {
    if walked.outcomes.is_empty() && !walked.problems.is_empty() {
        return Ok(resource(
            StatusCode::UNPROCESSABLE_ENTITY,
            &pipeline::unreadable_answer(&walked.problems)?,
        ));
    }
    if walked.outcomes.is_empty() {
        let answer = if walked.noted.is_empty() {
            pipeline::unwanted_answer()?
        } else {
            pipeline::noted_answer(&walked.noted)?
        };
        return Ok(resource(StatusCode::OK, &answer));
    }
    let status = status_of(&walked.outcomes);
    let mut resources = walked
        .outcomes
        .drain(..)
        .map(said)
        .collect::<anyhow::Result<Vec<_>>>()?;
    if !walked.problems.is_empty() {
        resources.push(pipeline::unreadable_answer(&walked.problems)?);
    }
    match <[Value; 1]>::try_from(resources) {
        Ok([only]) => Ok(resource(status, &only)),
        Err(several) => Ok(resource(status, &fhir::collection(several))),
    }
}

/// The best that happened to any part: made, then known, then held, then refused.
fn status_of(outcomes: &[Outcome]) -> StatusCode {
    let any =
        |wanted: fn(&OutcomeKind) -> bool| outcomes.iter().any(|outcome| wanted(&outcome.kind));
    if any(|kind| matches!(kind, OutcomeKind::Created(_))) {
        StatusCode::CREATED
    } else if any(|kind| matches!(kind, OutcomeKind::Repeated(_))) {
        StatusCode::OK
    } else if any(|kind| matches!(kind, OutcomeKind::Held(_))) {
        StatusCode::ACCEPTED
    } else {
        StatusCode::CONFLICT
    }
}

fn said(outcome: Outcome) -> anyhow::Result<Value> {
    match outcome.kind {
        OutcomeKind::Created(reference) | OutcomeKind::Repeated(reference) => Ok(reference),
        OutcomeKind::Held(why) => pipeline::held_answer(&outcome.handoff, &why),
        OutcomeKind::Conflict => {
            let text = format!(
                "This identity belongs to another content. What came now is held for a person as handoff {}.",
                outcome.handoff
            );
            fhir::operation_outcome(&[Issue::error(IssueType::Conflict, text)])
        }
    }
}
