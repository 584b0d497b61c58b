//! What each section says, as blocks. The PDF prints them and the FHIR
//! document's narrative is made of them: one wording, two faces.

use crate::domain::facts::{
    AllergyIntolerance, Coded, Condition, Earlier, Encounter, Medication, Observation, Procedure,
    ServiceRequest, When,
};
use crate::domain::packet::{Content, PacketSection};
use crate::formats::pdf::{Block, Column, Row, Table};
use crate::formats::wording::{class_in_words, disposition_in_words, in_words, shown};

/// What an empty section says: it was asked for, and the source had nothing.
pub const NONE_RECORDED: &str = "None recorded in the source";

/// Said between what was read of the entries and the source's own text of the
/// section, which may say the same, and may say more.
const AS_WRITTEN: &str = "As the source wrote it:";

/// Said above comments of the message that were written for nobody in particular.
const COMMENTS: &str = "Comments in the message:";

/// The blocks below a section's heading; never none.
pub fn blocks(section: &PacketSection) -> Vec<Block> {
    let mut blocks = match &section.content {
        Content::Encounter(encounter) => encounter.iter().map(visit).collect(),
        Content::Referral(referral) => referral.iter().map(request).collect(),
        Content::Diagnoses(list) => table(list, "Diagnoses", DIAGNOSES, diagnosis),
        Content::Allergies(list) => table(list, "Allergies and intolerances", ALLERGIES, allergy),
        Content::Medications(list) => table(list, "Medications", MEDICATIONS, medication),
        Content::Procedures(list) => table(list, "Procedures", PROCEDURES, procedure),
        Content::Results(list) => results(list),
        Content::Instructions(list) => paragraphs(list),
    };
    if !blocks.is_empty() && !section.narrative.is_empty() {
        blocks.push(Block::Paragraph(AS_WRITTEN.into()));
    }
    blocks.extend(paragraphs(&section.narrative));
    if !section.comments.is_empty() {
        blocks.push(Block::Paragraph(COMMENTS.into()));
        blocks.extend(paragraphs(&section.comments));
    }
    if !section.site.is_empty() {
        blocks.push(Block::Grid(section.site.clone()));
    }
    blocks.extend(section.earlier.iter().map(taken_from));
    if blocks.is_empty() {
        blocks.push(Block::Absent(NONE_RECORDED.into()));
    }
    blocks
}

/// A reader must know that the last message did not say it.
fn taken_from(earlier: &Earlier) -> Block {
    let sent = earlier.sent.as_ref();
    let sent = sent.map(|at| format!(" of {}", shown(at)));
    Block::Paragraph(format!(
        "As stated by an earlier message of this visit, {}{}; the last one says nothing about it.",
        earlier.event,
        sent.unwrap_or_default(),
    ))
}

type Columns = &'static [(&'static str, f32)];

const DIAGNOSES: Columns = &[
    ("Diagnosis", 5.0),
    ("Code", 1.4),
    ("Kind", 1.4),
    ("Since", 1.7),
];
const ALLERGIES: Columns = &[
    ("Substance", 3.2),
    ("Category", 1.6),
    ("Criticality", 1.6),
    ("Reaction", 3.0),
];
const MEDICATIONS: Columns = &[("Medication", 4.2), ("Dose and use", 4.2), ("Status", 1.4)];
const PROCEDURES: Columns = &[("Procedure", 5.0), ("Code", 1.6), ("Date", 2.0)];
const RESULTS: Columns = &[
    ("Test", 3.6),
    ("Result", 2.6),
    ("Units", 1.2),
    ("Range", 1.4),
    ("Flag", 0.8),
    ("Taken", 2.0),
];

fn table<T>(list: &[T], summary: &str, columns: Columns, row: fn(&T) -> Row) -> Vec<Block> {
    if list.is_empty() {
        return Vec::new();
    }
    let columns = columns.iter().map(|(title, weight)| Column {
        title: (*title).into(),
        weight: *weight,
    });
    vec![Block::Table(Table {
        summary: summary.into(),
        columns: columns.collect(),
        rows: list.iter().map(row).collect(),
    })]
}

fn row<const N: usize>(cells: [String; N]) -> Row {
    Row {
        cells: cells.to_vec(),
        strong: false,
    }
}

