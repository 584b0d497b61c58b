//! placeholder map
pub mod adapters;
pub mod app;
pub mod domain;
pub mod formats;

/// The program: chooses the one crypto provider, then runs the command line.
pub fn start() -> std::process::ExitCode {
    // It fails only where one was chosen already, and then it is the same one.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    app::cli::run()
}
