//! Bodies that are HL7 v2, or nearly.
#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| fuzz::told(body, Some("application/hl7-v2")));
