//! SHA-256 as the hex text that ids, packets and the audit show.

use aws_lc_rs::digest::{SHA256, digest};

pub fn sha256_hex(bytes: &[u8]) -> String {
    digest(&SHA256, bytes)
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
