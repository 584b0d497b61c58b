//! `/api/v1/dead-letters`: an operator looks at what could not be handed over, without
//! what it says, sends it through once more, or lets it go.

use super::Gateway;
use super::answer::{busy, outcome};
use super::auth::authorize;
use super::events::{BODY_WITHIN, PLACE_WITHIN};
use crate::adapters::sql::Letters;
use crate::adapters::tokens::{Principal, Role};
use crate::app::dead_letters::{self, LetGo, Rate};
use crate::app::world::World;
use crate::domain::dead_letter::{Standing, word};
use crate::domain::moment::{self, Edge};
use crate::formats::fhir::Issue;
use crate::formats::structure::structure;
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use fhir_sdk::r4b::codes::IssueType;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use tokio::time::timeout;

/// Some words.
const LARGEST_BODY: usize = 16 << 10;
/// Listed where nobody says how many, and at most.
const LISTED: i64 = 50;
const MOST_LISTED: i64 = 1000;

/// Which of them; all that is given must hold.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(super) struct Asked {
    channel: String,
    reason: String,
    since: Option<String>,
    /// `parked` where nothing is said; `all` for all.
    state: Option<String>,
    limit: Option<i64>,
}

pub(super) async fn list(
    State(gateway): State<Gateway>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Response {
    if let Err(refused) = authorize(&gateway, &headers, Role::Operator) {
        return *refused;
    }
    let world = &gateway.world;
    let asked = asked.ok().map(|Query(asked)| asked);
    let which = asked.and_then(|asked| {
        let which = letters(world, &asked.channel, &asked.reason, asked.since.as_deref());
        let state = match asked.state.as_deref() {
            None => Some(Standing::Parked),
            Some("all") => None,
            Some(state) => Some(Standing::of_store(state)?),
        };
        let limit = asked.limit.unwrap_or(LISTED).clamp(1, MOST_LISTED);
        Some((Letters { state, ..which? }, limit))
    });
    let Some((which, limit)) = which else {
        return unclear(
            "The question may have channel, reason, since (a time), state (parked, to-be-tried, delivered, replayed, \
             discarded, all) and limit (a number); nothing else.",
        );
    };
    let now = world.clock.now();
    let found = async {
        let listed = world.store.dead_letters(&which, limit, now).await?;
        let all = world.store.count_dead_letters(&which, now).await?;
        anyhow::Ok(json!({"total": all, "deadLetters": listed}))
    };
    found
        .await
        .map_or_else(|error| busy(&error), |found| Json(found).into_response())
}

fn letters(world: &World, channel: &str, reason: &str, since: Option<&str>) -> Option<Letters> {
    let zone = &world.settings.zone;
    let since = since.map(|text| moment::typed(text, zone, Edge::Start));
    Some(Letters {
        channel: channel.to_owned(),
        reason: reason.to_owned(),
        since: since.transpose().ok()?,
        ..Letters::default()
    })
}

/// One, with what it is made of.
pub(super) async fn show(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    if let Err(refused) = authorize(&gateway, &headers, Role::Operator) {
        return *refused;
    }
    // A parked message may be as large as any event.
    let Ok(Ok(_place)) = timeout(PLACE_WITHIN, gateway.places.acquire()).await else {
        return busy(&anyhow::anyhow!("as many events are in work as may be"));
    };
    let world = &gateway.world;
    let shown = async {
        let Some(stored) = world.store.dead_letter(&id, world.clock.now()).await? else {
            return Ok(unknown());
        };
        let opened = dead_letters::open(world, &stored).await?;
        let parts = opened.map(|it| structure(&it.body, it.envelope.content_type.as_deref()));
        let told = json!({"deadLetter": stored.letter, "structure": parts});
        anyhow::Ok(Json(told).into_response())
    };
    shown.await.unwrap_or_else(|error| busy(&error))
}

/// One by its id, or those that match, or all.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
struct Wanted {
    id: Option<String>,
    channel: String,
    reason: String,
    since: Option<String>,
    all: bool,
    rate: Option<String>,
}

pub(super) async fn replay(State(gateway): State<Gateway>, request: Request) -> Response {
    let (principal, wanted) = match said::<Wanted>(&gateway, request).await {
        Ok(said) => said,
        Err(refused) => return *refused,
    };
    let Some(wanted) = wanted else {
        return unclear(
            "The body is a JSON object: id; or reason, channel and since as texts, all as true; rate like \"10/s\".",
        );
    };
    let Ok(Ok(place)) = timeout(PLACE_WITHIN, gateway.places.clone().acquire_owned()).await else {
        return busy(&anyhow::anyhow!("as many events are in work as may be"));
    };
    // Once begun it ends, whether or not its caller still waits.
    let world = Arc::clone(&gateway.world);
    let replaying = tokio::spawn(async move {
        let _place = place;
        replayed(&world, &wanted, &principal.sub).await
    });
    match replaying.await {
        Ok(answer) => answer.unwrap_or_else(|error| busy(&error)),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn replayed(world: &Arc<World>, wanted: &Wanted, who: &str) -> anyhow::Result<Response> {
    if let Some(id) = &wanted.id {
        let became = dead_letters::replay(world, id, who).await?;
        return Ok(answer(id, became));
    }
    let which = letters(
        world,
        &wanted.channel,
        &wanted.reason,
        wanted.since.as_deref(),
    );
    let rate = wanted.rate.as_deref().map(Rate::typed).transpose();
    let (Some(which), Ok(rate)) = (which, rate) else {
        return Ok(unclear("`since` is a time, `rate` is like 10/s."));
    };
    if wanted.reason.is_empty() && !wanted.all {
        return Ok(unclear(
            "Say which: an id, a reason, or all (with channel or since it is all of those).",
        ));
    }
    let rate = rate.unwrap_or_default();
    let done = dead_letters::replay_all(world, &which, rate, who, |_| ()).await?;
    Ok(Json(done).into_response())
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
struct Discarding {
    id: String,
    why: String,
}

pub(super) async fn discard(State(gateway): State<Gateway>, request: Request) -> Response {
    let (principal, wanted) = match said::<Discarding>(&gateway, request).await {
        Ok(said) => said,
        Err(refused) => return *refused,
    };
    let wanted = wanted.and_then(|wanted| Some((wanted.id, word(&wanted.why).ok()?)));
    let Some((id, why)) = wanted else {
        return unclear(
            "The body is a JSON object with id and why, a sentence of at most 500 characters.",
        );
    };
    match dead_letters::discard(&gateway.world, &id, &principal.sub, &why).await {
        Ok(became) => answer(&id, became),
        Err(error) => busy(&error),
    }
}

fn answer(id: &str, became: LetGo) -> Response {
    match became {
        LetGo::Done => Json(json!({"id": id, "done": true})).into_response(),
        LetGo::ParkedAgain(why) => {
            Json(json!({"id": id, "done": false, "parkedAgain": why})).into_response()
        }
        LetGo::Unknown => unknown(),
        LetGo::Settled(state) => conflict(format!(
            "Nothing is parked under this id: it was {} already.",
            state.as_str()
        )),
        LetGo::Refused(why) => conflict(format!("It cannot be replayed: {why}.")),
    }
}

/// Who asks, and what; the inner `None` where the body is not what it should be. What
/// serde would say may quote it.
async fn said<T: for<'de> Deserialize<'de>>(
    gateway: &Gateway,
    request: Request,
) -> Result<(Principal, Option<T>), Box<Response>> {
    let (parts, body) = request.into_parts();
    let principal = authorize(gateway, &parts.headers, Role::Operator)?;
    Ok((principal, object(body).await))
}

async fn object<T: for<'de> Deserialize<'de>>(body: Body) -> Option<T> {
    let bytes = timeout(BODY_WITHIN, to_bytes(body, LARGEST_BODY)).await;
    let bytes = bytes.ok()?.ok()?;
    let object: Map<String, Value> = serde_json::from_slice(&bytes).ok()?;
    serde_json::from_value(Value::Object(object)).ok()
}

fn unknown() -> Response {
    let text = "There is no dead letter with this id, or its time is over.";
    let issue = Issue::error(IssueType::NotFound, text);
    outcome(StatusCode::NOT_FOUND, issue)
}

fn conflict(text: String) -> Response {
    let issue = Issue::error(IssueType::Conflict, text);
    outcome(StatusCode::CONFLICT, issue)
}

fn unclear(text: &str) -> Response {
    let issue = Issue::error(IssueType::Structure, text);
    outcome(StatusCode::BAD_REQUEST, issue)
}
