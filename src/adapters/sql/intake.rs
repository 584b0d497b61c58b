//! One event, at most one handoff per channel: the inbox mark, the links, the
//! outbox rows and the audit are written in one transaction, or none is.

use super::approve::{self, Approves};
use super::{Names, NewErrand, Store, Subject, Tx, audit, millis, outbox, shl, threads};
use crate::adapters::staging::StagedObject;
use crate::domain::audit::AuditEvent;
use crate::domain::ids::{HandoffId, LinkId, ObjectKey};
use crate::domain::language::Language;
use crate::domain::link::Face;
use crate::domain::notice::Recipient;
use crate::domain::verify::{SmartHealthLink, Verify};
use crate::domain::waiting::{self, Waiting};
use anyhow::ensure;
use sqlx::Row;

/// All rows of a handoff.
pub struct NewHandoff {
    pub id: HandoffId,
    pub channel: String,
    /// `None`: open. `Some`: held for a person, and why.
    pub held: Option<Held>,
    /// The held event that this one was approved from.
    pub approves: Option<Approves>,
    pub expires_at: jiff::Timestamp,
    pub body_sha256: String,
    pub sealed_reference: Option<String>,
    /// What the packet may be used for.
    pub sealed_security: Option<String>,
    pub trace_parent: Option<String>,
    /// Hashes of every name the event goes by; one that is approved has those of the
    /// held one.
    pub identities: Vec<String>,
    pub subject: Subject,
    /// What people find it by.
    pub names: Names,
    /// Whether its channel cancels or corrects: then the subject is locked, and
    /// what has cancelled it meanwhile is heard.
    pub guarded_until: Option<jiff::Timestamp>,
    /// Threads whose earlier packets this one replaces; none where it is no
    /// correction.
    pub supersedes: Vec<String>,
    /// The packet that a correction was decided to replace.
    pub replaces: Option<HandoffId>,
    pub files: Vec<NewFile>,
    pub links: Vec<NewLink>,
    pub errands: Vec<NewErrand>,
    pub audit: AuditEvent,
}

/// Why an event is held, and what it needs to go on from there.
pub struct Held {
    pub waiting: Waiting,
    /// How its sender is to be answered.
    pub sealed_door: String,
}

pub struct NewFile {
    pub object: StagedObject,
    pub file_name: String,
    /// For readers of this language alone.
    pub language: Option<Language>,
}

/// A link to the files of the handoff that are for its recipient.
pub struct NewLink {
    pub id: LinkId,
    pub face: Face,
    pub key_id: String,
    pub recipient: Option<Recipient>,
    pub expires_at: jiff::Timestamp,
    pub token_expires_at: jiff::Timestamp,
    pub max_downloads: i64,
    pub proof: Proof,
    pub smart_health_link: SmartHealthLink,
    /// The hash of its SMART Health Link's id, where it is one.
    pub shl_hash: Option<String>,
}

/// What a link asks of its person.
#[derive(Debug, Clone, Default)]
pub struct Proof {
    pub verify: Verify,
    /// The keyed hash of the answer, where it is known beforehand.
    pub expected: Option<String>,
    pub sealed_passcode: Option<String>,
    pub attempts: i64,
}

/// A handoff that an identity already belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownHandoff {
    pub id: HandoffId,
    pub same_body: bool,
    pub held: Option<String>,
}

#[derive(Debug)]
pub enum Committed {
    New,
    /// Another delivery of the same event was faster.
    Known(KnownHandoff),
    /// What a correction was to replace is another packet by now: decide anew.
    Moved,
    /// A later message has cancelled what it is about; this one's event.
    Cancelled(String),
    /// The held event that was to be approved waits no more.
    NotHeld,
}

