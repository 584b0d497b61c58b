//! What the pages of a link are given: its packet in their plain values.

use super::Gateway;
use super::page::{self, FileState, FileView, FilesView, Look, Sensitive};
use crate::app::pipeline::security_record;
use crate::domain::ids::HandoffId;
use crate::domain::link::{Face, Link, LinkFile};
use crate::domain::sensitive::SensitivityLabel;
use anyhow::Context;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

/// What the sealed record says of how a packet may be used.
#[derive(Deserialize)]
struct Security {
    labels: Vec<SensitivityLabel>,
    consent_scope: Option<String>,
}

/// GET and HEAD change nothing, whoever sends them.
pub(super) async fn landing(
    State(gateway): State<Gateway>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    let shown = match gateway.link(&token, Face::People).await {
        Ok(Some(link)) if link.refusal(gateway.world.clock.now()).is_none() => {
            files(&gateway, &token, &link).await
        }
        Ok(_) => return page::dead(&gateway, &headers),
        Err(error) => Err(error),
    };
    shown.unwrap_or_else(|error| page::unavailable(&gateway, &headers, &error))
}

async fn files(gateway: &Gateway, token: &str, link: &Link) -> anyhow::Result<Response> {
    let world = &gateway.world;
    let security = security(gateway, link).await?;
    let recipient = link.recipient.as_ref();
    let owner = owner(gateway, link);
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
        files: link.files.iter().map(|file| view(token, file)).collect(),
        shl: None,
    }))
}

/// The labels of the packet. One whose labels cannot be read is not offered as if
/// it had none.
async fn security(gateway: &Gateway, link: &Link) -> anyhow::Result<Option<Security>> {
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

/// Who answers for the channel that a link came from.
fn owner(gateway: &Gateway, link: &Link) -> String {
    let world = &gateway.world;
    let mut channels = world.channels.iter();
    let channel = channels.find(|channel| channel.name() == link.channel);
    channel.map_or_else(
        || world.settings.mail_from.to_string(),
        |channel| channel.owner.to_string(),
    )
}

fn view<'a>(token: &str, file: &'a LinkFile) -> FileView<'a> {
    let left = file.max_downloads - file.downloads;
    FileView {
        path: format!("/l/{token}/{}", file.ordinal),
        content_type: &file.content_type,
        file_name: &file.file_name,
        size: file.size,
        sha256: &file.sha256,
        state: match left {
            1.. => FileState::Ready { left },
            _ => FileState::Gone,
        },
    }
}
