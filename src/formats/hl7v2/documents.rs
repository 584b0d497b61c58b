//! Documents inside of a message: OBX with ED, text in MDM, and RP, which only
//! points at one and is never followed. A document may go on in the next OBX.

use super::{
    datatypes,
    dialect::Dialect,
    media_type, payload,
    segments::{obx, txa::Header},
    tree::{Segment, Value},
    walk::Walk,
};
use crate::domain::facts::{Coded, Doubt, EmbeddedDocument, NarrativeSection, Places};
use crate::formats::media;

/// The documents of the TXA that was read last, if any.
#[derive(Default)]
pub struct Group<'m> {
    header: Option<Header>,
    /// Whether a document came for the header.
    carried: bool,
    open: Option<Open<'m>>,
}

enum Open<'m> {
    File(File<'m>),
    Text(Text),
}

struct File<'m> {
    /// OBX-3 and OBX-4 as written: what the next OBX is compared with.
    code: &'m str,
    sub_id: &'m str,
    declared: Declared,
    pieces: Vec<&'m str>,
    dialect: Dialect,
    found: EmbeddedDocument,
    place: String,
}

/// ED-2, ED-3 and ED-4.
#[derive(Default, PartialEq)]
struct Declared {
    content_type: Option<String>,
    encoding: Option<String>,
}

/// The text of one document, and its parts by OBX-3.
struct Text {
    found: EmbeddedDocument,
    parts: Vec<(Coded, Vec<String>, Places)>,
    instruction: bool,
}

impl Group<'_> {
    pub fn describe(&mut self, header: Header) {
        self.header = Some(header);
        self.carried = false;
    }
}

/// Whether an OBX holds a document and no result.
pub fn is_document(kind: &str, segment: &Segment, walk: &Walk) -> bool {
    match kind {
        "ED" | "RP" => true,
        "TX" | "FT" if walk.kind() == "MDM" => true,
        // Files also come as plain text, and without a type.
        "TX" | "FT" | "ST" | "" => segment.value(5).is_some_and(|value| {
            let encoded = value.raw_component(4);
            let named = encoded.is_some_and(|e| e.eq_ignore_ascii_case("base64"));
            (kind.is_empty() && named) || payload::is_bare_file(value.raw())
        }),
        _ => false,
    }
}

pub fn read<'m>(
    kind: &str,
    segment: &Segment<'m>,
    status: Option<&'static str>,
    walk: &mut Walk<'m>,
) {
    let text_of_mdm = matches!(kind, "TX" | "FT") && walk.kind() == "MDM";
    if !segment.has(5) && text_of_mdm {
        blank_line(walk);
        return;
    }
    if !segment.has(5) {
        close(walk);
        let why = "the document is empty and was left out";
        walk.doubt(segment.at(5), why);
        return;
    }
    let found = EmbeddedDocument {
        title: segment.value(3).and_then(datatypes::words),
        status: status.and_then(composition_status),
        date: datatypes::time(segment, 14, &mut walk.facts.doubts),
        ..EmbeddedDocument::default()
    };
    let at = segment.places(&[
        ("title", 3, found.title.is_some()),
        ("status", 11, found.status.is_some()),
        ("date", 14, found.date.is_some()),
    ]);
    let found = EmbeddedDocument { at, ..found };
    match kind {
        "RP" => pointers(segment, found, walk),
        _ if text_of_mdm && !payload::is_bare_file(segment.raw(5)) => {
            text(segment, found, walk);
        }
        _ => files(segment, found, walk),
    }
}

