//! Whether a problem or an allergy is still one: its own status, its time, the
//! concern act around it.

use super::codes::clinical_status;
use super::entries::{self, details};
use super::tree::Element;
use crate::domain::facts::Places;

/// Concern acts of problems and allergies, of C-CDA, the CCD before it and IHE.
const CONCERN: [&str; 4] = [
    "2.16.840.1.113883.10.20.22.4.3",
    "2.16.840.1.113883.10.20.22.4.30",
    "2.16.840.1.113883.10.20.1.27",
    "1.3.6.1.4.1.19376.1.5.3.1.4.5.1",
];

/// Problem Status where there is one; else an end of the time means resolved,
/// an active concern an active problem, one that ended an inactive one. `33999-4` is the status' LOINC code.
pub fn clinical(
    observation: Element,
    concern: Option<Element>,
    at: &mut Places,
) -> Option<&'static str> {
    let stated = details(observation).find_map(|(_, inner)| {
        let is_status = entries::has_code(inner, &["33999-4"])
            || inner.has_template("2.16.840.1.113883.10.20.22.4.6")
            || inner.has_template("2.16.840.1.113883.10.20.22.4.28");
        let value = inner.child("value").filter(|_| is_status)?;
        Some((clinical_status(value.attr("code")?)?, value.place()))
    });
    if let Some((status, place)) = stated {
        at.add("status", place);
        return Some(status);
    }
    if let Some(end) = observation.at(&["effectiveTime", "high"]) {
        // `UNK` says that it ended, at a time nobody knows; others say nothing.
        if end.attr("value").is_some() || end.attr("nullFlavor") == Some("UNK") {
            at.add("status", end.place());
            return Some("resolved");
        }
    }
    let concern = concern?;
    let status = match entries::status(concern)? {
        "active" => "active",
        // What is no longer tracked, for whatever reason.
        "completed" | "aborted" | "suspended" if is_concern(concern) => "inactive",
        _ => return None,
    };
    at.add("status", format!("{}/statusCode", concern.place()));
    Some(status)
}

/// A diagnosis of a visit is wrapped in an act as well, whose status is another.
fn is_concern(act: Element) -> bool {
    entries::has_code(act, &["CONC"]) || CONCERN.iter().any(|root| act.has_template(root))
}
