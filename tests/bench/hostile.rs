//! Bodies made to be slow: megabytes of one thing. A reader that looks twice at
//! what it has seen needs minutes for them; ours has seconds, on any machine. A
//! `-` marks a body that was refused.

use bench::MEGABYTE;
use readers::domain::wishes::{SitePlace, Wishes};
use readers::formats::read::read;
use std::fmt::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// A linear reader takes a tenth of it on a slow machine.
const AT_MOST: Duration = Duration::from_secs(5);

const HEAD: &str = "MSH|^~\\&|A|B|||20261122||ADT^A03|1|P|2.5.1\rPID|1||1^^^X^MR||A^B\r";

fn repeated(piece: &str, size: usize) -> String {
    piece.repeat(size / piece.len())
}

/// `@` stands for a number, another one each time.
fn numbered(piece: &str, size: usize) -> String {
    let mut text = String::with_capacity(size + 64);
    let mut number = 0;
    while text.len() < size {
        number += 1;
        let _ = write!(text, "{}", piece.replace('@', &number.to_string()));
    }
    text
}

fn message(rest: &str) -> String {
    format!("{HEAD}{rest}\r")
}

/// One of a segment that comes once.
fn message_of(segment: &str, fields: &str) -> String {
    format!("MSH|^~\\&|A|B|||20261122||ADT^A03|1|P|2.5.1\r{segment}{fields}\r")
}

fn hl7v2(size: usize) -> Vec<(&'static str, String)> {
    let of = |piece| repeated(piece, size);
    let each = |piece| numbered(piece, size);
    vec![
        ("fields", message(&format!("OBX|{}", of("|")))),
        ("components", message(&format!("DG1|1||{}", of("^")))),
        ("subcomponents", message(&format!("DG1|1||{}", of("&")))),
        (
            "identifiers",
            message_of("PID", &format!("|||{}", each("@~"))),
        ),
        (
            "names",
            message_of("PID", &format!("|||1^^^X||{}", each("F@^G~"))),
        ),
        (
            "addresses",
            message_of("PID", &format!("|||1^^^X||A||||||{}", each("@^^C~"))),
        ),
        (
            "attending",
            message(&format!("PV1|1|I|||||{}", each("@^F^G~"))),
        ),
        ("contacts", message(&each("NK1|@|F@^G|SPO\r"))),
        ("participants", message(&each("ROL|@|AD|PP|P@^F@^G\r"))),
        ("parties", message(&each("PRT|@|AD||AP|P@^F@^G\r"))),
        (
            "allergies",
            message(&each("AL1|@|DA|C@^T\rIAM|@|DA|C@^T\r")),
        ),
        ("insurances", message(&each("IN1|@|P@|C@|N@\r"))),
        ("labels", message(&each("ARV|@|A|L@\r"))),
        ("consents", message(&each("CON|@|T@\r"))),
        ("merges", message(&each("MRG|@^^^X^MR\r"))),
        (
            "administrations",
            message(&each("RXA|0|1|20261122||C@^V|1\r")),
        ),
        ("procedures", message(&each("PR1|@||C@^P\r"))),
        ("appointments", message(&each("SCH|@|@\rAIS|@|A|S@\r"))),
        (
            "documents",
            message(&each("TXA|@|DS|TX||||||||||D@\rOBX|@|TX|T||text\r")),
        ),
        (
            "providers",
            message(&each("PRD|RP|F@^G||||||@\rCTD|X|F@^G\r")),
        ),
        ("repetitions", message(&format!("PID|1||{}", each("@~")))),
        (
            "escapes",
            message(&format!("OBX|1|FT|1^a||{}", of("\\.br\\"))),
        ),
        (
            "broken escapes",
            message(&format!("OBX|1|FT|1^a||{}", of("\\"))),
        ),
        (
            "hexadecimal",
            message(&format!("OBX|1|FT|1^a||\\X{}\\", of("41"))),
        ),
        ("segments", message(&each("DG1|@||D@^Text\r"))),
        ("results", message(&each("OBX|@|NM|T@^Test||@|mg\r"))),
        (
            "results of one name",
            message(&of("OBX|1|TX|T^Test|1|line of text\r")),
        ),
        (
            "documents in pieces",
            message(&each("OBX|@|ED|T^Test|@|^AP^PDF^Base64^QUJD\r")),
        ),
        ("notes", message(&each("NTE|@||note\r"))),
        (
            "orders",
            message(&each("ORC|NW|@\rRXE|^^^1|M@^Drug|1\rRXR|PO\r")),
        ),
        ("unknown segments", message(&each("ZPD|@|x\r"))),
        ("doubted times", message(&each("DG1|@||D^T||2026134@\r"))),
        ("continuations", message(&each("ADD|@\r"))),
        (
            "headers",
            each("MSH|^~\\&|A|B|||20261122||ADT^A03|@|P|2.5.1\r"),
        ),
        ("messages", each(&format!("{HEAD}DG1|1||@\r"))),
        ("batches", each("FHS|^~\\&\rBHS|^~\\&|@\r")),
        ("frames", of("\u{b}\u{1c}\r")),
        ("line ends", message(&of("\r\n"))),
        ("lines without a segment", message(&of("x\r"))),
        (
            "one line",
            of("MSH|^~\\&|A|B|||20261122||ADT^A03|1|P|2.5.1PID|1||1^^^X^MR"),
        ),
    ]
}

