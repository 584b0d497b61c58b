//! POST `/api/v1/revocations`: an operator closes links by what they know, or looks
//! at what would be closed. Numbers stand in the body, never in the address.

use super::Gateway;
use super::answer::{busy, outcome};
use super::auth::authorize;
use super::events::BODY_WITHIN;
use crate::adapters::tokens::Role;
use crate::app::revocation::{self, NotRevoked, Wanted};
use crate::formats::fhir::Issue;
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use fhir_sdk::r4b::codes::IssueType;
use serde_json::{Map, Value};
use tokio::time::timeout;

/// Some names and a sentence.
const LARGEST_BODY: usize = 16 << 10;

pub(super) async fn revoke(State(gateway): State<Gateway>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let principal = match authorize(&gateway, &parts.headers, Role::Operator) {
        Ok(principal) => principal,
        Err(refused) => return *refused,
    };
    let Some(wanted) = wanted(body).await else {
        return refuse(
            StatusCode::BAD_REQUEST,
            IssueType::Structure,
            "The body is a JSON object of at most 16 KiB: link, handoff, visit, patient, assigner, recipient, channel, \
             since, until and reason are texts, all and dryRun true or false; nothing else."
                .into(),
        );
    };
    // Once begun it ends, whether or not its caller still waits.
    let world = gateway.world.clone();
    let revoking =
        tokio::spawn(async move { revocation::revoke(&world, &wanted, &principal.sub).await });
    match revoking.await {
        Ok(Ok(found)) => Json(found).into_response(),
        Ok(Err(NotRevoked::Away(error))) => busy(&error),
        Ok(Err(why @ NotRevoked::Unclear(_))) => refuse(
            StatusCode::BAD_REQUEST,
            IssueType::Required,
            format!("Nothing was revoked: {why}."),
        ),
        Ok(Err(why @ NotRevoked::SeveralPatients(_))) => refuse(
            StatusCode::CONFLICT,
            IssueType::MultipleMatches,
            format!("Nothing was revoked: {why}."),
        ),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn refuse(status: StatusCode, kind: IssueType, text: String) -> Response {
    outcome(status, Issue::error(kind, text))
}

/// `None`: what serde would say may quote the body.
async fn wanted(body: Body) -> Option<Wanted> {
    let bytes = timeout(BODY_WITHIN, to_bytes(body, LARGEST_BODY)).await;
    let bytes = bytes.ok()?.ok()?;
    let object: Map<String, Value> = serde_json::from_slice(&bytes).ok()?;
    serde_json::from_value(Value::Object(object)).ok()
}
