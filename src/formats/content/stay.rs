//! The stay and the referral: labels and values.

use super::Edition;
use crate::domain::facts::{Encounter, Party, ServiceRequest, When};
use crate::formats::pdf::Block;
use crate::formats::words::Term;

/// Labels and the values that are there.
struct Pairs<'a> {
    edition: Edition<'a>,
    pairs: Vec<(String, String)>,
}

impl Pairs<'_> {
    fn say(&mut self, label: Term, value: Option<String>) {
        let label = self.edition.say(label);
        let value = value.filter(|value| !value.is_empty());
        self.pairs
            .extend(value.map(|value| (label.to_owned(), value)));
    }

    fn date(&mut self, label: Term, at: &Option<When>) {
        self.say(label, at.as_ref().map(|at| self.edition.words.date(at)));
    }
}

pub fn visit(stay: &Encounter, edition: Edition<'_>) -> Block {
    let mut says = Pairs {
        edition,
        pairs: Vec::new(),
    };
    says.date(Term::Admitted, &stay.start);
    says.date(Term::Discharged, &stay.end);
    says.say(Term::ReasonForAdmission, stay.reason.clone());
    let class = stay.class.as_deref();
    says.say(Term::Class, class.map(|class| edition.words.code(class)));
    says.say(Term::Attending, stay.attending.as_ref().map(reachable));
    says.say(Term::Service, stay.service.clone());
    says.say(Term::Location, stay.location.clone());
    says.say(Term::DischargedTo, stay.discharged_to.clone());
    let disposition = stay.discharge_disposition.as_deref();
    let disposition = disposition.map(|code| edition.words.disposition(code));
    says.say(Term::Disposition, disposition);
    says.say(Term::VisitNumber, stay.number.clone());
    Block::Grid(says.pairs)
}

pub fn request(referral: &ServiceRequest, edition: Edition<'_>) -> Block {
    let mut says = Pairs {
        edition,
        pairs: Vec::new(),
    };
    says.say(Term::Reason, referral.reason.clone());
    says.say(Term::ServiceAskedFor, referral.service.clone());
    let priority = referral.priority.as_deref();
    says.say(
        Term::Priority,
        priority.map(|code| edition.words.code(code)),
    );
    let status = referral.status.as_deref().map(|status| match status {
        // RF1-1, table 0283: pending has no request-status of its own.
        "P" => "pending",
        other => other,
    });
    let status = status.filter(|s| *s != "active");
    says.say(Term::Status, status.map(|code| edition.words.code(code)));
    says.say(Term::ReferralNumber, referral.id.clone());
    says.say(Term::ReferredBy, referral.from.as_ref().map(Party::shown));
    let telephone = referral
        .from
        .as_ref()
        .and_then(|party| party.telecom.clone());
    says.say(Term::TelephoneOfReferrer, telephone);
    says.say(Term::ReferredTo, referral.to.as_ref().map(reachable));
    let authorized = edition.words.list(&referral.authorizations);
    says.say(Term::Authorization, Some(authorized));
    Block::Grid(says.pairs)
}

/// Whoever takes over calls the one who knows.
fn reachable(party: &Party) -> String {
    match &party.telecom {
        Some(telecom) => format!("{}, {telecom}", party.shown()),
        None => party.shown(),
    }
}
