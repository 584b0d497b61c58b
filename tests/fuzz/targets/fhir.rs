//! Bodies that are FHIR, or nearly.
#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| fuzz::told(body, Some("application/fhir+json")));
