//! `qualifier`: what narrows a concept. How certain it is and on which side can
//! turn its meaning round, so these are facts of their own; all others stand
//! beside the concept's words. None is left out.

use super::datatypes::{bare, shown};
use super::tree::Element;
use crate::domain::facts::Coded;

/// Nobody qualifies a concept more often.
const MAX_QUALIFIERS: usize = 100;

pub const UNCLEAR: &str =
    "what qualifies the entry contradicts itself: it cannot be told and was left out";

/// German guidelines: certainty and side of a diagnosis.
const CERTAINTIES: [&str; 2] = ["2.16.840.1.113883.3.7.1.8", "1.2.276.0.76.3.1.1.5.1.21"];
const SIDES: &str = "2.16.840.1.113883.3.7.1.7";
/// The names of the qualifiers in these guidelines; `8` is the certainty.
const NAMES: &str = "2.16.840.1.113883.3.7.1.0";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    Absent,
    Suspected,
    Past,
    Confirmed,
}

/// A concept, and what its qualifiers say.
#[derive(Debug, Default)]
pub struct Qualified<'d> {
    pub code: Coded,
    pub certainty: Option<(Certainty, Element<'d>)>,
    pub sites: Vec<(String, Element<'d>)>,
    /// The qualifiers contradict each other or themselves.
    pub unclear: bool,
    words: Vec<String>,
}

impl Qualified<'_> {
    /// Puts what else was said beside the concept's own words.
    pub fn finish(&mut self) {
        let words = std::mem::take(&mut self.words);
        add_words(&mut self.code, words);
    }

    /// Every qualifier beside the words, for those who know no better place.
    pub fn all_in_words(mut self) -> Coded {
        let sites = std::mem::take(&mut self.sites);
        self.words.extend(sites.into_iter().map(|(words, _)| words));
        let told = |word: &String| certainty_of_words(&word.to_lowercase()).is_some();
        // The others brought words of their own.
        if let Some((certainty, _)) = self.certainty
            && matches!(certainty, Certainty::Absent | Certainty::Confirmed)
            && !self.words.iter().any(told)
        {
            self.words.push(certainty.words().to_owned());
        }
        self.finish();
        self.code
    }
}

impl Certainty {
    fn words(self) -> &'static str {
        match self {
            Self::Absent => "excluded",
            Self::Suspected => "suspected",
            Self::Past => "status post",
            Self::Confirmed => "confirmed",
        }
    }
}

pub fn add_words(code: &mut Coded, mut words: Vec<String>) {
    words.dedup();
    if words.is_empty() || code.is_empty() {
        return;
    }
    let name = code.text.take().or_else(|| code.code.clone());
    let name = name.unwrap_or_default();
    code.text = Some(format!("{name} ({})", words.join(", ")));
}

pub fn qualified<'d>(concept: Element<'d>, scope: Element) -> Qualified<'d> {
    let mut read = Qualified {
        code: bare(concept, scope),
        ..Qualified::default()
    };
    let translated = concept.all("translation").flat_map(|t| t.all("qualifier"));
    let all = concept.all("qualifier").chain(translated);
    for qualifier in all.take(MAX_QUALIFIERS) {
        one(qualifier, scope, &mut read);
    }
    read
}

fn one<'d>(qualifier: Element<'d>, scope: Element, read: &mut Qualified<'d>) {
    let name = qualifier.child("name");
    let named = name.map(|name| bare(name, scope)).unwrap_or_default();
    let Some(value) = qualifier.child("value") else {
        read.words.extend(named.text.or(named.code));
        return;
    };
    let plain = bare(value, scope);
    let said = shown(value, scope);
    let system = value.attr("codeSystem").unwrap_or_default();
    let about = About::of(name, &named, system, plain.code.as_deref());
    let by_code = plain
        .code
        .as_deref()
        .and_then(|code| certainty_of_code(code, about == About::Certainty));
    let by_words = plain
        .text
        .as_deref()
        .and_then(|words| certainty_of_words(&words.to_lowercase()));
    if by_code.is_some() && by_words.is_some() && by_code != by_words {
        read.unclear = true;
        read.words.extend(plain.text.clone());
    }
    // A letter that nothing explains may be a certainty.
    let bare = name.is_none() && system.is_empty() && plain.text.is_none();
    let letter = plain.code.as_deref().filter(|_| bare);
    read.unclear |= letter.is_some_and(|code| certainty_of_code(code, true).is_some());
    if let Some(certainty) = by_code.or(by_words) {
        let known = read.certainty.map(|(known, _)| known);
        read.unclear |= known.is_some_and(|known| known != certainty);
        read.certainty = Some((certainty, qualifier));
        if matches!(certainty, Certainty::Suspected | Certainty::Past) {
            let words = plain.text.unwrap_or_else(|| certainty.words().to_owned());
            if !read.words.contains(&words) {
                read.words.push(words);
            }
        }
        return;
    }
    if about == About::Site {
        let side = plain.code.as_deref().filter(|_| plain.text.is_none());
        let words = side.and_then(side_of_code).map(str::to_owned).or(said);
        let known = |words: &String| read.sites.iter().any(|(known, _)| known == words);
        let words = words.filter(|words| !known(words));
        read.sites.extend(words.map(|words| (words, qualifier)));
        return;
    }
    let words = match (named.text, said) {
        (Some(name), Some(said)) => Some(format!("{name}: {said}")),
        (name, said) => said.or(name),
    };
    let words = words.filter(|words| !read.words.contains(words));
    read.words.extend(words);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    Certainty,
    Site,
    Other,
}

