//! What a body is about: a stay (Encounter), a referral (ServiceRequest), or
//! another resource that it names itself.

use super::{
    datatypes::{coded, has_code},
    json::{list, text},
    library::{Library, Resource, items},
    notification::Notification,
    tree::Value,
};

/// LOINC: discharge summary, referral note.
const DISCHARGE_SUMMARY: &str = "18842-5";
const REFERRAL_NOTE: &str = "57133-1";

/// SNOMED CT: patient referral, referral to service, for consultation, to a
/// doctor, to a specialist, for further care.
const REFERRALS: [&str; 6] = [
    "3457005",
    "306206005",
    "44383000",
    "306253008",
    "103696004",
    "308447003",
];

/// ServiceRequest had two names in STU3.
pub const REQUESTS: [&str; 3] = ["ServiceRequest", "ReferralRequest", "ProcedureRequest"];

#[derive(Clone, Default)]
pub struct Focus {
    pub kind: Option<String>,
    /// The resource itself, where it is in the body.
    pub entry: Option<usize>,
    /// The other Patients, where it is about Patients and nothing else.
    pub rivals: Vec<usize>,
}

impl Focus {
    fn on(library: &Library, entry: usize) -> Self {
        let kind = library.resources[entry].kind;
        let kind = if is_request(kind) {
            "ServiceRequest"
        } else {
            kind
        };
        Self {
            kind: Some(kind.to_owned()),
            entry: Some(entry),
            rivals: Vec::new(),
        }
    }
}

pub fn is_request(kind: &str) -> bool {
    REQUESTS.contains(&kind)
}

/// What the body itself says it is about.
pub fn told(
    library: &Library,
    is_single: bool,
    notification: Option<&Notification>,
) -> Option<Focus> {
    if is_single {
        return library.resources.first().map(|_| Focus::on(library, 0));
    }
    if let Some(notification) = notification {
        let status = &library.resources[0];
        let foci = notification.foci.iter();
        let entries = foci.filter_map(|(focus, _)| library.entry(status, focus));
        return preferred(library, entries.collect());
    }
    if let Some((_, header)) = library.all("MessageHeader").next() {
        // STU3 called it `data`.
        let foci = list(header.json, "focus")
            .iter()
            .chain(list(header.json, "data"));
        let entries = foci.filter_map(|focus| library.entry(header, focus));
        return preferred(library, entries.collect());
    }
    let (_, composition) = library.all("Composition").find(|(_, c)| !c.contained)?;
    of_composition(library, composition)
}

/// Of several foci the stay or the request; a Patient among others says only whose.
fn preferred(library: &Library, entries: Vec<usize>) -> Option<Focus> {
    let kind = |entry: &&usize| library.resources[**entry].kind;
    let strong = |entry: &&usize| kind(entry) == "Encounter" || is_request(kind(entry));
    let entry = entries
        .iter()
        .find(strong)
        .or_else(|| entries.iter().find(|entry| kind(entry) != "Patient"))
        .or(entries.first())?;
    let focus = Focus::on(library, *entry);
    // A message about Patients alone may join two of them, or swap their beds.
    let rivals = match kind(&entry) == "Patient" {
        true => entries.iter().copied().filter(|other| other != entry),
        false => return Some(focus),
    };
    Some(Focus {
        rivals: rivals.collect(),
        ..focus
    })
}

fn of_composition(library: &Library, composition: &Resource) -> Option<Focus> {
    let json = composition.json;
    let is = |code| json.get("type").is_some_and(|kind| has_code(kind, &[code]));
    if is(REFERRAL_NOTE) {
        let entry = requests(library).find(|(_, r)| is_referral(r));
        let entry = entry.or_else(|| requests(library).next());
        return Some(Focus {
            kind: Some("ServiceRequest".to_owned()),
            entry: entry.map(|(entry, _)| entry),
            ..Focus::default()
        });
    }
    let stay = items(json, "encounter").first();
    if is(DISCHARGE_SUMMARY) || stay.is_some() {
        return Some(Focus {
            kind: Some("Encounter".to_owned()),
            entry: stay.and_then(|reference| library.entry(composition, reference)),
            ..Focus::default()
        });
    }
    None
}

fn requests<'l, 'b>(
    library: &'l Library<'b>,
) -> impl Iterator<Item = (usize, &'l Resource<'b>)> + use<'l, 'b> {
    let all = library.resources.iter().enumerate();
    all.filter(|(_, resource)| is_request(resource.kind) && !resource.contained)
}

/// Whether a request asks somebody to take the patient, by its code or words.
pub fn is_referral(request: &Resource) -> bool {
    request.kind == "ReferralRequest"
        || ["category", "code"].into_iter().any(|key| {
            let concepts = items(request.json, key);
            let said = |concept: &Value| {
                let words = coded(concept).text.unwrap_or_default();
                has_code(concept, &REFERRALS) || words.to_lowercase().contains("referral")
            };
            concepts.iter().any(said)
        })
}

/// What the content lets one believe, of the resources that are `own`.
pub fn of_content(library: &Library, own: &[usize]) -> Focus {
    let of = |fits: &dyn Fn(&Resource) -> bool| {
        let fits = |entry: &&usize| fits(&library.resources[**entry]);
        own.iter().filter(fits).copied().collect::<Vec<usize>>()
    };
    let stay = latest_encounter(library, own);
    let ended = stay.is_some_and(|stay| {
        let status = text(library.resources[stay].json, "status");
        matches!(status, Some("finished" | "completed" | "discharged"))
    });
    let referrals = of(&|r| is_request(r.kind) && !r.contained && is_referral(r));
    let asked = of(&|r| is_request(r.kind) && !r.contained);
    // A request with its results is an order that was carried out.
    let results = of(&|r| matches!(r.kind, "DiagnosticReport" | "Specimen"));
    let only = (asked.len() == 1 && results.is_empty())
        .then_some(asked.first())
        .flatten();
    let request = referrals.first().or(only).filter(|_| !ended);
    match request.copied().or(stay) {
        Some(entry) => Focus::on(library, entry),
        None => Focus::default(),
    }
}

/// Of several stays the one that began last; a record's history comes with it.
/// One that was cancelled, or is yet to come, only where there is no other.
pub fn latest_encounter(library: &Library, own: &[usize]) -> Option<usize> {
    let rank = |entry: usize| {
        let json = library.resources[entry].json;
        let period = json.get("period").or_else(|| json.get("actualPeriod"));
        let start = period.and_then(|period| text(period, "start"));
        let took_place = !matches!(
            text(json, "status"),
            Some("entered-in-error" | "cancelled" | "planned")
        );
        (took_place, start.unwrap_or_default())
    };
    let stays = own.iter().copied();
    let stays = stays.filter(|entry| {
        let resource = &library.resources[*entry];
        resource.kind == "Encounter" && !resource.contained
    });
    stays.max_by(|a, b| rank(*a).cmp(&rank(*b)).then(b.cmp(a)))
}
