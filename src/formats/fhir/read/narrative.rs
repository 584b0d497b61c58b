//! The XHTML of a narrative → plain text. Blocks become lines, cells are parted,
//! entities decoded; scripts and styles, which FHIR forbids, are dropped.

/// Elements that begin a line of their own.
const BLOCKS: [&str; 18] = [
    "div", "p", "br", "li", "ul", "ol", "tr", "table", "thead", "tbody", "caption", "h1", "h2",
    "h3", "h4", "h5", "h6", "hr",
];

pub fn plain(xhtml: &str) -> String {
    let mut text = String::with_capacity(xhtml.len() / 2);
    let mut rest = xhtml;
    while let Some(at) = rest.find('<') {
        push_words(&mut text, &rest[..at]);
        let (tag, after) = tag(&rest[at..]);
        rest = after;
        let name = tag.trim_start_matches('/').to_ascii_lowercase();
        match name.as_str() {
            "script" | "style" if !tag.starts_with('/') => rest = past_end(rest, &name),
            "td" | "th" if !tag.starts_with('/') && !at_line_start(&text) => text.push_str("  "),
            name if BLOCKS.contains(&name) && !at_line_start(&text) => text.push('\n'),
            _ => {}
        }
    }
    push_words(&mut text, rest);
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

fn at_line_start(text: &str) -> bool {
    text.is_empty() || text.ends_with('\n')
}

/// The name of the tag that begins here, and what follows the tag.
fn tag(from: &str) -> (&str, &str) {
    if let Some(comment) = from.strip_prefix("<!--") {
        return (
            "!",
            comment.split_once("-->").map_or("", |(_, after)| after),
        );
    }
    let (inner, after) = from[1..].split_once('>').unwrap_or((&from[1..], ""));
    let name = inner
        .split(|c: char| c.is_whitespace())
        .next()
        .unwrap_or_default();
    (name.trim_end_matches('/'), after)
}

/// What follows the content of an element that is not text.
fn past_end<'t>(rest: &'t str, name: &str) -> &'t str {
    let mut ends = rest.match_indices("</").map(|(at, _)| &rest[at..]);
    let is_end = |end: &&str| {
        end.get(2..2 + name.len())
            .is_some_and(|n| n.eq_ignore_ascii_case(name))
    };
    ends.find(is_end).unwrap_or_default()
}

/// Text between tags: blanks run together, as a browser shows them.
fn push_words(text: &mut String, raw: &str) {
    let decoded = entities(raw);
    let mut words = decoded
        .split([' ', '\n', '\r', '\t'])
        .filter(|word| !word.is_empty())
        .peekable();
    let begins_blank = decoded.starts_with([' ', '\n', '\r', '\t']);
    let ends_blank = decoded.ends_with([' ', '\n', '\r', '\t']);
    if begins_blank && !at_line_start(text) && !text.ends_with(' ') {
        text.push(' ');
    }
    let any = words.peek().is_some();
    while let Some(word) = words.next() {
        text.push_str(word);
        if words.peek().is_some() {
            text.push(' ');
        }
    }
    if any && ends_blank {
        text.push(' ');
    }
}

/// The five of XML, the numeric ones, and those of HTML that narratives use.
fn entities(raw: &str) -> std::borrow::Cow<'_, str> {
    if !raw.contains('&') {
        return raw.into();
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(before);
        // The longest name we know has six letters.
        let end = after.bytes().take(10).position(|byte| byte == b';');
        match end.and_then(|end| Some((entity(&after[..end])?, &after[end + 1..]))) {
            Some((character, next)) => {
                text.push(character);
                rest = next;
            }
            None => {
                text.push('&');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text.into()
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|c| !c.is_control() || c.is_whitespace());
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{A0}',
        "deg" => '°',
        "micro" => 'µ',
        "plusmn" => '±',
        "middot" => '·',
        "ndash" => '–',
        "mdash" => '—',
        "le" => '≤',
        "ge" => '≥',
        "hellip" => '…',
        "bull" => '•',
        _ => return None,
    })
}
