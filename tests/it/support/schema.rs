//! The R4 JSON Schema, as published with FHIR and carried by Medplum.

use super::needs::needs;
use jsonschema::Validator;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

static DEFINITIONS: OnceLock<Option<Value>> = OnceLock::new();

fn definitions() -> Option<&'static Value> {
    let read = || {
        let path = needs("HANDOFF_TEST_FHIR_SCHEMA")?;
        let text = std::fs::read_to_string(&path).expect("the schema file is there");
        let mut schema: Value = serde_json::from_str(&text).expect("the schema is JSON");
        let definitions = &mut schema["definitions"];
        // Medplum adds resources of its own, which point at what R4 does not have.
        // What a Bundle holds is checked entry by entry: `ResourceList` says only that
        // none fits.
        definitions["Resource"] = json!({});
        definitions["ResourceList"] = json!({});
        definitions["integer64"] = json!({});
        Some(schema)
    };
    DEFINITIONS.get_or_init(read).as_ref()
}

/// One for each kind of resource: a schema takes longer to compile than to apply.
static VALIDATORS: Mutex<BTreeMap<String, Arc<Validator>>> = Mutex::new(BTreeMap::new());

fn validator(kind: &str) -> Option<Arc<Validator>> {
    let schema = definitions()?;
    let mut known = VALIDATORS.lock().expect("nobody panicked with it");
    let made = known.entry(kind.to_owned()).or_insert_with(|| {
        let of_kind = json!({
            "$schema": schema["$schema"],
            "$ref": format!("#/definitions/{kind}"),
            "definitions": schema["definitions"],
        });
        Arc::new(jsonschema::validator_for(&of_kind).expect("the schema compiles"))
    });
    Some(Arc::clone(made))
}

/// Fails with the first complaints when the resource is not valid R4.
pub fn assert_r4(resource: &Value) {
    let kind = resource["resourceType"]
        .as_str()
        .expect("a resource names its type");
    for entry in resource["entry"].as_array().into_iter().flatten() {
        if entry["resource"].is_object() {
            assert_r4(&entry["resource"]);
        }
    }
    let Some(validator) = validator(kind) else {
        return;
    };
    let complaints: Vec<String> = validator
        .iter_errors(resource)
        .take(5)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(
        complaints.is_empty(),
        "not a valid R4 {kind}: {complaints:#?}"
    );
}
