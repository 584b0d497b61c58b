//! RF1 and PRD → the referral: who asks whom, for what, how soon. v2-to-FHIR has
//! no map for these; this one is ours.

use super::{datatypes, tree::Segment};
use crate::domain::facts::{ClinicalFacts, Doubt, Party};

pub fn read_referral(segment: &Segment, facts: &mut ClinicalFacts) {
    if facts
        .referral
        .as_ref()
        .is_some_and(|seen| seen.id.is_some() || seen.service.is_some())
    {
        facts.doubts.push(Doubt::new(
            segment.place(),
            "a second referral was left out",
        ));
        return;
    }
    let referral = facts.referral.get_or_insert_default();
    referral.id = segment.text(6, 1);
    referral.priority = segment.text(2, 1).map(priority);
    referral.reason = datatypes::all_words(segment, 10);
    referral.service = segment.value(3).and_then(datatypes::words);
    if referral.id.is_none() {
        facts
            .doubts
            .push(Doubt::new(segment.at(6), "the referral has no identifier"));
    }
}

/// Table 0280 → request-priority.
fn priority(code: String) -> String {
    match code.as_str() {
        "S" => "stat".to_owned(),
        "A" => "asap".to_owned(),
        "R" => "routine".to_owned(),
        _ => code,
    }
}

/// PRD-1 may say several roles of one provider at once.
pub fn read_provider(segment: &Segment, facts: &mut ClinicalFacts) {
    for role in segment.values(1).filter_map(|role| role.text(1)) {
        match role.as_str() {
            "RP" => settle(segment, &mut facts.referral.get_or_insert_default().from),
            "RT" => settle(segment, &mut facts.referral.get_or_insert_default().to),
            _ => {}
        }
    }
}

/// The first provider of a role is the one; REF^I12 repeats PRD for others.
fn settle(segment: &Segment, seat: &mut Option<Party>) {
    if seat.is_none() {
        *seat = provider(segment);
    }
}

fn provider(segment: &Segment) -> Option<Party> {
    let name = segment.value(2);
    let location = segment.value(4);
    let party = Party {
        id: segment.text(7, 1),
        family: name.and_then(|v| v.text(1)),
        given: name.and_then(|v| v.text(2)),
        organization: segment
            .text(10, 1)
            .or_else(|| location.and_then(|v| v.text(4)))
            .or_else(|| location.and_then(|v| v.text(9))),
        telecom: segment.values(5).find_map(datatypes::telecom),
    };
    (!party.is_empty()).then_some(party)
}
