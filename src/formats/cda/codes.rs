//! Code systems and the few codes whose meaning a fact keeps. A system without a
//! URI of its own in FHIR stays what it is: `urn:oid:…`.

/// The root of identifiers of the US Social Security Administration.
pub const SSN: &str = "2.16.840.1.113883.4.1";
/// v3-ActCode: classes of encounters.
pub const ACT_CODE: &str = "2.16.840.1.113883.5.4";

/// FHIR R4 terminologies-systems, and those that C-CDA uses beside them.
const SYSTEMS: [(&str, &str); 33] = [
    ("2.16.840.1.113883.6.1", "http://loinc.org"),
    ("2.16.840.1.113883.6.96", "http://snomed.info/sct"),
    (
        "2.16.840.1.113883.6.88",
        "http://www.nlm.nih.gov/research/umls/rxnorm",
    ),
    (
        "2.16.840.1.113883.6.90",
        "http://hl7.org/fhir/sid/icd-10-cm",
    ),
    (
        "2.16.840.1.113883.6.4",
        "http://www.cms.gov/Medicare/Coding/ICD10",
    ),
    ("2.16.840.1.113883.6.3", "http://hl7.org/fhir/sid/icd-10"),
    (
        "2.16.840.1.113883.6.103",
        "http://hl7.org/fhir/sid/icd-9-cm",
    ),
    (
        "2.16.840.1.113883.6.104",
        "http://hl7.org/fhir/sid/icd-9-cm",
    ),
    ("2.16.840.1.113883.6.42", "http://hl7.org/fhir/sid/icd-9-cm"),
    ("2.16.840.1.113883.12.292", "http://hl7.org/fhir/sid/cvx"),
    ("2.16.840.1.113883.6.59", "http://hl7.org/fhir/sid/cvx"),
    ("2.16.840.1.113883.12.227", "http://hl7.org/fhir/sid/mvx"),
    ("2.16.840.1.113883.6.12", "http://www.ama-assn.org/go/cpt"),
    (
        "2.16.840.1.113883.6.285",
        "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    ),
    ("2.16.840.1.113883.6.69", "http://hl7.org/fhir/sid/ndc"),
    ("2.16.840.1.113883.4.9", "http://fdasis.nlm.nih.gov"),
    ("2.16.840.1.113883.3.26.1.5", "http://hl7.org/fhir/ndfrt"),
    ("2.16.840.1.113883.6.345", "http://va.gov/terminology/medrt"),
    ("2.16.840.1.113883.6.8", "http://unitsofmeasure.org"),
    (
        "2.16.840.1.113883.3.26.1.1",
        "http://ncithesaurus-stage.nci.nih.gov",
    ),
    (
        "2.16.840.1.113883.6.101",
        "http://nucc.org/provider-taxonomy",
    ),
    ("2.16.840.1.113883.6.13", "http://www.ada.org/cdt"),
    (
        "2.16.840.1.113883.6.301.3",
        "https://www.nubc.org/CodeSystem/PatDischargeStatus",
    ),
    (
        "2.16.840.1.113883.5.4",
        "http://terminology.hl7.org/CodeSystem/v3-ActCode",
    ),
    (
        "2.16.840.1.113883.5.25",
        "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
    ),
    (
        "2.16.840.1.113883.5.83",
        "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
    ),
    (
        "2.16.840.1.113883.5.111",
        "http://terminology.hl7.org/CodeSystem/v3-RoleCode",
    ),
    (
        "2.16.840.1.113883.5.112",
        "http://terminology.hl7.org/CodeSystem/v3-RouteOfAdministration",
    ),
    (
        "2.16.840.1.113883.5.8",
        "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    ),
    (
        "2.16.840.1.113883.5.110",
        "http://terminology.hl7.org/CodeSystem/v3-RoleClass",
    ),
    (
        "2.16.840.1.113883.5.1063",
        "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    ),
    (
        "2.16.840.1.113883.12.112",
        "http://terminology.hl7.org/CodeSystem/v2-0112",
    ),
    (
        "2.16.840.1.113883.12.443",
        "http://terminology.hl7.org/CodeSystem/v2-0443",
    ),
];

/// The URI of a code system by its OID.
pub fn system(oid: &str) -> String {
    match SYSTEMS.iter().find(|(known, _)| *known == oid) {
        Some((_, uri)) => (*uri).to_owned(),
        None => uri_of(oid),
    }
}

/// An OID or UUID as a URI: the system of an identifier.
pub fn uri_of(root: &str) -> String {
    if root == SSN {
        return "http://hl7.org/fhir/sid/us-ssn".to_owned();
    }
    if root == "2.16.840.1.113883.4.6" {
        return "http://hl7.org/fhir/sid/us-npi".to_owned();
    }
    let is_oid = root
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let is_uuid = root.len() == 36 && root.bytes().filter(|byte| *byte == b'-').count() == 4;
    match (is_oid, is_uuid) {
        (true, _) => format!("urn:oid:{root}"),
        (_, true) => format!("urn:uuid:{}", root.to_ascii_lowercase()),
        // Neither, though it should be: as it came.
        _ => root.to_owned(),
    }
}

/// ActStatus of a result as a FHIR observation-status (C-CDA on FHIR 2.0).
pub fn observation_status(status: &str) -> Option<&'static str> {
    match status {
        "completed" => Some("final"),
        "active" | "held" | "suspended" | "new" => Some("registered"),
        "aborted" | "cancelled" => Some("cancelled"),
        "nullified" => Some("entered-in-error"),
        _ => None,
    }
}

/// ActStatus of a medication as a FHIR medication status; others as they came.
pub fn medication_status(status: &str) -> &str {
    match status {
        "aborted" => "stopped",
        "suspended" | "held" => "on-hold",
        "nullified" => "entered-in-error",
        other => other,
    }
}

/// ActStatus of a procedure as a FHIR event-status.
pub fn event_status(status: &str) -> &str {
    match status {
        "active" => "in-progress",
        "aborted" => "stopped",
        "cancelled" => "not-done",
        "suspended" | "held" => "on-hold",
        "new" => "preparation",
        "nullified" => "entered-in-error",
        other => other,
    }
}

/// ActStatus of what is ordered as a FHIR request-status.
pub fn request_status(status: &str) -> &str {
    match status {
        "aborted" | "cancelled" => "revoked",
        "suspended" | "held" => "on-hold",
        "new" => "draft",
        "nullified" => "entered-in-error",
        other => other,
    }
}

/// The status of a problem or an allergy, SNOMED CT, as FHIR's clinical status.
pub fn clinical_status(code: &str) -> Option<&'static str> {
    match code {
        "55561003" => Some("active"),
        "73425007" | "421139008" => Some("inactive"),
        "413322009" => Some("resolved"),
        "246455001" => Some("recurrence"),
        "277022003" => Some("remission"),
        _ => None,
    }
}

/// What an allergy is about, by the type its observation states: SNOMED CT as
/// C-CDA uses it, or v3 ObservationIntoleranceType.
pub fn allergy_category(code: &str) -> Option<&'static str> {
    match code {
        "416098002" | "419511003" | "59037007" | "DALG" | "DINT" | "DNAINT" => Some("medication"),
        "414285001" | "418471000" | "235719002" | "FALG" | "FINT" | "FNAINT" => Some("food"),
        "426232007" | "EALG" | "EINT" | "ENAINT" => Some("environment"),
        _ => None,
    }
}

