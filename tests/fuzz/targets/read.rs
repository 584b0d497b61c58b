//! The door: any body, of which nothing was said.
#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| fuzz::told(body, None));
