//! Our one extension: when a link ends. Neither R4 nor the extension pack has an
//! element that says it.

use serde_json::{Value, json};

pub fn expiry_extension(public_url: &str) -> String {
    format!("{public_url}/fhir/StructureDefinition/link-expires")
}

/// Served where its URL points.
pub fn expiry_definition(public_url: &str) -> Value {
    let url = expiry_extension(public_url);
    json!({
        "resourceType": "StructureDefinition",
        "id": "link-expires",
        "url": url,
        "version": env!("CARGO_PKG_VERSION"),
        "name": "LinkExpires",
        "title": "Instant at which a temporary link ends",
        "status": "active",
        "description": "The link in Attachment.url opens until this instant, unless it is revoked or used up before. It says nothing of how long the document is right.",
        "fhirVersion": "4.0.1",
        "kind": "complex-type",
        "abstract": false,
        "context": [{"type": "element", "expression": "Attachment"}],
        "type": "Extension",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Extension",
        "derivation": "constraint",
        "differential": {"element": [
            {"id": "Extension", "path": "Extension", "short": "When the link in Attachment.url ends", "min": 0, "max": "1"},
            {"id": "Extension.extension", "path": "Extension.extension", "max": "0"},
            {"id": "Extension.url", "path": "Extension.url", "fixedUri": url},
            {"id": "Extension.value[x]", "path": "Extension.value[x]", "min": 1, "type": [{"code": "instant"}]},
        ]},
    })
}