fn visit(encounter: &Encounter) -> Block {
    let date = |at: &Option<When>| at.as_ref().map(shown);
    let mut grid = Vec::new();
    let mut say = |label: &str, value: Option<String>| {
        grid.extend(value.map(|value| (label.to_owned(), value)));
    };
    say("Admitted", date(&encounter.start));
    say("Discharged", date(&encounter.end));
    say("Class", encounter.class.as_deref().map(class_in_words));
    say("Visit number", encounter.number.clone());
    say("Location", encounter.location.clone());
    say(
        "Attending",
        encounter.attending.as_ref().map(|party| party.shown()),
    );
    say("Discharged to", encounter.discharged_to.clone());
    let disposition = encounter.discharge_disposition.as_deref();
    say("Disposition", disposition.map(disposition_in_words));
    say("Reason for admission", encounter.reason.clone());
    Block::Grid(grid)
}

fn request(referral: &ServiceRequest) -> Block {
    let mut grid = Vec::new();
    let mut say = |label: &str, value: Option<String>| {
        grid.extend(value.map(|value| (label.to_owned(), value)));
    };
    say("Reason", referral.reason.clone());
    say("Service asked for", referral.service.clone());
    say("Priority", referral.priority.clone());
    say("Referral number", referral.id.clone());
    say(
        "Referred by",
        referral.from.as_ref().map(|party| party.shown()),
    );
    say(
        "Referred to",
        referral.to.as_ref().map(|party| party.shown()),
    );
    say(
        "Telephone of the referrer",
        referral
            .from
            .as_ref()
            .and_then(|party| party.telecom.clone()),
    );
    Block::Grid(grid)
}

fn diagnosis(condition: &Condition) -> Row {
    let kind = match condition.role.as_deref() {
        Some("AD") => "Admission".into(),
        Some("DD") => "Discharge".into(),
        Some("W") => "Working".into(),
        other => other.unwrap_or_default().to_owned(),
    };
    let status = condition.status.as_deref().filter(|s| *s != "active");
    let certainty = condition
        .verification
        .as_deref()
        .filter(|v| *v != "confirmed");
    let status = match (status, certainty) {
        (Some(status), Some(certainty)) => Some(format!("{certainty}, {status}")),
        (one, other) => one.or(other).map(str::to_owned),
    };
    let kind = match status {
        Some(status) if kind.is_empty() => status,
        Some(status) => format!("{kind}, {status}"),
        None => kind,
    };
    let mut named = words(&condition.code);
    for more in [&condition.body_site, &condition.note]
        .into_iter()
        .flatten()
    {
        named = format!("{named}, {more}");
    }
    let since = match &condition.end {
        Some(_) => format!("{} – {}", date(&condition.onset), date(&condition.end)),
        None => date(&condition.onset),
    };
    row([named, code(&condition.code), kind, since])
}

fn allergy(allergy: &AllergyIntolerance) -> Row {
    row([
        unless(
            unless(
                words(&allergy.code),
                allergy.verification.as_deref(),
                "confirmed",
            ),
            allergy.status.as_deref(),
            "active",
        ),
        allergy.category.as_deref().unwrap_or_default().to_owned(),
        allergy
            .criticality
            .as_deref()
            .unwrap_or_default()
            .to_owned(),
        allergy.reactions.join("; "),
    ])
}

fn medication(medication: &Medication) -> Row {
    row([
        words(&medication.code),
        [medication.dosage.as_deref().unwrap_or_default()]
            .into_iter()
            .chain(medication.notes.iter().map(String::as_str))
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("\n"),
        medication_status(medication),
    ])
}

/// The status, and the list where it is another than what is taken from now on.
fn medication_status(medication: &Medication) -> String {
    let status = medication.status.as_deref().unwrap_or_default();
    match medication.list.as_deref() {
        None | Some("discharge") => status.to_owned(),
        Some(list) => format!("{status} ({list})").trim_start().to_owned(),
    }
}

fn procedure(procedure: &Procedure) -> Row {
    row([
        unless(
            match &procedure.body_site {
                Some(site) => format!("{}, {site}", words(&procedure.code)),
                None => words(&procedure.code),
            },
            procedure.status.as_deref(),
            "completed",
        ),
        code(&procedure.code),
        date(&procedure.performed),
    ])
}

/// Long texts among the results get a paragraph; a narrow column would make
/// them unreadable.
fn results(list: &[Observation]) -> Vec<Block> {
    // A line of the result column holds about thirty characters.
    let is_prose = |o: &&Observation| o.value.as_ref().is_some_and(|value| value.len() > 200);
    let (prose, short): (Vec<_>, Vec<_>) = list.iter().partition(is_prose);
    let mut blocks = table(&short, "Results", RESULTS, |observation| {
        result(observation)
    });
    for observation in prose {
        let value = observation.value.as_deref().unwrap_or_default();
        let mut about = vec![test(observation)];
        about.extend(unsettled(observation).map(str::to_owned));
        about.extend(observation.interpretation.clone());
        about.extend(observation.effective.as_ref().map(shown));
        let units = observation.units.as_deref().unwrap_or_default();
        blocks.push(Block::Paragraph(format!(
            "{}: {value} {units}",
            about.join(", ")
        )));
    }
    for observation in list.iter().filter(|o| !o.notes.is_empty()) {
        blocks.push(Block::Paragraph(format!(
            "Note on {}: {}",
            words(&observation.code),
            observation.notes.join("\n"),
        )));
    }
    blocks
}

