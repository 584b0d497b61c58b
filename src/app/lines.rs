//! Lines of channels with `order: per-patient`: the name of an event's place in one,
//! for whoever brings it by another door, or lets it go.

use super::pipeline::{self, Incoming};
use super::world::World;
use crate::adapters::digest::sha256_hex;
use crate::adapters::sql::Place;
use crate::domain::channel::Order;

/// The name of an event's place: the same for whoever brings it, whenever.
pub(super) fn place_name(
    world: &World,
    channel: &str,
    transport_id: Option<&str>,
    body: &[u8],
) -> String {
    let id = transport_id.unwrap_or_default().to_owned();
    world
        .keys
        .index(&["line".into(), channel.to_owned(), id, sha256_hex(body)])
}

/// A dead letter that is discarded, or was replayed some other way, keeps nobody
/// behind it any more. Says whether it had a place.
pub async fn release(
    world: &World,
    channel: &str,
    transport_id: Option<&str>,
    body: &[u8],
) -> anyhow::Result<bool> {
    let id = place_name(world, channel, transport_id, body);
    let now = world.clock.now();
    world.store.leave_line(&id, &world.ledger, now).await
}

/// Whether an earlier event of its patient keeps this one waiting: who brings it by
/// another door than the broker's is told to come again.
pub async fn blocked(world: &World, event: &Incoming) -> anyhow::Result<bool> {
    let ordered = world.channels.iter();
    for channel in ordered.filter(|channel| channel.order == Order::PerPatient) {
        let Ok(whose) = pipeline::whose(world, event, channel).await else {
            continue;
        };
        let id = event.transport_id.as_deref();
        let id = place_name(world, channel.name(), id, &event.body);
        let place = world
            .store
            .place_in_line(channel.name(), &id, &whose.names)
            .await?;
        let waits = matches!(place, Place::Behind | Place::Own { first: false, .. });
        if waits && !whose.only_cancels {
            return Ok(true);
        }
    }
    Ok(false)
}
