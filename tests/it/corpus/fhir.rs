//! FHIR: the oracle lists the resources of a body, wherever they lie in it.
//! A body about several patients is read as one message for each.

use super::normal::{is, is_data, list, same, same_code, same_time, take, text};
use super::score::File;
use handoff::domain::facts::{ClinicalFacts, Coded, Encounter, Patient, When};
use handoff::domain::wishes::Wishes;
use handoff::formats::read::read;
use serde::Serialize;
use serde_json::Value;

pub fn compare(body: &[u8], expected: &Value, file: &mut File) {
    if expected["well_formed_json"] == Value::Bool(false) {
        return;
    }
    let patients = list(expected, "patients");
    let plain = read(body, None, &Wishes::default());
    if patients.len() > 1 {
        // Whose packet it is cannot be told, so nothing is found unasked.
        let refused = plain.messages.is_empty() && !plain.problems.is_empty();
        file.expect("several patients refused", 0, refused);
    }
    let wishes = Wishes {
        split_patients: patients.len() > 1,
        ..Wishes::default()
    };
    let reading = read(body, None, &wishes);
    file.expect("message", 0, !reading.messages.is_empty());
    let body = Body {
        messages: &reading.messages,
        expected,
    };
    body.header(file);
    body.patients(file);
    body.clinical(file);
    body.visits(file);
    body.requests(file);
    body.documents(file);
    body.counts(file);
}

struct Body<'a> {
    messages: &'a [ClinicalFacts],
    expected: &'a Value,
}

impl<'a> Body<'a> {
    fn all<T>(&self, of: impl Fn(&'a ClinicalFacts) -> &'a [T]) -> Vec<&'a T> {
        self.messages.iter().flat_map(of).collect()
    }

    fn header(&self, file: &mut File) {
        let event = match text(self.expected, "bundle_type") {
            "" => text(self.expected, "resourceType").to_owned(),
            kind => format!("Bundle/{kind}"),
        };
        let found = self.messages.iter().any(|facts| facts.event == event);
        file.expect("event", 0, found);
        for (place, event) in list(self.expected, "message_events").iter().enumerate() {
            let event = event.as_str().unwrap_or_default();
            let mut events = self
                .messages
                .iter()
                .map(|facts| printed(facts)["messageEvent"].take());
            let found = events.any(|ours| is_coded(&ours, event, &[]));
            file.expect("message event", place, found);
        }
    }

    fn patients(&self, file: &mut File) {
        let mut ours: Vec<&Patient> = self.messages.iter().map(|facts| &facts.patient).collect();
        for (place, theirs) in list(self.expected, "patients").iter().enumerate() {
            // Whose facts these are: the identifier tells, else the name.
            let id = text(theirs, "first_identifier");
            let known = |p: &&&Patient| p.identifiers.iter().any(|i| same(&i.value, id));
            let named = |p: &&&Patient| !is_data(id) && has_family(p, text(theirs, "family"));
            let found = ours.iter().find(|p| known(p) || named(p)).copied();
            // With one patient there is no choice.
            let found = found.or_else(|| ours.first().copied().filter(|_| ours.len() == 1));
            let nobody = Patient::default();
            compare_patient(found.unwrap_or(&nobody), theirs, place, file);
            if let Some(found) = found {
                let place = ours.iter().position(|other| std::ptr::eq(*other, found));
                place.map(|place| ours.remove(place));
            }
        }
    }

