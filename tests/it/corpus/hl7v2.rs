//! HL7 v2: the oracle has one entry for each message of a body, first
//! repetitions and first components, escapes resolved, times as they came.

use super::normal::{is, is_data, is_date, list, same, same_code, same_time, take, text};
use super::score::File;
use handoff::domain::facts::{ClinicalFacts, Observation, Reading};
use serde_json::Value;
use std::collections::BTreeSet;

pub fn compare(reading: &Reading, expected: &Value, file: &mut File) {
    for (ordinal, expected) in list(expected, "messages").iter().enumerate() {
        let facts = reading.messages.iter().find(|m| m.ordinal == ordinal);
        file.expect("message", ordinal, facts.is_some());
        // Of a message that was not read, nothing was found.
        let nothing = ClinicalFacts::default();
        let message = Message {
            facts: facts.unwrap_or(&nothing),
            expected,
            ordinal,
        };
        message.header(file);
        message.patient(file);
        message.visit(file);
        message.clinical(file);
        message.observations(file);
        message.referral(file);
    }
}

/// How many message headers a body holds: MSH at the beginning of a line.
pub fn headers(body: &[u8]) -> usize {
    let lines = body.split(|byte| matches!(byte, b'\r' | b'\n' | 0x0B));
    lines.filter(|line| line.starts_with(b"MSH")).count()
}

struct Message<'a> {
    facts: &'a ClinicalFacts,
    expected: &'a Value,
    ordinal: usize,
}

