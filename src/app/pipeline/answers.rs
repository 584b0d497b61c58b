//! What the sender hears where there is no DocumentReference: OperationOutcomes.

use super::course::Noted;
use crate::domain::facts::Problem;
use crate::domain::ids::HandoffId;
use crate::formats::fhir::{self, Issue};
use fhir_sdk::r4b::codes::IssueType;
use serde_json::Value;

/// What the sender hears of what was cancelled, merged or remembered.
pub fn noted_answer(noted: &[Noted]) -> anyhow::Result<Value> {
    let issue = |noted: &Noted| Issue::information(format!("{}: {}", noted.channel, noted.what));
    fhir::operation_outcome(&noted.iter().map(issue).collect::<Vec<_>>())
}

/// What the sender hears of a held event.
pub fn held_answer(handoff: &HandoffId, why: &str) -> anyhow::Result<Value> {
    let text = format!("held for a person as handoff {handoff}: {why}");
    fhir::operation_outcome(&[Issue::error(IssueType::Suppressed, text)])
}

/// What the sender hears of a handoff that is over: it was one, and nothing of it is
/// kept but its name.
pub fn ended_answer(handoff: &HandoffId) -> anyhow::Result<Value> {
    let text = format!("known as handoff {handoff}, which has ended; nothing was done");
    fhir::operation_outcome(&[Issue::information(text)])
}

/// What the sender hears of what could not be read.
pub fn unreadable_answer(problems: &[Problem]) -> anyhow::Result<Value> {
    let issue = |problem: &Problem| {
        Issue::error(IssueType::Structure, problem.why.clone()).at(problem.at.clone())
    };
    fhir::operation_outcome(&problems.iter().map(issue).collect::<Vec<_>>())
}

/// What the sender hears when no channel wanted the event.
pub fn unwanted_answer() -> anyhow::Result<Value> {
    fhir::operation_outcome(&[Issue::information(
        "no channel wants this event; nothing was done",
    )])
}
