//! What is going to happen: orders and appointments.

use super::super::draft::Draft;
use super::super::parts::{
    Built, absent, named, on_field, plain_identifier, received, text_concept,
};
use super::stay::{priority, request_status};
use crate::domain::facts;
use fhir_sdk::r4b::codes::{AppointmentStatus, ParticipationStatus, RequestIntent};
use fhir_sdk::r4b::resources::{
    Appointment, AppointmentParticipant, ServiceRequest, ServiceRequestOccurrence,
};
use fhir_sdk::r4b::types::Reference;

pub fn order(from: &facts::Order, draft: &Draft) -> Built<ServiceRequest> {
    // Nobody has authorized a draft.
    let intent = match from.status.as_deref() {
        Some("draft") => RequestIntent::Plan,
        _ => RequestIntent::Order,
    };
    let mut request = ServiceRequest::builder()
        .status(request_status(from.status.as_deref()))
        .intent(intent)
        .subject(draft.subject()?)
        .build()?;
    if let Some(id) = &from.id {
        request.identifier.push(Some(plain_identifier(id, None)?));
    }
    request.code = (!from.code.is_empty())
        .then(|| received(&from.code))
        .transpose()?;
    request.occurrence = draft
        .date_time(&from.when)
        .map(ServiceRequestOccurrence::DateTime);
    priority(&mut request, from.priority.as_deref(), draft)?;
    Ok(request)
}

/// app-2, app-3: one that is arranged has a start and an end. What the source
/// does not tell of them is said to be absent, and a bare day is a period that
/// was asked for.
pub fn appointment(from: &facts::Appointment, draft: &Draft) -> Built<Appointment> {
    let status = from.status.as_deref();
    let known = status.and_then(|status| status.parse::<AppointmentStatus>().ok());
    let state = known.unwrap_or(AppointmentStatus::Proposed);
    let mut people = vec![Some(participant(state, draft.subject()?)?)];
    for other in from.location.iter().chain(&from.with) {
        people.push(Some(participant(state, named(other)?)?));
    }
    let mut appointment = Appointment::builder()
        .status(state)
        .participant(people)
        .build()?;
    if let Some(id) = &from.id {
        let number = plain_identifier(id, None)?;
        appointment.identifier.push(Some(number));
    }
    if let Some(reason) = &from.reason {
        appointment.reason_code.push(Some(text_concept(reason)?));
    }
    if let Some(other) = status.filter(|_| known.is_none()) {
        appointment.comment = Some(other.to_owned());
    }
    appointment.start = draft.moment(&from.start);
    appointment.end = draft.moment(&from.end);
    let is_open = matches!(
        state,
        AppointmentStatus::Proposed | AppointmentStatus::Cancelled | AppointmentStatus::Waitlist
    );
    let wanted = !is_open || appointment.start.is_some() || appointment.end.is_some();
    if appointment.start.is_none() && wanted {
        appointment.start_ext = Some(on_field(absent()?));
    }
    if appointment.end.is_none() && wanted {
        appointment.end_ext = Some(on_field(absent()?));
    }
    let untold = appointment.start.is_none() || (from.end.is_some() && appointment.end.is_none());
    if untold && let Some(period) = draft.period(&from.start, &from.end)? {
        appointment.requested_period.push(Some(period));
    }
    Ok(appointment)
}

/// R4 wants to know of each whether they will come: those of what is booked
/// will, as far as anybody knows.
fn participant(state: AppointmentStatus, actor: Reference) -> Built<AppointmentParticipant> {
    use AppointmentStatus as S;
    let status = match state {
        S::Booked | S::Arrived | S::Fulfilled | S::CheckedIn => ParticipationStatus::Accepted,
        S::Cancelled | S::Noshow | S::EnteredInError => ParticipationStatus::Declined,
        S::Proposed | S::Pending | S::Waitlist => ParticipationStatus::NeedsAction,
    };
    AppointmentParticipant::builder()
        .actor(actor)
        .status(status)
        .build()
}