impl Message<'_> {
    /// One value, where the oracle has it.
    fn one(
        &self,
        file: &mut File,
        kind: &'static str,
        theirs: &str,
        found: impl FnOnce(&str) -> bool,
    ) {
        if is_data(theirs) {
            file.expect(kind, self.ordinal, found(theirs));
        }
    }

    fn each(&self, place: usize) -> String {
        format!("{}.{place}", self.ordinal)
    }

    fn doubted(&self, place: &str) -> bool {
        let mut doubts = self.facts.doubts.iter();
        doubts.any(|doubt| doubt.at.starts_with(place))
    }

    fn header(&self, file: &mut File) {
        let (facts, value) = (self.facts, |member| text(self.expected, member));
        let event = match value("trigger") {
            "" => value("message_type").to_owned(),
            trigger => format!("{}^{trigger}", value("message_type")),
        };
        self.one(file, "event", &event, |event| facts.event == event);
        self.one(file, "control id", value("control_id"), |id| {
            is(facts.control_id.as_deref(), id)
        });
        self.one(file, "version", value("version"), |version| {
            is(facts.version.as_deref(), version)
        });
        self.one(file, "processing id", value("processing_id"), |id| {
            is(facts.processing_id.as_deref(), id)
        });
        self.one(file, "sending application", value("sending_app"), |app| {
            is(facts.sender.application.as_deref(), app)
        });
        self.one(file, "sending facility", value("sending_facility"), |it| {
            is(facts.sender.facility.as_deref(), it)
        });
    }

    fn patient(&self, file: &mut File) {
        let (patient, expected) = (&self.facts.patient, &self.expected["patient"]);
        let value = |member| text(expected, member);
        let name = patient.names.first();
        let given = |place: usize| {
            let given = name.and_then(|name| name.given.get(place));
            given.map(String::as_str)
        };
        self.one(file, "patient family name", value("family"), |family| {
            is(name.and_then(|name| name.family.as_deref()), family)
        });
        self.one(file, "patient given name", value("given"), |theirs| {
            is(given(0), theirs)
        });
        // Without a given name the middle one comes first.
        let middle = usize::from(is_data(value("given")));
        self.one(file, "patient middle name", value("middle"), |theirs| {
            is(given(middle), theirs)
        });
        let born = value("birth_date");
        if is_data(born) && !is_date(born) {
            // Table of days: no such day. Its place must be said.
            file.expect("birth date that is none", self.ordinal, self.doubted("PID"));
        } else {
            self.one(file, "birth date", born, |born| {
                same_time(patient.birth_date.as_ref(), born)
            });
        }
        self.one(file, "sex", value("sex"), |sex| match gender(sex) {
            Some(gender) => patient.gender == Some(gender),
            // Not of table 0001: a doubt, never a guess.
            None => patient.gender.is_none() && self.doubted("PID"),
        });
        self.identifier(file, expected);
    }

    fn identifier(&self, file: &mut File, expected: &Value) {
        let value = |member| text(expected, member);
        let mut known = self.facts.patient.identifiers.iter();
        let ours = known.find(|identifier| same(&identifier.value, value("mrn")));
        self.one(file, "first identifier", value("mrn"), |_| ours.is_some());
        self.one(file, "identifier type", value("mrn_type"), |kind| {
            is(ours.and_then(|ours| ours.type_code.as_deref()), kind)
        });
        // Where the authority has an OID too, that one is kept; the oracle has
        // the name alone.
        self.one(file, "identifier authority", value("mrn_authority"), |it| {
            let system = ours.and_then(|ours| ours.system.as_deref());
            is(system, it) || system.is_some_and(|system| system.starts_with("urn:"))
        });
    }

    fn visit(&self, file: &mut File) {
        let expected = &self.expected["visit"];
        let value = |member| text(expected, member);
        let visit = self.facts.encounter.as_ref();
        self.one(file, "visit class", value("class"), |class| {
            is(visit.and_then(|visit| visit.class.as_deref()), act(class))
        });
        self.one(file, "visit number", value("visit_number"), |number| {
            is(visit.and_then(|visit| visit.number.as_deref()), number)
        });
        // PL: the first component, however the rest is put into words.
        let ward = value("location").split('^').next().unwrap_or_default();
        self.one(file, "location", ward, |ward| {
            let location = visit.and_then(|visit| visit.location.as_deref());
            location.is_some_and(|location| location.contains(ward))
        });
        self.one(
            file,
            "disposition",
            value("discharge_disposition"),
            |code| {
                is(
                    visit.and_then(|visit| visit.discharge_disposition.as_deref()),
                    code,
                )
            },
        );
        self.one(file, "admission", value("admit_time"), |at| {
            same_time(visit.and_then(|visit| visit.start.as_ref()), at)
        });
        self.one(file, "discharge", value("discharge_time"), |at| {
            same_time(visit.and_then(|visit| visit.end.as_ref()), at)
        });
        let attending = visit.and_then(|visit| visit.attending.as_ref());
        self.one(file, "attending id", value("attending_id"), |id| {
            is(attending.and_then(|party| party.id.as_deref()), id)
        });
        self.one(file, "attending name", value("attending_family"), |name| {
            let given = value("attending_given");
            is(attending.and_then(|party| party.family.as_deref()), name)
                && (!is_data(given)
                    || is(attending.and_then(|party| party.given.as_deref()), given))
        });
    }

    fn clinical(&self, file: &mut File) {
        let mut conditions: Vec<_> = self.facts.conditions.iter().collect();
        for (place, theirs) in list(self.expected, "diagnoses").iter().enumerate() {
            let (code, words) = (text(theirs, "code"), text(theirs, "text"));
            let found = take(&mut conditions, |ours| {
                same_code(&ours.code, code, &[words])
                    && (!is_data(text(theirs, "system"))
                        || is(ours.code.system.as_deref(), text(theirs, "system")))
            });
            file.expect("diagnosis", self.each(place), found);
        }
        let mut allergies: Vec<_> = self.facts.allergies.iter().collect();
        for (place, theirs) in list(self.expected, "allergies").iter().enumerate() {
            let (code, words) = (text(theirs, "code"), text(theirs, "text"));
            let found = take(&mut allergies, |ours| {
                same_code(&ours.code, code, &[words])
                    && category(text(theirs, "type"))
                        .is_none_or(|it| is(ours.category.as_deref(), it))
            });
            file.expect("allergy", self.each(place), found);
            // Table 0128; moderate is no criticality of FHIR's.
            let criticality = match text(theirs, "severity") {
                "SV" => "high",
                "MI" => "low",
                _ => continue,
            };
            let mut known = self.facts.allergies.iter();
            let found = known.any(|ours| is(ours.criticality.as_deref(), criticality));
            file.expect("allergy criticality", self.each(place), found);
        }
        let mut medications: Vec<_> = self.facts.medications.iter().map(|m| &m.code).collect();
        let mut given: Vec<_> = self.facts.immunizations.iter().map(|i| &i.code).collect();
        for (place, theirs) in list(self.expected, "medications").iter().enumerate() {
            // An order that names nothing yet is told by the segment after it.
            if !is_data(text(theirs, "code")) && !is_data(text(theirs, "text")) {
                continue;
            }
            // RXA of a vaccination is an immunization; elsewhere a medication.
            let fits = |ours: &&_| same_code(ours, text(theirs, "code"), &[text(theirs, "text")]);
            let found = (text(theirs, "segment") == "RXA" && take(&mut given, fits))
                || take(&mut medications, fits);
            file.expect("medication", self.each(place), found);
        }
        for (place, theirs) in list(self.expected, "txa").iter().enumerate() {
            if is_data(text(theirs, "doc_type")) {
                let found = !self.facts.documents.is_empty();
                file.expect("document", self.each(place), found);
            }
        }
    }

    /// Every OBX is somewhere: a result of its own, or by its place in another
    /// fact (a document, an instruction, the lines of one report) or in the doubt
    /// that says why it was left out.
    fn observations(&self, file: &mut File) {
        let count = self.expected["obx_count"].as_u64().unwrap_or(0) as usize;
        if count > 0 {
            let found = self.facts.results.len() == count || self.seen("OBX").len() == count;
            file.expect("observation count", self.ordinal, found);
        }
        let mut results: Vec<_> = self.facts.results.iter().collect();
        for (place, theirs) in list(self.expected, "obx_first").iter().enumerate() {
            let at = self.each(place);
            let (code, words) = (text(theirs, "code"), text(theirs, "text"));
            if !is_data(code) && !is_data(words) && !is_data(text(theirs, "value")) {
                continue;
            }
            if matches!(text(theirs, "type"), "ED" | "RP") {
                file.expect(
                    "embedded document",
                    at,
                    self.has_document(text(theirs, "value")),
                );
                continue;
            }
            let fits = |ours: &&Observation| {
                same_code(&ours.code, code, &[words]) && has_value(ours, theirs)
            };
            let ours = results
                .iter()
                .position(fits)
                .map(|place| results.remove(place));
            // Narrative may be an instruction or a section instead of a result.
            let narrated = matches!(text(theirs, "type"), "TX" | "FT" | "ST")
                && self.narrates(text(theirs, "value"));
            file.expect("observation", &at, ours.is_some() || narrated);
            if let Some(ours) = ours {
                self.one(file, "observation units", text(theirs, "units"), |units| {
                    is(ours.units.as_deref(), units)
                });
                self.one(file, "observation status", text(theirs, "status"), |code| {
                    ours.status == status(code)
                });
            }
        }
    }

    /// The places of a segment that facts name: `OBX`, `OBX[2]` …
    fn seen(&self, segment: &str) -> BTreeSet<String> {
        let json = serde_json::to_string(self.facts).unwrap();
        let mut seen = BTreeSet::new();
        for (place, _) in json.match_indices(&format!("\"{segment}")) {
            let rest = &json[place + 1..];
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "[]".contains(c)));
            seen.insert(rest[..end.unwrap_or(rest.len())].to_owned());
        }
        seen
    }

    fn narrates(&self, value: &str) -> bool {
        let facts = self.facts;
        let texts = facts.instructions.iter().chain(&facts.notes);
        let sections = facts.sections.iter().map(|section| &section.text);
        let documents = facts.documents.iter();
        let mut documents = documents.map(|it| String::from_utf8_lossy(&it.content).into_owned());
        let in_results = facts
            .results
            .iter()
            .filter_map(|result| result.value.as_ref());
        is_data(value)
            && (texts
                .chain(sections)
                .chain(in_results)
                .any(|text| text.contains(value))
                || documents.any(|text| text.contains(value)))
    }

    /// `^type^subtype^encoding^data`: a document of as many bytes.
    fn has_document(&self, value: &str) -> bool {
        let data = value.split('^').nth(4).unwrap_or_default();
        let padding = data.bytes().rev().take_while(|byte| *byte == b'=').count();
        let size = (data.len() / 4 * 3).saturating_sub(padding);
        let mut documents = self.facts.documents.iter();
        documents.any(|document| data.is_empty() || document.size == Some(size))
    }

    fn referral(&self, file: &mut File) {
        let referral = self.facts.referral.as_ref();
        for (place, theirs) in list(self.expected, "rf1").iter().enumerate() {
            self.one(file, "referral status", text(theirs, "status"), |_| {
                referral.is_some_and(|referral| referral.status.is_some())
            });
            self.one(
                file,
                "referral priority",
                text(theirs, "priority"),
                |code| {
                    let ours = referral.and_then(|referral| referral.priority.as_deref());
                    is(ours, priority(code))
                },
            );
            assert!(place == 0, "one RF1 in a message");
        }
        for (place, theirs) in list(self.expected, "prd").iter().enumerate() {
            let party = match text(theirs, "role") {
                "RP" => referral.and_then(|referral| referral.from.as_ref()),
                "RT" => referral.and_then(|referral| referral.to.as_ref()),
                _ => None,
            };
            let team = self.facts.care_team.iter().map(|member| &member.party);
            let found = party.into_iter().chain(team).any(|party| {
                is(party.family.as_deref(), text(theirs, "family"))
                    && is(party.given.as_deref(), text(theirs, "given"))
            });
            file.expect("referral party", self.each(place), found);
        }
    }
}