impl About {
    /// By the qualifier's name, else by where its value comes from.
    fn of(name: Option<Element>, named: &Coded, system: &str, value: Option<&str>) -> Self {
        let words = named.text.as_deref().unwrap_or_default().to_lowercase();
        let says = |known: &[&str]| known.iter().any(|known| words.contains(known));
        let code = named.code.as_deref().unwrap_or_default();
        let german = name.and_then(|name| name.attr("codeSystem")) == Some(NAMES);
        if CERTAINTIES.contains(&system)
            || (german && code == "8")
            || code == "408729009"
            || says(&["diagnosezusatz", "diagnosesicherheit", "certainty"])
        {
            return Self::Certainty;
        }
        // Laterality, finding site, procedure site.
        let sited = matches!(
            code,
            "272741003" | "363698007" | "363704007" | "405813007" | "405814001"
        );
        let sided = matches!(value, Some("7771000" | "24028007" | "51440002"));
        let site = says(&[
            "lateralit",
            "seitenlokalisation",
            "finding site",
            "body site",
        ]);
        if system == SIDES || sited || sided || site {
            return Self::Site;
        }
        Self::Other
    }
}

/// SNOMED CT's finding contexts mean the same everywhere; letters only where
/// the qualifier is about certainty.
fn certainty_of_code(code: &str, letters: bool) -> Option<Certainty> {
    Some(match code {
        "410594000" | "410516002" => Certainty::Absent,
        "415684004" | "410590009" | "410592001" | "410593006" => Certainty::Suspected,
        "410515003" | "410605003" => Certainty::Confirmed,
        "A" | "a" if letters => Certainty::Absent,
        "V" | "v" if letters => Certainty::Suspected,
        "Z" | "z" if letters => Certainty::Past,
        "G" | "g" if letters => Certainty::Confirmed,
        _ => return None,
    })
}

fn certainty_of_words(words: &str) -> Option<Certainty> {
    let begins = |known: &[&str]| known.iter().any(|known| words.starts_with(known));
    if begins(&["ausgeschlossen", "ausschluss", "excluded", "ruled out"]) {
        Some(Certainty::Absent)
    } else if begins(&["verdacht", "v. a.", "v.a.", "suspected"]) {
        Some(Certainty::Suspected)
    } else if begins(&["zustand nach", "zustand n", "z. n.", "z.n.", "status post"]) {
        Some(Certainty::Past)
    } else if begins(&["gesichert", "confirmed"]) {
        Some(Certainty::Confirmed)
    } else {
        None
    }
}

fn side_of_code(code: &str) -> Option<&'static str> {
    Some(match code {
        "R" | "24028007" => "right",
        "L" | "7771000" => "left",
        "B" | "51440002" => "both sides",
        _ => return None,
    })
}

/// targetSiteCode, each with its side, then the sides that the concept itself
/// tells.
pub fn body_site<'d>(
    statement: Element<'d>,
    sites: Vec<(String, Element<'d>)>,
    scope: Element,
) -> Option<(String, Element<'d>)> {
    let targets = statement.all("targetSiteCode").take(MAX_QUALIFIERS);
    let targets = targets.filter_map(|site| Some((shown(site, scope)?, site)));
    let all: Vec<(String, Element)> = targets.chain(sites).collect();
    let place = all.first()?.1;
    let mut words: Vec<String> = all.into_iter().map(|(words, _)| words).collect();
    words.dedup();
    Some((words.join(", "), place))
}
