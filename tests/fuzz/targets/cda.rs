//! Bodies that are CDA, or nearly.
#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| fuzz::told(body, Some("application/xml")));