/// observation-status → composition-status, as far as both speak of a document.
fn composition_status(status: &'static str) -> Option<&'static str> {
    match status {
        "final" | "preliminary" | "amended" => Some(status),
        "corrected" => Some("amended"),
        // Text that came before its result was there is no final text.
        "registered" => Some("preliminary"),
        _ => None,
    }
}

/// RP: pointer, application, type, subtype.
fn pointers(segment: &Segment, found: EmbeddedDocument, walk: &mut Walk) {
    close(walk);
    for value in segment.values(5) {
        let mut document = found.clone();
        document.content_type = media_type::declared(value.text(3), value.text(4));
        if document.content_type.is_some() {
            document.at.add("contentType", value.at());
        }
        push(document, walk);
    }
}

/// ED: source, type, subtype, encoding, data. Data may go on in repetitions that
/// have no components of their own.
fn files<'m>(segment: &Segment<'m>, found: EmbeddedDocument, walk: &mut Walk<'m>) {
    let values: Vec<Value<'_, 'm>> = segment.values(5).collect();
    for (nth, value) in values.iter().enumerate() {
        let whole = !value.has_components();
        if whole && nth > 0 {
            more(value.raw(), walk);
            continue;
        }
        let data = match whole {
            true => value.raw(),
            false => value.raw_component(5).unwrap_or_default(),
        };
        let declared = Declared {
            content_type: media_type::declared(value.text(2), value.text(3)).filter(|_| !whole),
            encoding: value.text(4).filter(|_| !whole),
        };
        if nth == 0 && goes_on(segment, &declared, data, walk) {
            more(data, walk);
            continue;
        }
        close(walk);
        walk.documents.open = Some(Open::File(File {
            code: segment.raw(3),
            sub_id: segment.raw(4),
            declared,
            pieces: vec![data],
            dialect: *segment.dialect(),
            found: found.clone(),
            place: value.at(),
        }));
    }
}

fn more<'m>(data: &'m str, walk: &mut Walk<'m>) {
    if let Some(Open::File(file)) = &mut walk.documents.open {
        file.pieces.push(data);
    }
}

/// Whether an OBX goes on with the file of the OBX before it: under the same
/// code, as the same kind, and with bytes that begin no file of their own.
fn goes_on(segment: &Segment, declared: &Declared, data: &str, walk: &Walk) -> bool {
    let Some(Open::File(file)) = &walk.documents.open else {
        return false;
    };
    let silent = *declared == Declared::default();
    let alike = file.code == segment.raw(3) && (silent || *declared == file.declared);
    if !alike || payload::begins_a_file(data, &file.dialect) {
        return false;
    }
    let first = file.pieces.first().copied().unwrap_or_default();
    let last = file.pieces.last().copied().unwrap_or_default();
    let cut = payload::begins_a_file(first, &file.dialect);
    // Padding ends what is encoded, unless each piece was encoded alone.
    cut || (file.sub_id == segment.raw(4) && !last.trim_end().ends_with('='))
}

/// Text of MDM: consecutive OBX are one document, repetitions are its lines
/// (v2-to-FHIR), and what stands under one OBX-3 is one part of it.
fn text(segment: &Segment, found: EmbeddedDocument, walk: &mut Walk) {
    if !matches!(walk.documents.open, Some(Open::Text(_))) {
        close(walk);
        let at = found
            .at
            .with("size", segment.at(5))
            .with("contentType", segment.at(2));
        walk.documents.open = Some(Open::Text(Text {
            found: EmbeddedDocument { at, ..found },
            parts: Vec::new(),
            instruction: false,
        }));
    }
    let Some(Open::Text(text)) = &mut walk.documents.open else {
        return;
    };
    let code = segment.value(3).map(datatypes::coded).unwrap_or_default();
    let lines = segment.values(5).filter_map(|value| value.laid_out());
    text.instruction |= obx::is_instruction(segment);
    match text.parts.last_mut().filter(|(part, _, _)| *part == code) {
        Some((_, said, _)) => said.extend(lines),
        None => {
            let at = segment.places(&[
                ("title", 3, code.text.is_some()),
                ("code", 3, is_loinc(&code)),
            ]);
            text.parts.push((code, lines.collect(), at));
        }
    }
}

/// An OBX without a text is an empty line of the text it stands in.
fn blank_line(walk: &mut Walk) {
    if let Some(Open::Text(text)) = &mut walk.documents.open
        && let Some((_, said, _)) = text.parts.last_mut()
    {
        said.push(String::new());
    }
}

