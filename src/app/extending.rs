//! Moving the end of a link, or of all the open links of a handoff: all of them,
//! or none.

use super::world::World;
use crate::adapters::sql::MovedEnd;
use crate::domain::extension::{NewEnd, NotExtended, new_end};
use crate::domain::ids::{HandoffId, LinkId};
use crate::domain::link::{Face, Link};
use anyhow::{Context, bail};

pub enum Which {
    Link(LinkId),
    Handoff(HandoffId),
}

/// What was moved, and which links of the handoff were closed already.
pub struct Extended {
    pub moved: Vec<MovedEnd>,
    pub closed: Vec<(LinkId, NotExtended)>,
}

/// A link that is claimed or revoked meanwhile is looked at again; so often.
const LOOKS: usize = 5;

pub async fn extend(
    world: &World,
    which: &Which,
    wanted: NewEnd,
    reason: &str,
) -> anyhow::Result<Extended> {
    for _ in 0..LOOKS {
        let now = world.clock.now();
        let extended = decide(world, links(world, which).await?, wanted, now).await?;
        let store = &world.store;
        if store.move_ends(&extended.moved, reason, now).await? {
            return Ok(extended);
        }
    }
    bail!("the link keeps changing; try again")
}

async fn links(world: &World, which: &Which) -> anyhow::Result<Vec<Link>> {
    match which {
        Which::Link(id) => {
            let link = world.store.link(id).await?;
            let link = link.context("there is no such link; `handoff show` gives a handoff's")?;
            Ok(vec![link])
        }
        Which::Handoff(id) => {
            let mut links = world.store.links_of(id.as_str(), Face::People).await?;
            links.extend(world.store.links_of(id.as_str(), Face::Systems).await?);
            match links.is_empty() {
                true => bail!("nothing has links under this id; `handoff list` shows handoffs"),
                false => Ok(links),
            }
        }
    }
}

/// Closed links of a handoff are left as they are; a limit that one of the open ones
/// would pass stops all of it.
async fn decide(
    world: &World,
    links: Vec<Link>,
    wanted: NewEnd,
    now: jiff::Timestamp,
) -> anyhow::Result<Extended> {
    let (mut moved, mut closed) = (Vec::new(), Vec::new());
    for link in links {
        let created = world.store.created_at(&link.handoff).await?;
        match new_end(&link, created, wanted, now) {
            Ok(to) => moved.push(MovedEnd {
                link: link.id,
                handoff: link.handoff,
                from: link.expires_at,
                to,
            }),
            Err(why @ NotExtended::Closed(_)) => closed.push((link.id, why)),
            Err(why) => bail!("the link {} was not moved: {why}", link.id),
        }
    }
    match (moved.is_empty(), closed.first()) {
        (true, Some((link, why))) => bail!("the link {link} was not moved: {why}"),
        _ => Ok(Extended { moved, closed }),
    }
}
