//! CDA: what is written is read, however XML wrote it.

use super::marks::{MARK, assert_told, assert_told_each_time, cases, plainly, typed, wherever};
use proptest::prelude::*;

/// How a text stands in XML: by entities, by numbers, or in a CDATA section.
#[derive(Debug, Clone, Copy)]
enum Script {
    Entities,
    Numbers,
    Sections,
}

const SCRIPTS: [Script; 3] = [Script::Entities, Script::Numbers, Script::Sections];

fn text(text: &str, script: Script) -> String {
    match script {
        Script::Entities => attribute(text),
        Script::Numbers => text
            .chars()
            .map(|c| format!("&#x{:X};", u32::from(c)))
            .collect(),
        Script::Sections => {
            let halves = text.replace("]]>", "]]]]><![CDATA[>");
            format!("<![CDATA[{halves}]]>")
        }
    }
}

fn attribute(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&apos;",
            other => escaped.push(other),
        }
    }
    escaped
}

/// Runs of blanks are layout in XML, so there are none.
fn said() -> impl Strategy<Value = String> {
    typed().prop_map(|text| {
        text.split(' ')
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    })
}

#[derive(Debug, Clone)]
struct Told {
    family: String,
    given: String,
    number: String,
    title: String,
    allergen: String,
}

fn told() -> impl Strategy<Value = Told> {
    let values = (said(), said(), said(), said(), said());
    values.prop_map(|(family, given, number, title, allergen)| Told {
        family,
        given,
        number,
        title,
        allergen,
    })
}

impl Told {
    fn written(&self, script: Script, encoding: &str) -> String {
        let t = |value: &str| text(value, script);
        format!(
            r##"<?xml version="1.0" encoding="{encoding}"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<id root="2.999.10.7" extension="D-1"/><code code="34133-9" codeSystem="2.16.840.1.113883.6.1"/>
<title>{title}</title><effectiveTime value="20261122164500+0000"/>
<recordTarget><patientRole><id root="2.999.10.3" extension="{number}"/>
<patient><name use="L"><given>{given}</given><family>{family}</family></name>
<administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="19580417"/></patient>
</patientRole></recordTarget>
<component><structuredBody><component><section>
<templateId root="2.16.840.1.113883.10.20.22.2.6.1"/>
<code code="48765-2" codeSystem="2.16.840.1.113883.6.1"/><title>Allergies</title><text>none to tell</text>
<entry><act classCode="ACT" moodCode="EVN"><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/>
<statusCode code="active"/><entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN">
<code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/>
<value xsi:type="CD" code="419511003" codeSystem="2.16.840.1.113883.6.96"/>
<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT">
<code code="7980" codeSystem="2.16.840.1.113883.6.88" displayName="{allergen}"/></playingEntity></participantRole></participant>
</observation></entryRelationship></act></entry>
</section></component></structuredBody></component></ClinicalDocument>"##,
            title = t(&self.title),
            number = attribute(&self.number),
            given = t(&self.given),
            family = t(&self.family),
            allergen = attribute(&self.allergen),
        )
    }
}

