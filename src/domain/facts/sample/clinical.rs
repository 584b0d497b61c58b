//! What was found of the sample's patient, given and done.

use super::{coded, text, when};
use crate::domain::facts::{
    AllergyIntolerance, Coded, Condition, Immunization, Medication, Observation, Places, Procedure,
};

pub(super) fn conditions() -> Vec<Condition> {
    let diagnosis = |nth: usize, role: &str, code: &str, words: &str| Condition {
        code: coded("I10", code, words),
        role: text(role),
        at: Places::of(format!("DG1[{nth}]"))
            .with("code", format!("DG1[{nth}]-3"))
            .with("onset", format!("DG1[{nth}]-5"))
            .with("use", format!("DG1[{nth}]-6")),
        ..Condition::default()
    };
    vec![
        diagnosis(1, "AD", "I50.9", "Heart failure, unspecified"),
        Condition {
            rank: Some(1),
            onset: when("2026-11-15"),
            note: text("NYHA III on admission, II on discharge"),
            ..diagnosis(
                2,
                "DD",
                "I50.23",
                "Acute on chronic systolic (congestive) heart failure",
            )
        },
        Condition {
            onset: when("2026-11-17"),
            ..diagnosis(3, "DD", "I48.91", "Unspecified atrial fibrillation")
        },
        Condition {
            status: text("resolved"),
            body_site: text("Both kidneys"),
            end: when("2026-11-21"),
            ..diagnosis(4, "DD", "N17.9", "Acute kidney failure, unspecified")
        },
        Condition {
            verification: Some("provisional".into()),
            ..diagnosis(5, "W", "D50.9", "Iron deficiency anemia, unspecified")
        },
    ]
}

pub(super) fn allergies() -> Vec<AllergyIntolerance> {
    let allergy = |nth: usize, code: Coded, category: &'static str| AllergyIntolerance {
        code,
        category: Some(category.into()),
        status: Some("active".into()),
        at: Places::of(format!("AL1[{nth}]"))
            .with("category", format!("AL1[{nth}]-2"))
            .with("code", format!("AL1[{nth}]-3"))
            .with("criticality", format!("AL1[{nth}]-4"))
            .with("reactions", format!("AL1[{nth}]-5")),
        ..AllergyIntolerance::default()
    };
    vec![
        AllergyIntolerance {
            criticality: Some("high".into()),
            reactions: vec!["Anaphylaxis (severe)".into()],
            onset: when("1999-06-01"),
            ..allergy(1, coded("RXNORM", "7980", "Penicillin G"), "medication")
        },
        AllergyIntolerance {
            criticality: Some("low".into()),
            reactions: vec!["Hives (moderate)".into(), "Swelling of the lips".into()],
            ..allergy(2, coded("SCT", "91935009", "Allergy to peanut"), "food")
        },
        AllergyIntolerance {
            verification: Some("refuted".into()),
            status: None,
            ..allergy(
                3,
                coded("SCT", "1003755004", "No allergy to latex"),
                "environment",
            )
        },
    ]
}

/// Two lists, so that what changed can be told, and enough for a second page.
pub(super) fn medications() -> Vec<Medication> {
    const ADMISSION: [(&str, &str, &str); 6] = [
        ("1191", "Aspirin 100 mg tablet", "1 tablet in the morning"),
        ("4603", "Furosemide 40 mg tablet", "1 tablet in the morning"),
        (
            "6918",
            "Metoprolol succinate 47.5 mg tablet",
            "1 tablet in the morning",
        ),
        ("35296", "Ramipril 5 mg tablet", "1 tablet in the morning"),
        (
            "6809",
            "Metformin 500 mg tablet",
            "1 tablet with breakfast and dinner",
        ),
        (
            "9997",
            "Spironolactone 25 mg tablet",
            "1 tablet in the morning",
        ),
    ];
    const DISCHARGE: [(&str, &str, &str); 9] = [
        (
            "1364430",
            "Apixaban 5 mg tablet",
            "1 tablet in the morning and in the evening",
        ),
        (
            "4603",
            "Furosemide 40 mg tablet",
            "2 tablets in the morning, 1 at noon",
        ),
        (
            "6918",
            "Metoprolol succinate 47.5 mg tablet",
            "1 tablet in the morning and in the evening",
        ),
        ("35296", "Ramipril 5 mg tablet", "1 tablet in the morning"),
        (
            "6809",
            "Metformin 500 mg tablet",
            "1 tablet with breakfast and dinner",
        ),
        (
            "1545653",
            "Empagliflozin 10 mg tablet",
            "1 tablet in the morning",
        ),
        (
            "24947",
            "Ferrous sulfate 325 mg tablet",
            "1 tablet every second day, on an empty stomach",
        ),
        (
            "161",
            "Acetaminophen 500 mg tablet",
            "1 to 2 tablets when needed for pain, no more than 6 a day",
        ),
        (
            "283742",
            "Esomeprazole 20 mg capsule",
            "1 capsule in the morning, for 8 weeks",
        ),
    ];
    const GIVEN: [(&str, &str, &str); 2] = [
        (
            "4603",
            "Furosemide 10 mg/mL injection",
            "40 mg into a vein twice a day",
        ),
        (
            "8591",
            "Potassium chloride 20 mmol/L infusion",
            "1 L over 8 hours",
        ),
    ];
    let lists = [
        ("admission", &ADMISSION[..], "2024-02-01"),
        ("discharge", &DISCHARGE[..], "2026-11-23"),
        ("administered", &GIVEN[..], "2026-11-15"),
    ];
    let rows = lists
        .into_iter()
        .flat_map(|(list, drugs, since)| drugs.iter().map(move |drug| (list, *drug, since)));
    let mut all: Vec<Medication> = rows
        .zip(1..)
        .map(|((list, (code, words, dosage), since), nth)| Medication {
            code: coded("RXNORM", code, words),
            dosage: text(dosage),
            list: Some(list.into()),
            start: when(since),
            at: Places::of(format!("RXE[{nth}]"))
                .with("code", format!("RXE[{nth}]-2"))
                .with("dosage", format!("RXE[{nth}]-7"))
                .with("start", format!("RXE[{nth}]-32")),
            ..Medication::default()
        })
        .collect();
    all.push(Medication {
        code: coded("RXNORM", "7646", "Omeprazole 20 mg capsule"),
        status: text("stopped"),
        list: Some("discharge".into()),
        end: when("2026-11-17"),
        notes: vec!["Not together with clopidogrel.".into()],
        at: Places::of("RXE[18]").with("code", "RXE[18]-2"),
        ..Medication::default()
    });
    all
}

