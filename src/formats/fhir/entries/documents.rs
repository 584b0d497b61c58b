//! Documents that came with the event: a DocumentReference each, and a Binary
//! with the bytes where they came too.

use super::super::draft::Draft;
use super::super::parts::{Built, plain_identifier, received};
use crate::domain::facts::EmbeddedDocument;
use crate::formats::media;
use crate::formats::words::Term;
use fhir_sdk::Base64Binary;
use fhir_sdk::r4b::codes::{CompositionStatus, DocumentReferenceStatus};
use fhir_sdk::r4b::resources::{Binary, DocumentReference, DocumentReferenceContent};
use fhir_sdk::r4b::types::Attachment;

pub fn document(
    from: &EmbeddedDocument,
    name: &str,
    draft: &mut Draft,
) -> Built<DocumentReference> {
    let content = DocumentReferenceContent::builder()
        .attachment(attachment(from, name, draft)?)
        .build()?;
    let mut document = DocumentReference::builder()
        .status(availability(from.availability.as_deref()))
        .subject(draft.subject()?)
        .content(vec![Some(content)])
        .build()?;
    if let Some(id) = &from.id {
        document.master_identifier = Some(plain_identifier(id, None)?);
    }
    let status = from.status.and_then(|status| status.parse().ok());
    document.doc_status = status.filter(|status: &CompositionStatus| {
        // DocumentReference.docStatus has the codes of a composition's status
        matches!(
            status,
            CompositionStatus::Preliminary
                | CompositionStatus::Final
                | CompositionStatus::Amended
                | CompositionStatus::EnteredInError
        )
    });
    document.r#type = from.kind.as_ref().map(received).transpose()?;
    document.date = draft.moment(&from.date);
    document.description = description(from);
    Ok(document)
}

/// What is neither current nor known to FHIR is told beside the title.
fn description(from: &EmbeddedDocument) -> Option<String> {
    let said = from.availability.as_deref();
    let other =
        said.filter(|s| !matches!(*s, "current" | "AV" | "superseded" | "entered-in-error"));
    match (&from.title, other) {
        (Some(title), Some(said)) => Some(format!("{title} ({said})")),
        (title, said) => title.clone().or(said.map(str::to_owned)),
    }
}

/// One that was withdrawn must not look otherwise (TXA-19).
fn availability(said: Option<&str>) -> DocumentReferenceStatus {
    match said {
        Some("entered-in-error" | "CA") => DocumentReferenceStatus::EnteredInError,
        Some("superseded" | "OB") => DocumentReferenceStatus::Superseded,
        _ => DocumentReferenceStatus::Current,
    }
}

fn attachment(from: &EmbeddedDocument, name: &str, draft: &mut Draft) -> Built<Attachment> {
    let mut attachment = Attachment::builder().build()?;
    let declared = from.content_type.as_deref().filter(|t| is_media_type(t));
    let kind = declared.or_else(|| media::sniffed(&from.content));
    attachment.content_type = kind.map(str::to_owned);
    attachment.creation = draft.date_time(&from.date);
    let title = from.title.clone();
    let untitled = || draft.edition.say(Term::Document).to_owned();
    attachment.title = Some(title.unwrap_or_else(untitled));
    if !from.content.is_empty() {
        let kind = kind.unwrap_or("application/octet-stream").to_owned();
        attachment.content_type = Some(kind.clone());
        attachment.size = u32::try_from(from.content.len()).ok();
        let binary = Binary::builder()
            .content_type(kind)
            .data(Base64Binary(from.content.clone()))
            .build()?;
        attachment.url = Some(draft.add(&format!("{name}/Binary"), binary)?);
    }
    Ok(attachment)
}

fn is_media_type(text: &str) -> bool {
    let parts = text.split_once('/');
    parts.is_some_and(|(kind, rest)| !kind.is_empty() && !rest.is_empty())
        && !text.contains(char::is_whitespace)
}