/// What was measured, and of what: the organism, the panel.
fn test(observation: &Observation) -> String {
    let words = words(&observation.code);
    match &observation.group {
        Some(group) => format!("{group}: {words}"),
        None => words,
    }
}

/// A result that is not simply final must say so beside its value.
fn unsettled(observation: &Observation) -> Option<&'static str> {
    observation.status.filter(|status| *status != "final")
}

fn result(observation: &Observation) -> Row {
    let value = observation.value.clone().unwrap_or_default();
    let value = match unsettled(observation) {
        Some(status) => format!("{value} ({status})"),
        None => value,
    };
    let cells = [
        test(observation),
        value,
        observation.units.clone().unwrap_or_default(),
        observation.range.clone().unwrap_or_default(),
        observation.interpretation.clone().unwrap_or_default(),
        date(&observation.effective),
    ];
    Row {
        cells: cells.to_vec(),
        strong: observation.is_abnormal(),
    }
}

/// What a reader would take for granted needs no word; anything else does.
fn unless(words: String, status: Option<&str>, granted: &str) -> String {
    match status.filter(|status| *status != granted) {
        Some(status) => format!("{words} ({})", status.replace('-', " ")),
        None => words,
    }
}

fn paragraphs(texts: &[String]) -> Vec<Block> {
    texts
        .iter()
        .map(|text| Block::Paragraph(text.clone()))
        .collect()
}

fn words(coded: &Coded) -> String {
    coded.shown().to_owned()
}

/// The code beside its words, where both came.
fn code(coded: &Coded) -> String {
    let beside = coded.text.is_some();
    coded.code.clone().filter(|_| beside).unwrap_or_default()
}

/// In a table's cell: the month by its first three letters.
fn date(at: &Option<When>) -> String {
    at.as_ref().map(|at| in_words(at, 3)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::section::Section;

    #[test]
    fn an_empty_section_says_so() {
        let section = PacketSection {
            section: Section::Allergies,
            content: Content::Allergies(Vec::new()),
            narrative: Vec::new(),
            comments: Vec::new(),
            site: Vec::new(),
            earlier: None,
        };
        assert_eq!(blocks(&section), [Block::Absent(NONE_RECORDED.into())]);
    }

    #[test]
    fn what_is_over_or_was_not_done_says_so() {
        let coded = Coded {
            text: Some("Latex".into()),
            ..Coded::default()
        };
        let over = AllergyIntolerance {
            code: coded.clone(),
            status: Some("inactive".into()),
            ..AllergyIntolerance::default()
        };
        assert_eq!(allergy(&over).cells[0], "Latex (inactive)");
        let undone = Procedure {
            code: coded.clone(),
            status: Some("not-done".into()),
            ..Procedure::default()
        };
        assert_eq!(procedure(&undone).cells[0], "Latex (not done)");
        let past = Condition {
            code: coded,
            role: Some("DD".into()),
            status: Some("resolved".into()),
            ..Condition::default()
        };
        assert_eq!(diagnosis(&past).cells[2], "Discharge, resolved");
    }

    #[test]
    fn a_result_that_is_not_final_and_a_diagnosis_that_is_not_certain_say_so() {
        let cancelled = Observation {
            value: Some("7.9".into()),
            status: Some("cancelled"),
            group: Some("Staphylococcus aureus".into()),
            code: Coded {
                text: Some("Ampicillin".into()),
                ..Coded::default()
            },
            ..Observation::default()
        };
        let cells = result(&cancelled).cells;
        assert_eq!(cells[0], "Staphylococcus aureus: Ampicillin");
        assert_eq!(cells[1], "7.9 (cancelled)");
        let suspected = Condition {
            verification: Some("provisional".into()),
            body_site: Some("left leg".into()),
            code: cancelled.code.clone(),
            ..Condition::default()
        };
        assert_eq!(diagnosis(&suspected).cells[0], "Ampicillin, left leg");
        assert_eq!(diagnosis(&suspected).cells[2], "provisional");
    }

    #[test]
    fn an_abnormal_result_stands_out() {
        let observation = Observation {
            interpretation: Some("H".into()),
            ..Observation::default()
        };
        assert!(result(&observation).strong);
        assert!(!result(&Observation::default()).strong);
    }
}
