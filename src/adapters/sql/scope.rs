//! Which links and held events a revocation means: any of what it names, all of
//! it at once. Numbers come as keyed hashes; nothing here knows a patient.

use super::{Store, Tx, millis, moment};
use crate::domain::ids::HandoffId;
use serde::Serialize;
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::{BTreeMap, BTreeSet};

/// All that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    pub link: Option<String>,
    pub handoff: Option<String>,
    /// Hashes of one number in its possible spellings; any of them.
    pub visit: Option<Vec<String>>,
    pub patient: Option<Vec<String>>,
    /// The hash among `patient` that is of the number alone: several patients may
    /// have it, each from another assigner.
    pub bare_patient: Option<String>,
    /// Compared without regard to case, as mail does in practice.
    pub recipient: Option<String>,
    pub channel: Option<String>,
    /// When the handoff was made: from, and before.
    pub since: Option<jiff::Timestamp>,
    pub until: Option<jiff::Timestamp>,
}

/// A link, or a held event, which has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InScope {
    /// The link's; a held event's own.
    pub id: String,
    pub handoff: String,
    pub ticket: String,
    pub channel: String,
    /// Empty for a held event.
    pub face: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// `open`, `held`, `revoked`, `locked`, `expired` or `exhausted`.
    pub state: &'static str,
    pub had_it: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened: Option<jiff::Timestamp>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileHad>,
    /// Tells the patients of one list apart, from 1; where a number was looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient: Option<usize>,
    /// Whether there is still something to close.
    #[serde(skip)]
    pub closable: bool,
}

/// A file of which somebody got something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileHad {
    pub ordinal: i64,
    pub file_name: String,
    /// When all of it was handed out; `None`: only a part, as far as is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed: Option<jiff::Timestamp>,
}

impl InScope {
    pub fn is_held(&self) -> bool {
        self.face.is_empty()
    }
}

enum Bound {
    Text(String),
    Number(i64),
}

type Question = sqlx::query::Query<'static, sqlx::Any, sqlx::any::AnyArguments>;

/// A question put together from the texts below and placeholders, never from what
/// somebody typed.
#[derive(Default)]
struct Asked {
    conditions: Vec<String>,
    bound: Vec<Bound>,
}

impl Asked {
    fn text(&mut self, condition: &str, value: &str) {
        self.put(condition, Bound::Text(value.to_owned()));
    }

    fn number(&mut self, condition: &str, value: i64) {
        self.put(condition, Bound::Number(value));
    }

    fn put(&mut self, condition: &str, value: Bound) {
        self.bound.push(value);
        let place = format!("${}", self.bound.len());
        self.conditions.push(condition.replace('?', &place));
    }

    fn any_name(&mut self, hashes: &[String]) {
        let first = self.bound.len() + 1;
        let places: Vec<String> = (first..first + hashes.len())
            .map(|place| format!("${place}"))
            .collect();
        self.bound.extend(hashes.iter().cloned().map(Bound::Text));
        self.conditions.push(format!(
            "h.id IN (SELECT n.handoff FROM handoff_name n WHERE n.hash IN ({}))",
            places.join(", ")
        ));
    }

    fn question(self, select: &str, order: &str) -> Question {
        let text = format!("{select} {} {order}", self.conditions.join(" AND "));
        let mut question = sqlx::query(sqlx::AssertSqlSafe(text));
        for value in self.bound {
            question = match value {
                Bound::Text(text) => question.bind(text),
                Bound::Number(number) => question.bind(number),
            };
        }
        question
    }
}

const LINKS: &str =
    "SELECT l.id, l.handoff, h.channel, l.face, l.recipient_name, l.expires_at, l.revoked_at,
            l.locked_at, l.first_access_at,
            (SELECT COUNT(*) FROM link_file f JOIN object o ON o.key = f.object
             WHERE f.link = l.id AND o.state = 'live'),
            (SELECT COUNT(*) FROM link_file f WHERE f.link = l.id AND f.downloads < f.max_downloads)
     FROM link l JOIN handoff h ON h.id = l.handoff WHERE";
const IN_ORDER: &str = "ORDER BY h.created_at, l.handoff, l.id";
const HELD: &str = "SELECT h.id, h.channel FROM handoff h WHERE";

/// A claim that was given back handed out nothing; one that never began neither.
const FILES_HAD: &str =
    "SELECT c.ordinal, f.file_name, MAX(CASE WHEN c.state = 'completed' THEN c.ended_at END)
     FROM claim c JOIN link_file f ON f.link = c.link AND f.ordinal = c.ordinal
     WHERE c.link = $1 AND c.state <> 'released'
       AND (c.state = 'completed' OR c.started_at IS NOT NULL OR c.handed > 0 OR c.peak > 0)
     GROUP BY c.ordinal, f.file_name ORDER BY c.ordinal";

