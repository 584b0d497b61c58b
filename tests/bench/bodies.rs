//! The bodies that are measured: ours, synthetic, made anew each time.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::fmt::Write;

pub const MEGABYTE: usize = 1024 * 1024;

/// An ADT^A03 of twenty segments and two kilobytes, as a hospital sends it.
pub fn adt() -> String {
    let mut text = String::from(
        "MSH|^~\\&|NORTHWARD^2.999.10.1^ISO|LAKESIDE GENERAL^2.999.10^ISO|HANDOFF|HANDOFF|20261122164500+0000||ADT^A03^ADT_A03|LSG-2026-004712|P|2.5.1|||AL|NE||UNICODE UTF-8\r\
         EVN||20261122164200+0000|||3310^OSEI^ABENA|20261122163000+0000\r\
         PID|1||LG-883202^^^LAKESIDE&2.999.10.3&ISO^MR~NHX-55121^^^REGION^PI||MARSH^Ruth^Ellen^^Mrs^^L||19580417|F|||14 Larch Row^^Eastmere^^EM4 7QT^^H||^PRN^PH^^^^^^^^^+1 555 0100||en|M||VA-77121^^^LAKESIDE^AN\r\
         PD1|||LAKESIDE PRACTICE^^4410|4410^OKAFOR^Ngozi\r\
         NK1|1|MARSH^Peter|SPO^Spouse|14 Larch Row^^Eastmere|+1 555 0101\r\
         PV1|1|I|WARD 7^R712^B^LAKESIDE GENERAL|U|||2207^NOVAK^Petra^^^Dr^MD|||MED|||||||2207^NOVAK^Petra|IP|V-2026-33818^^^LAKESIDE&2.999.10.4&ISO^VN|||||||||||||||||06||||||||20261117081500+0000|20261122163000+0000\r\
         PV2|||I50.9^Heart failure, unspecified^I10\r\
         AL1|1|DA|7980^Penicillin G^RXNORM|SV|Anaphylaxis|19990601\r\
         AL1|2|FA|91935009^Allergy to peanut^SCT|MO|Hives~Swelling of the lips\r\
         DG1|1||I50.9^Heart failure, unspecified^I10||20261117|A\r\
         DG1|2||I50.23^Acute on chronic systolic (congestive) heart failure^I10||20261118|F\r\
         DG1|3||I10^Essential (primary) hypertension^I10|||F\r\
         PR1|1||93306^Echocardiography with Doppler^C4||20261118101500+0000|D\r",
    );
    let results = [
        ("NM|2823-3^Potassium^LN", "5.60|mmol/L|3.5-5.1|H"),
        ("NM|2951-2^Sodium^LN", "138|mmol/L|136-145|N"),
        ("NM|2160-0^Creatinine^LN", "1.90|mg/dL|0.70-1.30|H"),
        ("NM|718-7^Hemoglobin^LN", "12.4|g/dL|13.5-17.5|L"),
        ("SN|33762-6^NT-proBNP^LN", ">^3000|pg/mL|0-450|HH"),
        ("ST|29463-7^Body weight^LN", "81.2 kg|||"),
    ];
    for (place, (test, value)) in results.into_iter().enumerate() {
        let _ = write!(
            text,
            "OBX|{}|{test}||{value}|||F|||20261122060000+0000\r",
            place + 1
        );
    }
    text += "OBX|7|TX|8653-8^Hospital discharge instructions^LN||Weigh yourself every morning.\\.br\\Call the clinic \\T\\ rest.||||||F\r";
    text
}

/// A file of so many bytes, as it comes inside of a message.
fn pdf_in_base64(bytes: usize) -> String {
    let mut pdf = b"%PDF-1.7\n".to_vec();
    pdf.resize(bytes, 0x5A);
    STANDARD.encode(pdf)
}

/// A DocumentReference of about this many bytes, nearly all of them its PDF.
pub fn document_reference(bytes: usize) -> Vec<u8> {
    let data = pdf_in_base64(bytes / 4 * 3);
    serde_json::to_vec(&json!({"resourceType": "Bundle", "type": "collection", "entry": [
        {"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Patient", "identifier": [{"value": "LG-883202"}]}},
        {"resource": {"resourceType": "DocumentReference", "status": "current", "subject": {"reference": "urn:uuid:1"},
            "content": [{"attachment": {"contentType": "application/pdf", "data": data}}]}}]}))
    .expect("JSON")
}

