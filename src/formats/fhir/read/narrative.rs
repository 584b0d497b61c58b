//! The XHTML of a narrative → plain text. Blocks become lines, cells are parted,
//! entities decoded; scripts and styles, which FHIR forbids, are dropped.

/// Elements that begin a line of their own.
const BLOCKS: [&str; 18] = [
    "div", "p", "br", "li", "ul", "ol", "tr", "table", "thead", "tbody", "caption", "h1", "h2",
    "h3", "h4", "h5", "h6", "hr",
];

pub fn plain(xhtml: &str) -> String {
    // What is struck out and never ends would take the rest along.
    let read = lines(xhtml, true).or_else(|| lines(xhtml, false));
    read.unwrap_or_default()
}

/// `None` where something is struck out to the end.
fn lines(xhtml: &str, is_struck_out: bool) -> Option<String> {
    let mut text = String::with_capacity(xhtml.len() / 2);
    let mut rest = xhtml;
    let mut struck: usize = 0;
    while let Some(at) = rest.find('<') {
        if struck == 0 {
            push_words(&mut text, &rest[..at]);
        }
        let (tag, after) = tag(&rest[at..]);
        let is_empty = rest[..rest.len() - after.len()].ends_with("/>");
        rest = after;
        let name = tag.trim_start_matches('/').to_ascii_lowercase();
        match name.as_str() {
            "script" | "style" if !tag.starts_with('/') => rest = past_end(rest, &name),
            // Struck out: said no more.
            "del" | "s" | "strike" if is_struck_out => {
                struck = match tag.starts_with('/') {
                    true => struck.saturating_sub(1),
                    false => struck + usize::from(!is_empty),
                };
            }
            _ if struck > 0 => {}
            // 10^9 is not 109.
            "sup" if !tag.starts_with('/') && !is_empty => text.push('^'),
            "td" | "th" if !tag.starts_with('/') && !at_line_start(&text) => text.push_str("  "),
            name if BLOCKS.contains(&name) && !at_line_start(&text) => text.push('\n'),
            _ => {}
        }
    }
    if struck > 0 {
        return None;
    }
    push_words(&mut text, rest);
    let lines = text.lines().map(str::trim);
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    Some(lines.join("\n"))
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
    if let Some(place) = LATIN.iter().position(|known| *known == name) {
        // The names stand in the order of their characters, from U+00A0 on.
        return char::from_u32(0xA0 + u32::try_from(place).ok()?);
    }
    let known = OTHERS.iter().find(|(known, _)| *known == name);
    known.map(|(_, character)| *character)
}

/// HTML's names of Latin-1.
const LATIN: [&str; 96] = [
    "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf",
    "laquo", "not", "shy", "reg", "macr", "deg", "plusmn", "sup2", "sup3", "acute", "micro",
    "para", "middot", "cedil", "sup1", "ordm", "raquo", "frac14", "frac12", "frac34", "iquest",
    "Agrave", "Aacute", "Acirc", "Atilde", "Auml", "Aring", "AElig", "Ccedil", "Egrave", "Eacute",
    "Ecirc", "Euml", "Igrave", "Iacute", "Icirc", "Iuml", "ETH", "Ntilde", "Ograve", "Oacute",
    "Ocirc", "Otilde", "Ouml", "times", "Oslash", "Ugrave", "Uacute", "Ucirc", "Uuml", "Yacute",
    "THORN", "szlig", "agrave", "aacute", "acirc", "atilde", "auml", "aring", "aelig", "ccedil",
    "egrave", "eacute", "ecirc", "euml", "igrave", "iacute", "icirc", "iuml", "eth", "ntilde",
    "ograve", "oacute", "ocirc", "otilde", "ouml", "divide", "oslash", "ugrave", "uacute", "ucirc",
    "uuml", "yacute", "thorn", "yuml",
];

/// Those of XML, and what else narratives use.
const OTHERS: [(&str, char); 31] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("ndash", '–'),
    ("mdash", '—'),
    ("le", '≤'),
    ("ge", '≥'),
    ("ne", '≠'),
    ("asymp", '≈'),
    ("hellip", '…'),
    ("bull", '•'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("sbquo", '‚'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("bdquo", '„'),
    ("minus", '−'),
    ("larr", '←'),
    ("uarr", '↑'),
    ("rarr", '→'),
    ("darr", '↓'),
    ("alpha", 'α'),
    ("beta", 'β'),
    ("gamma", 'γ'),
    ("mu", 'μ'),
    ("euro", '€'),
    ("thinsp", '\u{2009}'),
    ("trade", '™'),
];