impl Store {
    /// The handoff that any of these identities belongs to. One with the same
    /// body goes first: a held twin must not hide the original.
    pub async fn known(
        &self,
        identities: &[String],
        body_sha256: &str,
    ) -> anyhow::Result<Option<KnownHandoff>> {
        let mut found: Option<KnownHandoff> = None;
        for identity in identities {
            let row = sqlx::query(
                "SELECT h.id, h.body_sha256, h.state, h.reason
                 FROM identity i JOIN handoff h ON h.id = i.handoff WHERE i.hash = $1",
            )
            .bind(identity.clone())
            .fetch_optional(&self.read)
            .await?;
            let Some(row) = row else { continue };
            let body: String = row.try_get(1)?;
            let id: String = row.try_get(0)?;
            let reason: Option<String> = row.try_get(3)?;
            let handoff = KnownHandoff {
                id: HandoffId::parse(&id)
                    .ok_or_else(|| anyhow::anyhow!("a handoff's id is damaged"))?,
                same_body: body == body_sha256,
                held: (row.try_get::<String, _>(2)? == "held").then(|| reason.unwrap_or_default()),
            };
            if found
                .as_ref()
                .is_none_or(|earlier| !earlier.same_body && handoff.same_body)
            {
                found = Some(handoff);
            }
        }
        Ok(found)
    }

