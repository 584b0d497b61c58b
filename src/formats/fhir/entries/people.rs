//! Who cares for the patient, and who pays.

use super::super::draft::{Draft, organization};
use super::super::parts::{Built, concept, named, reference, text_concept};
use crate::domain::facts;
use crate::formats::words::Term;
use fhir_sdk::r4b::resources::{CareTeam, CareTeamParticipant, Coverage, CoverageClass};

/// One team, of all who are named.
pub fn care_team(list: &[facts::Participant], draft: &mut Draft) -> Built<CareTeam> {
    let mut team = CareTeam::builder().subject(draft.subject()?).build()?;
    for one in list {
        let mut participant = CareTeamParticipant::builder().build()?;
        participant.member = draft.party(&one.party)?;
        if let Some(role) = &one.role {
            participant.role.push(Some(text_concept(role)?));
        }
        if participant.member.is_some() || !participant.role.is_empty() {
            team.participant.push(Some(participant));
        }
    }
    Ok(team)
}

/// R4 wants a status and a payer. A coverage that is listed counts; a payer that
/// nobody named is said not to be recorded.
pub fn coverage(from: &facts::Coverage, name: &str, draft: &mut Draft) -> Built<Coverage> {
    let payer = match &from.payer {
        Some(payer) => {
            let payer = organization(payer)?;
            reference(&draft.add_plain(&format!("{name}/payer"), payer)?)?
        }
        None => named(draft.edition.say(Term::NotRecorded))?,
    };
    let mut coverage = Coverage::builder()
        .status("active".to_owned())
        .beneficiary(draft.subject()?)
        .payor(vec![Some(payer)])
        .build()?;
    coverage.subscriber_id = from.member_id.clone();
    if let Some(plan) = &from.plan {
        let system = "http://terminology.hl7.org/CodeSystem/coverage-class";
        let class = CoverageClass::builder()
            .r#type(concept(system, "plan", None)?)
            .value(plan.clone())
            .build()?;
        coverage.class.push(Some(class));
    }
    Ok(coverage)
}
