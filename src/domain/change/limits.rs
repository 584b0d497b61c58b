//! What has a measure: lifetimes, counts, rules that are stricter or looser.

use super::{Change, Effect};
use crate::domain::channel::{Channel, SeveralPatients};
use crate::domain::language::Language;
use crate::domain::sensitive::{SensitiveAction, SensitivityLabel, Unlabelled};
use crate::domain::trigger::TriggerEvent;
use std::cmp::Ordering;

pub(super) fn changes(old: &Channel, new: &Channel) -> Vec<Change> {
    let mut changes = measures(old, new);
    changes.extend(sensitive(old, new));
    changes.extend(endings(old, new));
    changes.extend(looks(old, new));
    changes
}

/// More is wider.
fn measured<T: PartialOrd>(
    key: &'static str,
    (old, new): (T, T),
    say: impl Fn(&T) -> String,
    what: &str,
) -> Option<Change> {
    let effect = match new.partial_cmp(&old)? {
        Ordering::Equal => return None,
        Ordering::Greater => Effect::Widens,
        Ordering::Less => Effect::Takes,
    };
    let what = format!("{what}: {} → {}", say(&old), say(&new));
    Some(Change::new(effect, key, what))
}

fn measures(old: &Channel, new: &Channel) -> Vec<Change> {
    let lifetimes = (old.link.expires_after, new.link.expires_after);
    let counts = (old.link.max_downloads.get(), new.link.max_downloads.get());
    let ages = (old.max_age, new.max_age);
    let split = |channel: &Channel| channel.trigger.several_patients == SeveralPatients::Split;
    let kept = |channel: &Channel| channel.visit_memory.as_ref().map(|memory| memory.keep);
    let keeps = kept(old).zip(kept(new));
    let found = [
        measured(
            "link.expires-after",
            lifetimes,
            ToString::to_string,
            "a link lives",
        ),
        measured(
            "link.max-downloads",
            counts,
            ToString::to_string,
            "downloads of each file",
        ),
        measured(
            "max-age",
            ages,
            ToString::to_string,
            "an event is for real life until it is this old",
        ),
        measured(
            "dead-letters.keep",
            (old.dead_letters.keep, new.dead_letters.keep),
            ToString::to_string,
            "a dead letter is kept for",
        ),
        measured(
            "trigger.several-patients",
            (split(old), split(new)),
            |split| if *split { "split" } else { "refuse" }.to_owned(),
            "a Bundle about several patients",
        ),
        keeps.and_then(|keeps| {
            measured(
                "visit-memory",
                keeps,
                ToString::to_string,
                "a visit is remembered for",
            )
        }),
    ];
    let mut found: Vec<Change> = found.into_iter().flatten().collect();
    let (was, is) = (
        old.packet.purpose_of_use.code(),
        new.packet.purpose_of_use.code(),
    );
    if was != is {
        let what = format!("purpose of use: {was} → {is}");
        found.push(Change::new(Effect::Widens, "packet.purpose-of-use", what));
    }
    found
}

