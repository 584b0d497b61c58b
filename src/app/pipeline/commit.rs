//! One new handoff, or one held event: everything is made first, then written
//! in one transaction.

use super::errands::{Way, answers};
use super::packets::packet_of;
use super::reference::{Kept, patient_of, reference_of, renditions_of, with_links};
use super::rows::{Correction, Made, Plan, after, audit, rows};
use super::stage::{give_up, stage_bytes, stage_files};
use super::{
    Outcome, OutcomeKind, Passage, RenderedFile, door, held_answer, on_a_processor, render,
};
use crate::adapters::clock::chance;
use crate::adapters::digest::sha256_hex;
use crate::adapters::faults;
use crate::adapters::sql::{Committed, Held, KnownHandoff, NewFile, NewHandoff};
use crate::adapters::telemetry;
use crate::app::world::World;
use crate::domain::audit::AuditKind;
use crate::domain::for_real::NotForReal;
use crate::domain::ids::HandoffId;
use crate::domain::link::Face;
use crate::domain::measures::Span;
use crate::domain::outcome::{OrRemedy, Stage, StageError};
use crate::domain::packet::Packet;
use crate::domain::waiting::Waiting;
use crate::formats::sheet::Imprint;
use bytes::Bytes;
use std::sync::Arc;
use tracing::Instrument;

/// A held event waits this long for a person.
const HELD_FOR: Span = Span::hours(30 * 24);

/// What came of writing something down.
pub(super) enum Written<T> {
    New(T),
    /// Another delivery of the same event was faster.
    Known(KnownHandoff),
    /// What it was to replace is another packet by now.
    Moved,
    /// A later message has cancelled what it is about.
    Cancelled(String),
    /// The held event that was to be approved waits no more.
    NotHeld,
}

type Settled<T> = Result<Written<T>, StageError>;

pub(super) async fn hand_over(
    passage: &Passage<'_>,
    test: Option<NotForReal>,
    correction: Option<Correction>,
) -> Settled<Outcome> {
    let world = passage.world;
    let created = world.clock.now();
    let plan = Plan {
        id: HandoffId::new(created, &chance()),
        created,
        expires: after(created, passage.channel.link.expires_after),
        test: test.is_some(),
        correction,
    };
    let packet = packet_of(&passage.facts, passage.channel, &passage.verdict);
    let packet = Arc::new(packet);
    let rendered = render_files(passage, &plan, &packet).await?;
    let staged = stage_files(world, &rendered, created).await?;
    let replaced = renditions_of(world, plan.replaces())
        .await
        .or_retry(Stage::Store)?;
    let reference = reference_of(passage, &plan, &packet, &rendered, &staged);
    let reference = Kept {
        reference: reference.or_dead_letter(Stage::Render)?,
        replaced,
        patient: patient_of(passage, &plan, &packet).or_dead_letter(Stage::Render)?,
    };
    let made = Made {
        packet: &packet,
        rendered: &rendered,
        staged: &staged,
        reference: &reference,
    };
    let new = rows(passage, &plan, &made).or_retry(Stage::Store)?;
    let system_link = new
        .links
        .iter()
        .find(|link| link.face == Face::Systems)
        .map(|link| link.id.clone());
    match commit(world, &new).await? {
        Written::New(()) => {}
        Written::Known(known) => return Ok(Written::Known(known)),
        Written::Moved => return Ok(Written::Moved),
        Written::Cancelled(event) => return Ok(Written::Cancelled(event)),
        Written::NotHeld => return Ok(Written::NotHeld),
    }
    let profile = passage.channel.reply_profile();
    let filled = with_links(world, reference, system_link, profile)
        .await
        .or_retry(Stage::Store)?;
    let outcome = passage.outcome(plan.id, OutcomeKind::Created(filled));
    Ok(Written::New(outcome))
}

