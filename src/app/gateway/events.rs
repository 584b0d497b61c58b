//! POST `/api/v1/events`: the same pipeline as the broker's, answered at once,
//! for engines that cannot speak AMQP.

use super::Gateway;
use super::answer::{busy, outcome, resource};
use crate::adapters::tokens::{Principal, Role};
use crate::app::pipeline::{self, Event, Outcome, OutcomeKind, Walked};
use crate::domain::outcome::Remedy;
use crate::formats::fhir::{self, Issue};
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use fhir_sdk::r4b::codes::IssueType;
use serde_json::Value;

pub(super) async fn receive(
    State(gateway): State<Gateway>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    if let Err(refused) = authorize(&gateway, &headers, Role::Sender) {
        return *refused;
    }
    let body = match body {
        Ok(body) => body,
        Err(refused) if refused.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            let text = format!(
                "The body is larger than {} bytes.",
                crate::formats::read::MAX_BODY_BYTES
            );
            return outcome(
                StatusCode::PAYLOAD_TOO_LARGE,
                Issue::error(IssueType::TooLong, text),
            );
        }
        Err(_) => {
            return outcome(
                StatusCode::BAD_REQUEST,
                Issue::error(IssueType::Structure, "The body broke off."),
            );
        }
    };
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let event = Event {
        body: body.as_ref().into(),
        content_type: text("content-type"),
        transport_id: text("idempotency-key"),
        trace_parent: text("traceparent"),
        ..Event::default()
    };
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
                "This event was understood, and no packet could be made of it. Nothing was kept.",
            );
            outcome(StatusCode::UNPROCESSABLE_ENTITY, issue)
        }
    }
}

/// The caller, if the token is ours, alive and of the right role.
fn authorize(
    gateway: &Gateway,
    headers: &HeaderMap,
    role: Role,
) -> Result<Principal, Box<Response>> {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let token = token.and_then(|value| value.strip_prefix("Bearer "));
    let principal = token.and_then(|token| {
        gateway
            .world
            .access
            .principal(token.trim(), gateway.world.clock.now())
    });
    match principal {
        Some(principal) if principal.role == role => Ok(principal),
        Some(_) => Err(Box::new(outcome(
            StatusCode::FORBIDDEN,
            Issue::error(IssueType::Forbidden, "This token's role does not allow it."),
        ))),
        None => {
            let issue = Issue::error(
                IssueType::Login,
                "A bearer token is needed; `handoff token issue --role sender` makes one.",
            );
            let mut response = outcome(StatusCode::UNAUTHORIZED, issue);
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            Err(Box::new(response))
        }
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
        return Ok(resource(StatusCode::OK, &pipeline::unwanted_answer()?));
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
