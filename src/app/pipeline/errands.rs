//! Who is told of what became of an event: the return routes of its channel,
//! and a notice for each recipient.

use super::rows::Plan;
use super::{Incoming, Passage};
use crate::adapters::sql::{NewErrand, NewLink, OwnerNews, Target};
use crate::adapters::telemetry;
use crate::domain::channel::{Channel, NotifyRoute, ReturnRoute};
use crate::domain::ids::{HandoffId, LinkId};
use crate::domain::link::Face;
use serde_json::Value;
use uuid::Uuid;

/// Which of a channel's return routes an answer takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Whoever asked: the event's own reply queue.
    Reply,
    /// Whoever asked, and whoever listens for results.
    Everywhere,
}

/// What tells of a new handoff.
pub(super) fn errands(passage: &Passage<'_>, plan: &Plan, links: &[NewLink]) -> Vec<NewErrand> {
    // Whoever listens on an exchange takes what comes for real: tests stay away.
    let way = if plan.test {
        Way::Reply
    } else {
        Way::Everywhere
    };
    let mut errands = answers(passage, &plan.id, None, way);
    let people = links.iter().filter(|link| link.face == Face::People);
    for link in people {
        errands.extend(notices(passage.channel, plan.test, &plan.id, link));
    }
    errands
}

/// What tells a person of their link, and the owner of its passcode, which never
/// travels with the link.
pub(super) fn notices(
    channel: &Channel,
    test: bool,
    handoff: &HandoffId,
    link: &NewLink,
) -> Vec<NewErrand> {
    let target = |route: &NotifyRoute| match route {
        NotifyRoute::Email(_) => Some(Target::NoticeEmail {
            owner: channel.owner.to_string(),
        }),
        NotifyRoute::Rabbitmq(_) if test => None,
        NotifyRoute::Rabbitmq(route) => Some(Target::NoticeMessage {
            exchange: route.exchange.to_string(),
            routing_key: route.routing_key.clone(),
            channel: channel.name().to_owned(),
        }),
    };
    let passcode = link
        .proof
        .sealed_passcode
        .as_ref()
        .map(|_| Target::OwnerEmail {
            owner: channel.owner.to_string(),
            news: OwnerNews::Passcode,
        });
    let notices = channel.notify.iter().filter_map(target);
    notices
        .chain(passcode)
        .map(|target| about_link(handoff, &link.id, target))
        .collect()
}

/// The reference once more, for whoever listens for results: its link is a new
/// one, and so is the message.
pub(super) fn results_again(channel: &Channel, handoff: &HandoffId) -> Vec<NewErrand> {
    let nobody = Incoming::default();
    let again = |target: Target| NewErrand {
        id: None,
        handoff: Some(handoff.clone()),
        link: None,
        target,
        payload: None,
        trace_parent: telemetry::current_trace_parent(),
    };
    let targets = targets(channel, &nobody, true, Way::Everywhere);
    targets.into_iter().map(again).collect()
}

fn about_link(handoff: &HandoffId, link: &LinkId, target: Target) -> NewErrand {
    NewErrand {
        id: None,
        handoff: Some(handoff.clone()),
        link: Some(link.to_string()),
        target,
        payload: None,
        trace_parent: telemetry::current_trace_parent(),
    }
}

/// The answer about a handoff: its DocumentReference, or the OperationOutcome
/// that is given. One row for each route, however often it is asked for.
pub(super) fn answers(
    passage: &Passage<'_>,
    handoff: &HandoffId,
    outcome: Option<&Value>,
    way: Way,
) -> Vec<NewErrand> {
    let targets = targets(
        passage.channel,
        passage.event,
        passage.world.broker.is_some(),
        way,
    );
    let errand = |target: Target| NewErrand {
        id: Some(row_id(&target, handoff.as_str().as_bytes())),
        handoff: Some(handoff.clone()),
        link: None,
        target,
        payload: outcome.map(Value::to_string),
        trace_parent: telemetry::current_trace_parent(),
    };
    targets.into_iter().map(errand).collect()
}

/// The answer to an event that became no handoff.
pub fn bare_answers(
    channel: &Channel,
    event: &Incoming,
    outcome: &Value,
    way: Way,
) -> Vec<NewErrand> {
    let errand = |target: Target| NewErrand {
        id: Some(row_id(&target, &event.body)),
        handoff: None,
        link: None,
        target,
        payload: Some(outcome.to_string()),
        trace_parent: event.trace_parent.clone(),
    };
    targets(channel, event, true, way)
        .into_iter()
        .map(errand)
        .collect()
}

/// The same answer on the same way is the same row, and so the same message
/// id: a receiver can drop the second.
fn row_id(target: &Target, about: &[u8]) -> String {
    let mut name = serde_json::to_vec(target).unwrap_or_default();
    name.extend_from_slice(about);
    Uuid::new_v5(&Uuid::NAMESPACE_OID, &name).to_string()
}

fn targets(channel: &Channel, event: &Incoming, has_broker: bool, way: Way) -> Vec<Target> {
    let correlation_id = event.correlation();
    let target = |route: &ReturnRoute| match route {
        ReturnRoute::Reply(route) => event.reply_to.clone().map(|queue| Target::Reply {
            queue,
            correlation_id: correlation_id.clone(),
            channel: channel.name().to_owned(),
            profile: route.profile,
        }),
        ReturnRoute::Rabbitmq(route) => {
            (has_broker && way == Way::Everywhere).then(|| Target::Result {
                exchange: route.exchange.to_string(),
                routing_key: route.routing_key.clone(),
                correlation_id: correlation_id.clone(),
                channel: channel.name().to_owned(),
                profile: route.profile,
            })
        }
    };
    channel.returns.iter().filter_map(target).collect()
}
