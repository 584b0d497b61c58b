//! An invented patient who fills every section of a packet: what a channel or a
//! brand makes of a rich message can be looked at without one. Nobody is meant.

mod clinical;
mod texts;

use super::{
    Address, Appointment, ClinicalFacts, Coded, Coverage, Doubt, Encounter, Format, HumanName,
    Identifier, Order, Participant, Party, Patient, Places, RelatedPerson, Sender, ServiceRequest,
    When,
};

impl ClinicalFacts {
    /// Always the same. Its places are those of an HL7 v2 message that holds it.
    pub fn sample() -> Self {
        Self {
            patients_in_source: 1,
            format: Format::Hl7V2,
            event: "ADT^A03".into(),
            version: Some("2.5.1".into()),
            control_id: Some("SAMPLE-0001".into()),
            sender: Sender {
                application: Some("NORTHWARD".into()),
                facility: Some("LAKESIDE GENERAL".into()),
            },
            sent: when("2026-11-23T10:05:00+01:00"),
            processing_id: Some("P".into()),
            title: Some("Discharge summary".into()),
            patient: patient(),
            contacts: vec![
                relative("Spouse", ["Haddad", "Karim"], "+1 555 0142", "NK1"),
                relative("guarantor", ["Haddad", "Karim"], "+1 555 0142", "GT1"),
            ],
            coverages: vec![Coverage {
                payer: Some("Lakeland Mutual".into()),
                plan: Some("Silver 200".into()),
                member_id: Some("LM-4410-22".into()),
                at: Places::of("IN1"),
            }],
            encounter: Some(stay()),
            care_team: team(),
            conditions: clinical::conditions(),
            allergies: clinical::allergies(),
            medications: clinical::medications(),
            immunizations: clinical::immunizations(),
            procedures: clinical::procedures(),
            results: clinical::results(),
            documents: texts::documents(),
            sections: texts::sections(),
            referral: Some(referral()),
            orders: orders(),
            appointments: appointments(),
            instructions: vec![
                "Weigh yourself every morning, and write it down.\nCall the clinic if you gain more than 1 kg in a day or 2 kg in a week.".into(),
                "No more than 2 g of salt and 1.5 L of fluids a day.".into(),
            ],
            notes: vec!["The daughter fetches the medications; please call her first.".into()],
            doubts: vec![
                Doubt::new("OBX[17]-5", "a number that is none; the result was left out"),
                Doubt::new("AL1[4]-6", "a date that does not exist; the onset was left out"),
            ],
            ..Self::default()
        }
    }
}

