//! One table for each kind of fact. What is over, denied or uncertain says so in
//! its first column, so that no choice of columns can hide it.

use super::Edition;
use super::table::{Of, Plan, table};
use crate::domain::brand::ColumnName as Name;
use crate::domain::facts::{
    AllergyIntolerance, Appointment, Coded, Condition, Coverage, Immunization, Order, Participant,
    Procedure, When,
};
use crate::domain::section::Section;
use crate::formats::pdf::Block;
use crate::formats::words::Term;

pub fn diagnoses(list: &[Condition], edition: Edition<'_>) -> Vec<Block> {
    const PLAN: Plan<Condition> = Plan {
        section: Section::Diagnoses,
        lists: Term::Diagnosis,
        columns: &[
            of(Name::Name, Term::Diagnosis, 5.0, diagnosis),
            of(Name::Code, Term::Code, 1.3, |c, _| code(&c.code)),
            of(Name::Kind, Term::Kind, 1.5, role),
            of(Name::Date, Term::Since, 1.8, since),
        ],
        is_strong: |condition| condition.rank == Some(1),
    };
    let rows: Vec<&Condition> = list.iter().collect();
    table(&rows, &PLAN, edition).into_iter().collect()
}

fn diagnosis(condition: &Condition, edition: Edition<'_>) -> String {
    let mut named = words(&condition.code);
    for more in [&condition.body_site, &condition.note]
        .into_iter()
        .flatten()
    {
        named = format!("{named}, {more}");
    }
    let certainty = condition.verification.as_deref();
    let named = unless(named, certainty, "confirmed", edition);
    unless(named, condition.status.as_deref(), "active", edition)
}

fn role(condition: &Condition, edition: Edition<'_>) -> String {
    match condition.role.as_deref() {
        Some("AD") => edition.say(Term::RoleAdmission).into(),
        Some("DD") => edition.say(Term::RoleDischarge).into(),
        Some("W") => edition.say(Term::RoleWorking).into(),
        other => other.unwrap_or_default().to_owned(),
    }
}

fn since(condition: &Condition, edition: Edition<'_>) -> String {
    span(&condition.onset, &condition.end, edition)
}

/// `15 Nov 2026 – 21 Nov 2026`; one that goes on has no end.
pub fn span(start: &Option<When>, end: &Option<When>, edition: Edition<'_>) -> String {
    match end {
        Some(_) => format!("{} – {}", date(start, edition), date(end, edition))
            .trim_start()
            .to_owned(),
        None => date(start, edition),
    }
}

pub fn allergies(list: &[AllergyIntolerance], edition: Edition<'_>) -> Vec<Block> {
    const PLAN: Plan<AllergyIntolerance> = Plan {
        section: Section::Allergies,
        lists: Term::Substance,
        columns: &[
            of(Name::Name, Term::Substance, 3.2, allergy),
            of(Name::Category, Term::Category, 1.6, |a, e| {
                coded(a.category.as_deref(), e)
            }),
            of(Name::Criticality, Term::Criticality, 1.6, |a, e| {
                coded(a.criticality.as_deref(), e)
            }),
            of(Name::Reaction, Term::Reaction, 3.0, |a, _| {
                a.reactions.join("; ")
            }),
            of(Name::Date, Term::Since, 1.6, |a, e| date(&a.onset, e)),
        ],
        is_strong: |allergy| allergy.criticality.as_deref() == Some("high"),
    };
    let rows: Vec<&AllergyIntolerance> = list.iter().collect();
    table(&rows, &PLAN, edition).into_iter().collect()
}

fn allergy(allergy: &AllergyIntolerance, edition: Edition<'_>) -> String {
    let certainty = allergy.verification.as_deref();
    let named = unless(words(&allergy.code), certainty, "confirmed", edition);
    unless(named, allergy.status.as_deref(), "active", edition)
}

pub fn procedures(list: &[Procedure], edition: Edition<'_>) -> Vec<Block> {
    const PLAN: Plan<Procedure> = Plan {
        section: Section::Procedures,
        lists: Term::Procedure,
        columns: &[
            of(Name::Name, Term::Procedure, 5.0, procedure),
            of(Name::Code, Term::Code, 1.6, |p, _| code(&p.code)),
            of(Name::Date, Term::Date, 2.0, |p, e| date(&p.performed, e)),
        ],
        is_strong: |_| false,
    };
    let rows: Vec<&Procedure> = list.iter().collect();
    table(&rows, &PLAN, edition).into_iter().collect()
}

fn procedure(procedure: &Procedure, edition: Edition<'_>) -> String {
    let named = match &procedure.body_site {
        Some(site) => format!("{}, {site}", words(&procedure.code)),
        None => words(&procedure.code),
    };
    unless(named, procedure.status.as_deref(), "completed", edition)
}

pub fn immunizations(list: &[Immunization], edition: Edition<'_>) -> Vec<Block> {
    const PLAN: Plan<Immunization> = Plan {
        section: Section::Immunizations,
        lists: Term::Vaccine,
        columns: &[
            of(Name::Name, Term::Vaccine, 5.0, |i, e| {
                unless(words(&i.code), i.status.as_deref(), "completed", e)
            }),
            of(Name::Date, Term::Date, 2.0, |i, e| date(&i.given, e)),
            of(Name::Lot, Term::Lot, 1.6, |i, _| {
                i.lot.clone().unwrap_or_default()
            }),
        ],
        is_strong: |_| false,
    };
    let rows: Vec<&Immunization> = list.iter().collect();
    table(&rows, &PLAN, edition).into_iter().collect()
}