/// v3-ObservationValue of an allergy's criticality.
pub fn criticality(code: &str) -> Option<&'static str> {
    match code {
        "CRITH" => Some("high"),
        "CRITL" => Some("low"),
        "CRITU" => Some("unable-to-assess"),
        _ => None,
    }
}

/// v3-ActPriority as a FHIR request-priority; others as they came.
pub fn priority(code: &str) -> &str {
    match code {
        "R" => "routine",
        "UR" => "urgent",
        "A" => "asap",
        "S" | "EM" => "stat",
        other => other,
    }
}

/// TimingEvent in words: `EIVL_TS/event`.
pub fn timing_event(code: &str) -> Option<&'static str> {
    Some(match code {
        "AC" => "before meals",
        "ACM" => "before breakfast",
        "ACD" => "before lunch",
        "ACV" => "before dinner",
        "C" => "with meals",
        "CM" => "with breakfast",
        "CD" => "with lunch",
        "CV" => "with dinner",
        "PC" => "after meals",
        "PCM" => "after breakfast",
        "PCD" => "after lunch",
        "PCV" => "after dinner",
        "IC" => "between meals",
        "ICM" => "between breakfast and lunch",
        "ICD" => "between lunch and dinner",
        "ICV" => "between dinner and bedtime",
        "HS" => "at bedtime",
        "WAKE" => "upon waking",
        _ => return None,
    })
}