fn when(text: &str) -> Option<When> {
    Some(When(text.to_owned()))
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn coded(system: &str, code: &str, words: &str) -> Coded {
    Coded {
        code: text(code),
        system: text(system),
        text: text(words),
        ..Coded::default()
    }
}

fn patient() -> Patient {
    let number = |kind: &str, value: &str, at: &str| Identifier {
        value: value.into(),
        system: text("urn:oid:2.999.10.3"),
        type_code: text(kind),
        at: Places::of(at),
    };
    let name = |family: &str, given: &[&str], at: &str| HumanName {
        family: text(family),
        given: given.iter().map(|&name| name.to_owned()).collect(),
        text: None,
        at: Places::of(at),
    };
    Patient {
        identifiers: vec![
            number("MR", "LG-770142", "PID-3[1]"),
            number("DL", "EM-55-120934", "PID-3[2]"),
            number("AN", "VA-90331", "PID-18"),
            number("SS", "000-00-0000", "PID-19"),
        ],
        names: vec![
            name("Haddad", &["Leila", "Marie"], "PID-5[1]"),
            name("حداد", &["ليلى"], "PID-5[2]"),
        ],
        birth_date: when("1951-03-02"),
        gender: Some("female"),
        deceased: Some(false),
        deceased_at: None,
        language: text("ar"),
        addresses: vec![Address {
            line: vec!["14 Larch Row".into()],
            city: text("Eastmere"),
            state: None,
            postal_code: text("EM4 7QT"),
            country: None,
        }],
        telecoms: vec!["+1 555 0141".into()],
        at: Places::of("PID")
            .with("birthDate", "PID-7")
            .with("gender", "PID-8")
            .with("addresses", "PID-11")
            .with("telecoms", "PID-13")
            .with("language", "PID-15")
            .with("deceased", "PID-30"),
    }
}

fn relative(kind: &str, [family, given]: [&str; 2], call: &str, at: &str) -> RelatedPerson {
    RelatedPerson {
        relationship: text(kind),
        name: Some(HumanName {
            family: text(family),
            given: vec![given.into()],
            ..HumanName::default()
        }),
        telecoms: vec![call.into()],
        at: Places::of(at),
    }
}

fn person(family: &str, given: &str, organization: &str, call: &str) -> Party {
    Party {
        id: None,
        family: text(family),
        given: text(given),
        organization: text(organization),
        telecom: text(call),
    }
}

fn stay() -> Encounter {
    Encounter {
        class: text("IMP"),
        number: text("V-2026-40177"),
        number_system: text("urn:oid:2.999.10.4"),
        status: text("finished"),
        start: when("2026-11-15T22:40:00+01:00"),
        end: when("2026-11-23T09:30:00+01:00"),
        location: text("Ward 7, room 712"),
        service: text("Cardiology"),
        discharge_disposition: text("06"),
        discharged_to: text("Home, with Eastmere home care"),
        attending: Some(person("Novak", "Petra", "Lakeside General", "+1 555 0170")),
        reason: text("Breathless at night, and swollen ankles for a week"),
        at: Places::of("PV1")
            .with("class", "PV1-2")
            .with("location", "PV1-3")
            .with("attending", "PV1-7")
            .with("service", "PV1-10")
            .with("number", "PV1-19")
            .with("dischargeDisposition", "PV1-36")
            .with("dischargedTo", "PV1-37")
            .with("start", "PV1-44")
            .with("end", "PV1-45")
            .with("reason", "PV2-3"),
    }
}

fn team() -> Vec<Participant> {
    let member = |role: &str, party: Party, at: &str| Participant {
        role: text(role),
        party,
        at: Places::of(at),
    };
    let nurse = person("Osei", "Abena", "Eastmere Home Care", "+1 555 0188");
    let doctor = person("Lindqvist", "Maja", "Eastmere Family Practice", "");
    vec![
        member("Home care nurse", nurse, "ROL[1]"),
        member(
            "Primary care",
            Party {
                telecom: None,
                ..doctor
            },
            "PD1-4",
        ),
    ]
}

fn referral() -> ServiceRequest {
    ServiceRequest {
        id: text("REF-2026-0093"),
        status: text("active"),
        priority: text("urgent"),
        reason: text("Titrate the treatment of heart failure; repeat potassium within a week."),
        from: Some(person("Novak", "Petra", "Lakeside General", "+1 555 0170")),
        to: Some(Party {
            organization: text("Partner Clinic, heart failure nurses"),
            ..Party::default()
        }),
        service: text("Cardiology clinic"),
        code: coded("SCT", "183519002", "Referral to cardiology service"),
        authorizations: vec!["PA-20931".into()],
        at: Places::of("RF1")
            .with("id", "RF1-6")
            .with("priority", "RF1-2"),
    }
}

fn orders() -> Vec<Order> {
    vec![Order {
        code: coded("LN", "24323-8", "Comprehensive metabolic panel"),
        id: text("ORD-7781"),
        status: text("active"),
        priority: text("routine"),
        when: when("2026-11-30"),
        at: Places::of("OBR[3]"),
    }]
}

fn appointments() -> Vec<Appointment> {
    vec![Appointment {
        id: text("APT-20118"),
        status: text("booked"),
        start: when("2026-12-01T14:30:00+01:00"),
        end: when("2026-12-01T15:00:00+01:00"),
        reason: text("First visit after the discharge"),
        location: text("Partner Clinic, room 3"),
        with: vec!["Okafor, Ngozi".into()],
        at: Places::of("SCH"),
    }]
}
