//! From rendered files to committed rows: reserve, seal and put, then one
//! transaction. Whatever is put without being committed is found by its row.

use super::{Event, Outcome, OutcomeKind, Passage, Rendered, held_answer, render};
use crate::adapters::clock::chance;
use crate::adapters::sql::{
    Committed, KnownHandoff, NewErrand, NewFile, NewHandoff, NewLink, Target,
};
use crate::adapters::staging::StagedObject;
use crate::adapters::telemetry;
use crate::app::faults;
use crate::app::world::World;
use crate::domain::audit::{AuditEvent, AuditKind};
use crate::domain::channel::{NotifyRoute, ReturnRoute};
use crate::domain::for_real::NotForReal;
use crate::domain::ids::{HandoffId, LinkId, ObjectKey};
use crate::domain::link::Face;
use crate::domain::measures::Span;
use crate::domain::notice::Recipient;
use crate::domain::outcome::{OrRemedy, Stage, StageError};
use crate::formats::fhir::{self, Rendition};
use crate::formats::sheet::Imprint;
use anyhow::Context;
use bytes::Bytes;
use serde_json::Value;
use std::sync::Arc;
use tracing::Instrument;

/// An expired link must still find its page: the token outlives it by 30 days
/// (product contract).
const TOKEN_AFTERLIFE: Span = Span::hours(30 * 24);
/// A held event waits this long for a person.
const HELD_FOR: Span = Span::hours(30 * 24);

type Settled<T> = Result<Result<T, KnownHandoff>, StageError>;

/// Everything about a handoff that is decided before anything is written.
struct Plan {
    id: HandoffId,
    created: jiff::Timestamp,
    expires: jiff::Timestamp,
    test: bool,
}

pub(super) async fn hand_over(passage: &Passage<'_>, test: Option<NotForReal>) -> Settled<Outcome> {
    let world = passage.world;
    let created = world.clock.now();
    let plan = Plan {
        id: HandoffId::new(created, &chance()),
        created,
        expires: after(created, passage.channel.link.expires_after),
        test: test.is_some(),
    };
    let rendered = render_files(passage, &plan).await?;
    let staged = stage_files(world, &rendered, created).await?;
    let reference =
        reference_of(passage, &plan, &rendered, &staged).or_dead_letter(Stage::Render)?;
    let new = rows(passage, &plan, &rendered, &staged, &reference).or_retry(Stage::Store)?;
    let system_link = new
        .links
        .iter()
        .find(|link| link.face == Face::Systems)
        .map(|link| link.id.clone());
    if let Some(known) = commit(world, &new).await? {
        return Ok(Err(known));
    }
    let filled = with_links(world, reference, system_link)
        .await
        .or_retry(Stage::Store)?;
    let outcome = Outcome {
        channel: passage.channel.name().to_owned(),
        handoff: plan.id,
        kind: OutcomeKind::Created(filled),
    };
    Ok(Ok(outcome))
}

/// Keeps the message itself, sealed, for a person to decide on.
pub(super) async fn hold(
    passage: &Passage<'_>,
    identities: Vec<String>,
    why: &str,
) -> Settled<HandoffId> {
    let world = passage.world;
    let now = world.clock.now();
    let id = HandoffId::new(now, &chance());
    let body = vec![(
        "application/octet-stream",
        Bytes::copy_from_slice(&passage.event.body),
    )];
    let mut staged = stage_bytes(world, body, now).await?;
    let answer = held_answer(&id, why).or_retry(Stage::Store)?;
    let files = staged.drain(..).map(|object| NewFile {
        object,
        file_name: "held-message".into(),
    });
    let new = NewHandoff {
        id: id.clone(),
        channel: passage.channel.name().to_owned(),
        held: Some(why.to_owned()),
        expires_at: after(now, HELD_FOR),
        body_sha256: passage.body_sha256.clone(),
        sealed_reference: None,
        trace_parent: telemetry::current_trace_parent(),
        identities,
        files: files.collect(),
        links: Vec::new(),
        errands: reply(passage, &id, Some(answer.to_string()))
            .into_iter()
            .collect(),
        audit: audit(AuditKind::Held, &id, why.to_owned()),
    };
    match commit(world, &new).await? {
        Some(known) => Ok(Err(known)),
        None => Ok(Ok(id)),
    }
}