/// The same document with a prefix for HL7's namespace.
fn prefixed(body: &str) -> String {
    let mut prefixed = String::with_capacity(body.len() * 5 / 4);
    let mut rest = body;
    // Text and attributes carry no bare `<`, so each begins a tag.
    while let Some(place) = rest.find('<') {
        let (before, after) = rest.split_at(place + 1);
        prefixed.push_str(before);
        let (slash, name) = match after.strip_prefix('/') {
            Some(name) => ("/", name),
            None => ("", after),
        };
        prefixed.push_str(slash);
        if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            prefixed.push_str("h:");
        }
        rest = name;
    }
    prefixed.push_str(rest);
    prefixed.replacen("xmlns=", "xmlns:h=", 1)
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn what_is_written_is_read_with_any_characters(told in told(), script in prop::sample::select(&SCRIPTS[..])) {
        let reading = plainly(told.written(script, "UTF-8").as_bytes());
        prop_assert_eq!(reading.messages.len(), 1, "{:?}", reading.problems);
        let facts = &reading.messages[0];
        prop_assert_eq!(&facts.patient.names[0].family, &Some(told.family));
        prop_assert_eq!(&facts.patient.names[0].given, &[told.given]);
        prop_assert_eq!(&facts.patient.identifiers[0].value, &told.number);
        prop_assert_eq!(&facts.title, &Some(told.title));
        prop_assert_eq!(&facts.allergies[0].code.text, &Some(told.allergen));
        prop_assert!(facts.doubts.is_empty(), "{:?}", facts.doubts);
    }

    #[test]
    fn the_same_facts_come_out_however_xml_wrote_them(told in told()) {
        let plain = told.written(Script::Entities, "UTF-8");
        let facts = wherever(plainly(plain.as_bytes()));
        let wide = |text: &str| text.encode_utf16().collect::<Vec<u16>>();
        let utf16 = told.written(Script::Entities, "UTF-16");
        let big: Vec<u8> = wide(&format!("\u{feff}{utf16}")).into_iter().flat_map(u16::to_be_bytes).collect();
        let little: Vec<u8> = wide(&format!("\u{feff}{utf16}")).into_iter().flat_map(u16::to_le_bytes).collect();
        let latin = told.written(Script::Numbers, "ISO-8859-1");
        let mut written = vec![
            ("numbers", told.written(Script::Numbers, "UTF-8").into_bytes()),
            ("sections", told.written(Script::Sections, "UTF-8").into_bytes()),
            ("a byte order mark", format!("\u{feff}{plain}").into_bytes()),
            ("UTF-16, big end first", big),
            ("UTF-16, little end first", little),
            ("a prefix", prefixed(&plain).into_bytes()),
            ("comments", plain.replace("><", "><!-- & a <comment> -->\n<").into_bytes()),
            ("CRLF", plain.replace('\n', "\r\n").into_bytes()),
            ("no declaration", plain.split_once("?>").map_or("", |(_, rest)| rest.trim_start()).into()),
        ];
        if latin.is_ascii() {
            written.push(("ISO-8859-1", latin.into_bytes()));
        }
        for (how, body) in written {
            prop_assert_eq!(&wherever(plainly(&body)), &facts, "{}", how);
        }
    }
}

/// Elements a reader looks for, in an order in which they may nest.
const ELEMENTS: &[&str] = &[
    "ClinicalDocument",
    "recordTarget",
    "patientRole",
    "patient",
    "name",
    "given",
    "family",
    "id",
    "code",
    "title",
    "effectiveTime",
    "low",
    "high",
    "center",
    "width",
    "templateId",
    "component",
    "structuredBody",
    "nonXMLBody",
    "section",
    "text",
    "entry",
    "act",
    "observation",
    "substanceAdministration",
    "procedure",
    "encounter",
    "organizer",
    "supply",
    "entryRelationship",
    "value",
    "statusCode",
    "consumable",
    "manufacturedProduct",
    "manufacturedMaterial",
    "doseQuantity",
    "routeCode",
    "originalText",
    "reference",
    "participant",
    "participantRole",
    "playingEntity",
    "interpretationCode",
    "referenceRange",
    "observationRange",
    "componentOf",
    "encompassingEncounter",
    "dischargeDispositionCode",
    "relatedDocument",
    "parentDocument",
    "custodian",
    "author",
    "time",
    "addr",
    "streetAddressLine",
    "telecom",
    "guardian",
    "administrativeGenderCode",
    "birthTime",
    "languageCommunication",
    "languageCode",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "list",
    "item",
    "paragraph",
    "br",
    "content",
    "caption",
    "renderMultiMedia",
    "observationMedia",
    "confidentialityCode",
    "translation",
    "qualifier",
    "informationRecipient",
    "documentationOf",
    "serviceEvent",
    "performer",
    "assignedEntity",
];