impl Scope {
    fn of_handoffs(&self) -> Asked {
        let mut asked = Asked::default();
        if let Some(handoff) = &self.handoff {
            asked.text("h.id = ?", handoff);
        }
        for hashes in [&self.visit, &self.patient].into_iter().flatten() {
            asked.any_name(hashes);
        }
        if let Some(channel) = &self.channel {
            asked.text("h.channel = ?", channel);
        }
        if let Some(since) = self.since {
            asked.number("h.created_at >= ?", millis(since));
        }
        if let Some(until) = self.until {
            asked.number("h.created_at < ?", millis(until));
        }
        asked
    }

    fn of_links_asked(&self) -> Asked {
        let mut asked = self.of_handoffs();
        if let Some(link) = &self.link {
            asked.text("l.id = ?", link);
        }
        if let Some(address) = &self.recipient {
            let address = address.to_ascii_lowercase();
            asked.text("lower(l.recipient_email) = ?", &address);
        }
        asked
    }

    fn of_links(&self) -> Question {
        self.of_links_asked().question(LINKS, IN_ORDER)
    }

    fn of_held(&self, now: jiff::Timestamp) -> Question {
        let mut asked = self.of_handoffs();
        asked.number("h.state = 'held' AND h.expires_at > ?", millis(now));
        asked.question(HELD, "ORDER BY h.created_at, h.id")
    }

    fn by_number(&self) -> bool {
        self.visit.is_some() || self.patient.is_some()
    }
}

/// What is to be closed, and what somebody had before it was over. What is over
/// and was never opened is no news.
pub(super) async fn look(
    tx: &mut Tx,
    scope: &Scope,
    now: jiff::Timestamp,
) -> anyhow::Result<Vec<InScope>> {
    let mut found = Vec::new();
    for row in &scope.of_links().fetch_all(&mut **tx).await? {
        let mut link = link(row, now)?;
        if link.closable || link.had_it {
            link.files = files_had(tx, &link.id).await?;
            found.push(link);
        }
    }
    if scope.link.is_none() && scope.recipient.is_none() {
        for row in &scope.of_held(now).fetch_all(&mut **tx).await? {
            found.push(held(row)?);
        }
    }
    if scope.by_number() {
        tell_patients_apart(tx, scope, &mut found).await?;
    }
    Ok(found)
}

fn link(row: &AnyRow, now: jiff::Timestamp) -> anyhow::Result<InScope> {
    let handoff: String = row.try_get(1)?;
    let is_set =
        |place: usize| Ok::<_, sqlx::Error>(row.try_get::<Option<i64>, _>(place)?.is_some());
    let opened = row.try_get::<Option<i64>, _>(8)?.map(moment);
    let revoked = is_set(6)?;
    let state = if revoked {
        "revoked"
    } else if is_set(7)? {
        "locked"
    } else if row.try_get::<i64, _>(5)? <= millis(now) {
        "expired"
    } else if row.try_get::<i64, _>(10)? == 0 {
        "exhausted"
    } else {
        "open"
    };
    Ok(InScope {
        id: row.try_get(0)?,
        ticket: ticket(&handoff),
        handoff,
        channel: row.try_get(2)?,
        face: row.try_get(3)?,
        recipient: row.try_get(4)?,
        state,
        had_it: opened.is_some(),
        opened,
        files: Vec::new(),
        patient: None,
        // An expired or used-up link still feeds downloads that have begun.
        closable: !revoked && row.try_get::<i64, _>(9)? > 0,
    })
}

fn held(row: &AnyRow) -> anyhow::Result<InScope> {
    let id: String = row.try_get(0)?;
    Ok(InScope {
        ticket: ticket(&id),
        handoff: id.clone(),
        id,
        channel: row.try_get(1)?,
        face: String::new(),
        recipient: None,
        state: "held",
        had_it: false,
        opened: None,
        files: Vec::new(),
        patient: None,
        closable: true,
    })
}

fn ticket(handoff: &str) -> String {
    HandoffId::parse(handoff).map_or_else(String::new, |id| id.ticket())
}

async fn files_had(tx: &mut Tx, link: &str) -> anyhow::Result<Vec<FileHad>> {
    let rows = sqlx::query(FILES_HAD)
        .bind(link.to_owned())
        .fetch_all(&mut **tx)
        .await?;
    let file = |row: &AnyRow| {
        Ok(FileHad {
            ordinal: row.try_get(0)?,
            file_name: row.try_get(1)?,
            completed: row.try_get::<Option<i64>, _>(2)?.map(moment),
        })
    };
    rows.iter().map(file).collect()
}

