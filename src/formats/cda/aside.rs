//! What a document holds and does not say of its patient: statements taken back
//! by their author, and those about somebody else. All that is inside of such a
//! statement goes with it.

use super::tree::{Element, Tree};
use crate::domain::facts::{Doubt, Problem};

pub const WITHDRAWN: &str = "the entry is withdrawn by its author and was left out";
const OF_ANOTHER: &str = "the entry is about a relative of the patient and was left out";

/// Looked for once, since a statement does not know what stands around it.
pub fn find(tree: &Tree) -> Vec<(u32, u32, &'static str)> {
    let mut found: Vec<(u32, u32, &'static str)> = Vec::new();
    for element in tree.root().within() {
        let holder = if is_nullified(element) {
            element.parent().map(|holder| (holder, WITHDRAWN))
        } else if element.is("relatedSubject") && !is_the_patient(element) {
            let subject = element.parent().filter(|parent| parent.is("subject"));
            let holder = subject.and_then(Element::parent);
            holder.map(|holder| (holder, OF_ANOTHER))
        } else if is_subject(element) || is_of_family(element) {
            element.parent().map(|holder| (holder, OF_ANOTHER))
        } else {
            None
        };
        if let Some((holder, why)) = holder {
            let (from, to) = holder.extent();
            found.push((from, to, why));
        }
    }
    found.sort_by_key(|(from, _, _)| *from);
    // One within another is told by the outer one.
    let mut reached = 0;
    found.retain(|(from, to, _)| {
        let outermost = *from >= reached;
        reached = reached.max(*to);
        outermost
    });
    found
}

/// A document that its author took back says nothing at all.
pub fn withdrawn(document: Element) -> Option<Problem> {
    let status = document.children().find(|child| is_nullified(*child))?;
    let why = "the document is withdrawn by its author";
    Some(Problem::new(status.place(), why))
}

/// A document that was broken off says what it says, and perhaps not all.
pub fn doubt_unfinished(document: Element, doubts: &mut Vec<Doubt>) {
    let status = document.sdtc("statusCode");
    if let Some(status) = status.filter(|s| matches!(s.attr("code"), Some("aborted" | "cancelled")))
    {
        let why = "the document was broken off by its author";
        doubts.push(Doubt::new(status.place(), why));
    }
}

/// `statusCode` of CDA or of C-CDA's own namespace.
fn is_nullified(element: Element) -> bool {
    let is_status = element.is("statusCode") || element.is_sdtc("statusCode");
    let code = element.attr("code").filter(|_| is_status);
    code.is_some_and(|code| code.eq_ignore_ascii_case("nullified"))
}

/// A participant that the statement is about, who is a person of their own.
fn is_subject(element: Element) -> bool {
    let role = element.child("participantRole").filter(|role| {
        let subject = element.is("participant") && element.attr("typeCode") == Some("SBJ");
        subject && role.attr("classCode") == Some("PRS")
    });
    role.is_some_and(|role| !is_the_patient(role))
}

/// Family history tells of relatives wherever it stands: C-CDA, CCD, IHE.
fn is_of_family(element: Element) -> bool {
    const HISTORY: [&str; 6] = [
        "2.16.840.1.113883.10.20.22.4.45",
        "2.16.840.1.113883.10.20.22.4.46",
        "2.16.840.1.113883.10.20.1.22",
        "2.16.840.1.113883.10.20.1.23",
        "1.3.6.1.4.1.19376.1.5.3.1.4.15",
        "1.3.6.1.4.1.19376.1.5.3.1.4.13.3",
    ];
    let root = element.attr("root").filter(|_| element.is("templateId"));
    root.is_some_and(|root| HISTORY.contains(&root))
}

/// RoleCode `ONESELF`: a subject may be the patient after all.
fn is_the_patient(subject: Element) -> bool {
    let code = subject.child("code").and_then(|code| code.attr("code"));
    matches!(code, Some("ONESELF" | "SELF"))
}
