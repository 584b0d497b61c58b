//! What every target asserts. Panics, time and memory are libFuzzer's to watch.

use readers::domain::facts::Reading;
use readers::domain::wishes::{SitePlace, Wishes};
use readers::formats::read::read;

/// Reads a body with every wish a channel can have, and without any: never
/// silent, and what came out can be printed.
pub fn told(body: &[u8], content_type: Option<&str>) {
    let place = |text: &str| SitePlace::try_from(text.to_owned()).expect("a place");
    let every = Wishes {
        site_places: vec![place("ZPD-1"), place("ZPD-2.1"), place("OBX-5")],
        split_patients: true,
    };
    for wishes in [&Wishes::default(), &every] {
        let reading = read(body, content_type, wishes);
        assert!(!is_silent(&reading), "read as nothing");
        assert!(serde_json::to_string(&reading).is_ok(), "cannot be printed");
    }
}

fn is_silent(reading: &Reading) -> bool {
    let problems = reading.problems.iter();
    let doubts = reading.messages.iter().flat_map(|facts| &facts.doubts);
    let mut said = problems
        .map(|it| (&it.at, &it.why))
        .chain(doubts.map(|it| (&it.at, &it.why)));
    // A doubt or a problem without a place or a reason tells nobody anything.
    let empty = said.any(|(at, why)| at.is_empty() || why.is_empty());
    empty || (reading.messages.is_empty() && reading.problems.is_empty())
}