/// Answers a repeat on its own reply queue, with what the first one was told.
pub(super) async fn reply_again(
    passage: &Passage<'_>,
    known: &KnownHandoff,
    answer: &Value,
) -> Result<(), StageError> {
    let payload = known.held.is_some().then(|| answer.to_string());
    let Some(errand) = reply(passage, &known.id, payload) else {
        return Ok(());
    };
    let world = passage.world;
    world
        .store
        .enqueue(&[errand], world.clock.now())
        .await
        .or_retry(Stage::Store)?;
    world.errands.notify_waiters();
    Ok(())
}

/// The DocumentReference of a handoff, its links signed anew.
pub(super) async fn reference(world: &World, known: &KnownHandoff) -> anyhow::Result<Value> {
    let sealed = known
        .sealed_reference
        .as_deref()
        .context("this handoff has no reference")?;
    filled_reference(world, &known.id, sealed).await
}

/// Opens a stored reference and signs its links.
pub async fn filled_reference(
    world: &World,
    id: &HandoffId,
    sealed: &str,
) -> anyhow::Result<Value> {
    let opened = world.keys.open_record(id.as_str(), sealed)?;
    let system_link = world.store.links_of(id.as_str(), Face::Systems).await?;
    let system_link = system_link.into_iter().next().map(|link| link.id);
    with_links(world, serde_json::from_slice(&opened)?, system_link).await
}

async fn with_links(
    world: &World,
    mut reference: Value,
    link: Option<LinkId>,
) -> anyhow::Result<Value> {
    let id = link.context("this handoff has no link for systems")?;
    let link = world.store.link(&id).await?.context("a link vanished")?;
    let url = world.link_url(&link)?;
    fhir::fill_urls(&mut reference, |ordinal| format!("{url}/{ordinal}"));
    Ok(reference)
}

async fn render_files(passage: &Passage<'_>, plan: &Plan) -> Result<Vec<Rendered>, StageError> {
    let world = Arc::clone(passage.world);
    let channel = Arc::clone(passage.channel);
    let facts = Arc::clone(passage.facts);
    let imprint = Imprint {
        organisation: world.settings.organisation.clone(),
        handoff: plan.id.uuid(),
        ticket: plan.id.ticket(),
        source_sha256: passage.body_sha256.clone(),
        created: world.local(plan.created),
    };
    let span = tracing::info_span!("render", channel.name = channel.name());
    let rendering = move || render(&channel, &facts, &imprint, &world.fonts);
    let rendered = tokio::task::spawn_blocking(rendering)
        .instrument(span)
        .await;
    rendered
        .or_dead_letter(Stage::Render)?
        .or_dead_letter(Stage::Render)
}

async fn stage_files(
    world: &World,
    rendered: &[Rendered],
    now: jiff::Timestamp,
) -> Result<Vec<StagedObject>, StageError> {
    let files = rendered
        .iter()
        .map(|file| (file.format.content_type(), file.bytes.clone()))
        .collect();
    stage_bytes(world, files, now).await
}

