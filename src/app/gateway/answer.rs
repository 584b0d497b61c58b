//! Answers to systems: FHIR resources with their media type, OperationOutcomes
//! for everything that is not what they asked for.

use super::Gateway;
use crate::formats::fhir::{self, Issue};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fhir_sdk::r4b::codes::IssueType;
use serde_json::Value;

const FHIR_JSON: HeaderValue = HeaderValue::from_static("application/fhir+json");

pub(super) fn resource(status: StatusCode, resource: &Value) -> Response {
    (
        status,
        [(header::CONTENT_TYPE, FHIR_JSON)],
        resource.to_string(),
    )
        .into_response()
}

pub(super) fn outcome(status: StatusCode, issue: Issue) -> Response {
    match fhir::operation_outcome(&[issue]) {
        Ok(outcome) => resource(status, &outcome),
        Err(_) => status.into_response(),
    }
}

/// A dead link, whatever killed it, and one that never lived: all the same.
pub(super) fn dead() -> Response {
    outcome(
        StatusCode::NOT_FOUND,
        Issue::error(IssueType::NotFound, "This link is not open."),
    )
}

/// Something is away: the same request may work a little later.
pub(super) fn busy(error: &anyhow::Error) -> Response {
    tracing::warn!(error = format!("{error:#}"), "answered 503");
    let mut response = outcome(
        StatusCode::SERVICE_UNAVAILABLE,
        Issue::error(
            IssueType::Transient,
            "Something behind this service is away. Try again.",
        ),
    );
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    response
}

/// Our extension, defined where its URL points.
pub(super) async fn expiry_definition(State(gateway): State<Gateway>) -> Response {
    let definition = fhir::expiry_definition(&gateway.world.settings.public_url);
    resource(StatusCode::OK, &definition)
}
