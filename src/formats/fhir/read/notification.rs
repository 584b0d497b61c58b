//! Subscription notifications: R5's `subscription-notification`, R4B's
//! SubscriptionStatus and the Parameters of the R4 backport say the same. Only
//! one that carries its resources can be read; nothing is fetched.

use super::{
    json::{list, text},
    library::Resource,
    tree::Value,
};
use crate::domain::facts::Problem;

/// The profile of the backport's Parameters, by its end.
const PROFILE: &str = "backport-subscription-status-r4";

/// What a notification is about: its foci with their places.
pub struct Notification<'b> {
    kind: Option<&'b str>,
    pub foci: Vec<(&'b Value<'b>, String)>,
    pub place: String,
}

/// The status of a notification is its first entry.
pub fn of<'b>(first: Option<&Resource<'b>>) -> Option<Notification<'b>> {
    let status = first?;
    match status.kind {
        "SubscriptionStatus" => Some(of_status(status)),
        "Parameters" if is_status(status.json) => Some(of_parameters(status)),
        _ => None,
    }
}

fn is_status(json: &Value) -> bool {
    let profiles = json.get("meta").and_then(|meta| meta.get("profile"));
    let profiles = profiles.and_then(Value::as_array).into_iter().flatten();
    let named = |wanted: &str| {
        list(json, "parameter")
            .iter()
            .any(|p| text(p, "name") == Some(wanted))
    };
    profiles
        .filter_map(Value::as_str)
        .any(|profile| profile.contains(PROFILE))
        || (named("subscription") && named("type"))
}

fn of_status<'b>(status: &Resource<'b>) -> Notification<'b> {
    let events = list(status.json, "notificationEvent").iter().enumerate();
    let foci = events.filter_map(|(nth, event)| {
        let place = status.at(&format!("notificationEvent[{nth}].focus"));
        Some((event.get("focus")?, place))
    });
    Notification {
        kind: text(status.json, "type"),
        foci: foci.collect(),
        place: status.place.clone(),
    }
}

fn of_parameters<'b>(status: &Resource<'b>) -> Notification<'b> {
    let parameters = list(status.json, "parameter");
    let kind = parameters.iter().find(|p| text(p, "name") == Some("type"));
    let mut foci = Vec::new();
    for (nth, event) in parameters.iter().enumerate() {
        if text(event, "name") != Some("notification-event") {
            continue;
        }
        for (part, focus) in list(event, "part").iter().enumerate() {
            if let (Some("focus"), Some(reference)) =
                (text(focus, "name"), focus.get("valueReference"))
            {
                let at = status.at(&format!("parameter[{nth}].part[{part}].valueReference"));
                foci.push((reference, at));
            }
        }
    }
    Notification {
        kind: kind.and_then(|kind| text(kind, "valueCode").or_else(|| text(kind, "valueString"))),
        foci,
        place: status.place.clone(),
    }
}

/// Places listed in one Problem; more would not be read.
pub const MAX_PLACES: usize = 10;

impl Notification<'_> {
    /// Why there is nothing to hand over, where nothing is.
    pub fn emptiness(&self, carries: bool) -> Result<(), Problem> {
        let why = match self.kind {
            Some("handshake") => "a handshake of a subscription: nothing to hand over",
            Some("heartbeat") => "a heartbeat of a subscription: nothing to hand over",
            Some("query-status") => "the status of a subscription: nothing to hand over",
            _ if carries => return Ok(()),
            _ => {
                let why = match self.foci.is_empty() {
                    true => "the notification carries no resource and names none".to_owned(),
                    false => format!(
                        "the notification carries no resource; it only names what changed at {}",
                        places(self.foci.iter().map(|(_, place)| place.as_str()))
                    ),
                };
                return Err(Problem::new(&self.place, why));
            }
        };
        Err(Problem::new(&self.place, why))
    }
}

/// `a, b and 3 more`.
pub fn places<'p>(places: impl ExactSizeIterator<Item = &'p str>) -> String {
    let more = places.len().saturating_sub(MAX_PLACES);
    let listed: Vec<&str> = places.take(MAX_PLACES).collect();
    match more {
        0 => listed.join(", "),
        more => format!("{} and {more} more", listed.join(", ")),
    }
}
