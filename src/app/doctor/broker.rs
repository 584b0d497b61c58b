//! The broker: whether it is reached, and whether the queues of each channel are
//! what the channel needs. By AMQP alone; nothing is made.

use super::Finding;
use crate::adapters::amqp::{self, Found, Looked, Topology};
use crate::app::channels;
use crate::app::config::Settings;
use crate::domain::channel::{Channel, Declare};

const WHAT: &str = "broker";

pub(super) async fn examine(settings: &Settings) -> Vec<Finding> {
    let Some(url) = settings.amqp_url.as_deref() else {
        return vec![Finding::ok(WHAT, "none is configured (amqp-url)")];
    };
    let channels = match channels::load(&settings.channels) {
        Ok(channels) => channels,
        Err(why) => {
            let advice = "run `handoff channels check`";
            return vec![Finding::fail(WHAT, format!("{why:#}"), advice)];
        }
    };
    let mut findings = Vec::new();
    for channel in &channels {
        let Some(topology) = Topology::of(channel, settings.retry_after.all()) else {
            continue;
        };
        match amqp::examine(url, &topology).await {
            Ok(queues) => findings.extend(of_channel(channel, topology.queue(), &queues)),
            Err(why) => {
                let advice = "check amqp-url, the server, and the rights of its user";
                return vec![Finding::fail(WHAT, format!("{why:#}"), advice)];
            }
        }
    }
    if findings.is_empty() {
        return vec![Finding::ok(WHAT, "no channel takes anything from it")];
    }
    findings
}

/// One line where all is well, else one for each queue that is not.
fn of_channel(channel: &Channel, queue: &str, queues: &[Looked]) -> Vec<Finding> {
    let source = channel.source.rabbitmq.as_ref();
    let declare = source.map(|source| source.declare).unwrap_or_default();
    let wrong: Vec<Finding> = queues
        .iter()
        .filter_map(|looked| wrong(looked, declare))
        .collect();
    if !wrong.is_empty() {
        return wrong;
    }
    let said = format!(
        "{queue}: a quorum queue with delivery limit, dead letters and {} retry queues as channel {} needs them",
        // The queue itself, and its dead letters.
        queues.len().saturating_sub(2),
        channel.name()
    );
    vec![Finding::ok(WHAT, said)]
}

fn wrong(looked: &Looked, declare: Declare) -> Option<Finding> {
    let Looked {
        queue,
        found,
        needed,
    } = looked;
    let by_hand = format!("make it durable, with {needed}");
    match (found, declare) {
        (Found::AsNeeded, _) => None,
        (Found::Missing, Declare::Active) => {
            let said = format!("there is no queue {queue} yet");
            Some(Finding::warn(
                WHAT,
                said,
                "`handoff serve` makes it at its start",
            ))
        }
        (Found::Missing, Declare::Passive) => Some(Finding::fail(
            WHAT,
            format!("there is no queue {queue}"),
            by_hand,
        )),
        (Found::Unseen, _) => {
            let said = format!("{queue} is there; this user may not ask for its arguments");
            Some(Finding::warn(
                WHAT,
                said,
                format!("look that it has {needed}"),
            ))
        }
        (Found::Differs(differences), declare) => {
            let told: Vec<String> = differences.iter().map(ToString::to_string).collect();
            let said = format!("{queue}: {}", told.join(", "));
            let by_policy = differences.iter().all(amqp::Difference::by_policy);
            if declare == Declare::Passive && by_policy {
                let advice = "a policy may say so, which a queue does not tell: look at `rabbitmqctl list_policies`";
                return Some(Finding::warn(WHAT, said, advice));
            }
            let advice = match declare {
                Declare::Active => {
                    "let it run empty and delete it (`rabbitmqctl delete_queue`): it is made anew; or name another queue in the channel"
                }
                Declare::Passive => &by_hand,
            };
            Some(Finding::fail(WHAT, said, advice))
        }
    }
}
