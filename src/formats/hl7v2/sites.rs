//! A site's own fields, read because a channel asked for them by place.

use super::tree::{Message, Value};
use crate::domain::facts::SiteFact;
use crate::domain::wishes::{SitePlace, Wishes};

pub fn asks_for(wishes: &Wishes, name: &str) -> bool {
    wishes.site_places.iter().any(|place| place.segment == name)
}

/// Each place that the message has, in the order they were asked for. Segments
/// of one name and repetitions of one field are one answer.
pub fn read(message: &Message, wishes: &Wishes) -> Vec<SiteFact> {
    let answer = |place: &SitePlace| {
        let segments = message.all(&place.segment);
        let values = segments.flat_map(|segment| segment.values(place.field));
        let said: Vec<String> = values.filter_map(|value| text(value, place)).collect();
        (!said.is_empty()).then(|| SiteFact {
            place: String::from(place.clone()),
            text: said.join("; "),
        })
    };
    wishes.site_places.iter().filter_map(answer).collect()
}

fn text(value: Value, place: &SitePlace) -> Option<String> {
    match place.component {
        Some(component) => value.component(component),
        None => value.whole(),
    }
}
