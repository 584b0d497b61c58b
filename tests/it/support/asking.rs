//! Links that ask for a proof, and the people who have it.

use super::house::{House, channels_with};
use handoff::app::channels::Channels;
use handoff::domain::verify::Verify;
use reqwest::Response;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;

pub const KINDS: [Verify; 4] = [
    Verify::None,
    Verify::BirthDate,
    Verify::Passcode,
    Verify::EmailCode,
];

/// The shipped channels, asking for this.
pub fn channels(verify: Verify) -> Channels {
    let asks = format!("  max-downloads: 1\n  verify: {}", verify.as_str());
    channels_with(&[
        ("  max-downloads: 1", &asks),
        // Verified links are named by their page alone.
        ("  - reply: {}", "  - reply: {url: link}"),
        (
            "routing-key: discharge}",
            "routing-key: discharge, url: link}",
        ),
        (
            "routing-key: referral}",
            "routing-key: referral, url: link}",
        ),
    ])
}

/// The date of birth in the discharge fixture.
pub fn born() -> Value {
    json!({"day": "17", "month": "4", "year": "1958"})
}

/// A code in a mail stands alone on its line.
fn eight_digits(mail: &str) -> Option<String> {
    let mut lines = mail.lines().map(str::trim);
    let line = lines.find(|line| {
        let digits = line.chars().filter(char::is_ascii_digit).count();
        digits == 8 && line.chars().all(|c| c.is_ascii_digit() || c == ' ')
    });
    line.map(str::to_owned)
}

impl House {
    /// The mails about this ticket that hold a code.
    pub fn code_mails(&self, ticket: &str) -> BTreeSet<PathBuf> {
        let files = std::fs::read_dir(&self.world.settings.outbox).unwrap();
        let paths = files.map(|file| file.unwrap().path());
        paths
            .filter(|path| {
                let text = std::fs::read_to_string(path).unwrap();
                text.contains(ticket) && eight_digits(&text).is_some()
            })
            .collect()
    }

    /// The code of the mail that was not there before.
    pub async fn mailed_code(&self, ticket: &str, before: &BTreeSet<PathBuf>) -> String {
        super::eventually("a code is mailed", async || {
            self.send_all().await;
            let mails = self.code_mails(ticket);
            let new = mails.difference(before).next()?;
            eight_digits(&std::fs::read_to_string(new).unwrap())
        })
        .await
    }

    /// What the right person types, by the names of the fields; `None` where the
    /// page shows it.
    pub async fn right(
        &self,
        verify: Verify,
        ticket: &str,
        before: &BTreeSet<PathBuf>,
    ) -> Option<Value> {
        match verify {
            Verify::None => None,
            Verify::BirthDate => Some(born()),
            Verify::Passcode | Verify::EmailCode => {
                Some(json!({"code": self.mailed_code(ticket, before).await}))
            }
        }
    }

    /// A person proves themselves with this and gets on; their cookie.
    pub async fn prove_with(&self, page: &str, right: Option<&Value>) -> Response {
        let Some(right) = right else {
            return self.type_digits(page).await;
        };
        let fields = right.as_object().unwrap().iter();
        let mut fields: Vec<(&str, &str)> = fields
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
            .collect();
        fields.push(("do", "prove"));
        self.form(page, &fields, None).await
    }
}