fn attributes() -> impl Strategy<Value = String> {
    let one = prop::sample::select(vec![
        "root=\"@\"",
        "extension=\"@\"",
        "code=\"@\"",
        "codeSystem=\"@\"",
        "displayName=\"@\"",
        "value=\"@\"",
        "value=\"#@\"",
        "unit=\"@\"",
        "nullFlavor=\"UNK\"",
        "nullFlavor=\"@\"",
        "xsi:type=\"@\"",
        "xsi:type=\"PQ\"",
        "xsi:type=\"CD\"",
        "xsi:type=\"IVL_TS\"",
        "xsi:type=\"ST\"",
        "xsi:type=\"PIVL_TS\"",
        "xsi:type=\"IVL_PQ\"",
        "value=\"20261345\"",
        "value=\"2026112@\"",
        "classCode=\"OBS\"",
        "moodCode=\"@\"",
        "moodCode=\"INT\"",
        "typeCode=\"SUBJ\"",
        "typeCode=\"@\"",
        "ID=\"@\"",
        "negationInd=\"true\"",
        "negationInd=\"@\"",
        "use=\"@\"",
        "representation=\"B64\"",
        "mediaType=\"@\"",
        "styleCode=\"@\"",
        "colspan=\"@\"",
        "referencedObject=\"@\"",
        "code=\"48765-2\"",
        "code=\"11450-4\"",
        "code=\"30954-2\"",
        "code=\"10160-0\"",
        "root=\"2.16.840.1.113883.10.20.22.4.4\"",
        "root=\"2.16.840.1.113883.10.20.22.2.1.1\"",
        "codeSystem=\"2.16.840.1.113883.6.1\"",
        "inversionInd=\"true\"",
        "operator=\"@\"",
    ]);
    let one = one.prop_map(|shape| shape.replace('@', MARK));
    prop::collection::vec(one, 0..5).prop_map(|mut all| {
        // A second attribute of one name would make it no XML at all.
        all.sort_by_key(|attribute| attribute.split('=').next().map(str::to_owned));
        all.dedup_by_key(|attribute| attribute.split('=').next().map(str::to_owned));
        all.iter()
            .map(|attribute| format!(" {attribute}"))
            .collect()
    })
}

fn tree() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        3 => Just(MARK.to_owned()).boxed(),
        1 => said().prop_map(|words| text(&format!("{MARK}{words}"), Script::Entities)).boxed(),
        3 => (prop::sample::select(ELEMENTS), attributes()).prop_map(|(name, at)| format!("<{name}{at}/>")).boxed(),
        1 => prop::sample::select(vec!["&nbsp;", "&@;", "&#0;", "<!--@-->", "<?@ @?>", "<![CDATA[@]]>", "<@:b/>", "</@>", "<@"])
            .prop_map(|shape| shape.replace('@', MARK)).boxed(),
    ];
    leaf.prop_recursive(9, 150, 6, |inner| {
        (
            prop::sample::select(ELEMENTS),
            attributes(),
            prop::collection::vec(inner, 0..6),
        )
            .prop_map(|(name, at, inside)| format!("<{name}{at}>{}</{name}>", inside.concat()))
    })
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn no_tree_is_silent_or_quoted(
        head in prop::collection::vec(tree(), 0..4), body in prop::collection::vec(tree(), 0..4), bare in any::<bool>(),
    ) {
        let (head, inside) = (head.concat(), body.concat());
        let body = if bare {
            format!("<ClinicalDocument>{head}{inside}</ClinicalDocument>")
        } else {
            format!(
                "<ClinicalDocument xmlns=\"urn:hl7-org:v3\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\
                 <code code=\"34133-9\" codeSystem=\"2.16.840.1.113883.6.1\"/><recordTarget><patientRole><id root=\"{MARK}\" \
                 extension=\"{MARK}\"/>{head}</patientRole></recordTarget><component><structuredBody><component><section>{inside}\
                 </section></component></structuredBody></component></ClinicalDocument>"
            )
        };
        assert_told_each_time(body.as_bytes())?;
    }

    #[test]
    fn a_cut_document_is_told(told in told(), cut in any::<prop::sample::Index>()) {
        let body = told.written(Script::Entities, "UTF-8").into_bytes();
        assert_told(&plainly(&body[..cut.index(body.len())]))?;
    }
}
