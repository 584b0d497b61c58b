//! OperationOutcome: how failure goes back. It names the place, never the value.

use super::parts::{Built, text_concept};
use fhir_sdk::r4b::codes::{IssueSeverity, IssueType};
use fhir_sdk::r4b::resources::{OperationOutcome, OperationOutcomeIssue};

/// One thing to say; `at` is a segment and field, or a FHIRPath.
#[derive(Debug, Clone)]
pub struct Issue {
    pub severity: IssueSeverity,
    pub code: IssueType,
    pub at: Option<String>,
    pub text: String,
}

impl Issue {
    pub fn error(code: IssueType, text: impl Into<String>) -> Self {
        Self {
            severity: IssueSeverity::Error,
            code,
            at: None,
            text: text.into(),
        }
    }

    pub fn information(text: impl Into<String>) -> Self {
        Self {
            severity: IssueSeverity::Information,
            code: IssueType::Informational,
            at: None,
            text: text.into(),
        }
    }

    pub fn at(mut self, at: impl Into<String>) -> Self {
        self.at = Some(at.into());
        self
    }
}

pub fn operation_outcome(issues: &[Issue]) -> anyhow::Result<serde_json::Value> {
    let issues = issues
        .iter()
        .map(issue)
        .map(|made| made.map(Some))
        .collect::<Built<Vec<_>>>()?;
    Ok(serde_json::to_value(
        OperationOutcome::builder().issue(issues).build()?,
    )?)
}

fn issue(from: &Issue) -> Built<OperationOutcomeIssue> {
    let mut issue = OperationOutcomeIssue::builder()
        .severity(from.severity)
        .code(from.code)
        .details(text_concept(&from.text)?)
        .build()?;
    match from.at.as_deref() {
        // Only a FHIRPath may stand in `expression`.
        Some(path) if path.starts_with("Bundle") => issue.expression = vec![Some(path.to_owned())],
        Some(place) => issue.diagnostics = Some(place.to_owned()),
        None => {}
    }
    Ok(issue)
}

/// Several answers to one request (Bundle of type `collection`).
pub fn collection(resources: Vec<serde_json::Value>) -> serde_json::Value {
    let entry = |resource: serde_json::Value| match full_url(&resource) {
        Some(url) => serde_json::json!({"fullUrl": url, "resource": resource}),
        None => serde_json::json!({"resource": resource}),
    };
    let entries: Vec<_> = resources.into_iter().map(entry).collect();
    serde_json::json!({"resourceType": "Bundle", "type": "collection", "entry": entries})
}

/// A DocumentReference's own entryUUID.
fn full_url(resource: &serde_json::Value) -> Option<String> {
    Some(
        resource
            .pointer("/identifier/0/value")?
            .as_str()?
            .to_owned(),
    )
}