/// Components of OBX-5 by the type that OBX-2 names.
fn has_value(ours: &Observation, theirs: &Value) -> bool {
    let value = text(theirs, "value");
    let component = |place: usize| value.split('^').nth(place).unwrap_or_default();
    if !is_data(value) {
        return true;
    }
    let kept = ours.value.as_deref().unwrap_or_default();
    match text(theirs, "type") {
        // Words where there are any, else the code: as a person reads it.
        "CE" | "CWE" | "CNE" | "CF" => {
            let words = Some(component(1)).filter(|words| is_data(words));
            kept.contains(words.unwrap_or(component(0)))
        }
        // Comparator, number, separator, number: every part is there.
        "SN" => value.split('^').all(|part| kept.contains(part)),
        // Times are written as FHIR writes them.
        "DT" | "TS" | "DTM" => {
            same_time(Some(&handoff::domain::facts::When(kept.to_owned())), value)
        }
        // A repeated value: each of them.
        "NM" | "ST" | "TX" | "FT" | "TM" | "IS" | "ID" => {
            value.split('~').all(|part| kept.contains(part))
        }
        // A type that no table has: what it says is there in some form.
        _ => value.split(['^', '~']).all(|part| kept.contains(part)),
    }
}

/// Table 0001 → administrative-gender, v2-to-FHIR.
fn gender(sex: &str) -> Option<&'static str> {
    match sex.to_ascii_uppercase().as_str() {
        "M" | "MALE" => Some("male"),
        "F" | "FEMALE" => Some("female"),
        "O" | "A" | "N" => Some("other"),
        "U" => Some("unknown"),
        _ => None,
    }
}