/// Numbers the patients of what was found.
async fn tell_patients_apart(
    tx: &mut Tx,
    scope: &Scope,
    found: &mut [InScope],
) -> anyhow::Result<()> {
    let handoffs: BTreeSet<String> = found.iter().map(|one| one.handoff.clone()).collect();
    let mut known = Vec::new();
    for handoff in handoffs {
        let rows =
            sqlx::query("SELECT hash FROM handoff_name WHERE handoff = $1 AND kind = 'patient'")
                .bind(handoff.clone())
                .fetch_all(&mut **tx)
                .await?;
        let hashes: Result<BTreeSet<String>, _> = rows.iter().map(|row| row.try_get(0)).collect();
        let mut hashes = hashes?;
        if let Some(bare) = &scope.bare_patient {
            hashes.remove(bare);
        }
        known.push((handoff, hashes));
    }
    let persons = persons(&known);
    for one in found {
        one.patient = persons.get(one.handoff.as_str()).copied();
    }
    Ok(())
}

/// Handoffs that share a hash are about one person, numbered from 1 in the order
/// they stand. Those that have none cannot be told apart: they are one.
fn persons(known: &[(String, BTreeSet<String>)]) -> BTreeMap<&str, usize> {
    let nobody = BTreeSet::from([String::new()]);
    let mut group: Vec<usize> = (0..known.len()).collect();
    let mut first_with: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, (_, hashes)) in known.iter().enumerate() {
        let hashes = if hashes.is_empty() { &nobody } else { hashes };
        for hash in hashes {
            let other = *first_with.entry(hash).or_insert(place);
            let (one, other) = (root(&group, place), root(&group, other));
            group[one.max(other)] = one.min(other);
        }
    }
    let mut numbers = BTreeMap::new();
    let mut persons = BTreeMap::new();
    for (place, (handoff, _)) in known.iter().enumerate() {
        let next = numbers.len() + 1;
        let number = *numbers.entry(root(&group, place)).or_insert(next);
        persons.insert(handoff.as_str(), number);
    }
    persons
}

fn root(group: &[usize], mut place: usize) -> usize {
    while group[place] != place {
        place = group[place];
    }
    place
}

impl Store {
    /// What a revocation would hit, and who already had it. Changes nothing.
    pub async fn in_scope(
        &self,
        scope: &Scope,
        now: jiff::Timestamp,
    ) -> anyhow::Result<Vec<InScope>> {
        let mut tx = self.read.begin().await?;
        look(&mut tx, scope, now).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handoffs_with_a_number_in_common_are_about_one_person() {
        let known = [
            ("a", "1 2"),
            ("b", "3"),
            ("c", "2 4"),
            ("d", "4 5"),
            ("e", ""),
            ("f", ""),
        ];
        let known: Vec<(String, BTreeSet<String>)> = known
            .iter()
            .map(|(id, all)| {
                let all = all.split_whitespace().map(str::to_owned);
                ((*id).to_owned(), all.collect())
            })
            .collect();
        let told: Vec<usize> = persons(&known).into_values().collect();
        assert_eq!(told, [1, 2, 1, 1, 3, 3]);
    }

    /// Every way in has its index: what lives is not looked at.
    #[tokio::test]
    async fn no_scope_reads_a_whole_table() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("handoff.db");
        let store = Store::connect(&format!("sqlite:{}", file.display()))
            .await
            .unwrap();
        let text = |text: &str| Some(text.to_owned());
        let scopes = [
            Scope {
                link: text("l"),
                ..Scope::default()
            },
            Scope {
                handoff: text("h"),
                ..Scope::default()
            },
            Scope {
                visit: Some(vec!["1".into(), "2".into()]),
                ..Scope::default()
            },
            Scope {
                patient: Some(vec!["1".into()]),
                ..Scope::default()
            },
            Scope {
                recipient: text("a@b.example"),
                ..Scope::default()
            },
            Scope {
                channel: text("c"),
                since: Some(jiff::Timestamp::UNIX_EPOCH),
                ..Scope::default()
            },
            Scope {
                since: Some(jiff::Timestamp::UNIX_EPOCH),
                ..Scope::default()
            },
        ];
        for scope in scopes {
            let asked = scope.of_links_asked();
            let rows = asked
                .question(&format!("EXPLAIN QUERY PLAN {LINKS}"), IN_ORDER)
                .fetch_all(&store.read)
                .await
                .unwrap();
            for row in rows {
                let step: String = row.try_get(3).unwrap();
                assert!(!step.starts_with("SCAN"), "{scope:?}: {step}");
            }
        }
    }
}
