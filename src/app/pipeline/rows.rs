//! The rows of a handoff and its links.

use super::errands::errands;
use super::reference::Kept;
use super::{Passage, RenderedFile};
use crate::adapters::clock::chance;
use crate::adapters::shl;
use crate::adapters::sql::{NewFile, NewHandoff, NewLink, Proof, Subject};
use crate::adapters::staging::StagedObject;
use crate::adapters::telemetry;
use crate::domain::audit::{AuditEvent, AuditKind};
use crate::domain::ids::{HandoffId, LinkId};
use crate::domain::link::Face;
use crate::domain::measures::Span;
use crate::domain::notice::Recipient;
use crate::domain::packet::Packet;
use crate::domain::verify::{SmartHealthLink, Verify, new_code};

/// An expired link must still find its page: the token outlives it by 30 days
/// (product contract).
pub(super) const TOKEN_AFTERLIFE: Span = Span::hours(30 * 24);

/// Everything about a handoff that is decided before anything is written.
pub(super) struct Plan {
    pub id: HandoffId,
    pub created: jiff::Timestamp,
    pub expires: jiff::Timestamp,
    pub test: bool,
    /// `Some` where the event is one that corrects.
    pub correction: Option<Correction>,
}

/// What a correction was decided on.
#[derive(Clone, Default)]
pub(super) struct Correction {
    /// The packet of the same thread that this one replaces.
    pub replaces: Option<HandoffId>,
}

impl Plan {
    pub fn replaces(&self) -> Option<&HandoffId> {
        self.correction.as_ref()?.replaces.as_ref()
    }
}

/// What was made of the packet.
pub(super) struct Made<'a> {
    pub packet: &'a Packet,
    pub rendered: &'a [RenderedFile],
    pub staged: &'a [StagedObject],
    pub reference: &'a Kept,
}

pub(super) fn rows(
    passage: &Passage<'_>,
    plan: &Plan,
    made: &Made<'_>,
) -> anyhow::Result<NewHandoff> {
    let world = passage.world;
    let seal = |context: &str, record: String| world.keys.seal_record(context, record.as_bytes());
    let security = serde_json::to_string(&made.packet.security)?;
    let links = links(passage, plan)?;
    let files = made.rendered.iter().zip(made.staged);
    let files = files.map(|(file, object)| NewFile {
        object: object.clone(),
        file_name: file.rendition.file_name.clone(),
        language: file.rendition.reader(),
    });
    let mut detail = format!(
        "{} files, {} links, test: {}",
        made.staged.len(),
        links.len(),
        plan.test
    );
    let approval = passage.approval;
    if let Some(approving) = approval {
        detail.push_str(&format!(", approved: held as {}", approving.held));
    }
    Ok(NewHandoff {
        id: plan.id.clone(),
        channel: passage.channel.name().to_owned(),
        held: None,
        approves: approval.map(|approving| approving.approves(&plan.id)),
        expires_at: plan.expires,
        body_sha256: passage.body_sha256.clone(),
        sealed_reference: Some(seal(
            plan.id.as_str(),
            serde_json::to_string(made.reference)?,
        )?),
        sealed_security: Some(seal(&security_record(plan.id.as_str()), security)?),
        trace_parent: telemetry::current_trace_parent(),
        identities: match approval {
            Some(_) => Vec::new(),
            None => passage.identities.clone(),
        },
        subject: subject(passage, plan)?,
        names: passage.names(),
        guarded_until: passage.guarded_until(),
        supersedes: match plan.correction {
            Some(_) => passage.threads(),
            None => Vec::new(),
        },
        replaces: plan.replaces().cloned(),
        files: files.collect(),
        errands: errands(passage, plan, &links),
        links,
        audit: audit(AuditKind::Created, &plan.id, detail),
    })
}

/// The name that the sealed record of a packet's labels goes by.
pub fn security_record(handoff: &str) -> String {
    format!("{handoff}/security")
}

/// What is not for real life is found by no correction and no cancellation of
/// what is.
fn subject(passage: &Passage<'_>, plan: &Plan) -> anyhow::Result<Subject> {
    if plan.test {
        return Ok(Subject {
            sent_at: passage.sent_by(),
            ..Subject::default()
        });
    }
    let (content, filled) = passage.content()?;
    Ok(passage.subject(Some(content), filled))
}

/// One link for each recipient and one for the sending system. What is not
/// for real life goes to the test recipient alone.
fn links(passage: &Passage<'_>, plan: &Plan) -> anyhow::Result<Vec<NewLink>> {
    let channel = passage.channel;
    let recipients: &[Recipient] = match (&channel.test_recipient, plan.test) {
        (Some(recipient), true) => std::slice::from_ref(recipient),
        _ => &channel.recipients,
    };
    let link = |face, recipient: Option<Recipient>| {
        let id = LinkId::new(&chance());
        let (proof, smart_health_link) = match face {
            Face::People => (proof(passage, &id)?, channel.link.smart_health_link),
            Face::Systems => (Proof::default(), SmartHealthLink::Off),
        };
        let keys = &passage.world.keys;
        anyhow::Ok(NewLink {
            shl_hash: shl::new_hash(keys, &id, proof.verify, smart_health_link),
            id,
            face,
            key_id: passage.world.links.key_id(),
            recipient,
            expires_at: plan.expires,
            token_expires_at: after(plan.expires, TOKEN_AFTERLIFE),
            max_downloads: channel.link.max_downloads.get().into(),
            proof,
            smart_health_link,
        })
    };
    let people = recipients
        .iter()
        .map(|recipient| link(Face::People, Some(recipient.clone())));
    people.chain([link(Face::Systems, None)]).collect()
}

/// What the person of a link must show. The answer is kept as a hash under a key
/// outside the database; a passcode also sealed, for whoever must tell it.
fn proof(passage: &Passage<'_>, link: &LinkId) -> anyhow::Result<Proof> {
    let (world, rule) = (passage.world, &passage.channel.link);
    let verify = match (rule.verify, passage.birth_date()) {
        (Verify::BirthDate, None) => Verify::Passcode,
        (verify, _) => verify,
    };
    let passcode = (verify == Verify::Passcode).then(|| new_code(chance()));
    let answer = match verify {
        Verify::BirthDate => passage.birth_date(),
        Verify::Passcode => passcode.clone(),
        Verify::None | Verify::EmailCode => None,
    };
    let sealed = passcode.map(|code| {
        let record = passcode_record(link);
        world.keys.seal_record(&record, code.as_bytes())
    });
    Ok(Proof {
        verify,
        expected: answer.map(|answer| world.keys.answer(link, &answer)),
        sealed_passcode: sealed.transpose()?,
        attempts: rule.attempts.get().into(),
    })
}

/// The name that a link's sealed passcode goes by.
pub fn passcode_record(link: &LinkId) -> String {
    format!("{link}/passcode")
}

/// The name that a code on its way to a recipient goes by.
pub fn code_record(link: &LinkId) -> String {
    format!("{link}/code")
}

pub(super) fn audit(kind: AuditKind, handoff: &HandoffId, detail: String) -> AuditEvent {
    AuditEvent {
        kind,
        handoff: handoff.to_string(),
        link: None,
        detail,
    }
}

pub(in crate::app) fn after(start: jiff::Timestamp, span: Span) -> jiff::Timestamp {
    let millis = start.as_millisecond().saturating_add(span.millis());
    jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX)
}