/// Table 0004 → v3-ActCode, v2-to-FHIR; others as received.
fn act(class: &str) -> &str {
    match class {
        "E" => "EMER",
        "I" => "IMP",
        "O" => "AMB",
        "P" => "PRENC",
        other => other,
    }
}

/// Table 0127 → allergy-intolerance-category, v2-to-FHIR; MA and MC have none.
fn category(kind: &str) -> Option<&'static str> {
    match kind {
        "DA" => Some("medication"),
        "FA" => Some("food"),
        "EA" | "PA" | "LA" => Some("environment"),
        "AA" => Some("biologic"),
        _ => None,
    }
}

/// Table 0085 → observation-status, v2-to-FHIR; `W`, posted as wrong, too.
fn status(code: &str) -> Option<&'static str> {
    match code {
        "F" | "U" => Some("final"),
        "P" | "R" | "S" => Some("preliminary"),
        "C" => Some("corrected"),
        "A" => Some("amended"),
        "D" | "W" => Some("entered-in-error"),
        "X" => Some("cancelled"),
        "I" | "O" => Some("registered"),
        _ => None,
    }
}

/// Table 0280 → request-priority.
fn priority(code: &str) -> &str {
    match code {
        "S" => "stat",
        "A" => "asap",
        "R" => "routine",
        other => other,
    }
}
