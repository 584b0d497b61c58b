//! Links as they are read: nothing here changes one.

use super::{Store, moment};
use crate::domain::ids::LinkId;
use crate::domain::language::Language;
use crate::domain::link::{Face, Link, LinkFile};
use crate::domain::names::EmailAddress;
use crate::domain::notice::Recipient;
use crate::domain::verify::{SmartHealthLink, Verify};
use anyhow::Context;
use sqlx::Row;

impl Store {
    pub async fn link(&self, id: &LinkId) -> anyhow::Result<Option<Link>> {
        // One question: it is asked before whatever is done with a link.
        let rows = sqlx::query(
            "SELECT l.handoff, l.face, l.key_id, l.recipient_name, l.recipient_email, l.expires_at,
                    l.token_expires_at, l.revoked_at, h.channel, h.trace_parent, l.recipient_language,
                    l.first_access_at, l.verify, l.attempts_left, l.locked_at, l.smart_health_link,
                    f.ordinal, o.content_type, f.file_name, o.size, o.sha256, f.max_downloads, f.downloads,
                    (SELECT COUNT(*) FROM claim c WHERE c.link = f.link AND c.ordinal = f.ordinal
                       AND c.state = 'open' AND c.started_at IS NULL)
             FROM link l JOIN handoff h ON h.id = l.handoff
                         LEFT JOIN link_file f ON f.link = l.id
                         LEFT JOIN object o ON o.key = f.object
             WHERE l.id = $1 ORDER BY f.ordinal",
        )
        .bind(id.as_str().to_owned())
        .fetch_all(&self.read)
        .await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let face: String = row.try_get(1)?;
        let name: Option<String> = row.try_get(3)?;
        let email: Option<String> = row.try_get(4)?;
        let email = email.and_then(|email| EmailAddress::try_from(email).ok());
        let language: Option<String> = row.try_get(10)?;
        let language = language
            .and_then(|tag| Language::of_tag(&tag))
            .unwrap_or_default();
        Ok(Some(Link {
            id: id.clone(),
            handoff: row.try_get(0)?,
            channel: row.try_get(8)?,
            trace_parent: row.try_get(9)?,
            face: Face::parse(&face).context("a stored link has no face")?,
            key_id: row.try_get(2)?,
            recipient: name.zip(email).map(|(name, email)| Recipient {
                name,
                email,
                language,
            }),
            expires_at: moment(row.try_get(5)?),
            token_expires_at: moment(row.try_get(6)?),
            revoked_at: row.try_get::<Option<i64>, _>(7)?.map(moment),
            first_access_at: row.try_get::<Option<i64>, _>(11)?.map(moment),
            verify: Verify::parse(&row.try_get::<String, _>(12)?)
                .context("a stored link asks for something unknown")?,
            attempts_left: row.try_get(13)?,
            locked_at: row.try_get::<Option<i64>, _>(14)?.map(moment),
            smart_health_link: SmartHealthLink::parse(&row.try_get::<String, _>(15)?)
                .context("a stored link is offered in an unknown way")?,
            files: files(&rows)?,
        }))
    }

    /// For whoever must tell it.
    pub async fn sealed_passcode(&self, link: &LinkId) -> anyhow::Result<Option<String>> {
        let row = sqlx::query("SELECT sealed_passcode FROM link WHERE id = $1")
            .bind(link.as_str().to_owned())
            .fetch_one(&self.read)
            .await?;
        Ok(row.try_get(0)?)
    }

    /// When a file was last begun to be handed out.
    pub async fn taken_at(
        &self,
        link: &LinkId,
        ordinal: i64,
    ) -> anyhow::Result<Option<jiff::Timestamp>> {
        let row = sqlx::query(
            "SELECT MAX(started_at) FROM claim
             WHERE link = $1 AND ordinal = $2 AND state <> 'released'",
        )
        .bind(link.as_str().to_owned())
        .bind(ordinal)
        .fetch_one(&self.read)
        .await?;
        Ok(row.try_get::<Option<i64>, _>(0)?.map(moment))
    }

    /// The links of a handoff with one face, in the order they were made.
    pub async fn links_of(&self, handoff: &str, face: Face) -> anyhow::Result<Vec<Link>> {
        let rows = sqlx::query("SELECT id FROM link WHERE handoff = $1 AND face = $2 ORDER BY id")
            .bind(handoff.to_owned())
            .bind(face.audience())
            .fetch_all(&self.read)
            .await?;
        let mut links = Vec::new();
        for row in rows {
            let id: String = row.try_get(0)?;
            let id = LinkId::parse(&id).context("a stored link's id is damaged")?;
            links.extend(self.link(&id).await?);
        }
        Ok(links)
    }
}

/// A link whose files are not written yet has none.
fn files(rows: &[sqlx::any::AnyRow]) -> anyhow::Result<Vec<LinkFile>> {
    let mut files = Vec::new();
    for row in rows {
        if row.try_get::<Option<i64>, _>(16)?.is_some() {
            files.push(link_file(row)?);
        }
    }
    Ok(files)
}

fn link_file(row: &sqlx::any::AnyRow) -> anyhow::Result<LinkFile> {
    Ok(LinkFile {
        ordinal: row.try_get(16)?,
        content_type: row.try_get(17)?,
        file_name: row.try_get(18)?,
        size: row.try_get(19)?,
        sha256: row.try_get(20)?,
        max_downloads: row.try_get(21)?,
        downloads: row.try_get(22)?,
        unstarted: row.try_get(23)?,
    })
}