/// Reserves, then seals and puts each file.
async fn stage_bytes(
    world: &World,
    files: Vec<(&'static str, Bytes)>,
    now: jiff::Timestamp,
) -> Result<Vec<StagedObject>, StageError> {
    let keys: Vec<ObjectKey> = files.iter().map(|_| ObjectKey::new(&chance())).collect();
    let lease = after(now, world.settings.stage_lease);
    world
        .store
        .reserve(&keys, lease, now)
        .await
        .or_retry(Stage::Store)?;
    let span = tracing::info_span!("stage", files = files.len());
    let putting = async {
        let mut staged = Vec::new();
        for (key, (content_type, bytes)) in keys.iter().zip(files) {
            let plaintext = futures_util::stream::once(async { Ok(bytes) });
            let object = world
                .staging
                .seal(&world.keys, key.clone(), content_type, plaintext)
                .await?;
            staged.push(object);
        }
        anyhow::Ok(staged)
    };
    let staged = putting.instrument(span).await;
    faults::point("after-put");
    if staged.is_err() {
        give_up(world, &keys).await;
    }
    staged.or_retry(Stage::Stage)
}

/// Commits, or says whose event it was already; then our own objects go.
async fn commit(world: &World, new: &NewHandoff) -> Result<Option<KnownHandoff>, StageError> {
    let span = tracing::info_span!("store", handoff.id = %new.id);
    let committed = world
        .store
        .commit(new, world.clock.now())
        .instrument(span)
        .await;
    let known = match committed {
        Ok(Committed::New) => None,
        Ok(Committed::Known(known)) => Some(known),
        Err(error) => {
            give_up(
                world,
                &new.files
                    .iter()
                    .map(|file| file.object.key.clone())
                    .collect::<Vec<_>>(),
            )
            .await;
            return Err(error).or_retry(Stage::Store);
        }
    };
    if known.is_some() {
        give_up(
            world,
            &new.files
                .iter()
                .map(|file| file.object.key.clone())
                .collect::<Vec<_>>(),
        )
        .await;
    } else {
        faults::point("after-commit");
    }
    Ok(known)
}

/// Objects that will never be committed. When even this fails, the sweeper
/// finds them after their lease.
async fn give_up(world: &World, keys: &[ObjectKey]) {
    if let Err(error) = world.store.abandon(keys, world.clock.now()).await {
        tracing::warn!(
            error = format!("{error:#}"),
            "a reservation is left to the sweeper"
        );
    }
}

fn reference_of(
    passage: &Passage<'_>,
    plan: &Plan,
    rendered: &[Rendered],
    staged: &[StagedObject],
) -> anyhow::Result<Value> {
    let world = passage.world;
    let renditions: Vec<Rendition> = rendered
        .iter()
        .zip(staged)
        .map(|(file, object)| Rendition {
            format: file.format,
            size: object.digests.size,
            sha1: object.digests.sha1.clone(),
        })
        .collect();
    fhir::document_reference(&fhir::Reference {
        handoff: plan.id.uuid(),
        facts: passage.facts,
        kind: passage.channel.packet.kind,
        renditions: &renditions,
        organisation: &world.settings.organisation,
        public_url: &world.settings.public_url,
        created: &world.local(plan.created),
        expires: &world.local(plan.expires),
        test: plan.test,
    })
}

fn rows(
    passage: &Passage<'_>,
    plan: &Plan,
    rendered: &[Rendered],
    staged: &[StagedObject],
    reference: &Value,
) -> anyhow::Result<NewHandoff> {
    let world = passage.world;
    let sealed = world
        .keys
        .seal_record(plan.id.as_str(), reference.to_string().as_bytes())?;
    let links = links(passage, plan);
    let files = rendered.iter().zip(staged).map(|(file, object)| NewFile {
        object: object.clone(),
        file_name: file.format.file_name().to_owned(),
    });
    let detail = format!(
        "{} files, {} links, test: {}",
        staged.len(),
        links.len(),
        plan.test
    );
    Ok(NewHandoff {
        id: plan.id.clone(),
        channel: passage.channel.name().to_owned(),
        held: None,
        expires_at: plan.expires,
        body_sha256: passage.body_sha256.clone(),
        sealed_reference: Some(sealed),
        trace_parent: telemetry::current_trace_parent(),
        identities: passage.identities.clone(),
        files: files.collect(),
        errands: errands(passage, plan, &links),
        links,
        audit: audit(AuditKind::Created, &plan.id, detail),
    })
}

/// One link for each recipient and one for the sending system. What is not
/// for real life goes to the test recipient alone.
fn links(passage: &Passage<'_>, plan: &Plan) -> Vec<NewLink> {
    let channel = passage.channel;
    let recipients: &[Recipient] = match (&channel.test_recipient, plan.test) {
        (Some(recipient), true) => std::slice::from_ref(recipient),
        _ => &channel.recipients,
    };
    let link = |face, recipient: Option<Recipient>| NewLink {
        id: LinkId::new(&chance()),
        face,
        key_id: passage.world.links.key_id().to_owned(),
        recipient,
        expires_at: plan.expires,
        token_expires_at: after(plan.expires, TOKEN_AFTERLIFE),
        max_downloads: channel.link.max_downloads.get().into(),
    };
    let people = recipients
        .iter()
        .map(|recipient| link(Face::People, Some(recipient.clone())));
    people.chain([link(Face::Systems, None)]).collect()
}

fn errands(passage: &Passage<'_>, plan: &Plan, links: &[NewLink]) -> Vec<NewErrand> {
    let channel = passage.channel;
    let errand = |target, link: Option<&LinkId>| NewErrand {
        id: None,
        handoff: Some(plan.id.clone()),
        link: link.map(LinkId::to_string),
        target,
        payload: None,
        trace_parent: telemetry::current_trace_parent(),
    };
    let mut errands: Vec<NewErrand> = reply(passage, &plan.id, None).into_iter().collect();
    let has_broker = passage.world.broker.is_some();
    // Whoever listens on an exchange takes what comes for real: tests stay away.
    for route in channel.returns.iter().filter(|_| has_broker && !plan.test) {
        if let ReturnRoute::Rabbitmq(route) = route {
            errands.push(errand(
                Target::Result {
                    exchange: route.exchange.to_string(),
                    routing_key: route.routing_key.clone(),
                    correlation_id: correlation(passage.event),
                    channel: channel.name().to_owned(),
                },
                None,
            ));
        }
    }
    for link in links.iter().filter(|link| link.face == Face::People) {
        for route in &channel.notify {
            let target = match route {
                NotifyRoute::Email(_) => Target::NoticeEmail {
                    owner: channel.owner.to_string(),
                },
                NotifyRoute::Rabbitmq(_) if plan.test => continue,
                NotifyRoute::Rabbitmq(route) => Target::NoticeMessage {
                    exchange: route.exchange.to_string(),
                    routing_key: route.routing_key.clone(),
                    channel: channel.name().to_owned(),
                },
            };
            errands.push(errand(target, Some(&link.id)));
        }
    }
    errands
}

/// The answer on the event's own reply queue, where it asked for one and the
/// channel gives one.
fn reply(passage: &Passage<'_>, handoff: &HandoffId, payload: Option<String>) -> Option<NewErrand> {
    let wanted = passage
        .channel
        .returns
        .iter()
        .any(|route| matches!(route, ReturnRoute::Reply(_)));
    let queue = passage.event.reply_to.clone().filter(|_| wanted)?;
    Some(NewErrand {
        id: None,
        handoff: Some(handoff.clone()),
        link: None,
        target: Target::Reply {
            queue,
            correlation_id: correlation(passage.event),
            channel: passage.channel.name().to_owned(),
        },
        payload,
        trace_parent: telemetry::current_trace_parent(),
    })
}

/// AMQP's custom: a request without a correlation id is answered by its message id.
pub fn correlation(event: &Event) -> Option<String> {
    event
        .correlation_id
        .clone()
        .or_else(|| event.transport_id.clone())
}

fn audit(kind: AuditKind, handoff: &HandoffId, detail: String) -> AuditEvent {
    AuditEvent {
        kind,
        handoff: handoff.to_string(),
        link: None,
        detail,
    }
}

fn after(start: jiff::Timestamp, span: Span) -> jiff::Timestamp {
    let millis = start.as_millisecond().saturating_add(span.millis());
    jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX)
}
