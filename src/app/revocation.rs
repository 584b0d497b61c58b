//! Revoking by what people know: a link, a patient's number, an address, a time.
//! The command line and the API ask the same questions here.

use super::world::World;
use crate::adapters::sql::{InScope, Revocation, Scope, patients};
use crate::domain::ids::{HandoffId, LinkId};
use crate::domain::moment::{self, Edge};
use crate::domain::thread::{numbered, spellings};
use serde::{Deserialize, Serialize};

/// As it was typed; all that is given must hold.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Wanted {
    pub link: Option<String>,
    pub handoff: Option<String>,
    pub visit: Option<String>,
    pub patient: Option<String>,
    /// Who assigned the patient's number, or the visit's where no patient is given.
    pub assigner: Option<String>,
    pub recipient: Option<String>,
    pub channel: Option<String>,
    pub since: Option<String>,
    pub until: Option<String>,
    /// Also all of a channel or a time, and all patients who share a number.
    pub all: bool,
    pub dry_run: bool,
    /// Kept in the audit.
    pub reason: Option<String>,
}

/// What a revocation hit, or would hit.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    pub dry_run: bool,
    /// Closed; with `dry_run`, to be closed.
    pub revoked: Vec<InScope>,
    /// Over before, and somebody had it.
    pub over: Vec<InScope>,
    /// How many patients `revoked` is about, where a number was looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patients: Option<usize>,
    /// What to try where nothing was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<&'static str>,
}

#[derive(Debug, thiserror::Error)]
pub enum NotRevoked {
    /// It must be asked in another way. No value of it is told.
    #[error("{0}")]
    Unclear(&'static str),
    #[error(
        "the number belongs to {0} patients; say who assigned it (assigner), narrow it down, or take all of them \
         (all). A dry run lists them"
    )]
    SeveralPatients(usize),
    #[error(transparent)]
    Away(#[from] anyhow::Error),
}

/// A reason is a sentence; the audit keeps it for ever.
const LONGEST_REASON: usize = 500;

const NOTHING: &str =
    "say what to revoke: a link or a handoff, visit, patient, recipient, channel, since, until";
const EVERYTHING: &str =
    "a channel or a time alone takes all that is in it: say so (all), or look first (dry-run)";
const FROM_OTHERS: &str = "no handoff is known by this number from this assigner. The assigner is what the message \
     calls it, an OID, a URI or a name, else the sending facility: `handoff read FILE --json` shows it as `system`; \
     without an assigner the number is found whoever assigned it";
const UNKNOWN_NUMBER: &str = "no handoff is known by this number. Visits handed over by releases before this one are \
     found only with who assigned their number (assigner)";

/// Revokes, or only looks; `who` stands in the audit beside the reason.
pub async fn revoke(world: &World, wanted: &Wanted, who: &str) -> Result<Found, NotRevoked> {
    let scope = scope(world, wanted).map_err(NotRevoked::Unclear)?;
    let reason = reason(wanted.reason.as_deref()).map_err(NotRevoked::Unclear)?;
    let now = world.clock.now();
    let (revoked, over) = if wanted.dry_run {
        let found = world.store.in_scope(&scope, now).await?;
        found.into_iter().partition(|one| one.closable)
    } else {
        let reason = format!("{reason}; by {who}");
        let done = world
            .store
            .revoke_all(&scope, wanted.all, &reason, now)
            .await?;
        match done {
            Revocation::Done { hit, over } => (hit, over),
            Revocation::SeveralPatients(patients) => {
                return Err(NotRevoked::SeveralPatients(patients));
            }
        }
    };
    let by_number = wanted.visit.is_some() || wanted.patient.is_some();
    let nothing = revoked.is_empty() && over.is_empty();
    Ok(Found {
        dry_run: wanted.dry_run,
        patients: by_number.then(|| patients(&revoked)),
        hint: (by_number && nothing).then_some(match wanted.assigner {
            Some(_) => FROM_OTHERS,
            None => UNKNOWN_NUMBER,
        }),
        revoked,
        over,
    })
}

fn scope(world: &World, wanted: &Wanted) -> Result<Scope, &'static str> {
    let zone = &world.settings.zone;
    let moment = |text: &Option<String>, edge| {
        let text = text.as_deref();
        text.map(|text| moment::typed(text, zone, edge)).transpose()
    };
    let patient = given(&wanted.patient)?;
    let visit = given(&wanted.visit)?;
    let assigner = given(&wanted.assigner)?;
    if assigner.is_some() && patient.is_none() && visit.is_none() {
        return Err("an assigner is of a patient's number or of a visit's: give that, too");
    }
    let of_visit = assigner.filter(|_| patient.is_none());
    let scope = Scope {
        link: checked(&wanted.link, |id| {
            LinkId::parse(id).map(|id| id.to_string())
        })?,
        handoff: checked(&wanted.handoff, |id| {
            HandoffId::parse(id).map(|id| id.to_string())
        })?,
        visit: visit.map(|number| hashes(world, "visit", of_visit, number)),
        patient: patient.map(|number| hashes(world, "patient", assigner, number)),
        bare_patient: patient
            .filter(|_| assigner.is_none())
            .map(|number| world.keys.index(&numbered("patient", None, number))),
        recipient: given(&wanted.recipient)?.map(str::to_owned),
        channel: given(&wanted.channel)?.map(str::to_owned),
        since: moment(&wanted.since, Edge::Start)?,
        until: moment(&wanted.until, Edge::End)?,
    };
    let narrow = scope.link.is_some()
        || scope.handoff.is_some()
        || scope.visit.is_some()
        || scope.patient.is_some()
        || scope.recipient.is_some();
    let wide = scope.channel.is_some() || scope.since.is_some() || scope.until.is_some();
    match (narrow, wide, wanted.all || wanted.dry_run) {
        (true, _, _) | (false, true, true) => Ok(scope),
        (false, true, false) => Err(EVERYTHING),
        (false, false, _) => Err(NOTHING),
    }
}

/// The number as it was hashed when its message came: with who assigned it in each
/// spelling that a reader may have made of it, or without.
fn hashes(world: &World, kind: &str, assigner: Option<&str>, number: &str) -> Vec<String> {
    match assigner {
        None => vec![world.keys.index(&numbered(kind, None, number))],
        Some(assigner) => spellings(assigner)
            .iter()
            .map(|spelled| world.keys.index(&numbered(kind, Some(spelled), number)))
            .collect(),
    }
}

/// An empty text is no wish: it would find what has no number.
fn given(text: &Option<String>) -> Result<Option<&str>, &'static str> {
    match text.as_deref().map(str::trim) {
        Some("") => Err("one of the texts is empty"),
        text => Ok(text),
    }
}

fn checked(
    text: &Option<String>,
    parse: impl Fn(&str) -> Option<String>,
) -> Result<Option<String>, &'static str> {
    let Some(text) = given(text)? else {
        return Ok(None);
    };
    let id = parse(text).ok_or(
        "this names neither a handoff nor a link; `handoff list` and `handoff show` give their ids",
    )?;
    Ok(Some(id))
}

pub fn reason(text: Option<&str>) -> Result<&str, &'static str> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    let text = text.unwrap_or("no reason given");
    if text.len() > LONGEST_REASON || text.chars().any(char::is_control) {
        return Err("a reason is one line of at most 500 bytes");
    }
    Ok(text)
}
