//! Whose an event is, for a channel that keeps the order of each patient's.

use super::{Incoming, read_body};
use crate::app::world::World;
use crate::domain::channel::Channel;
use crate::domain::facts::ClinicalFacts;
use crate::domain::outcome::StageError;
use crate::domain::thread;

/// What of an event decides its place in line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whose {
    /// Keyed hashes of all the numbers of its patients, with who assigned them and
    /// without, those that a merge ends included. None: it is about nobody that can
    /// be told, or means nothing to the channel, and has no place in any line.
    pub names: Vec<String>,
    /// It does nothing but close links. Whatever it cancels is known by the time it
    /// was sent, whenever it comes: it waits for nobody.
    pub only_cancels: bool,
}

/// An event that cannot be read is nobody's.
pub async fn whose(
    world: &World,
    event: &Incoming,
    channel: &Channel,
) -> Result<Whose, StageError> {
    let reading = read_body(world, event, channel.wishes()).await?;
    let meant: Vec<&ClinicalFacts> = reading
        .messages
        .iter()
        .filter(|facts| !channel.meaning(facts).is_nothing())
        .collect();
    let only_cancels = meant.iter().all(|facts| {
        let meaning = channel.meaning(facts);
        meaning.cancels && !meaning.wanted && !meaning.corrects && !meaning.merges
    });
    let mut names: Vec<String> = meant
        .into_iter()
        .flat_map(numbers)
        .map(|name| world.keys.index(&name))
        .collect();
    names.sort();
    names.dedup();
    Ok(Whose {
        only_cancels: only_cancels && !names.is_empty(),
        names,
    })
}

fn numbers(facts: &ClinicalFacts) -> Vec<thread::Name> {
    let ended = facts.merge.iter().flat_map(|merge| &merge.identifiers);
    let ended = ended.flat_map(|number| thread::of_patient(facts, number));
    thread::names(facts)
        .patient
        .into_iter()
        .chain(ended)
        .collect()
}
