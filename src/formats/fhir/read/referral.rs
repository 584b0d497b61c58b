//! ServiceRequest → the referral: who asks whom, for what, how soon.

use super::{
    datatypes::{all_words, words},
    json::{list, owned, text},
    library::{Library, Resource},
};
use crate::domain::facts::ServiceRequest;

pub fn read(library: &Library, resource: &Resource) -> ServiceRequest {
    let json = resource.json;
    let numbers = list(json, "identifier")
        .iter()
        .chain(json.get("requisition"));
    ServiceRequest {
        id: numbers
            .into_iter()
            .find_map(|number| text(number, "value"))
            .map(str::to_owned),
        priority: owned(json, "priority"),
        reason: all_words(json, "reasonCode").or_else(|| super::visit::reasons(library, json)),
        from: json
            .get("requester")
            .and_then(|reference| library.party(json, reference)),
        to: list(json, "performer")
            .iter()
            .find_map(|reference| library.party(json, reference)),
        service: json
            .get("code")
            .and_then(words)
            .or_else(|| all_words(json, "orderDetail"))
            .or_else(|| all_words(json, "category")),
        ..ServiceRequest::default()
    }
}
