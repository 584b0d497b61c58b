//! The `handoff` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    handoff::start()
}
