//! Which section is which: LOINC codes first, since every standard has them,
//! then template identifiers of C-CDA, of the CCD before it and of IHE PCC.

use super::problems::Diagnoses;
use super::sections::Kind;
use super::tree::Element;

pub struct Found {
    pub kind: Kind,
    /// The LOINC code of the section in C-CDA, whatever code it came with.
    pub standard: Option<&'static str>,
}

const DISCHARGE: Kind = diagnoses(Some("DD"));
/// The specialty sections of IHE XD-LAB.
const LABORATORY: Kind = Kind::Results(Some("laboratory"));
const ADMISSION: Kind = diagnoses(Some("AD"));

const fn diagnoses(role: Option<&'static str>) -> Kind {
    Kind::Problems(Diagnoses { role })
}

/// Codes as received, the code that C-CDA uses now, and what is inside.
const BY_CODE: [(&str, &str, Kind); 50] = [
    ("11450-4", "11450-4", diagnoses(None)),
    ("11348-0", "11348-0", diagnoses(None)),
    ("11535-2", "11535-2", DISCHARGE),
    ("C-CDAV2-DDN", "11535-2", DISCHARGE),
    ("78375-3", "11535-2", DISCHARGE),
    ("46241-6", "46241-6", ADMISSION),
    ("42347-5", "46241-6", ADMISSION),
    ("10219-4", "10219-4", diagnoses(Some("pre-op"))),
    ("10218-6", "10218-6", diagnoses(Some("post-op"))),
    ("59769-0", "59769-0", diagnoses(Some("post-op"))),
    ("55109-3", "55109-3", diagnoses(None)),
    ("59776-5", "59776-5", diagnoses(None)),
    ("46240-8", "46240-8", Kind::ProblemsWithin),
    ("75310-3", "75310-3", Kind::ProblemsWithin),
    ("48765-2", "48765-2", Kind::Allergies),
    ("10160-0", "10160-0", Kind::Medications(None)),
    ("10183-2", "10183-2", Kind::Medications(Some("discharge"))),
    ("75311-1", "10183-2", Kind::Medications(Some("discharge"))),
    ("42346-7", "42346-7", Kind::Medications(Some("admission"))),
    (
        "29549-3",
        "29549-3",
        Kind::Medications(Some("administered")),
    ),
    (
        "59774-0",
        "59774-0",
        Kind::Medications(Some("administered")),
    ),
    ("30954-2", "30954-2", Kind::Results(None)),
    ("11493-4", "11493-4", Kind::Results(None)),
    ("26436-6", "26436-6", LABORATORY),
    ("18719-5", "18719-5", LABORATORY),
    ("18723-5", "18723-5", LABORATORY),
    ("18725-2", "18725-2", LABORATORY),
    ("18727-8", "18727-8", LABORATORY),
    ("18728-6", "18728-6", LABORATORY),
    ("18729-4", "18729-4", LABORATORY),
    ("18768-2", "18768-2", LABORATORY),
    ("8716-3", "8716-3", Kind::Results(Some("vital-signs"))),
    ("29762-2", "29762-2", Kind::Results(Some("social-history"))),
    ("47519-4", "47519-4", Kind::Procedures),
    ("11369-6", "11369-6", Kind::Immunizations),
    ("18776-5", "18776-5", Kind::Plan),
    ("51847-2", "51847-2", Kind::Plan),
    ("59772-4", "59772-4", Kind::Plan),
    ("48768-6", "48768-6", Kind::Payers),
    ("8653-8", "8653-8", Kind::Instructions),
    ("69730-0", "69730-0", Kind::Instructions),
    ("74213-0", "8653-8", Kind::Instructions),
    ("42349-1", "42349-1", Kind::ReasonForReferral),
    ("29299-5", "29299-5", Kind::ReasonForVisit),
    ("46239-0", "46239-0", Kind::ReasonForVisit),
    ("10154-3", "10154-3", Kind::ReasonForVisit),
    ("8648-8", "8648-8", Kind::Narrative),
    ("10164-2", "10164-2", Kind::Narrative),
    ("10157-6", "10157-6", Kind::Narrative),
    ("47420-5", "47420-5", Kind::Narrative),
];