    fn clinical(&self, file: &mut File) {
        let codes = |list: Vec<&'a Coded>| list;
        let conditions = self.all(|facts| &facts.conditions);
        self.coded(
            file,
            "diagnosis",
            "conditions",
            codes(conditions.iter().map(|c| &c.code).collect()),
        );
        let allergies = self.all(|facts| &facts.allergies);
        self.coded(
            file,
            "allergy",
            "allergies",
            codes(allergies.iter().map(|a| &a.code).collect()),
        );
        let mut medications = self.all(|facts| &facts.medications);
        for (place, theirs) in list(self.expected, "medications").iter().enumerate() {
            // By reference: that the words were found behind it.
            let referred = is_data(text(theirs, "reference"));
            let found = take(&mut medications, |ours| {
                let status = text(theirs, "status");
                fits(&ours.code, theirs)
                    && (!referred || !ours.code.is_empty())
                    && (!is_data(status) || is(ours.status.as_deref(), status))
            });
            file.expect("medication", place, found);
        }
    }

    /// One for one, each of the oracle's entries.
    fn coded(&self, file: &mut File, kind: &'static str, member: &str, mut ours: Vec<&Coded>) {
        for (place, theirs) in list(self.expected, member).iter().enumerate() {
            let found = take(&mut ours, |ours| fits(ours, theirs));
            file.expect(kind, place, found);
        }
    }

    fn visits(&self, file: &mut File) {
        let mut ours: Vec<&Encounter> = self
            .messages
            .iter()
            .flat_map(|facts| facts.encounter.iter().chain(&facts.other_encounters))
            .collect();
        for (place, theirs) in list(self.expected, "encounters").iter().enumerate() {
            let value = |member| text(theirs, member);
            let agrees =
                |member, ours: Option<&str>| !is_data(value(member)) || is(ours, value(member));
            let found = take(&mut ours, |ours| {
                agrees("status", ours.status.as_deref())
                    && agrees("class", ours.class.as_deref())
                    && agrees("disposition", ours.discharge_disposition.as_deref())
                    && (!is_data(value("start")) || same_time(ours.start.as_ref(), value("start")))
                    && (!is_data(value("end")) || same_time(ours.end.as_ref(), value("end")))
            });
            file.expect("encounter", place, found);
        }
    }

    /// A request is the referral, or an order among others.
    fn requests(&self, file: &mut File) {
        let mut orders = self.all(|facts| &facts.orders);
        let mut referrals: Vec<_> = self
            .messages
            .iter()
            .filter_map(|facts| facts.referral.as_ref())
            .collect();
        for (place, theirs) in list(self.expected, "service_requests").iter().enumerate() {
            let words = [
                text(theirs, "text"),
                text(theirs, "display"),
                text(theirs, "code"),
            ];
            let found = take(&mut orders, |ours| {
                let status = text(theirs, "status");
                fits(&ours.code, theirs) && (!is_data(status) || is(ours.status.as_deref(), status))
            }) || take(&mut referrals, |ours| {
                words
                    .iter()
                    .any(|words| is_data(words) && is(ours.service.as_deref(), words))
            });
            file.expect("service request", place, found);
        }
    }

    fn documents(&self, file: &mut File) {
        let mut documents = self.all(|facts| &facts.documents);
        for (place, theirs) in list(self.expected, "document_references")
            .iter()
            .enumerate()
        {
            // What the bytes say themselves comes before what was declared.
            let found = take(&mut documents, |ours| {
                let kind = &theirs["type"];
                let words = [text(kind, "text"), text(kind, "display")];
                let typed = is_coded(&printed(ours)["type"], text(kind, "code"), &words);
                typed && (!is_data(text(theirs, "contentType")) || ours.content_type.is_some())
            });
            file.expect("document", place, found);
        }
        let mut sections = self.all(|facts| &facts.sections);
        for (place, composition) in list(self.expected, "compositions").iter().enumerate() {
            let title = text(composition, "title");
            let titled = self
                .messages
                .iter()
                .any(|facts| is(facts.title.as_deref(), title));
            file.expect("document title", place, titled);
            let kind = &composition["type"];
            let words = [text(kind, "text"), text(kind, "display")];
            let typed = self
                .messages
                .iter()
                .any(|facts| is_coded(&printed(facts)["documentType"], text(kind, "code"), &words));
            file.expect("document type", place, typed);
            for (inner, theirs) in list(composition, "sections").iter().enumerate() {
                let found = take(&mut sections, |ours| {
                    (!is_data(text(theirs, "code"))
                        || is(ours.code.as_deref(), text(theirs, "code")))
                        && (!is_data(text(theirs, "title"))
                            || is(ours.title.as_deref(), text(theirs, "title")))
                });
                file.expect("section", format!("{place}.{inner}"), found);
            }
        }
    }

