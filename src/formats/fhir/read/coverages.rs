//! Coverage → who pays.

use super::{
    clinical::refused,
    datatypes::{has_code, words},
    json::{list, owned, text},
    library::{Resource, items},
    resources::Scene,
    trail::Trail,
};
use crate::domain::facts::{ClinicalFacts, Coverage, Doubt};

pub fn read(scene: &Scene, resource: &Resource, facts: &mut ClinicalFacts) {
    if refused(resource, facts) {
        return;
    }
    let json = resource.json;
    if text(json, "status") == Some("cancelled") {
        let why = "the coverage was cancelled and left out";
        facts.doubts.push(Doubt::new(&resource.place, why));
        return;
    }
    let mut trail = Trail::of(&resource.place);
    // R5 calls the payor insurer.
    let payer = ["payor", "insurer", "issuer"].into_iter().find_map(|key| {
        let party = items(json, key)
            .iter()
            .find_map(|r| scene.library.party(resource, r));
        trail.some("payer", key, party.map(|party| party.shown()))
    });
    let plan = plan(resource, &mut trail);
    let member = trail.text("memberId", json, "subscriberId");
    let member = member.or_else(|| {
        let keys = ["identifier", "subscriberId"].into_iter();
        let mut numbers = keys.flat_map(|key| list(json, key));
        trail.some(
            "memberId",
            "identifier",
            numbers.find_map(|n| owned(n, "value")),
        )
    });
    let coverage = Coverage {
        payer,
        plan,
        member_id: member,
        at: trail.places(),
    };
    if coverage != Coverage::default() {
        facts.coverages.push(coverage);
    }
}

/// The class `plan`, else `group`, else the kind of coverage.
fn plan(resource: &Resource, trail: &mut Trail) -> Option<String> {
    let json = resource.json;
    for wanted in ["plan", "group"] {
        let mut classes = list(json, "class").iter();
        let class = classes.find(|class| class.get("type").is_some_and(|t| has_code(t, &[wanted])));
        let named = class.and_then(|class| {
            // An Identifier in R5.
            let value = || owned(class, "value").or_else(|| owned(class.get("value")?, "value"));
            owned(class, "name").or_else(value)
        });
        if named.is_some() {
            return trail.some("plan", "class", named);
        }
    }
    trail.some("plan", "type", json.get("type").and_then(words))
}
