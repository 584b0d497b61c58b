//! Coverage and policy activities of a payers section → coverages.

use super::datatypes::{entry_words, shown};
use super::entries::{self, related};
use super::names;
use super::negation;
use super::tree::Element;
use crate::domain::facts::{ClinicalFacts, Coverage, Doubt, Places};

/// A coverage activity holds policies; some documents state the policy alone.
pub fn read(entry: Element, scope: Element, facts: &mut ClinicalFacts) {
    let policies: Vec<Element> = related(entry)
        .filter(|(kind, inner)| *kind == "COMP" && inner.is("act"))
        .map(|(_, inner)| inner)
        .collect();
    if policies.is_empty() {
        return policy(entry, scope, facts);
    }
    policies
        .into_iter()
        .for_each(|inner| policy(inner, scope, facts));
}

fn policy(act: Element, scope: Element, facts: &mut ClinicalFacts) {
    if entries::is_void(act, facts) {
        return;
    }
    if let Some(by) = negation::denied_by(act) {
        facts
            .doubts
            .push(Doubt::new(negation::place(by), negation::DENIED));
        return;
    }
    let mut at = Places::of(act.place());
    let payer = payer(act);
    let payer = payer.and_then(|element| {
        at.add("payer", element.place());
        names::organization_name(element)
    });
    let covered = act
        .all("participant")
        .filter(|p| p.attr("typeCode") == Some("COV"));
    let member = covered
        .filter_map(|p| p.child("participantRole"))
        .flat_map(|role| role.all("id"))
        .find(|id| !id.is_null() && id.attr("extension").is_some());
    let member_id = member.and_then(|id| {
        at.add("memberId", id.place());
        id.attr("extension").map(str::to_owned)
    });
    let plan = plan(act, scope, &mut at);
    if payer.is_none() && member_id.is_none() && plan.is_none() {
        return entries::unknown(act, facts);
    }
    facts.coverages.push(Coverage {
        payer,
        plan,
        member_id,
        at,
    });
}

/// The payer is the performer who pays, not the guarantor.
fn payer(act: Element<'_>) -> Option<Element<'_>> {
    let organizations = act.all("performer").filter_map(|performer| {
        let role = performer.child("assignedEntity")?;
        let guarantor = role.child("code").and_then(|code| code.attr("code")) == Some("GUAR");
        role.child("representedOrganization").filter(|_| !guarantor)
    });
    organizations.into_iter().next()
}

/// The plan's own name where it is told, else the kind of insurance.
fn plan(act: Element, scope: Element, at: &mut Places) -> Option<String> {
    let defined = related(act).find(|(kind, inner)| *kind == "REFR" && inner.is("act"));
    let named = defined.and_then(|(_, plan)| {
        let name = entry_words(plan, scope)?;
        at.add("plan", plan.place());
        Some(name)
    });
    named.or_else(|| {
        // The coverage activity's own code says only that it is about payment, a
        // role code only whose policy it is.
        let code = act.child("code").filter(|code| {
            let role = matches!(
                code.attr("codeSystem"),
                Some("2.16.840.1.113883.5.110" | "2.16.840.1.113883.5.111")
            );
            !role && code.attr("code") != Some("48768-6")
        })?;
        let kind = shown(code, scope)?;
        at.add("plan", code.place());
        Some(kind)
    })
}