pub(super) fn procedures() -> Vec<Procedure> {
    vec![
        Procedure {
            code: coded("C4", "93306", "Echocardiography with Doppler"),
            status: text("completed"),
            performed: when("2026-11-18T10:15:00+01:00"),
            body_site: text("Heart"),
            at: Places::of("PR1[1]").with("code", "PR1[1]-3"),
        },
        Procedure {
            code: coded("C4", "71046", "Radiologic examination, chest; 2 views"),
            performed: when("2026-11-15"),
            at: Places::of("PR1[2]").with("code", "PR1[2]-3"),
            ..Procedure::default()
        },
    ]
}

pub(super) fn immunizations() -> Vec<Immunization> {
    vec![Immunization {
        code: coded("CVX", "197", "Influenza, high-dose, quadrivalent"),
        status: text("completed"),
        given: when("2026-10-02"),
        lot: text("UT7421KA"),
        at: Places::of("RXA").with("code", "RXA-5"),
    }]
}

pub(super) fn results() -> Vec<Observation> {
    // code, name, value, units, range, flag, category
    const MEASURED: [[&str; 7]; 11] = [
        ["2823-3", "Potassium", "5.6", "mmol/L", "3.5-5.1", "H", ""],
        ["2951-2", "Sodium", "138", "mmol/L", "136-145", "N", ""],
        [
            "2160-0",
            "Creatinine",
            "1.90",
            "mg/dL",
            "0.70-1.30",
            "H",
            "",
        ],
        ["33914-3", "eGFR", "34", "mL/min/{1.73_m2}", ">60", "L", ""],
        ["718-7", "Hemoglobin", "10.4", "g/dL", "12.0-15.5", "L", ""],
        ["33762-6", "NT-proBNP", "> 3000", "pg/mL", "0-450", "HH", ""],
        ["4548-4", "Hemoglobin A1c", "6.9", "%", "4.0-6.0", "H", ""],
        [
            "29463-7",
            "Body weight",
            "71.2",
            "kg",
            "",
            "",
            "vital-signs",
        ],
        [
            "8480-6",
            "Systolic blood pressure",
            "112",
            "mm[Hg]",
            "",
            "",
            "vital-signs",
        ],
        ["8867-4", "Heart rate", "74", "/min", "", "", "vital-signs"],
        [
            "2708-6",
            "Oxygen saturation",
            "96",
            "%",
            "",
            "",
            "vital-signs",
        ],
    ];
    const TOLD: [[&str; 4]; 4] = [
        [
            "72166-2",
            "Tobacco smoking status",
            "Former smoker",
            "social-history",
        ],
        [
            "74013-4",
            "Alcoholic drinks per week",
            "None",
            "social-history",
        ],
        [
            "75275-8",
            "Cognitive function",
            "Oriented, remembers 3 of 3 words",
            "mental-status",
        ],
        ["630-4", "Bacteria in urine by culture", "No growth", ""],
    ];
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let result = |nth: usize, code: &str, name: &str, value: &str, category: &str| Observation {
        code: coded("LN", code, name),
        value: some(value),
        status: Some("final"),
        category: some(category),
        effective: when("2026-11-22T06:00:00+01:00"),
        at: Places::of(format!("OBX[{nth}]"))
            .with("code", format!("OBX[{nth}]-3"))
            .with("value", format!("OBX[{nth}]-5"))
            .with("units", format!("OBX[{nth}]-6"))
            .with("range", format!("OBX[{nth}]-7"))
            .with("interpretation", format!("OBX[{nth}]-8"))
            .with("status", format!("OBX[{nth}]-11"))
            .with("effective", format!("OBX[{nth}]-14")),
        ..Observation::default()
    };
    let measured = MEASURED.into_iter().zip(1..);
    let measured =
        measured.map(
            |([code, name, value, units, range, flag, category], nth)| Observation {
                units: some(units),
                range: some(range),
                interpretation: some(flag),
                numeric: true,
                ..result(nth, code, name, value, category)
            },
        );
    let told = TOLD.into_iter().zip(MEASURED.len() + 1..);
    let told = told.map(|([code, name, value, category], nth)| Observation {
        specimen: (code == "630-4").then(|| "Urine, mid-stream".to_owned()),
        ..result(nth, code, name, value, category)
    });
    let preliminary = Observation {
        status: Some("preliminary"),
        notes: vec!["The final report follows.".into()],
        ..result(16, "2276-4", "Ferritin", "11", "")
    };
    measured.chain(told).chain([preliminary]).collect()
}
