//! What an installation needs, looked at from outside: each check says what it found
//! and what to do. A new one is a function that gives a `Finding` and a line in
//! `examine`.

mod broker;

use super::config::Settings;
use super::readiness::MOST_SKEW_MS;
use crate::adapters::clock::Clock;
use crate::adapters::keyring;
use crate::adapters::sql::Store;
use crate::adapters::staging::{Backstop, EXPIRE_AFTER_DAYS, Staging};
use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Ok,
    Warn,
    Fail,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub what: &'static str,
    pub verdict: Verdict,
    pub said: String,
    /// What to do about it, where there is something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Finding {
    pub fn ok(what: &'static str, said: impl Into<String>) -> Self {
        Self {
            what,
            verdict: Verdict::Ok,
            said: said.into(),
            advice: None,
        }
    }

    pub fn warn(what: &'static str, said: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Warn,
            advice: Some(advice.into()),
            ..Self::ok(what, said)
        }
    }

    pub fn fail(what: &'static str, said: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Fail,
            ..Self::warn(what, said, advice)
        }
    }
}

/// Every check, in the order a message meets what they look at.
pub async fn examine(settings: &Settings, clock: &Clock, install: bool) -> Vec<Finding> {
    let mut findings = vec![keys(settings)];
    findings.extend(database(settings, clock).await);
    findings.extend(staging(settings, install).await);
    findings.extend(broker::examine(settings).await);
    findings
}

fn keys(settings: &Settings) -> Finding {
    let shown = settings.keys.display();
    if !settings.keys.exists() {
        let said = format!("{shown} is not there");
        return Finding::warn("keys", said, "it is made at the first start");
    }
    match keyring::all_private(&settings.keys) {
        Ok(files) => Finding::ok("keys", format!("{files} files in {shown}, private")),
        Err(why) => {
            let advice = "only the account that runs Handoff may read keys";
            Finding::fail("keys", format!("{why:#}"), advice)
        }
    }
}

async fn database(settings: &Settings, clock: &Clock) -> Vec<Finding> {
    let advice = "check database-url, the server, and the rights of its user";
    let store = match Store::connect(&settings.database_url).await {
        Ok(store) => store,
        Err(why) => return vec![Finding::fail("database", format!("{why:#}"), advice)],
    };
    let reached = match store.ping().await {
        Ok(()) => Finding::ok("database", "reachable, schema up to date"),
        Err(why) => Finding::fail("database", format!("{why:#}"), advice),
    };
    let theirs = store.clock().await;
    store.close().await;
    vec![reached, time(theirs, clock.now())]
}

fn time(theirs: anyhow::Result<Option<jiff::Timestamp>>, ours: jiff::Timestamp) -> Finding {
    let advice = "set both machines by the same time servers (chrony, ntp)";
    let skew = match theirs {
        Ok(None) => return Finding::ok("clock", "the database has this machine's"),
        Ok(Some(theirs)) => ours.as_millisecond() - theirs.as_millisecond(),
        Err(why) => return Finding::fail("clock", format!("{why:#}"), advice),
    };
    let said = format!("{skew} ms from the database's");
    if skew.abs() > MOST_SKEW_MS {
        return Finding::fail("clock", said, advice);
    }
    Finding::ok("clock", said)
}

async fn staging(settings: &Settings, install: bool) -> Vec<Finding> {
    let advice = "check staging, s3-endpoint, the credentials, and the rights on the place";
    let fail = |why: anyhow::Error| vec![Finding::fail("staging", format!("{why:#}"), advice)];
    let connected = Staging::connect(&settings.staging, settings.s3_endpoint.as_deref()).await;
    let staging = match connected {
        Ok(staging) => staging,
        Err(why) => return fail(why),
    };
    if let Err(why) = staging.ping().await {
        return fail(why);
    }
    let reached = Finding::ok("staging", format!("{} is reachable", settings.staging));
    vec![reached, backstop(&staging, install).await]
}

async fn backstop(staging: &Staging, install: bool) -> Finding {
    const WHAT: &str = "lifecycle rule";
    let Some((rule, command)) = staging.backstop_by_hand() else {
        return Finding::ok(WHAT, "a folder has none; the reconciler is its backstop");
    };
    if install && let Err(why) = staging.install_backstop().await {
        let advice = "it needs the right s3:PutLifecycleConfiguration";
        return Finding::fail(WHAT, format!("{why:#}"), advice);
    }
    let advice = format!(
        "run `handoff doctor --install-lifecycle`, or save this as lifecycle.json:\n{rule:#}\nand run: {command}\n(it replaces the rules that are there: add this one to them)"
    );
    match staging.backstop().await {
        Ok(Backstop::There) => Finding::ok(WHAT, "there"),
        Ok(Backstop::Missing) => Finding::warn(WHAT, "there is none for our objects", advice),
        Ok(Backstop::UploadsStay) => {
            Finding::warn(WHAT, "unfinished uploads are not aborted", advice)
        }
        Ok(Backstop::TooSoon(days)) => Finding::fail(
            WHAT,
            format!("a rule deletes objects after {days} days"),
            format!("a link may live 90 days: let it be {EXPIRE_AFTER_DAYS} or more"),
        ),
        Ok(Backstop::Unsupported) => {
            let advice = "the reconciler is the only backstop: keep `serve` running";
            Finding::warn(WHAT, "this server has no lifecycle rules", advice)
        }
        Err(why) => Finding::warn(WHAT, format!("{why:#}"), advice),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_seconds_between_clocks_are_the_most() {
        let at = |millis| jiff::Timestamp::from_millisecond(millis).unwrap();
        let verdict = |theirs, ours| time(Ok(Some(at(theirs))), at(ours)).verdict;
        assert_eq!(verdict(10_000, 12_000), Verdict::Ok);
        assert_eq!(verdict(10_000, 12_001), Verdict::Fail);
        assert_eq!(verdict(12_001, 10_000), Verdict::Fail);
    }
}