/// A CDA document of about this many bytes, nearly all of them its PDF.
pub fn cda_around_pdf(bytes: usize) -> Vec<u8> {
    format!(
        "<ClinicalDocument xmlns=\"urn:hl7-org:v3\"><id root=\"2.999.10.8\"/>\
         <code code=\"18842-5\" codeSystem=\"2.16.840.1.113883.6.1\"/>\
         <recordTarget><patientRole><id root=\"2.999.10.3\" extension=\"LG-883202\"/></patientRole></recordTarget>\
         <component><nonXMLBody><text mediaType=\"application/pdf\" representation=\"B64\">{}</text></nonXMLBody>\
         </component></ClinicalDocument>",
        pdf_in_base64(bytes / 4 * 3)
    )
    .into_bytes()
}

/// An ORU^R01 of about this many bytes, nearly all of them one PDF in base64.
pub fn oru(bytes: usize) -> Vec<u8> {
    format!(
        "MSH|^~\\&|LAB|SITE|||20261122164500+0000||ORU^R01^ORU_R01|L-1|P|2.5.1||||||UNICODE UTF-8\r\
         PID|1||LG-883202^^^SITE^MR||MARSH^Ruth||19580417|F\r\
         OBR|1|||18748-4^Report^LN|||20261122\r\
         OBX|1|ED|18748-4^Report^LN||^AP^PDF^Base64^{}||||||F\r",
        pdf_in_base64(bytes / 4 * 3)
    )
    .into_bytes()
}

/// A collection of about this many bytes: one patient and many observations.
pub fn bundle(bytes: usize) -> Vec<u8> {
    let mut entries = vec![json!({"fullUrl": "urn:uuid:1", "resource": {
        "resourceType": "Patient",
        "identifier": [{"system": "urn:oid:2.999.10.3", "value": "LG-883202"}],
        "name": [{"family": "Marsh", "given": ["Ruth"]}], "birthDate": "1958-04-17"}})];
    let one = observation(0).to_string().len() + 1;
    entries.extend((0..bytes / one).map(observation));
    serde_json::to_vec(&json!({"resourceType": "Bundle", "type": "collection", "entry": entries}))
        .expect("JSON")
}

fn observation(place: usize) -> Value {
    json!({"fullUrl": format!("urn:uuid:o{place}"), "resource": {
        "resourceType": "Observation", "status": "final",
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "2823-3", "display": "Potassium"}], "text": "Potassium"},
        "subject": {"reference": "urn:uuid:1"}, "effectiveDateTime": "2026-11-22T06:00:00Z",
        "valueQuantity": {"value": 5.6, "unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L"},
        "referenceRange": [{"low": {"value": 3.5}, "high": {"value": 5.1}}]}})
}

/// A discharge summary of about this many bytes: one section of many results,
/// each as an entry and as a row of the table.
pub fn cda(bytes: usize) -> Vec<u8> {
    let mut rows = String::new();
    let mut entries = String::new();
    let mut place = 0;
    while rows.len() + entries.len() < bytes {
        place += 1;
        let _ = write!(
            rows,
            "<tr ID=\"r{place}\"><td>Potassium</td><td>5.6 mmol/L</td></tr>"
        );
        let _ = write!(
            entries,
            "<entry><observation classCode=\"OBS\" moodCode=\"EVN\">\
             <code code=\"2823-3\" codeSystem=\"2.16.840.1.113883.6.1\" displayName=\"Potassium\"/>\
             <text><reference value=\"#r{place}\"/></text><statusCode code=\"completed\"/>\
             <effectiveTime value=\"20261122060000+0000\"/>\
             <value xsi:type=\"PQ\" value=\"5.6\" unit=\"mmol/L\"/></observation></entry>"
        );
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <ClinicalDocument xmlns=\"urn:hl7-org:v3\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\
         <id root=\"2.999.10.7\" extension=\"D-1\"/>\
         <code code=\"18842-5\" codeSystem=\"2.16.840.1.113883.6.1\"/><title>Discharge summary</title>\
         <effectiveTime value=\"20261122164500+0000\"/>\
         <recordTarget><patientRole><id root=\"2.999.10.3\" extension=\"LG-883202\"/>\
         <patient><name><given>Ruth</given><family>Marsh</family></name>\
         <administrativeGenderCode code=\"F\" codeSystem=\"2.16.840.1.113883.5.1\"/>\
         <birthTime value=\"19580417\"/></patient></patientRole></recordTarget>\
         <component><structuredBody><component><section>\
         <code code=\"30954-2\" codeSystem=\"2.16.840.1.113883.6.1\"/><title>Results</title>\
         <text><table><tbody>{rows}</tbody></table></text>{entries}\
         </section></component></structuredBody></component></ClinicalDocument>"
    )
    .into_bytes()
}