/// The codes of sections are of LOINC alone.
fn is_loinc(code: &Coded) -> bool {
    code.code.is_some() && code.system.as_deref() == Some("LN")
}

/// Ends the document that is open.
pub fn close(walk: &mut Walk) {
    match walk.documents.open.take() {
        Some(Open::File(file)) => close_file(file, walk),
        Some(Open::Text(text)) => close_text(text, walk),
        None => {}
    }
}

fn close_file(file: File, walk: &mut Walk) {
    let mut document = file.found;
    match payload::decode(
        &file.pieces,
        file.declared.encoding.as_deref(),
        &file.dialect,
    ) {
        Some(content) if !content.is_empty() => {
            document.content_type = media::kind(&content, file.declared.content_type);
            document.size = Some(content.len());
            document.content = content;
            document.at.add("size", file.place.clone());
        }
        _ => {
            let why = "the document could not be decoded";
            walk.facts.doubts.push(Doubt::new(file.place.clone(), why));
            document.content_type = file.declared.content_type;
        }
    }
    if document.content_type.is_some() {
        document.at.add("contentType", file.place);
    }
    push(document, walk);
}

fn close_text(text: Text, walk: &mut Walk) {
    let header = walk.documents.header.as_ref();
    let of_header = header.and_then(|header| header.title.clone());
    let mut whole: Vec<&str> = Vec::new();
    for (_, lines, _) in &text.parts {
        whole.extend(lines.iter().map(String::as_str));
    }
    let whole = whole.join("\n");
    let content_type = header.and_then(|header| header.content_type.clone());
    let document = EmbeddedDocument {
        content_type: content_type
            .filter(|kind| kind.starts_with("text/"))
            .or_else(|| Some("text/plain".to_owned())),
        size: Some(whole.len()),
        content: whole.into_bytes(),
        ..text.found
    };
    for (code, lines, at) in text.parts {
        let said = lines.join("\n");
        if text.instruction {
            walk.facts.instructions.push(said);
            continue;
        }
        walk.facts.sections.push(NarrativeSection {
            title: code.text.clone().or_else(|| of_header.clone()),
            code: Some(code).filter(is_loinc).and_then(|code| code.code),
            text: said,
            at,
            ..NarrativeSection::default()
        });
    }
    push(document, walk);
}

/// A document takes from its TXA what it does not say itself.
fn push(mut document: EmbeddedDocument, walk: &mut Walk) {
    if let Some(header) = &walk.documents.header {
        walk.documents.carried = true;
        let own = [
            ("title", document.title.is_some()),
            ("status", header.status.is_none()),
            ("date", header.date.is_none()),
            ("contentType", document.content_type.is_some()),
            ("fact", true),
        ];
        let mut at = Places::default();
        for (part, place) in document.at.iter() {
            if own.iter().all(|(name, own)| *name != part || *own) {
                at.add(part, place);
            }
        }
        for (part, place) in header.at.iter() {
            if own.iter().all(|(name, own)| *name != part || !*own) {
                at.add(part, place);
            }
        }
        document.title = document.title.or_else(|| header.title.clone());
        document.id = document.id.or_else(|| header.id.clone());
        document.status = header.status.or(document.status);
        document.date = header.date.clone().or(document.date);
        document.availability = header.availability.clone();
        document.content_type = document
            .content_type
            .or_else(|| header.content_type.clone());
        document.at = at;
    }
    walk.facts.documents.push(document);
}

/// A document that is only announced (MDM^T01, no OBX) is its header.
pub fn finish(walk: &mut Walk) {
    close(walk);
    let Some(header) = walk.documents.header.take() else {
        return;
    };
    if !walk.documents.carried {
        walk.facts.documents.push(EmbeddedDocument {
            content_type: header.content_type,
            title: header.title,
            id: header.id,
            status: header.status,
            date: header.date,
            availability: header.availability,
            at: header.at,
            ..EmbeddedDocument::default()
        });
    }
}
