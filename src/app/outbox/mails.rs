//! The e-mails of the outbox: to a link's recipient, and to the owner of its
//! channel. A link and what opens it never leave in one mail.

use super::LinkEnded;
use crate::adapters::mailbox::Mail;
use crate::adapters::sql::{CODE_LASTS, Errand, OwnerNews};
use crate::app::pipeline::{code_record, passcode_record};
use crate::app::shl::health_link;
use crate::app::world::World;
use crate::domain::ids::{HandoffId, LinkId};
use crate::domain::link::{Face, Link};
use crate::domain::names::EmailAddress;
use crate::domain::notice::Notice;
use crate::formats::{notice_text, owner_text};
use anyhow::{Context, ensure};

/// Something waits, and here is the link.
pub(super) async fn notice(world: &World, errand: &Errand, owner: &str) -> anyhow::Result<()> {
    let (notice, _) = notice_of(world, errand, Some(owner)).await?;
    let mail = to_recipient(
        world,
        errand,
        &notice,
        notice_text::subject(&notice),
        notice_text::body(&notice),
    );
    world.mailbox.deliver(&mail).await
}

/// The code that its recipient proves themselves with. It says nothing of where
/// it is to be typed: who has only this mail has nothing.
pub(super) async fn code(world: &World, errand: &Errand, owner: &str) -> anyhow::Result<()> {
    // One that waited for a mail server longer than it is good for helps nobody.
    let over = errand.created_at.as_millisecond() + CODE_LASTS.millis();
    ensure!(world.clock.now().as_millisecond() < over, LinkEnded);
    let (notice, _) = notice_of(world, errand, Some(owner)).await?;
    let sealed = errand.payload.as_deref().context("a code without digits")?;
    let record = code_record(&link_id(errand)?);
    let code = world.keys.open_record(&record, sealed)?;
    let code = std::str::from_utf8(&code).context("a code is damaged")?;
    let mail = to_recipient(
        world,
        errand,
        &notice,
        notice_text::code_subject(&notice),
        notice_text::code_body(&notice, code),
    );
    world.mailbox.deliver(&mail).await
}

/// What the owner of the channel is told about the link.
pub(super) async fn owner(
    world: &World,
    errand: &Errand,
    owner: &str,
    news: OwnerNews,
) -> anyhow::Result<()> {
    let link = link(world, errand).await?;
    let passcode = match news {
        OwnerNews::Passcode => {
            ensure!(link.refusal(world.clock.now()).is_none(), LinkEnded);
            Some(passcode(world, &link).await?)
        }
        OwnerNews::Locked | OwnerNews::NewCopy => None,
    };
    let handoff = HandoffId::parse(&link.handoff).context("a handoff's id is damaged")?;
    let about = owner_text::About {
        ticket: handoff.ticket(),
        handoff: link.handoff.clone(),
        link: link.id.to_string(),
        recipient: link
            .recipient
            .context("a person's link without a recipient")?
            .name,
        channel: link.channel.clone(),
    };
    let (subject, body) = match (news, passcode) {
        (OwnerNews::Passcode, Some(code)) => owner_text::passcode(&about, &code),
        (OwnerNews::Locked, _) => owner_text::locked(&about),
        (OwnerNews::NewCopy | OwnerNews::Passcode, _) => owner_text::new_copy(&about),
    };
    let mail = Mail {
        id: errand.id.clone(),
        to_name: String::new(),
        to_address: owner.to_owned(),
        reply_to: owner.to_owned(),
        subject,
        body,
        date: world.clock.now(),
    };
    world.mailbox.deliver(&mail).await
}

async fn passcode(world: &World, link: &Link) -> anyhow::Result<String> {
    let sealed = world.store.sealed_passcode(&link.id).await?;
    let sealed = sealed.context("the link has no passcode")?;
    let code = world
        .keys
        .open_record(&passcode_record(&link.id), &sealed)?;
    Ok(std::str::from_utf8(&code)
        .context("a passcode is damaged")?
        .to_owned())
}

fn link_id(errand: &Errand) -> anyhow::Result<LinkId> {
    let id = errand.link.as_deref().and_then(LinkId::parse);
    id.context("a mail about a link, without the link")
}

async fn link(world: &World, errand: &Errand) -> anyhow::Result<Link> {
    let link = world.store.link(&link_id(errand)?).await?;
    link.context("a mail's link vanished")
}

pub(super) async fn notice_of(
    world: &World,
    errand: &Errand,
    owner: Option<&str>,
) -> anyhow::Result<(Notice, String)> {
    let link = link(world, errand).await?;
    ensure!(link.refusal(world.clock.now()).is_none(), LinkEnded);
    ensure!(link.face == Face::People, "a notice for a system's link");
    let handoff = HandoffId::parse(&link.handoff).context("a handoff's id is damaged")?;
    let url = world.link_url(&link)?;
    let health_link = health_link(world, &link).await?;
    let owner = owner
        .unwrap_or(world.settings.mail_from.as_str())
        .to_owned();
    let notice = Notice {
        recipient: link
            .recipient
            .context("a person's link without a recipient")?,
        from: world.settings.organisation.clone(),
        ticket: handoff.ticket(),
        expires: world.local(link.expires_at),
        url,
        owner: EmailAddress::try_from(owner).map_err(anyhow::Error::msg)?,
        health_link,
    };
    Ok((notice, handoff.to_string()))
}

fn to_recipient(
    world: &World,
    errand: &Errand,
    notice: &Notice,
    subject: String,
    body: String,
) -> Mail {
    Mail {
        id: errand.id.clone(),
        to_name: notice.recipient.name.clone(),
        to_address: notice.recipient.email.to_string(),
        reply_to: notice.owner.to_string(),
        subject,
        body,
        date: world.clock.now(),
    }
}
