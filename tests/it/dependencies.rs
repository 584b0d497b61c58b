//! One TLS stack, one crypto provider, no second HTTP client underneath.

use std::process::Command;

#[test]
fn there_is_one_tls_stack_and_one_crypto_provider() {
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--locked",
            "--offline",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        tree.status.success(),
        "{}",
        String::from_utf8_lossy(&tree.stderr)
    );
    let tree = String::from_utf8(tree.stdout).unwrap();
    let has = |name: &str| {
        tree.lines()
            .any(|line| line.starts_with(&format!("{name} v")))
    };
    assert!(has("rustls") && has("aws-lc-rs"));
    for unwanted in [
        "ring",
        "openssl",
        "openssl-sys",
        "native-tls",
        "boring",
        "rustls-openssl",
    ] {
        assert!(!has(unwanted), "{unwanted} is in the tree");
    }
    assert!(
        !tree.lines().any(|line| line.starts_with("hyper v0.")),
        "an old hyper is in the tree"
    );
}
