//! POST `/api/v1/handoffs/{id}/approve`: an operator lets a held event go. The
//! answer is what the event's sender gets, too.

use super::Gateway;
use super::answer::{busy, outcome, resource};
use super::auth::authorize;
use super::events::{BODY_WITHIN, PLACE_WITHIN};
use crate::adapters::tokens::Role;
use crate::app::pipeline::{self, Approval, Approved};
use crate::domain::ids::HandoffId;
use crate::domain::outcome::Remedy;
use crate::formats::fhir::Issue;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use fhir_sdk::r4b::codes::IssueType;
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::time::timeout;

/// A reason and a scope are sentences; this is some pages of them.
const LARGEST_BODY: usize = 64 << 10;

/// What an operator may say to it; nothing at all is an approval too.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Said {
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    consent_scope: Option<String>,
}

pub(super) async fn approve(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let principal = match authorize(&gateway, &parts.headers, Role::Operator) {
        Ok(principal) => principal,
        Err(refused) => return *refused,
    };
    let said = match said(body).await {
        Ok(said) => said,
        Err(refused) => return *refused,
    };
    // A held message may be as large as any event.
    let places = gateway.places.clone();
    let Ok(Ok(place)) = timeout(PLACE_WITHIN, places.acquire_owned()).await else {
        return busy(&anyhow::anyhow!("as many events are in work as may be"));
    };
    let Some(held) = HandoffId::parse(&id) else {
        return unknown();
    };
    let (reason, scope) = (said.reason.as_deref(), said.consent_scope.as_deref());
    let approval = match Approval::new(principal.sub, reason, scope) {
        Ok(approval) => approval,
        Err(why) => {
            let issue = Issue::error(IssueType::TooLong, format!("Not approved: {why}."));
            return outcome(StatusCode::BAD_REQUEST, issue);
        }
    };
    // Once begun it ends, whether or not its caller still waits; until then it takes
    // its place.
    let world = gateway.world.clone();
    let approving = tokio::spawn(async move {
        let _place = place;
        pipeline::approve(&world, &held, &approval).await
    });
    match approving.await {
        Ok(Ok(approved)) => answer(approved),
        Ok(Err(error)) if error.remedy == Remedy::Retry => busy(&error.into()),
        Ok(Err(error)) => {
            tracing::error!(
                error = error.to_string(),
                "a held event could not be approved"
            );
            unprocessable("No packet could be made of it.")
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn answer(approved: Approved) -> Response {
    match approved {
        Approved::HandedOver { reference, .. } => resource(StatusCode::CREATED, &reference),
        Approved::Unknown => unknown(),
        Approved::Over(why) => conflict(format!("Nothing waits under this id: {why}.")),
        Approved::Again(why) => conflict(format!(
            "By the rules of today it is held for another reason: {why}. Approve it again to let it go all the same."
        )),
        Approved::Refused(why) => unprocessable(&format!("It cannot be approved: {why}.")),
    }
}

fn unknown() -> Response {
    let issue = Issue::error(IssueType::NotFound, "There is no handoff with this id.");
    outcome(StatusCode::NOT_FOUND, issue)
}

fn conflict(text: String) -> Response {
    outcome(
        StatusCode::CONFLICT,
        Issue::error(IssueType::Conflict, text),
    )
}

fn unprocessable(text: &str) -> Response {
    outcome(
        StatusCode::UNPROCESSABLE_ENTITY,
        Issue::error(IssueType::BusinessRule, text),
    )
}

async fn said(body: Body) -> Result<Said, Box<Response>> {
    let refuse =
        |status, kind, text: &str| Err(Box::new(outcome(status, Issue::error(kind, text))));
    let Ok(Ok(bytes)) = timeout(BODY_WITHIN, to_bytes(body, LARGEST_BODY)).await else {
        return refuse(
            StatusCode::PAYLOAD_TOO_LARGE,
            IssueType::TooLong,
            "The body broke off, or is larger than 64 KiB.",
        );
    };
    if bytes.trim_ascii().is_empty() {
        return Ok(Said::default());
    }
    // A list would do for serde; an object was asked for.
    let object = serde_json::from_slice::<Map<String, Value>>(&bytes);
    match object.and_then(|object| serde_json::from_value(Value::Object(object))) {
        Ok(said) => Ok(said),
        // What serde says may quote the body.
        Err(_) => refuse(
            StatusCode::BAD_REQUEST,
            IssueType::Structure,
            "The body is a JSON object with `reason` and `consentScope`, both texts, or nothing.",
        ),
    }
}
