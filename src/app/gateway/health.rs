//! For load balancers and supervisors: alive, and ready. Also where this process is
//! no gateway; then there is nothing else.

use super::super::readiness;
use super::super::world::World;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use std::sync::Arc;

pub(super) fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .with_state(world)
}

/// What works and what does not.
async fn ready(State(world): State<Arc<World>>) -> Response {
    let readiness = readiness::look(&world).await;
    let status = match readiness.is_well() {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(readiness)).into_response()
}
