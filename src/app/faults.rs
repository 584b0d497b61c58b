//! Fault points: places where a test may kill the process, to see what a power
//! cut would leave behind. Nothing happens unless `HANDOFF_FAULT` names one.

use std::sync::LazyLock;

static ARMED: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("HANDOFF_FAULT").ok());

/// Dies by SIGKILL, with no destructor and no flush, when this point is armed.
pub fn point(name: &str) {
    if ARMED.as_deref() == Some(name) {
        let me = std::process::id().to_string();
        // `kill` is on every machine that runs the tests; abort where it is not.
        let _ = std::process::Command::new("kill")
            .args(["-KILL", &me])
            .status();
        std::process::abort();
    }
}