/// What is going to happen, orders and appointments in one list by their time.
struct Planned {
    what: String,
    when: Option<When>,
    where_: String,
    with: String,
}

pub fn plan(
    orders: &[Order],
    appointments: &[Appointment],
    section: Section,
    edition: Edition<'_>,
) -> Vec<Block> {
    const COLUMNS: &[Of<Planned>] = &[
        of(Name::Name, Term::Planned, 4.0, |p, _| p.what.clone()),
        of(Name::Date, Term::When, 2.2, |p, e| date(&p.when, e)),
        of(Name::Where, Term::Where, 2.4, |p, _| p.where_.clone()),
        of(Name::With, Term::With, 2.4, |p, _| p.with.clone()),
    ];
    let ordered = orders.iter().map(|order| {
        let priority = order.priority.as_deref().filter(|p| *p != "routine");
        let named = unless(
            words(&order.code),
            order.status.as_deref(),
            "active",
            edition,
        );
        Planned {
            what: unless(named, priority, "", edition),
            when: order.when.clone(),
            where_: String::new(),
            with: String::new(),
        }
    });
    let appointed = appointments.iter().map(|appointment| {
        let what = appointment.reason.clone();
        let what = what.unwrap_or_else(|| edition.say(Term::Appointment).into());
        Planned {
            what: unless(what, appointment.status.as_deref(), "booked", edition),
            when: appointment.start.clone(),
            where_: appointment.location.clone().unwrap_or_default(),
            with: appointment.with.join("; "),
        }
    });
    let mut planned: Vec<Planned> = appointed.chain(ordered).collect();
    // Stable: what has no time comes last, as it came.
    planned.sort_by(|one, other| match (&one.when, &other.when) {
        (Some(one), Some(other)) => one.cmp(other),
        (one, other) => other.is_some().cmp(&one.is_some()),
    });
    let plan = Plan {
        section,
        lists: Term::Planned,
        columns: COLUMNS,
        is_strong: |_| false,
    };
    let rows: Vec<&Planned> = planned.iter().collect();
    table(&rows, &plan, edition).into_iter().collect()
}

/// One who has several parts in it is listed once, with all of them.
struct Member {
    name: String,
    roles: Vec<String>,
    contact: Option<String>,
}

fn members(list: &[Participant], edition: Edition<'_>) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::new();
    for participant in list {
        let name = participant.party.shown();
        let role = coded(participant.role.as_deref(), edition);
        let contact = participant.party.telecom.clone();
        match members.iter_mut().find(|known| known.name == name) {
            Some(known) => {
                if !role.is_empty() && !known.roles.contains(&role) {
                    known.roles.push(role);
                }
                known.contact = known.contact.take().or(contact);
            }
            None => members.push(Member {
                name,
                roles: vec![role],
                contact,
            }),
        }
    }
    members
}

pub fn care_team(list: &[Participant], edition: Edition<'_>) -> Vec<Block> {
    const PLAN: Plan<Member> = Plan {
        section: Section::CareTeam,
        lists: Term::Name,
        columns: &[
            of(Name::Name, Term::Name, 4.0, |m, _| m.name.clone()),
            of(Name::Role, Term::Role, 2.4, |m, e| e.words.list(&m.roles)),
            of(Name::Contact, Term::Contact, 3.0, |m, _| given(&m.contact)),
        ],
        is_strong: |_| false,
    };
    let members = members(list, edition);
    let rows: Vec<&Member> = members.iter().collect();
    table(&rows, &PLAN, edition).into_iter().collect()
}

pub fn payers(list: &[Coverage], edition: Edition<'_>) -> Vec<Block> {
    const PLAN: Plan<Coverage> = Plan {
        section: Section::Payers,
        lists: Term::Payer,
        columns: &[
            of(Name::Payer, Term::Payer, 3.6, |c, _| given(&c.payer)),
            of(Name::Plan, Term::Plan, 3.0, |c, _| given(&c.plan)),
            of(Name::Member, Term::MemberId, 2.4, |c, _| {
                given(&c.member_id)
            }),
        ],
        is_strong: |_| false,
    };
    let rows: Vec<&Coverage> = list.iter().collect();
    table(&rows, &PLAN, edition).into_iter().collect()
}

pub const fn of<T>(
    name: Name,
    title: Term,
    weight: f32,
    cell: fn(&T, Edition<'_>) -> String,
) -> Of<T> {
    Of {
        name,
        title,
        weight,
        cell,
    }
}

/// What a reader would take for granted needs no word; anything else does.
pub fn unless(words: String, status: Option<&str>, granted: &str, edition: Edition<'_>) -> String {
    match status.filter(|status| *status != granted) {
        Some(status) => format!("{words} ({})", edition.words.code(status)),
        None => words,
    }
}

pub fn words(coded: &Coded) -> String {
    coded.shown().to_owned()
}

/// The code beside its words, where both came.
pub fn code(coded: &Coded) -> String {
    let beside = coded.text.is_some();
    coded.code.clone().filter(|_| beside).unwrap_or_default()
}

fn coded(code: Option<&str>, edition: Edition<'_>) -> String {
    code.map(|code| edition.words.code(code))
        .unwrap_or_default()
}

fn given(text: &Option<String>) -> String {
    text.clone().unwrap_or_default()
}

pub fn date(at: &Option<When>, edition: Edition<'_>) -> String {
    at.as_ref()
        .map(|at| edition.words.short_date(at))
        .unwrap_or_default()
}