/// `2.16.840.1.113883.10.20.22.2.` of C-CDA with what follows, and the others.
const BY_TEMPLATE: [(&str, &str); 57] = [
    ("2.16.840.1.113883.10.20.22.2.1", "10160-0"),
    ("2.16.840.1.113883.10.20.22.2.1.1", "10160-0"),
    ("2.16.840.1.113883.10.20.22.2.2", "11369-6"),
    ("2.16.840.1.113883.10.20.22.2.2.1", "11369-6"),
    ("2.16.840.1.113883.10.20.22.2.3", "30954-2"),
    ("2.16.840.1.113883.10.20.22.2.3.1", "30954-2"),
    ("2.16.840.1.113883.10.20.22.2.4", "8716-3"),
    ("2.16.840.1.113883.10.20.22.2.4.1", "8716-3"),
    ("2.16.840.1.113883.10.20.22.2.5", "11450-4"),
    ("2.16.840.1.113883.10.20.22.2.5.1", "11450-4"),
    ("2.16.840.1.113883.10.20.22.2.6", "48765-2"),
    ("2.16.840.1.113883.10.20.22.2.6.1", "48765-2"),
    ("2.16.840.1.113883.10.20.22.2.7", "47519-4"),
    ("2.16.840.1.113883.10.20.22.2.7.1", "47519-4"),
    ("2.16.840.1.113883.10.20.22.2.9", "51847-2"),
    ("2.16.840.1.113883.10.20.22.2.10", "18776-5"),
    ("2.16.840.1.113883.10.20.22.2.11", "10183-2"),
    ("2.16.840.1.113883.10.20.22.2.11.1", "10183-2"),
    ("2.16.840.1.113883.10.20.22.2.12", "29299-5"),
    ("2.16.840.1.113883.10.20.22.2.13", "46239-0"),
    ("2.16.840.1.113883.10.20.22.2.14", "47420-5"),
    ("2.16.840.1.113883.10.20.22.2.15", "10157-6"),
    ("2.16.840.1.113883.10.20.22.2.16", "11493-4"),
    ("2.16.840.1.113883.10.20.22.2.17", "29762-2"),
    ("2.16.840.1.113883.10.20.22.2.18", "48768-6"),
    ("2.16.840.1.113883.10.20.22.2.20", "11348-0"),
    ("2.16.840.1.113883.10.20.22.2.22", "46240-8"),
    ("2.16.840.1.113883.10.20.22.2.22.1", "46240-8"),
    ("2.16.840.1.113883.10.20.22.2.24", "11535-2"),
    ("2.16.840.1.113883.10.20.22.2.38", "29549-3"),
    ("2.16.840.1.113883.10.20.22.2.41", "8653-8"),
    ("2.16.840.1.113883.10.20.22.2.43", "46241-6"),
    ("2.16.840.1.113883.10.20.22.2.44", "42346-7"),
    ("2.16.840.1.113883.10.20.22.2.44.1", "42346-7"),
    ("2.16.840.1.113883.10.20.22.2.45", "69730-0"),
    ("2.16.840.1.113883.10.20.22.2.58", "75310-3"),
    ("2.16.840.1.113883.10.20.22.2.64", "8648-8"),
    ("2.16.840.1.113883.10.20.1.2", "48765-2"),
    ("2.16.840.1.113883.10.20.1.3", "46240-8"),
    ("2.16.840.1.113883.10.20.1.6", "11369-6"),
    ("2.16.840.1.113883.10.20.1.8", "10160-0"),
    ("2.16.840.1.113883.10.20.1.9", "48768-6"),
    ("2.16.840.1.113883.10.20.1.10", "18776-5"),
    ("2.16.840.1.113883.10.20.1.11", "11450-4"),
    ("2.16.840.1.113883.10.20.1.12", "47519-4"),
    ("2.16.840.1.113883.10.20.1.14", "30954-2"),
    ("2.16.840.1.113883.10.20.1.15", "29762-2"),
    ("2.16.840.1.113883.10.20.1.16", "8716-3"),
    ("1.3.6.1.4.1.19376.1.5.3.1.3.1", "42349-1"),
    ("1.3.6.1.4.1.19376.1.5.3.1.3.3", "46241-6"),
    ("1.3.6.1.4.1.19376.1.5.3.1.3.5", "8648-8"),
    ("1.3.6.1.4.1.19376.1.5.3.1.3.6", "11450-4"),
    ("1.3.6.1.4.1.19376.1.5.3.1.3.7", "11535-2"),
    ("1.3.6.1.4.1.19376.1.5.3.1.3.8", "11348-0"),
    ("1.3.6.1.4.1.19376.1.5.3.1.3.13", "48765-2"),
    ("1.3.6.1.4.1.19376.1.5.3.1.3.19", "10160-0"),
    ("1.3.6.1.4.1.19376.1.5.3.1.3.22", "10183-2"),
];

pub fn of(section: Element) -> Found {
    let code = section.child("code");
    let translations = code.into_iter().flat_map(|code| code.all("translation"));
    let codes = code
        .into_iter()
        .chain(translations)
        .filter_map(|code| code.attr("code"));
    let by_code = codes.filter_map(row).next();
    let templates = || {
        let roots = section.all("templateId").filter_map(|id| id.attr("root"));
        roots.filter_map(|root| {
            let (_, code) = BY_TEMPLATE.iter().find(|(known, _)| *known == root)?;
            row(code)
        })
    };
    match by_code.or_else(|| templates().next()) {
        Some((_, standard, kind)) => Found {
            kind: *kind,
            standard: Some(standard),
        },
        None => Found {
            kind: Kind::Narrative,
            standard: None,
        },
    }
}

fn row(code: &str) -> Option<&'static (&'static str, &'static str, Kind)> {
    BY_CODE.iter().find(|(known, _, _)| *known == code)
}
