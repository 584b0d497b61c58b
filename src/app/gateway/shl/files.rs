//! A claimed file as its receiver gets it: opened, wrapped in a Bundle where it is
//! none, encrypted under the link's key. Made on demand, in memory; nothing of it is
//! kept.

use super::hand::{Failure, Holding};
use crate::adapters::jwe;
use crate::adapters::shl::Secrets;
use crate::adapters::sql::ShlLink;
use crate::app::gateway::{Gateway, shown};
use crate::app::pipeline::{Kept, kept_reference};
use crate::domain::claim::Claim;
use crate::domain::ids::HandoffId;
use crate::domain::link::{Link, LinkFile};
use crate::domain::sensitive::SensitivityLabel;
use crate::domain::shl::is_a_bundle;
use crate::formats::fhir::{Carried, Wrapping, carried};
use crate::formats::words::{Term, words};
use anyhow::Context;
use futures_util::TryStreamExt;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

/// Files larger than this are not offered: a JWE is made in memory as a whole. It is
/// more than the largest event can carry.
const LARGEST_FILE: i64 = 60 << 20;

/// Mebibytes for all files that are being made or handed out: what is over waits.
static MEMORY: Semaphore = Semaphore::const_new(256);
/// A file, its Bundle, the same deflated and encoded: four times its size.
const COPIES_MADE: u32 = 4;
/// What is handed out: base64 twice, at most.
const COPIES_HANDED: u32 = 2;
/// As long as a sender of events is kept waiting for a place.
const MEMORY_WITHIN: Duration = Duration::from_secs(10);

/// The files of a link, and what is known of them.
pub(super) struct Files<'g> {
    gateway: &'g Gateway,
    found: &'g ShlLink,
    handoff: HandoffId,
    kept: Option<Kept>,
    notice: Vec<String>,
    secrets: Secrets,
}

/// A file that is ready to leave.
pub(super) struct Encrypted {
    pub jwe: String,
    pub holding: Holding,
}

impl<'g> Files<'g> {
    pub async fn of(gateway: &'g Gateway, found: &'g ShlLink) -> anyhow::Result<Self> {
        let world = &gateway.world;
        let handoff = HandoffId::parse(&found.link.handoff);
        let handoff = handoff.context("a handoff's id is damaged")?;
        Ok(Self {
            gateway,
            found,
            kept: kept_reference(world, &handoff).await?,
            notice: notice(gateway, &found.link).await?,
            handoff,
            secrets: Secrets::of(&world.keys, &found.seed),
        })
    }

    /// How long the JWE of a file can become; `None` where it is too large for one.
    pub fn longest(&self, file: &LinkFile) -> anyhow::Result<Option<usize>> {
        if file.size > LARGEST_FILE {
            return Ok(None);
        }
        let size = usize::try_from(file.size)?;
        let wrapped = match self.wrapping(file)? {
            Some(wrapping) => wrapping.length(size),
            None => size,
        };
        Ok(Some(jwe::longest(wrapped)))
    }

    /// The Bundle around a file that is none itself.
    fn wrapping(&self, file: &LinkFile) -> anyhow::Result<Option<Wrapping>> {
        if is_a_bundle(file) {
            return Ok(None);
        }
        let kept = self.kept.as_ref();
        let wrapping = carried(&Carried {
            handoff: self.handoff.uuid(),
            ordinal: file.ordinal,
            content_type: &file.content_type,
            size: file.size,
            made: self.found.made,
            reference: kept.map(|kept| &kept.reference),
            patient: kept.and_then(|kept| kept.patient.as_ref()),
            notice: &self.notice,
        });
        wrapping.map(Some)
    }

    /// Whatever fails here, and a receiver who leaves meanwhile, gives the claim back.
    pub async fn encrypt(&self, claim: Claim, holder: &str) -> Result<Encrypted, Failure> {
        let mut holding = Holding::new(self.gateway, &self.found.link, claim, holder);
        let made = self.make(holding.claim()).await;
        match made {
            Ok((jwe, memory)) => {
                holding.keeps(memory);
                Ok(Encrypted { jwe, holding })
            }
            Err(error) => {
                let failure = Failure::of(error);
                holding.failed(&failure);
                Err(failure)
            }
        }
    }

    async fn make(&self, claim: &Claim) -> anyhow::Result<(String, SemaphorePermit<'static>)> {
        let file = &claim.file;
        anyhow::ensure!(file.size <= LARGEST_FILE, "a file is too large for a JWE");
        let size = usize::try_from(file.size)?;
        let mebibytes = u32::try_from((size >> 20) + 1)?;
        let memory = MEMORY.acquire_many(mebibytes * COPIES_MADE);
        let memory = timeout(MEMORY_WITHIN, memory).await;
        let mut memory = memory.context("as many files are in memory as may be")??;
        let world = &self.gateway.world;
        let mut pieces = world.staging.open(&world.keys, claim, 0).await?;
        let mut plain = Vec::with_capacity(size);
        while let Some(piece) = pieces.try_next().await? {
            plain.extend_from_slice(&piece);
        }
        let wrapping = self.wrapping(file)?;
        let key = self.secrets.key.clone();
        let encrypting = move || {
            let bundle = match wrapping {
                Some(wrapping) => wrapping.around(&plain),
                None => plain,
            };
            jwe::encrypt(&key, bundle)
        };
        let jwe = tokio::task::spawn_blocking(encrypting)
            .await
            .context("a file was not encrypted")??;
        drop(memory.split((mebibytes * (COPIES_MADE - COPIES_HANDED)) as usize));
        Ok((jwe, memory))
    }
}

/// The labels, and what stands before the records wherever they go (42 CFR 2.32): an
/// original says nothing of it itself.
async fn notice(gateway: &Gateway, link: &Link) -> anyhow::Result<Vec<String>> {
    let security = shown::security(gateway, link).await?;
    let Some(security) = security.filter(|known| !known.labels.is_empty()) else {
        return Ok(Vec::new());
    };
    let reader = link.recipient.as_ref().map(|recipient| recipient.language);
    let words = words(reader.unwrap_or_default());
    let codes: Vec<String> = security.labels.iter().map(|l| l.code().into()).collect();
    let labels = words.list(&codes);
    let mut lines = vec![format!("{}: {labels}", words.say(Term::Labels))];
    if security.labels.contains(&SensitivityLabel::Part2) {
        lines.push(words.say(Term::Part2Notice).into());
    }
    if let Some(scope) = &security.consent_scope {
        lines.push(format!("{} {scope}", words.say(Term::ConsentScope)));
    }
    Ok(lines)
}
