//! The table: which resource type is read by whom, which says nothing about a
//! patient, and which is not read yet and counted.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    allergies, appointments, care, clinical, composition, conditions, contacts, coverages,
    documents,
    focus::{self, Focus},
    groups::groups,
    json::text,
    labels,
    library::{Library, Resource, items},
    medications, observations, orders, procedures, reports, visit,
};
use crate::domain::facts::{ClinicalFacts, Doubt};

/// What a reader may need beside its resource.
pub struct Scene<'l, 'b> {
    pub library: &'l Library<'b>,
    pub stay: Option<usize>,
    pub referral: Option<usize>,
    /// The role that the stay gives each of its Conditions, and its place.
    pub roles: HashMap<usize, (String, String)>,
    /// What each result belongs to, and its place.
    pub groups: HashMap<usize, (String, String)>,
    /// Binaries that are read through what points at them.
    attached: HashSet<usize>,
}

type Reader = for<'l, 'b> fn(&Scene<'l, 'b>, &Resource<'b>, &mut ClinicalFacts);

const READERS: [(&str, Reader); 36] = [
    ("AllergyIntolerance", allergies::read),
    ("Appointment", appointments::read),
    ("Binary", documents::read_binary),
    ("CarePlan", care::read_plan),
    ("CareTeam", care::read_team),
    ("Composition", composition::read),
    ("Condition", conditions::read),
    ("Consent", labels::read_consent),
    ("Coverage", coverages::read),
    ("DeviceRequest", orders::read),
    ("DiagnosticOrder", orders::read),
    ("DiagnosticReport", reports::read),
    ("DocumentReference", documents::read_reference),
    ("Encounter", visit::read_other),
    ("Flag", care::read_flag),
    ("Goal", care::read_goal),
    ("Immunization", procedures::read_immunization),
    ("Media", documents::read_media),
    ("MedicationAdministration", medications::read),
    ("MedicationDispense", medications::read),
    ("MedicationOrder", medications::read),
    ("MedicationRequest", medications::read),
    ("MedicationStatement", medications::read),
    ("MedicationUsage", medications::read),
    ("NutritionOrder", orders::read_nutrition),
    ("Observation", observations::read),
    ("Procedure", procedures::read),
    ("ProcedureRequest", orders::read),
    ("ReferralRequest", orders::read),
    ("RelatedPerson", contacts::read),
    ("ServiceRequest", orders::read),
    // Read with the patient, the header and the parties that point at them.
    ("MessageHeader", |_, _, _| ()),
    ("Patient", |_, _, _| ()),
    ("Practitioner", |_, _, _| ()),
    ("PractitionerRole", |_, _, _| ()),
    ("Organization", |_, _, _| ()),
];

/// Clinical types that are not read yet: counted, so that nobody believes the
/// packet is all there was. R4's, and what R5 made of them.
const UNREAD: [&str; 39] = [
    "AdverseEvent",
    "BodyStructure",
    "ClinicalImpression",
    "Communication",
    "CommunicationRequest",
    "DetectedIssue",
    "DeviceDispense",
    "DeviceUsage",
    "DeviceUseStatement",
    "DocumentManifest",
    "EpisodeOfCare",
    "FamilyMemberHistory",
    "GenomicStudy",
    "GuidanceResponse",
    "ImagingSelection",
    "ImagingStudy",
    "ImmunizationEvaluation",
    "ImmunizationRecommendation",
    "InventoryReport",
    "List",
    "MeasureReport",
    "MolecularSequence",
    "NutritionIntake",
    "QuestionnaireResponse",
    "RequestGroup",
    "RequestOrchestration",
    "ResearchSubject",
    "RiskAssessment",
    "Sequence",
    "SupplyDelivery",
    "SupplyRequest",
    "Task",
    "Transport",
    "VisionPrescription",
    "Basic",
    "Contract",
    "Linkage",
    "AppointmentResponse",
    "EnrollmentRequest",
];

/// Resources that serve the others, or that an office reads and no clinician.
const SILENT: [&str; 33] = [
    "Account",
    "AuditEvent",
    "ChargeItem",
    "Claim",
    "ClaimResponse",
    "CoverageEligibilityRequest",
    "CoverageEligibilityResponse",
    "Device",
    "Endpoint",
    "ExplanationOfBenefit",
    "Group",
    "HealthcareService",
    "InsurancePlan",
    "Invoice",
    "Location",
    "Medication",
    "MedicationKnowledge",
    "OperationOutcome",
    "OrganizationAffiliation",
    "Parameters",
    "PaymentNotice",
    "PaymentReconciliation",
    "Person",
    "Provenance",
    "Schedule",
    "Slot",
    "Specimen",
    "Subscription",
    "SubscriptionStatus",
    "Substance",
    "DeviceMetric",
    "DeviceDefinition",
    "VerificationResult",
];

fn reader(kind: &str) -> Option<Reader> {
    let found = READERS.iter().find(|(name, _)| *name == kind);
    found.map(|(_, reader)| *reader)
}

/// Whether leaving the resource out would lose something about a patient.
pub fn is_about_somebody(kind: &str) -> bool {
    let serves = [
        "MessageHeader",
        "Practitioner",
        "PractitionerRole",
        "Organization",
        "Patient",
    ];
    !serves.contains(&kind) && !SILENT.contains(&kind)
}

/// All of one person's resources, in the order of the body.
pub fn read_all(library: &Library, own: &[usize], focus: &Focus, facts: &mut ClinicalFacts) {
    let focused = |fits: fn(&str) -> bool| {
        focus
            .entry
            .filter(|entry| fits(library.resources[*entry].kind))
    };
    let stay = focused(|kind| kind == "Encounter").or_else(|| stay_of(library, own, focus));
    let mut scene = Scene {
        library,
        stay,
        referral: focused(focus::is_request).or_else(|| referral_of(library, own)),
        roles: HashMap::new(),
        groups: groups(library, own),
        attached: documents::attached(library, own),
    };
    if let Some(stay) = stay {
        let stay = &library.resources[stay];
        let encounter = visit::read(&scene, stay, facts);
        facts.encounter = Some(encounter);
        scene.roles = conditions::roles(library, stay, facts);
    }
    let mut unread: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for &nth in own {
        let resource = &library.resources[nth];
        if scene.attached.contains(&nth) || is_shadow(resource) {
            continue;
        }
        let of = labels::labelled(resource.kind);
        labels::read(resource.json, &resource.place, of, facts);
        match reader(resource.kind) {
            Some(read) => {
                clinical::doubt_modifiers(resource, &mut facts.doubts);
                clinical::doubt_shapes(resource, &mut facts.doubts);
                read(&scene, resource, facts);
            }
            None if SILENT.contains(&resource.kind) => {}
            None => {
                let known = UNREAD.iter().find(|kind| **kind == resource.kind);
                let kind = known.copied().unwrap_or("unknown");
                unread.entry(kind).or_insert((0, &resource.place)).0 += 1;
            }
        }
    }
    for (kind, (count, place)) in unread {
        let s = if count == 1 { " is" } else { "s are" };
        let why = format!("{count} {kind} resource{s} not read by this version");
        facts.doubts.push(Doubt::new(place, why));
    }
    let mut known = HashSet::new();
    facts
        .care_team
        .retain(|one| known.insert(format!("{:?} {:?}", one.role, one.party)));
}

/// What is contained is read where its container cannot say it: results of a
/// report, reasons of a stay. The order behind a dispense is no second medicine.
fn is_shadow(resource: &Resource) -> bool {
    let says_more = [
        "AllergyIntolerance",
        "Condition",
        "DiagnosticReport",
        "DocumentReference",
        "FamilyMemberHistory",
        "Immunization",
        "Media",
        "Observation",
        "Procedure",
        "QuestionnaireResponse",
        "RelatedPerson",
    ];
    resource.contained && !says_more.contains(&resource.kind)
}

/// The stay: the one that the focus or the Composition names, else the latest.
fn stay_of(library: &Library, own: &[usize], focus: &Focus) -> Option<usize> {
    let named = |entry: usize| {
        let resource = &library.resources[entry];
        let keys = ["encounter", "context"].into_iter();
        let mut references = keys.flat_map(|key| items(resource.json, key));
        references.find_map(|reference| {
            let entry = library.entry(resource, reference)?;
            (library.resources[entry].kind == "Encounter" && own.binary_search(&entry).is_ok())
                .then_some(entry)
        })
    };
    let composition = || library.all("Composition").next().map(|(entry, _)| entry);
    focus
        .entry
        .and_then(named)
        .or_else(|| composition().and_then(named))
        .or_else(|| focus::latest_encounter(library, own).filter(|stay| has_begun(library, *stay)))
}

/// A visit that is yet to come is an appointment, unless it is all there is.
fn has_begun(library: &Library, stay: usize) -> bool {
    text(library.resources[stay].json, "status") != Some("planned")
}

/// A request that is a referral by its words, beside a focus on something else.
fn referral_of(library: &Library, own: &[usize]) -> Option<usize> {
    let own = own.iter().copied();
    own.filter(|entry| !library.resources[*entry].contained)
        .find(|entry| {
            let resource = &library.resources[*entry];
            focus::is_request(resource.kind) && focus::is_referral(resource)
        })
}