    /// Says that these objects are about to be put: what a crash leaves behind
    /// is found by its row once the lease has run out.
    pub async fn reserve(
        &self,
        keys: &[ObjectKey],
        lease_until: jiff::Timestamp,
        now: jiff::Timestamp,
    ) -> anyhow::Result<()> {
        let mut tx = self.begin().await?;
        for key in keys {
            sqlx::query(
                "INSERT INTO object (key, state, lease_until, created_at) VALUES ($1, 'reserved', $2, $3)",
            )
            .bind(key.as_str().to_owned())
            .bind(millis(lease_until))
            .bind(millis(now))
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    pub async fn commit(
        &self,
        new: &NewHandoff,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Committed> {
        let mut tx = self.begin().await?;
        insert_handoff(&mut tx, new, now).await?;
        // In one order everywhere, or two transactions could wait for each other.
        let mut identities = new.identities.clone();
        identities.sort();
        identities.dedup();
        for identity in &identities {
            let marked = sqlx::query(
                "INSERT INTO identity (hash, handoff, created_at) VALUES ($1, $2, $3)
                 ON CONFLICT (hash) DO NOTHING",
            )
            .bind(identity.clone())
            .bind(new.id.to_string())
            .bind(millis(now))
            .execute(&mut *tx)
            .await?;
            if marked.rows_affected() == 0 {
                tx.rollback().await?;
                let known = self.known(&identities, &new.body_sha256).await?;
                let known = known
                    .ok_or_else(|| anyhow::anyhow!("an identity vanished while it was read"))?;
                return Ok(Committed::Known(known));
            }
        }
        if let Some(expires_at) = new.guarded_until {
            let cancelled = threads::lock(&mut tx, &new.channel, &new.subject, expires_at).await?;
            if let Some(event) = cancelled {
                tx.rollback().await?;
                return Ok(Committed::Cancelled(event));
            }
            if !new.supersedes.is_empty() && !threads::still_holds(&mut tx, new, now).await? {
                tx.rollback().await?;
                return Ok(Committed::Moved);
            }
        }
        // After the thread's lock: a cancellation locks in this order too.
        if let Some(approves) = &new.approves
            && !approve::take_over(&mut tx, approves, &new.id, now).await?
        {
            tx.rollback().await?;
            return Ok(Committed::NotHeld);
        }
        insert_objects(&mut tx, new).await?;
        let (superseded, left) = threads::supersede(&mut tx, new, now).await?;
        insert_links(&mut tx, new).await?;
        shl::take_over(&mut tx, new, left).await?;
        for errand in &new.errands {
            outbox::insert(&mut tx, errand, now).await?;
        }
        let approved = new.approves.iter().map(|approves| &approves.audit);
        for event in superseded.iter().chain(approved) {
            audit::append(&mut tx, event, now).await?;
        }
        audit::append(&mut tx, &new.audit, now).await?;
        tx.commit().await?;
        Ok(Committed::New)
    }
}

async fn insert_handoff(tx: &mut Tx, new: &NewHandoff, now: jiff::Timestamp) -> anyhow::Result<()> {
    sqlx::query(
        "INSERT INTO handoff (id, channel, state, reason, created_at, expires_at, body_sha256,
                              sealed_reference, trace_parent, visit, patient, thread, sent_at, content,
                              filled, grounds, sealed_door, sealed_security)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
    )
    .bind(new.id.to_string())
    .bind(new.channel.clone())
    .bind(if new.held.is_some() { "held" } else { "open" })
    .bind(new.held.as_ref().map(|held| held.waiting.why.clone()))
    .bind(millis(now))
    .bind(millis(new.expires_at))
    .bind(new.body_sha256.clone())
    .bind(new.sealed_reference.clone())
    .bind(new.trace_parent.clone())
    .bind(new.subject.visit.clone())
    .bind(new.subject.patient.stored())
    .bind(new.subject.thread.clone())
    .bind(millis(new.subject.sent_at))
    .bind(new.subject.content.clone())
    .bind(new.subject.filled.join(" "))
    .bind(
        new.held
            .as_ref()
            .map(|held| waiting::stored(&held.waiting.grounds)),
    )
    .bind(new.held.as_ref().map(|held| held.sealed_door.clone()))
    .bind(new.sealed_security.clone())
    .execute(&mut **tx)
    .await?;
    new.names.insert(tx, new.id.as_str()).await
}

/// The sweeper looks at them when the last link runs out, a held event when nobody
/// may let it go any more; earlier where somebody says that one has ended.
async fn insert_objects(tx: &mut Tx, new: &NewHandoff) -> anyhow::Result<()> {
    let links = new.links.iter().map(|link| link.expires_at);
    let due_at = links.max().unwrap_or(new.expires_at);
    for NewFile { object, .. } in &new.files {
        let live = sqlx::query(
            "UPDATE object SET state = 'live', handoff = $2, wrapped_key = $3, content_type = $4,
                               size = $5, sha256 = $6, due_at = $7
             WHERE key = $1 AND state = 'reserved'",
        )
        .bind(object.key.as_str().to_owned())
        .bind(new.id.to_string())
        .bind(object.wrapped_key.clone())
        .bind(object.content_type.clone())
        .bind(object.digests.size)
        .bind(object.digests.sha256.clone())
        .bind(millis(due_at))
        .execute(&mut **tx)
        .await?;
        ensure!(
            live.rows_affected() == 1,
            "staging took longer than its lease; the object was swept"
        );
    }
    Ok(())
}

/// A recipient gets what is in their language, and what is in none; the sending
/// system gets all of it.
fn is_for(file: &NewFile, link: &NewLink) -> bool {
    let reads = link.recipient.as_ref().map(|recipient| recipient.language);
    reads.is_none() || file.language.is_none() || reads == file.language
}

async fn insert_links(tx: &mut Tx, new: &NewHandoff) -> anyhow::Result<()> {
    for link in &new.links {
        insert_link(tx, new.id.as_str(), link).await?;
        // The place of a file is the same on every link that has it.
        let files = (1_i64..)
            .zip(&new.files)
            .filter(|(_, file)| is_for(file, link));
        for (ordinal, file) in files {
            sqlx::query(
                "INSERT INTO link_file (link, ordinal, object, file_name, max_downloads, downloads)
                 VALUES ($1, $2, $3, $4, $5, 0)",
            )
            .bind(link.id.as_str().to_owned())
            .bind(ordinal)
            .bind(file.object.key.as_str().to_owned())
            .bind(file.file_name.clone())
            .bind(link.max_downloads)
            .execute(&mut **tx)
            .await?;
        }
    }
    Ok(())
}

pub(super) async fn insert_link(tx: &mut Tx, handoff: &str, link: &NewLink) -> anyhow::Result<()> {
    sqlx::query(
        "INSERT INTO link (id, handoff, face, key_id, recipient_name, recipient_email,
                           recipient_language, expires_at, token_expires_at, verify, expected,
                           sealed_passcode, attempts_left, smart_health_link, shl_hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(link.id.as_str().to_owned())
    .bind(handoff.to_owned())
    .bind(link.face.audience())
    .bind(link.key_id.clone())
    .bind(link.recipient.as_ref().map(|r| r.name.clone()))
    .bind(link.recipient.as_ref().map(|r| r.email.to_string()))
    .bind(link.recipient.as_ref().map(|r| r.language.tag()))
    .bind(millis(link.expires_at))
    .bind(millis(link.token_expires_at))
    .bind(link.proof.verify.as_str())
    .bind(link.proof.expected.clone())
    .bind(link.proof.sealed_passcode.clone())
    .bind(link.proof.attempts)
    .bind(link.smart_health_link.as_str())
    .bind(link.shl_hash.clone())
    .execute(&mut **tx)
    .await?;
    Ok(())
}
