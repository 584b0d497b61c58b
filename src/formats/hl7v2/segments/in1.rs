//! IN1 → a coverage.

use super::Room;
use crate::domain::facts::Coverage;
use crate::formats::hl7v2::{datatypes, tree::Segment, walk::Walk};

pub const ROOM: Room = Room {
    names: &["IN1"],
    read,
};

fn read(segment: &Segment, walk: &mut Walk) {
    // IN1-36 is the policy of this insured; IN1-49 came with 2.3, and some
    // systems number their members there alone.
    let member = if segment.has(36) { 36 } else { 49 };
    let plan = first(segment, &[2, 9, 15]);
    let payer = segment.value(4).and_then(|v| v.text(1)).map(|_| 4);
    let payer = payer.or_else(|| segment.text(3, 1).map(|_| 3));
    let member_id = segment.text(member, 1);
    let coverage = Coverage {
        payer: payer.and_then(|field| segment.text(field, 1)),
        plan: plan.and_then(|field| segment.value(field).and_then(datatypes::words)),
        member_id: member_id.clone(),
        at: segment.places(&[
            ("payer", payer.unwrap_or_default(), payer.is_some()),
            ("plan", plan.unwrap_or_default(), plan.is_some()),
            ("memberId", member, member_id.is_some()),
        ]),
    };
    if coverage.payer.is_none() && coverage.plan.is_none() && coverage.member_id.is_none() {
        walk.doubt(segment.at(4), "the entry names nothing and was left out");
        return;
    }
    walk.facts.coverages.push(coverage);
}

fn first(segment: &Segment, fields: &[usize]) -> Option<usize> {
    let says = |field: &usize| segment.value(*field).and_then(datatypes::words).is_some();
    fields.iter().copied().find(says)
}
