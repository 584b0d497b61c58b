//! Takes from a section the fields that its channel does not name.

use super::content::{Content, PacketSection};
use crate::domain::facts::{Encounter, Observation, ServiceRequest};
use crate::domain::fields::Field;

/// `leaves` says which fields of the section may leave. What the section is
/// about, a diagnosis or a value, is no field: it stays.
pub fn narrow(section: &mut PacketSection, leaves: impl Fn(Field) -> bool) {
    if !leaves(Field::Text) {
        section.narrative.clear();
    }
    if !leaves(Field::Comments) {
        section.comments.clear();
    }
    let gone = |field| !leaves(field);
    match &mut section.content {
        Content::Encounter(stay) => stay.iter_mut().for_each(|stay| narrow_stay(stay, &gone)),
        Content::Referral(referral) => {
            referral.iter_mut().for_each(|r| narrow_referral(r, &gone));
        }
        Content::Observations(list) => list.iter_mut().for_each(|o| narrow_observation(o, &gone)),
        Content::Diagnoses(list) => {
            for one in list {
                clear(gone(Field::Role), &mut one.role);
                clear(gone(Field::BodySite), &mut one.body_site);
                clear(gone(Field::Notes), &mut one.note);
                clear(gone(Field::Dates), &mut one.onset);
                clear(gone(Field::Dates), &mut one.end);
            }
        }
        Content::Allergies(list) => {
            for one in list {
                clear(gone(Field::Criticality), &mut one.criticality);
                clear(gone(Field::Dates), &mut one.onset);
                clear_list(gone(Field::Reactions), &mut one.reactions);
            }
        }
        Content::Medications(list) => {
            for one in list.iter_mut().map(|one| &mut one.medication) {
                clear(gone(Field::Dosage), &mut one.dosage);
                clear(gone(Field::Dates), &mut one.start);
                clear(gone(Field::Dates), &mut one.end);
                clear_list(gone(Field::Notes), &mut one.notes);
            }
        }
        Content::Procedures(list) => {
            for one in list {
                clear(gone(Field::BodySite), &mut one.body_site);
                clear(gone(Field::Dates), &mut one.performed);
            }
        }
        Content::Immunizations(list) => {
            for one in list {
                clear(gone(Field::Lot), &mut one.lot);
                clear(gone(Field::Dates), &mut one.given);
            }
        }
        Content::Plan(orders, appointments) => {
            for one in orders {
                clear(gone(Field::Priority), &mut one.priority);
                clear(gone(Field::Dates), &mut one.when);
            }
            for one in appointments {
                clear(gone(Field::Dates), &mut one.start);
                clear(gone(Field::Dates), &mut one.end);
                clear(gone(Field::Reason), &mut one.reason);
                clear(gone(Field::Location), &mut one.location);
            }
        }
        Content::CareTeam(list) => {
            for one in list {
                clear(gone(Field::Role), &mut one.role);
                clear(gone(Field::Telecom), &mut one.party.telecom);
            }
        }
        Content::Documents(list) if gone(Field::Text) => {
            list.iter_mut()
                .for_each(|document| document.content.clear());
        }
        Content::Documents(_) | Content::Payers(_) | Content::Instructions(_) | Content::Words => {}
    }
}

fn narrow_stay(stay: &mut Encounter, gone: &impl Fn(Field) -> bool) {
    clear(gone(Field::Dates), &mut stay.start);
    clear(gone(Field::Dates), &mut stay.end);
    clear(gone(Field::Class), &mut stay.class);
    clear(gone(Field::VisitNumber), &mut stay.number);
    clear(gone(Field::VisitNumber), &mut stay.number_system);
    clear(gone(Field::Location), &mut stay.location);
    clear(gone(Field::Service), &mut stay.service);
    clear(gone(Field::Attending), &mut stay.attending);
    clear(gone(Field::Disposition), &mut stay.discharge_disposition);
    clear(gone(Field::Destination), &mut stay.discharged_to);
    clear(gone(Field::Reason), &mut stay.reason);
}

fn narrow_referral(referral: &mut ServiceRequest, gone: &impl Fn(Field) -> bool) {
    clear(gone(Field::Reason), &mut referral.reason);
    clear(gone(Field::Service), &mut referral.service);
    if gone(Field::Service) {
        referral.code = Default::default();
    }
    clear(gone(Field::Priority), &mut referral.priority);
    clear(gone(Field::ReferralNumber), &mut referral.id);
    clear(gone(Field::Referrer), &mut referral.from);
    clear(gone(Field::ReferredTo), &mut referral.to);
    clear_list(gone(Field::Authorizations), &mut referral.authorizations);
}

/// The status is none of the fields: what is not final must say so.
fn narrow_observation(observation: &mut Observation, gone: &impl Fn(Field) -> bool) {
    clear(gone(Field::Range), &mut observation.range);
    clear(gone(Field::Interpretation), &mut observation.interpretation);
    clear(gone(Field::Specimen), &mut observation.specimen);
    clear(gone(Field::Dates), &mut observation.effective);
    clear_list(gone(Field::Notes), &mut observation.notes);
}

fn clear<T>(gone: bool, field: &mut Option<T>) {
    if gone {
        *field = None;
    }
}

fn clear_list<T>(gone: bool, field: &mut Vec<T>) {
    if gone {
        field.clear();
    }
}