fn sensitive(old: &Channel, new: &Channel) -> Vec<Change> {
    let (was, is) = (&old.packet.sensitive, &new.packet.sensitive);
    // From the strictest to the loosest.
    let action = |action: SensitiveAction| match action {
        SensitiveAction::Hold => 0,
        SensitiveAction::WithholdSection => 1,
        SensitiveAction::Label => 2,
    };
    let unlabelled = |rule: Unlabelled| match rule {
        Unlabelled::Hold => 0,
        Unlabelled::Map => 1,
        Unlabelled::Send => 2,
    };
    const ACTIONS: [&str; 3] = ["hold", "withhold-section", "label"];
    const RULES: [&str; 3] = ["hold", "map", "send"];
    let actions = (action(was.action), action(is.action));
    let rules = (unlabelled(was.unlabelled), unlabelled(is.unlabelled));
    let found = [
        measured(
            "packet.sensitive",
            actions,
            |n| ACTIONS[*n].into(),
            "sensitive content",
        ),
        measured(
            "packet.sensitive",
            rules,
            |n| RULES[*n].into(),
            "what bears no label",
        ),
    ];
    let mut found: Vec<Change> = found.into_iter().flatten().collect();
    let lost = |from: &[SensitivityLabel], to: &[SensitivityLabel]| {
        let lost = from.iter().filter(|label| !to.contains(label));
        lost.map(|label| label.code()).collect::<Vec<_>>()
    };
    for code in lost(&was.labels, &is.labels) {
        let what = format!("{code} is no longer treated as sensitive");
        found.push(Change::new(Effect::Widens, "packet.sensitive", what));
    }
    for code in lost(&is.labels, &was.labels) {
        let what = format!("{code} leaves as it is: it is treated as sensitive now");
        found.push(Change::new(Effect::Takes, "packet.sensitive", what));
    }
    if was.consent_scope != is.consent_scope {
        let what = "the consent's scope says something else";
        found.push(Change::new(Effect::Alters, "packet.sensitive", what));
    }
    found
}

/// Events that end or move what is staged.
fn endings(old: &Channel, new: &Channel) -> Vec<Change> {
    let mut found = Vec::new();
    let mut compare = |key, was: &[TriggerEvent], is: &[TriggerEvent], does: &str, more| {
        let gone = was.iter().filter(|event| !is.contains(event));
        found.extend(gone.map(|event| {
            let what = format!("event {event} no longer {does}");
            Change::new(Effect::Widens, key, what)
        }));
        let came = is.iter().filter(|event| !was.contains(event));
        let came = came.filter(|_| more != Effect::Adds);
        found.extend(came.map(|event| {
            let what = format!("what event {event} is about: it now {does}");
            Change::new(more, key, what)
        }));
    };
    let revokes = "revokes what is staged";
    compare(
        "cancel-on",
        &old.cancel_on,
        &new.cancel_on,
        revokes,
        Effect::Takes,
    );
    let moves = "moves what is staged to the surviving number";
    compare(
        "merge-on",
        &old.merge_on,
        &new.merge_on,
        moves,
        Effect::Alters,
    );
    // What comes is told as an event that makes a packet.
    let replaces = "replaces a packet that has become wrong";
    compare(
        "correct-on",
        &old.correct_on,
        &new.correct_on,
        replaces,
        Effect::Adds,
    );
    found
}

/// What changes how a packet looks and reads, and not what it says.
fn looks(old: &Channel, new: &Channel) -> Vec<Change> {
    let mut found = Vec::new();
    let mut alter = |key, what: String| found.push(Change::new(Effect::Alters, key, what));
    let (was, is) = (&old.packet, &new.packet);
    if was.kind != is.kind {
        let what = format!("kind: {} → {} (LOINC)", was.kind.loinc(), is.kind.loinc());
        alter("packet.kind", what);
    }
    let common = |own: &Channel, other: &Channel| {
        let mut sections = own.packet.sections.clone();
        sections.retain(|section| other.packet.sections.contains(section));
        sections
    };
    if common(old, new) != common(new, old) {
        alter("packet.sections", "the order of the sections".into());
    }
    if was.brand != is.brand {
        let named = |brand: &Option<_>| brand.as_ref().map_or("none".into(), ToString::to_string);
        alter(
            "packet.brand",
            format!("brand: {} → {}", named(&was.brand), named(&is.brand)),
        );
    }
    let tags = |languages: Vec<Language>| {
        let tags: Vec<&str> = languages.into_iter().map(Language::tag).collect();
        tags.join(", ")
    };
    let (was, is) = (tags(old.languages()), tags(new.languages()));
    if was != is {
        alter("recipients", format!("languages: {was} → {is}"));
    }
    if old.name() != new.name() {
        alter("channel", format!("name: {} → {}", old.name(), new.name()));
    }
    found
}