    /// As many facts as there are resources of their kind; one resource may
    /// make several (a panel's components), never none.
    fn counts(&self, file: &mut File) {
        let count = |of: &dyn Fn(&ClinicalFacts) -> usize| self.messages.iter().map(of).sum();
        let counts: [(&'static str, &str, usize); 6] = [
            (
                "observation count",
                "Observation",
                count(&|f| f.results.len()),
            ),
            (
                "procedure count",
                "Procedure",
                count(&|f| f.procedures.len()),
            ),
            (
                "immunization count",
                "Immunization",
                count(&|f| f.immunizations.len()),
            ),
            ("coverage count", "Coverage", count(&|f| f.coverages.len())),
            (
                "appointment count",
                "Appointment",
                count(&|f| f.appointments.len()),
            ),
            (
                "related person count",
                "RelatedPerson",
                count(&|f| f.contacts.len()),
            ),
        ];
        for (kind, resource, ours) in counts {
            let theirs = self.expected["counts"][resource].as_u64().unwrap_or(0) as usize;
            if theirs > 0 {
                file.expect(kind, format!("{ours} of {theirs}"), ours >= theirs);
            }
        }
    }
}

/// As `handoff read --json` prints it.
fn printed(fact: &impl Serialize) -> Value {
    serde_json::to_value(fact).unwrap()
}

/// A printed code, compared as `same_code` does; where nothing is expected,
/// anything is right.
fn is_coded(ours: &Value, code: &str, words: &[&str]) -> bool {
    let ours = serde_json::from_value::<Coded>(ours.clone()).unwrap_or_default();
    same_code(&ours, code, words)
}

fn fits(ours: &Coded, theirs: &Value) -> bool {
    let words = [text(theirs, "text"), text(theirs, "display")];
    same_code(ours, text(theirs, "code"), &words)
}

fn has_family(patient: &Patient, family: &str) -> bool {
    patient
        .names
        .iter()
        .any(|name| is(name.family.as_deref(), family))
}

fn compare_patient(ours: &Patient, theirs: &Value, place: usize, file: &mut File) {
    let value = |member| text(theirs, member);
    let mut one = |kind, member: &str, found: &dyn Fn(&str) -> bool| {
        let theirs = text(theirs, member);
        if is_data(theirs) {
            file.expect(kind, place, found(theirs));
        }
    };
    one("patient family name", "family", &|family| {
        has_family(ours, family)
    });
    // The time of birth, an extension, may have made the date more precise.
    one("birth date", "birthDate", &|born| {
        let date = ours
            .birth_date
            .as_ref()
            .map(|born| When(born.date().to_owned()));
        same_time(ours.birth_date.as_ref(), born) || same_time(date.as_ref(), born)
    });
    one("sex", "gender", &|gender| is(ours.gender, gender));
    one("first identifier", "first_identifier", &|id| {
        ours.identifiers.iter().any(|ours| same(&ours.value, id))
    });
    if !is_data(value("family")) {
        one("patient name as text", "name_text", &|name| {
            ours.names.iter().any(|ours| is(ours.text.as_deref(), name))
        });
    }
    let given: Vec<&str> = list(theirs, "given")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    if !given.is_empty() {
        let found = ours.names.iter().any(|name| {
            name.given.len() == given.len()
                && name
                    .given
                    .iter()
                    .zip(&given)
                    .all(|(ours, theirs)| same(ours, theirs))
        });
        file.expect("patient given name", place, found);
    }
}
