//! ServiceRequest and its kin → the referral, where the message is about one;
//! every other is an order.

use super::{
    clinical::{NAMELESS, notes, refused},
    datatypes::{all_words, coded, words},
    json::{list, owned, text},
    library::{Resource, items},
    resources::Scene,
    trail::Trail,
    tree::Value,
};
use crate::domain::facts::{ClinicalFacts, Coded, Doubt, Order, ServiceRequest, When};

pub fn read(scene: &Scene, resource: &Resource, facts: &mut ClinicalFacts) {
    if refused(resource, facts) {
        return;
    }
    let json = resource.json;
    if json.get("doNotPerform") == Some(&Value::Bool(true)) {
        let why = "the entry says what must not be done; it is a note and no order";
        facts
            .doubts
            .push(Doubt::new(resource.at("doNotPerform"), why));
        let what = json.get("code").and_then(words).unwrap_or_default();
        facts.notes.push(format!("Not to be done: {what}"));
        return;
    }
    let is_dropped = is_dropped(json);
    let instructions = json.get("patientInstruction");
    if is_dropped && instructions.is_some() {
        let why = "the order was given up: what it asks of the patient was left out";
        facts
            .doubts
            .push(Doubt::new(resource.at("patientInstruction"), why));
    }
    let instructions = instructions.filter(|_| !is_dropped);
    let plain = instructions.and_then(|_| owned(json, "patientInstruction"));
    facts.instructions.extend(plain);
    // A list of them in R5.
    let instructions = instructions
        .into_iter()
        .flat_map(|i| i.as_array())
        .flatten();
    facts
        .instructions
        .extend(instructions.filter_map(|i| owned(i, "instructionMarkdown")));
    facts.notes.extend(notes(json));
    match scene.referral == Some(resource.nth) {
        true => facts.referral = Some(referral(scene, resource)),
        false => {
            let mut order = order(scene, resource, &mut facts.doubts);
            withhold_authority(&mut order, resource, &mut facts.doubts);
            facts.orders.push(order);
        }
    }
}

fn referral(scene: &Scene, resource: &Resource) -> ServiceRequest {
    let (json, library) = (resource.json, scene.library);
    let mut trail = Trail::of(&resource.place);
    let from = json.get("requester").and_then(|requester| {
        // STU3 had it inside.
        library.party(resource, requester.get("agent").unwrap_or(requester))
    });
    let receivers = items(json, "performer")
        .iter()
        .chain(items(json, "recipient"));
    let to = receivers
        .filter_map(|reference| library.party(resource, reference))
        .next();
    let code = code(scene, resource, &mut trail);
    let words = code.text.clone().or_else(|| code.code.clone());
    let service = trail
        .some("service", "code", words)
        .or_else(|| trail.some("service", "orderDetail", all_words(json, "orderDetail")))
        .or_else(|| trail.some("service", "category", all_words(json, "category")));
    let reason = library.reasons(resource, &["reasonCode", "reasonReference", "reason"]);
    ServiceRequest {
        id: number(resource, &mut trail),
        status: trail.text("status", json, "status"),
        priority: trail.text("priority", json, "priority"),
        reason: trail.reasons("reason", reason),
        from: trail.some("from", "requester", from),
        to: trail.some("to", "performer", to),
        service,
        code,
        at: trail.places(),
        ..ServiceRequest::default()
    }
}

fn number(resource: &Resource, trail: &mut Trail) -> Option<String> {
    for key in ["identifier", "requisition", "groupIdentifier"] {
        let mut numbers = list(resource.json, key).iter();
        let value = numbers.find_map(|number| owned(number, "value"));
        if value.is_some() {
            return trail.some("id", key, value);
        }
    }
    None
}

/// `code` in R4; R5 has a CodeableReference, devices a choice, STU3 several.
fn code(scene: &Scene, resource: &Resource, trail: &mut Trail) -> Coded {
    let keys = [
        "code",
        "codeCodeableConcept",
        "codeReference",
        "serviceRequested",
        "type",
    ];
    for key in keys {
        let Some(value) = items(resource.json, key).first() else {
            continue;
        };
        if let Some((code, at)) = scene.library.meant(resource, value, resource.at(key)) {
            trail.add("code", at);
            return code;
        }
    }
    Coded::default()
}