fn fhir(size: usize) -> Vec<(&'static str, String)> {
    let bundle = |entries: String| {
        let entries = entries.trim_end_matches(',');
        format!(
            r#"{{"resourceType":"Bundle","type":"collection","entry":[{{"fullUrl":"urn:uuid:p","resource":{{"resourceType":"Patient","id":"p","identifier":[{{"value":"1"}}]}}}},{entries}]}}"#
        )
    };
    let each = |piece| numbered(piece, size);
    vec![
        ("brackets", repeated("[", size)),
        ("braces", repeated("{\"a\":", size)),
        (
            "a string of quotes",
            format!("{{\"a\":\"{}\"}}", repeated("\\\"", size)),
        ),
        ("bodies in a row", repeated("{}\n", size)),
        (
            "one key",
            format!("{{{}\"a\":1}}", repeated("\"a\":1,", size)),
        ),
        ("keys", format!("{{{}\"a\":1}}", each("\"k@\":1,"))),
        ("empty entries", bundle(repeated("{},", size))),
        (
            "patients",
            bundle(each(
                r#"{"resource":{"resourceType":"Patient","id":"@","identifier":[{"value":"@"}]}},"#,
            )),
        ),
        (
            "one patient, often",
            bundle(each(
                r#"{"resource":{"resourceType":"Patient","id":"p@","identifier":[{"value":"1"}]}},"#,
            )),
        ),
        (
            "identifiers",
            format!(
                r#"{{"resourceType":"Patient","identifier":[{}{{}}]}}"#,
                each(r#"{"system":"urn:x","value":"@"},"#)
            ),
        ),
        (
            "names",
            format!(
                r#"{{"resourceType":"Patient","identifier":[{{"value":"1"}}],"name":[{}{{}}]}}"#,
                each(r#"{"family":"@","given":["a"]},"#)
            ),
        ),
        (
            "links",
            bundle(each(
                r#"{"resource":{"resourceType":"Patient","id":"@","identifier":[{"value":"1"}],"link":[{"other":{"reference":"Patient/p"}}]}},"#,
            )),
        ),
        (
            "participants",
            bundle(each(
                r#"{"resource":{"resourceType":"Encounter","id":"@","subject":{"reference":"urn:uuid:p"},"participant":[{"individual":{"display":"D@"}}]}},"#,
            )),
        ),
        (
            "teams",
            bundle(each(
                r#"{"resource":{"resourceType":"CareTeam","subject":{"reference":"urn:uuid:p"},"participant":[{"member":{"display":"D@"}}]}},"#,
            )),
        ),
        (
            "one team",
            bundle(format!(
                r#"{{"resource":{{"resourceType":"CareTeam","subject":{{"reference":"urn:uuid:p"}},"participant":[{}{{}}]}}}},"#,
                each(r#"{"member":{"display":"D@"}},"#)
            )),
        ),
        (
            "labels",
            bundle(each(
                r#"{"resource":{"resourceType":"Condition","meta":{"security":[{"system":"urn:x","code":"L@"}]},"subject":{"reference":"urn:uuid:p"},"code":{"text":"x"}}},"#,
            )),
        ),
        (
            "documents",
            bundle(each(
                r#"{"resource":{"resourceType":"DocumentReference","status":"current","subject":{"reference":"urn:uuid:p"},"content":[{"attachment":{"url":"Binary/@","title":"T@"}}]}},"#,
            )),
        ),
        (
            "reports",
            bundle(each(
                r#"{"resource":{"resourceType":"DiagnosticReport","status":"final","code":{"text":"r"},"subject":{"reference":"urn:uuid:p"},"result":[{"reference":"Observation/@"}]}},"#,
            )),
        ),
        (
            "sections that list",
            bundle(format!(
                r#"{{"resource":{{"resourceType":"Composition","subject":{{"reference":"urn:uuid:p"}},"section":[{{"title":"t","entry":[{}{{}}]}}]}}}},{}"#,
                numbered(r#"{"reference":"Condition/@"},"#, size / 3),
                numbered(
                    r#"{"resource":{"resourceType":"Condition","id":"@","subject":{"reference":"urn:uuid:p"},"code":{"text":"x"}}},"#,
                    size / 2
                )
            )),
        ),
        (
            "nested sections",
            bundle(format!(
                r#"{{"resource":{{"resourceType":"Composition","subject":{{"reference":"urn:uuid:p"}},"section":[{}{{}}]}}}},"#,
                each(r#"{"title":"@","section":[{"title":"@"}]},"#)
            )),
        ),
        (
            "visits",
            bundle(each(
                r#"{"resource":{"resourceType":"Encounter","id":"@","subject":{"reference":"Patient/p"},"partOf":{"reference":"Encounter/@"}}},"#,
            )),
        ),
        (
            "references to nothing",
            bundle(each(
                r#"{"resource":{"resourceType":"Condition","subject":{"reference":"Patient/@"},"code":{"text":"x"}}},"#,
            )),
        ),
        (
            "medications by reference",
            bundle(each(
                r#"{"fullUrl":"urn:uuid:m@","resource":{"resourceType":"Medication","code":{"text":"x"}}},{"resource":{"resourceType":"MedicationRequest","subject":{"reference":"urn:uuid:p"},"medicationReference":{"reference":"urn:uuid:m@"}}},"#,
            )),
        ),
        (
            "panels",
            bundle(each(
                r##"{"resource":{"resourceType":"Observation","id":"o@","subject":{"reference":"urn:uuid:p"},"code":{"text":"x"},"hasMember":[{"reference":"Observation/o@"},{"reference":"Observation/o1"}]}},"##,
            )),
        ),
        (
            "logical references",
            bundle(each(
                r#"{"resource":{"resourceType":"Condition","subject":{"identifier":{"value":"@"}},"code":{"text":"x"}}},"#,
            )),
        ),
        (
            "contained",
            bundle(format!(
                r##"{{"resource":{{"resourceType":"MedicationRequest","subject":{{"reference":"urn:uuid:p"}},"medicationReference":{{"reference":"#m1"}},"contained":[{}{{}}]}}}},"##,
                each(r#"{"resourceType":"Medication","id":"m@","code":{"text":"x"}},"#)
            )),
        ),
        (
            "bundles in a bundle",
            bundle(each(
                r#"{"resource":{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Condition","subject":{"reference":"urn:uuid:p"},"code":{"text":"@"}}}]}},"#,
            )),
        ),
        (
            "doubted times",
            bundle(each(
                r#"{"resource":{"resourceType":"Condition","subject":{"reference":"urn:uuid:p"},"code":{"text":"x"},"onsetDateTime":"@x"}},"#,
            )),
        ),
        (
            "narrative",
            bundle(format!(
                r#"{{"resource":{{"resourceType":"Composition","subject":{{"reference":"urn:uuid:p"}},"section":[{{"text":{{"div":"<div>{}</div>"}}}}]}}}},"#,
                repeated("<b>&amp;<", size)
            )),
        ),
    ]
}

fn cda(size: usize) -> Vec<(&'static str, String)> {
    let document = |inside: String| {
        format!(
            "<ClinicalDocument xmlns=\"urn:hl7-org:v3\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\
             <code code=\"34133-9\" codeSystem=\"2.16.840.1.113883.6.1\"/>\
             <recordTarget><patientRole><id root=\"2.999\" extension=\"1\"/></patientRole></recordTarget>\
             <component><structuredBody>{inside}</structuredBody></component></ClinicalDocument>"
        )
    };
    let section = |inside: String| {
        document(format!(
            "<component><section>{inside}</section></component>"
        ))
    };
    let of = |piece| repeated(piece, size);
    let each = |piece| numbered(piece, size);
    vec![
        ("open tags", of("<a>")),
        ("brackets", of("<")),
        ("attributes", format!("<a {}/>", each("a@=\"1\" "))),
        ("namespaces", format!("<a {}/>", each("xmlns:n@=\"u@\" "))),
        ("nested namespaces", each("<n@:a xmlns:n@=\"u@\">")),
        ("entities", section(format!("<text>{}</text>", of("&amp;")))),
        (
            "unknown entities",
            section(format!("<text>{}</text>", each("&x@;"))),
        ),
        (
            "numbers",
            section(format!("<title>{}</title>", of("&#65;"))),
        ),
        ("comments", section(of("<!---->"))),
        (
            "sections",
            document(each(
                "<component><section><code code=\"@\"/><title>@</title></section></component>",
            )),
        ),
        ("nested sections", document(of("<component><section>"))),
        (
            "entries",
            section(each(
                "<entry><observation classCode=\"OBS\" moodCode=\"EVN\"><code code=\"@\"/><value xsi:type=\"PQ\" value=\"@\"/></observation></entry>",
            )),
        ),
        (
            "entries that refer",
            section(format!(
                "<code code=\"30954-2\" codeSystem=\"2.16.840.1.113883.6.1\"/><text>{}</text>{}",
                numbered("<content ID=\"r@\">x</content>", size / 2),
                numbered(
                    "<entry><observation classCode=\"OBS\" moodCode=\"EVN\"><code nullFlavor=\"UNK\"><originalText><reference value=\"#r@\"/></originalText></code></observation></entry>",
                    size / 2
                ),
            )),
        ),
        (
            "one large thing that all refer to",
            section(format!(
                "<code code=\"11450-4\" codeSystem=\"2.16.840.1.113883.6.1\"/><text ID=\"all\">{}</text>{}",
                repeated("word ", size / 2),
                numbered(
                    "<entry><observation classCode=\"OBS\" moodCode=\"EVN\"><code nullFlavor=\"UNK\"/><text><reference value=\"#all\"/></text><value xsi:type=\"CD\" nullFlavor=\"UNK\"><originalText><reference value=\"#all\"/></originalText></value></observation></entry>",
                    size / 2
                ),
            )),
        ),
        (
            "rows",
            section(format!(
                "<text><table><tbody>{}</tbody></table></text>",
                of("<tr><td>x</td></tr>")
            )),
        ),
        (
            "cells",
            section(format!(
                "<text><table><tr>{}</tr></table></text>",
                of("<td>x</td>")
            )),
        ),
        (
            "nested lists",
            section(format!("<text>{}", of("<list><item>"))),
        ),
        (
            "references to nothing",
            section(each(
                "<entry><act classCode=\"ACT\" moodCode=\"EVN\"><text><reference value=\"#n@\"/></text></act></entry>",
            )),
        ),
        ("identifiers", document(String::new()).replace("</patientRole>", &format!("{}</patientRole>", each("<id root=\"2.999\" extension=\"@\"/>")))),
        ("authors", section(each("<author><time value=\"20261122\"/><assignedAuthor><id root=\"2.999\" extension=\"@\"/><assignedPerson><name>A@</name></assignedPerson></assignedAuthor></author>"))),
        ("participants", document(String::new()).replace("<component>", &format!("{}<component>", each("<participant typeCode=\"IND\"><associatedEntity classCode=\"NOK\"><associatedPerson><name>A@</name></associatedPerson></associatedEntity></participant>")))),
        ("performers", document(String::new()).replace("<component>", &format!("<documentationOf><serviceEvent>{}</serviceEvent></documentationOf><component>", each("<performer typeCode=\"PRF\"><assignedEntity><id root=\"2.999\" extension=\"@\"/><assignedPerson><name>A@</name></assignedPerson></assignedEntity></performer>")))),
        ("files", section(each("<entry><observationMedia classCode=\"OBS\" moodCode=\"EVN\" ID=\"m@\"><value mediaType=\"image/png\" representation=\"B64\">QUJD</value></observationMedia></entry>"))),
        ("medications", section(format!("<code code=\"10160-0\" codeSystem=\"2.16.840.1.113883.6.1\"/>{}", each("<entry><substanceAdministration classCode=\"SBADM\" moodCode=\"INT\"><consumable><manufacturedProduct><manufacturedMaterial><code code=\"@\" displayName=\"D@\"/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>")))),
        (
            "names",
            document(String::new()).replace(
                "</patientRole>",
                &format!(
                    "<patient>{}</patient></patientRole>",
                    each("<name><family>N@</family></name>")
                ),
            ),
        ),
    ]
}

fn main() -> ExitCode {
    let place = |text: &str| SitePlace::try_from(text.to_owned()).expect("a place");
    let wishes = Wishes {
        site_places: vec![place("ZPD-1")],
        split_patients: true,
    };
    let mut status = ExitCode::SUCCESS;
    let bodies = [
        ("hl7v2", hl7v2 as fn(usize) -> _),
        ("fhir", fhir),
        ("cda", cda),
    ];
    // What is refused for its size is looked at below that size, too.
    let sizes = [MEGABYTE / 8, MEGABYTE / 2, 4 * MEGABYTE];
    for (format, bodies) in bodies {
        for place in 0..bodies(1).len() {
            let mut line = String::new();
            let mut name = "";
            for size in sizes {
                let body: &(&'static str, String) = &bodies(size)[place];
                name = body.0;
                let began = Instant::now();
                let read_plainly = !read(body.1.as_bytes(), None, &Wishes::default())
                    .messages
                    .is_empty();
                let read_with_wishes = !read(body.1.as_bytes(), None, &wishes).messages.is_empty();
                let took = began.elapsed() / 2;
                let refused = if read_plainly || read_with_wishes {
                    ' '
                } else {
                    '-'
                };
                let _ = write!(line, "{:>8} ms{refused}", took.as_millis());
                if took > AT_MOST {
                    status = ExitCode::FAILURE;
                    line += " TOO SLOW";
                }
            }
            println!("{format:<6} {name:<36}{line}");
        }
    }
    status
}
