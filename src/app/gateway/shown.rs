//! What the pages of a link are given: its packet in their plain values.

use super::Gateway;
use super::page::{
    self, FileState, FileView, FilesView, Look, Method, ProofView, Sensitive, ShlView, Trouble,
};
use crate::app::pipeline::security_record;
use crate::app::shl::shl_view;
use crate::domain::claim::{HeldClaim, REFETCH_WINDOW};
use crate::domain::ids::HandoffId;
use crate::domain::link::{Link, LinkFile};
use crate::domain::sensitive::SensitivityLabel;
use crate::domain::verify::Verify;
use anyhow::Context;
use axum::response::Response;
use serde::Deserialize;

/// What the sealed record says of how a packet may be used.
#[derive(Deserialize)]
pub(super) struct Security {
    pub labels: Vec<SensitivityLabel>,
    pub consent_scope: Option<String>,
}

/// What there is to prove, before anything of the packet is shown.
pub(super) fn proof(gateway: &Gateway, link: &Link, trouble: Option<Trouble>) -> Response {
    let world = &gateway.world;
    let digits = world.shown_digits(&link.id);
    let recipient = link.recipient.as_ref();
    let hint = recipient.map(|known| masked(known.email.as_str()));
    let method = match link.verify {
        Verify::None => Method::Digits { shown: &digits },
        Verify::BirthDate => Method::BirthDate,
        Verify::Passcode => Method::Passcode,
        Verify::EmailCode => Method::EmailCode {
            sent: !matches!(
                trouble,
                None | Some(Trouble::CodeOver | Trouble::NeedsProof)
            ),
            address_hint: hint.as_deref().unwrap_or_default(),
        },
    };
    page::proof(&ProofView {
        language: recipient.map(|known| known.language).unwrap_or_default(),
        look: &Look::of(gateway, &link.channel),
        ticket: &ticket(link),
        expires: &world.local(link.expires_at),
        now: world.clock.now(),
        owner: &gateway.owner(link),
        method,
        trouble,
    })
}

/// For a browser that had proven itself, and whose packet was revoked before it came.
pub(super) fn revoked_meanwhile(gateway: &Gateway, link: &Link) -> Response {
    let language = link.recipient.as_ref().map(|known| known.language);
    page::revoked_meanwhile(
        &Look::of(gateway, &link.channel),
        language.unwrap_or_default(),
    )
}

/// `c•••@riverside.example`: its owner knows it, nobody else learns it.
fn masked(address: &str) -> String {
    let (name, domain) = address.split_once('@').unwrap_or((address, ""));
    let first: String = name.chars().take(1).collect();
    format!("{first}•••@{domain}")
}

/// The packet, for a browser that has proven itself or holds something of it.
pub(super) async fn files(
    gateway: &Gateway,
    token: &str,
    link: &Link,
    held: &[HeldClaim],
) -> anyhow::Result<Response> {
    let world = &gateway.world;
    let security = security(gateway, link).await?;
    let recipient = link.recipient.as_ref();
    let owner = gateway.owner(link);
    let shl = match link.refusal(world.clock.now()) {
        None => shl_view(world, link).await?,
        Some(_) => None,
    };
    let mut files = Vec::new();
    for file in &link.files {
        files.push(FileView {
            path: format!("/l/{token}/{}", file.ordinal),
            content_type: &file.content_type,
            file_name: &file.file_name,
            size: file.size,
            sha256: &file.sha256,
            state: state(gateway, link, file, held).await?,
        });
    }
    Ok(page::files(&FilesView {
        language: recipient.map(|known| known.language).unwrap_or_default(),
        look: &Look::of(gateway, &link.channel),
        recipient: recipient.map(|known| known.name.as_str()),
        ticket: &ticket(link),
        expires: &world.local(link.expires_at),
        now: world.clock.now(),
        owner: &owner,
        sensitive: security.as_ref().map(|known| Sensitive {
            labels: &known.labels,
            consent_scope: known.consent_scope.as_deref(),
        }),
        files,
        shl: shl.as_ref().map(|known| ShlView {
            link: &known.link,
            viewer: known.viewer.as_deref(),
            qr: &known.qr,
        }),
    }))
}

/// What this browser may do with a file.
async fn state(
    gateway: &Gateway,
    link: &Link,
    file: &LinkFile,
    held: &[HeldClaim],
) -> anyhow::Result<FileState> {
    let world = &gateway.world;
    if let Some(mine) = held.iter().find(|held| held.ordinal == file.ordinal) {
        let completed = mine.completed_at.map(|at| at.as_millisecond());
        return Ok(match completed {
            Some(at) => FileState::Mine {
                until: world.local(jiff::Timestamp::from_millisecond(
                    at.saturating_add(REFETCH_WINDOW.millis()),
                )?),
            },
            None if mine.started => FileState::Resumable,
            None => FileState::Ready { left: 1 },
        });
    }
    if !file.is_used_up() && link.refusal(world.clock.now()).is_none() {
        let left = file.max_downloads - file.downloads + file.unstarted;
        return Ok(FileState::Ready { left });
    }
    let taken = world.store.taken_at(&link.id, file.ordinal).await?;
    Ok(match taken {
        Some(at) => FileState::Elsewhere {
            at: world.local(at),
        },
        None => FileState::Gone,
    })
}

/// The labels of the packet. One whose labels cannot be read is not offered as if
/// it had none.
pub(super) async fn security(gateway: &Gateway, link: &Link) -> anyhow::Result<Option<Security>> {
    let world = &gateway.world;
    let Some(sealed) = world.store.sealed_security(&link.handoff).await? else {
        return Ok(None);
    };
    let record = security_record(&link.handoff);
    let opened = world.keys.open_record(&record, &sealed)?;
    serde_json::from_slice(&opened).context("reading the labels")
}

fn ticket(link: &Link) -> String {
    HandoffId::parse(&link.handoff)
        .map(|id| id.ticket())
        .unwrap_or_default()
}
