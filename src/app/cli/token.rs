//! `handoff token issue`: access tokens signed by this installation's own key.

use super::say;
use crate::adapters::clock::Clock;
use crate::adapters::tokens::{Role, Signer};
use crate::app::config::Settings;
use crate::domain::measures::Span;
use clap::Subcommand;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(super) enum Token {
    /// Issue a bearer token. It is printed once and kept nowhere.
    Issue {
        /// What the caller may do.
        #[arg(long, value_enum)]
        role: Role,
        /// Who will use it; shown where a caller is named.
        #[arg(long, default_value = "sender", value_name = "NAME")]
        name: String,
        /// How long it is good for, such as 12h or 90d.
        #[arg(long, default_value = "90d", value_name = "TIME", value_parser = |text: &str| Span::try_from(text.to_owned()))]
        expires_after: Span,
    },
}

impl Token {
    pub(super) fn run(&self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let Self::Issue {
            role,
            name,
            expires_after,
        } = self;
        let now = Clock::System.now();
        let keys = settings.keyring(&Clock::System)?;
        let signer = Signer::new(&keys.access, &settings.public_url)?;
        let expires =
            jiff::Timestamp::from_millisecond(now.as_millisecond() + expires_after.millis())?;
        say(signer.access_token(name, *role, expires)?);
        eprintln!("good until {expires}; send it as: Authorization: Bearer …");
        Ok(ExitCode::SUCCESS)
    }
}