fn order(scene: &Scene, resource: &Resource, doubts: &mut Vec<Doubt>) -> Order {
    let json = resource.json;
    let mut trail = Trail::of(&resource.place);
    let mut code = code(scene, resource, &mut trail);
    if code.is_empty() {
        code.text = all_words(json, "orderDetail").or_else(|| all_words(json, "category"));
    }
    Order {
        code,
        id: number(resource, &mut trail),
        status: trail.text("status", json, "status"),
        priority: trail.text("priority", json, "priority"),
        when: time(resource, &mut trail, doubts),
        at: trail.places(),
    }
}

/// What is only proposed or planned is authorized by nobody: it is a draft, and
/// not an order that is in force.
fn withhold_authority(order: &mut Order, resource: &Resource, doubts: &mut Vec<Doubt>) {
    let intent = text(resource.json, "intent");
    let is_open = matches!(order.status.as_deref(), None | Some("active" | "unknown"));
    if is_open && matches!(intent, Some("proposal" | "plan" | "option")) {
        let at = resource.at("intent");
        let why =
            "what is asked for is proposed or planned and not ordered: it is shown as a draft";
        doubts.push(Doubt::new(at.clone(), why));
        order.status = Some("draft".to_owned());
        order.at.add("status", at);
    }
}

/// When it is wanted, else when it was asked for.
fn time(resource: &Resource, trail: &mut Trail, doubts: &mut Vec<Doubt>) -> Option<When> {
    let json = resource.json;
    let wanted = trail.when_of("when", json, "occurrence", doubts);
    let keys = ["authoredOn", "dateTime"].into_iter();
    let mut asked = keys.filter_map(|key| trail.when("when", json, key, doubts));
    wanted.or_else(|| asked.next())
}

/// NutritionOrder: what it is of is told by the kind of diet, and what it must
/// not hold goes with it.
pub fn read_nutrition(_: &Scene, resource: &Resource, facts: &mut ClinicalFacts) {
    if refused(resource, facts) {
        return;
    }
    let json = resource.json;
    let mut trail = Trail::of(&resource.place);
    let diet = json.get("oralDiet");
    let mut kinds: Vec<Coded> = diet
        .into_iter()
        .flat_map(|diet| items(diet, "type"))
        .chain(
            list(json, "supplement")
                .iter()
                .filter_map(|s| s.get("type")),
        )
        .chain(
            json.get("enteralFormula")
                .and_then(|f| f.get("baseFormulaType")),
        )
        .map(coded)
        .filter(|code| !code.is_empty())
        .collect();
    let excluded = all_words(json, "excludeFoodModifier");
    let excluded = excluded.map(|foods| format!("Foods to leave out: {foods}"));
    let code = match kinds.len() {
        0 => Coded {
            text: excluded.clone(),
            ..Coded::default()
        },
        1 => kinds.remove(0),
        // One code would stand for all of them.
        _ => Coded {
            text: Some(
                kinds
                    .iter()
                    .map(Coded::shown)
                    .collect::<Vec<_>>()
                    .join("; "),
            ),
            ..Coded::default()
        },
    };
    let prefers = all_words(json, "foodPreferenceModifier");
    let prefers = prefers.map(|words| format!("Food preferences: {words}"));
    facts.notes.extend(excluded.into_iter().chain(prefers));
    facts.notes.extend(notes(json));
    if !is_dropped(json) {
        let instruction = diet.and_then(|diet| owned(diet, "instruction"));
        facts.instructions.extend(instruction);
    }
    if code.is_empty() {
        facts
            .doubts
            .push(Doubt::new(resource.at("oralDiet"), NAMELESS));
        return;
    }
    facts.orders.push(Order {
        code,
        id: number(resource, &mut trail),
        status: trail.text("status", json, "status"),
        when: trail.when("when", json, "dateTime", &mut facts.doubts),
        at: trail.places(),
        ..Order::default()
    });
}

/// Whether an order was given up: what it asks of the patient asks nothing.
fn is_dropped(json: &Value) -> bool {
    let status = text(json, "status");
    matches!(
        status,
        Some("revoked" | "cancelled" | "stopped" | "rejected")
    )
}
