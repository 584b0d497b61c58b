//! Who calls the API: the bearer's token, and whether their role allows it.

use super::Gateway;
use super::answer::outcome;
use crate::adapters::tokens::{Principal, Role};
use crate::formats::fhir::Issue;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use fhir_sdk::r4b::codes::IssueType;

/// The caller, if the token is ours, alive and of the right role.
pub(super) fn authorize(
    gateway: &Gateway,
    headers: &HeaderMap,
    role: Role,
) -> Result<Principal, Box<Response>> {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let token = token
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let principal = token.and_then(|(_, token)| {
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
            let text = format!(
                "A bearer token is needed; `handoff token issue --role {}` makes one.",
                role.name()
            );
            let issue = Issue::error(IssueType::Login, text);
            let mut response = outcome(StatusCode::UNAUTHORIZED, issue);
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            Err(Box::new(response))
        }
    }
}