/// Keeps the message itself, sealed, for a person to decide on.
pub(super) async fn hold(
    passage: &Passage<'_>,
    identities: Vec<String>,
    waiting: &Waiting,
) -> Result<Result<HandoffId, KnownHandoff>, StageError> {
    let world = passage.world;
    let now = world.clock.now();
    let id = HandoffId::new(now, &chance());
    let body = vec![(
        "application/octet-stream".into(),
        Bytes::copy_from_slice(&passage.event.body),
    )];
    let mut staged = stage_bytes(world, body, now).await?;
    let answer = held_answer(&id, &waiting.why).or_retry(Stage::Store)?;
    let held = Held {
        waiting: waiting.clone(),
        sealed_door: door::sealed(passage, &id).or_retry(Stage::Store)?,
    };
    let files = staged.drain(..).map(|object| NewFile {
        object,
        file_name: "held-message".into(),
        language: None,
    });
    let new = NewHandoff {
        id: id.clone(),
        channel: passage.channel.name().to_owned(),
        held: Some(held),
        approves: None,
        expires_at: after(now, HELD_FOR),
        body_sha256: passage.body_sha256.clone(),
        sealed_reference: None,
        sealed_security: None,
        trace_parent: telemetry::current_trace_parent(),
        identities,
        subject: passage.subject(None, Vec::new()),
        names: passage.names(),
        guarded_until: None,
        supersedes: Vec::new(),
        replaces: None,
        files: files.collect(),
        links: Vec::new(),
        errands: answers(passage, &id, Some(&answer), Way::Everywhere),
        audit: audit(AuditKind::Held, &id, waiting.why.clone()),
    };
    match commit(world, &new).await? {
        Written::New(()) => Ok(Ok(id)),
        Written::Known(known) => Ok(Err(known)),
        Written::Moved | Written::Cancelled(_) | Written::NotHeld => {
            Err(anyhow::anyhow!("a held event is not guarded")).or_dead_letter(Stage::Store)
        }
    }
}

async fn render_files(
    passage: &Passage<'_>,
    plan: &Plan,
    packet: &Arc<Packet>,
) -> Result<Vec<RenderedFile>, StageError> {
    let world = passage.world;
    let house = Arc::clone(world);
    let channel = Arc::clone(passage.channel);
    let packet = Arc::clone(packet);
    let brand = world.brands.of(&channel);
    let imprint = Imprint {
        organisation: brand.organisation(&world.settings.organisation).to_owned(),
        handoff: plan.id.uuid(),
        ticket: plan.id.ticket(),
        source_sha256: sha256_hex(&passage.event.body),
        created: world.local(plan.created),
        source_zone: passage.zone().clone(),
    };
    let span = tracing::info_span!("render", channel.name = channel.name());
    let rendering = move || render(&channel, &packet, &imprint, &brand, &house.fonts);
    let rendered = on_a_processor(world, rendering).instrument(span).await;
    rendered
        .or_dead_letter(Stage::Render)?
        .or_dead_letter(Stage::Render)
}

/// Commits, or says whose event it was already; then our own objects go.
async fn commit(world: &World, new: &NewHandoff) -> Settled<()> {
    let span = tracing::info_span!("store", handoff.id = %new.id);
    let committing = async {
        faults::step("before-commit")?;
        let committed = world.store.commit(new, world.clock.now()).await?;
        faults::step("after-commit")?;
        anyhow::Ok(committed)
    };
    let known = match committing.instrument(span).await {
        Ok(Committed::New) => return Ok(Written::New(())),
        Ok(Committed::Known(known)) => Ok(Written::Known(known)),
        Ok(Committed::Moved) => Ok(Written::Moved),
        Ok(Committed::Cancelled(event)) => Ok(Written::Cancelled(event)),
        Ok(Committed::NotHeld) => Ok(Written::NotHeld),
        Err(error) => Err(error).or_retry(Stage::Store),
    };
    let own: Vec<_> = new
        .files
        .iter()
        .map(|file| file.object.key.clone())
        .collect();
    give_up(world, &own).await;
    known
}
