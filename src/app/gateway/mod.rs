//! The web face: `/l/` for people, `/d/` for systems, `/api/v1` for senders.
//! Paths hold tokens, so no path is ever logged or traced.

mod answer;
mod approve;
mod auth;
mod body;
mod connection;
mod dead_letters;
mod download;
mod events;
mod face;
mod forwarded;
mod health;
mod pace;
mod page;
mod range;
mod revocations;
mod shl;
mod shown;
mod throttle;
mod visit;

use self::connection::Wire;
use self::throttle::Throttle;
use super::roles::Role;
use super::world::World;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

/// What every handler holds.
#[derive(Clone)]
pub struct Gateway {
    pub world: Arc<World>,
    /// Rows still to be written when a download ended.
    pub endings: TaskTracker,
    /// Events in work at a time, beyond which a sender is told to come again.
    pub places: Arc<Semaphore>,
    /// Failures of the addresses that ask.
    pub throttle: Arc<Throttle>,
}

/// The longest form has three short fields.
const FORM_BYTES: usize = 8 << 10;

/// Each may hold a body of 64 MiB: enough for two cores, within a gigabyte.
const EVENTS_AT_A_TIME: usize = 16;

/// Serves until stopped; running downloads are finished first. Where this process is
/// no gateway, it says how it is, and nothing else.
pub async fn serve(
    world: Arc<World>,
    listener: TcpListener,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let endings = TaskTracker::new();
    let places = Arc::new(Semaphore::new(EVENTS_AT_A_TIME));
    let settings = world.settings.clone();
    if !settings.roles.has(Role::Gateway) {
        Wire::open(health::router(world), &settings, stop)?
            .serve(listener)
            .await;
        return Ok(());
    }
    let now = world.clock.now().as_millisecond();
    let gateway = Gateway {
        world,
        endings: endings.clone(),
        places,
        throttle: Arc::new(Throttle::new(settings.failures_at_once, now)),
    };
    Wire::open(router(gateway), &settings, stop)?
        .serve(listener)
        .await;
    endings.close();
    endings.wait().await;
    Ok(())
}

fn router(gateway: Gateway) -> Router {
    let https = gateway.world.settings.public_url.starts_with("https://");
    let health = health::router(Arc::clone(&gateway.world));
    let router = Router::new()
        .route(
            "/l/{token}",
            get(visit::landing)
                .post(visit::act)
                .layer(DefaultBodyLimit::max(FORM_BYTES)),
        )
        .route(
            "/l/{token}/{file}",
            get(visit::fetch)
                .head(visit::peek)
                .post(visit::press)
                .layer(DefaultBodyLimit::max(FORM_BYTES)),
        )
        .route(
            "/d/{token}/{file}",
            get(download::direct).head(download::probe),
        )
        .route(
            "/shl/{id}",
            get(shl::direct).head(shl::peek).post(shl::manifest),
        )
        .route(
            "/shl/{id}/f/{file}",
            get(shl::location).head(shl::peek_location),
        )
        .route("/api/v1/events", post(events::receive))
        .route("/api/v1/handoffs/{id}/approve", post(approve::approve))
        .route("/api/v1/revocations", post(revocations::revoke))
        .route("/api/v1/dead-letters", get(dead_letters::list))
        .route("/api/v1/dead-letters/replay", post(dead_letters::replay))
        .route("/api/v1/dead-letters/discard", post(dead_letters::discard))
        .route("/api/v1/dead-letters/{id}", get(dead_letters::show))
        .route(
            "/fhir/StructureDefinition/link-expires",
            get(answer::expiry_definition),
        )
        .route("/page.css", get(page::stylesheet))
        .route("/brand/{file}", get(page::brand))
        .route(
            "/robots.txt",
            get(|| async { "User-agent: *\nDisallow: /\n" }),
        )
        .fallback(page::nothing_here)
        .layer(middleware::from_fn_with_state(
            gateway.clone(),
            throttle::guard,
        ))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(shl::cors))
        .with_state(gateway)
        .merge(health);
    let router = HEADERS.iter().fold(router, |router, (name, value)| {
        let name = HeaderName::from_static(name);
        router.layer(SetResponseHeaderLayer::if_not_present(
            name,
            HeaderValue::from_static(value),
        ))
    });
    if !https {
        return router;
    }
    // One year, as browsers' preload lists ask for at least.
    let hsts = HeaderValue::from_static("max-age=31536000");
    router.layer(SetResponseHeaderLayer::overriding(
        header::STRICT_TRANSPORT_SECURITY,
        hsts,
    ))
}

/// On every response (OWASP ASVS 5.0 §3.4, W3C TAG on capability URLs).
const HEADERS: [(&str, &str); 5] = [
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-robots-tag", "noindex, nofollow"),
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
];

/// The hook has told where; the payload may quote a message and stays unsaid.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
