//! A document that is being written: its entries so far, their ids, and the
//! people and organisations that several of them name.

use super::parts::{Built, contact_point, human_name, named, plain_identifier, reference};
use crate::domain::facts::{HumanName, Party, When};
use crate::formats::content::Edition;
use fhir_sdk::r4b::resources::{
    BaseResource, BundleEntry, Organization, Practitioner, PractitionerRole, Resource,
};
use fhir_sdk::r4b::types::{Coding, Meta, Period, Reference};
use fhir_sdk::{DateTime, Instant};
use jiff::tz::TimeZone;
use uuid::Uuid;

pub struct Draft<'a> {
    handoff: Uuid,
    /// The zone that times without an offset are read in.
    zone: &'a TimeZone,
    pub edition: Edition<'a>,
    /// What every resource about the patient is labelled with.
    labels: Vec<Coding>,
    /// The patient's fullUrl.
    subject: String,
    entries: Vec<Option<BundleEntry>>,
    parties: Vec<(Party, Reference)>,
}

impl<'a> Draft<'a> {
    pub fn new(
        handoff: Uuid,
        zone: &'a TimeZone,
        edition: Edition<'a>,
        labels: Vec<Coding>,
    ) -> Self {
        let mut draft = Self {
            handoff,
            zone,
            edition,
            labels,
            subject: String::new(),
            entries: Vec::new(),
            parties: Vec::new(),
        };
        draft.subject = draft.url("Patient");
        draft
    }

    /// Derived from the handoff's id: the same event gives the same bytes.
    pub fn url(&self, name: &str) -> String {
        Uuid::new_v5(&self.handoff, name.as_bytes())
            .urn()
            .to_string()
    }

    pub fn subject(&self) -> Built<Reference> {
        reference(&self.subject)
    }

    /// A resource about the patient, under a name of its own.
    pub fn add<R: BaseResource + Into<Resource>>(
        &mut self,
        name: &str,
        mut resource: R,
    ) -> Built<String> {
        if !self.labels.is_empty() {
            let security = self.labels.iter().cloned().map(Some).collect();
            resource.set_meta(Some(Meta::builder().security(security).build()?));
        }
        self.add_plain(name, resource)
    }

    /// A resource that says nothing of the patient.
    pub fn add_plain(&mut self, name: &str, resource: impl Into<Resource>) -> Built<String> {
        let url = self.url(name);
        let entry = BundleEntry::builder()
            .full_url(url.clone())
            .resource(resource.into());
        self.entries.push(Some(entry.build()?));
        Ok(url)
    }

    /// All that was written, the last of it first (bdl-11: a Composition).
    pub fn entries(mut self) -> Vec<Option<BundleEntry>> {
        self.entries.rotate_right(1);
        self.entries
    }

    /// Who acts, as a resource that is written once. Somebody of whom there is
    /// only a number may be a person or not: a reference that points nowhere.
    pub fn party(&mut self, party: &Party) -> Built<Option<Reference>> {
        if party.is_empty() {
            return Ok(None);
        }
        let known = self.parties.iter().find(|(one, _)| one == party);
        if let Some((_, reference)) = known {
            return Ok(Some(reference.clone()));
        }
        let name = format!("party/{}", self.parties.len());
        let person = party.family.is_some() || party.given.is_some();
        let made = match (person, &party.organization) {
            (true, None) => reference(&self.practitioner(&name, party, true)?)?,
            (false, Some(title)) => {
                let mut organization = organization(title)?;
                organization.identifier = identifiers(party)?;
                organization.telecom = telecom(party)?;
                reference(&self.add_plain(&name, organization)?)?
            }
            (true, Some(title)) => {
                let practitioner = self.practitioner(&format!("{name}/person"), party, false)?;
                let place = format!("{name}/organization");
                let place = self.add_plain(&place, organization(title)?)?;
                let mut role = PractitionerRole::builder()
                    .practitioner(reference(&practitioner)?)
                    .organization(reference(&place)?)
                    .build()?;
                role.telecom = telecom(party)?;
                reference(&self.add_plain(&name, role)?)?
            }
            (false, None) => {
                let mut nobody = named(&party.shown())?;
                nobody.identifier = identifiers(party)?.into_iter().next().flatten();
                // a bare telephone is something to call all the same
                let telecom = party.telecom.clone().filter(|_| party.id.is_none());
                nobody.display = telecom.or(nobody.display.take());
                nobody
            }
        };
        self.parties.push((party.clone(), made.clone()));
        Ok(Some(made))
    }

    fn practitioner(&mut self, name: &str, party: &Party, called: bool) -> Built<String> {
        let person = HumanName {
            family: party.family.clone(),
            given: party.given.iter().cloned().collect(),
            ..HumanName::default()
        };
        let mut practitioner = Practitioner::builder()
            .name(vec![Some(human_name(&person)?)])
            .build()?;
        practitioner.identifier = identifiers(party)?;
        if called {
            practitioner.telecom = telecom(party)?;
        }
        self.add_plain(name, practitioner)
    }

    /// At the precision it came with.
    pub fn date_time(&self, at: &Option<When>) -> Option<DateTime> {
        at.as_ref()
            .and_then(|at| at.fhir(self.zone).parse::<DateTime>().ok())
    }

    /// Where a moment is named; a date alone is none.
    pub fn moment(&self, at: &Option<When>) -> Option<Instant> {
        match self.date_time(at) {
            Some(DateTime::DateTime(moment)) => Some(moment),
            _ => None,
        }
    }

    /// per-1: a period that ends before it starts is none, and neither is one
    /// without both.
    pub fn period(&self, start: &Option<When>, end: &Option<When>) -> Built<Option<Period>> {
        period(self.date_time(start), self.date_time(end))
    }
}

/// per-1, and no empty one. Of a period that ends before it starts the start
/// stays: the narrative says both.
pub fn period(start: Option<DateTime>, end: Option<DateTime>) -> Built<Option<Period>> {
    if start.is_none() && end.is_none() {
        return Ok(None);
    }
    let mut period = Period::builder().build()?;
    let reversed = matches!((&start, &end), (Some(start), Some(end)) if start > end);
    period.start = start;
    period.end = end.filter(|_| !reversed);
    Ok(Some(period))
}

pub fn organization(name: &str) -> Built<Organization> {
    Organization::builder().name(name.to_owned()).build()
}

fn identifiers(party: &Party) -> Built<Vec<Option<fhir_sdk::r4b::types::Identifier>>> {
    let ids = party.id.iter();
    ids.map(|id| plain_identifier(id, None).map(Some)).collect()
}

fn telecom(party: &Party) -> Built<Vec<Option<fhir_sdk::r4b::types::ContactPoint>>> {
    let telecoms = party.telecom.iter();
    telecoms.map(|text| contact_point(text).map(Some)).collect()
}
