//! RTF to its text: paragraphs and tabs, no looks. Runs nothing that the file
//! asks for: fields, objects and pictures are passed over.

use encoding_rs::WINDOWS_1252;

/// Groups that hold no text of the document.
const ASIDE: [&str; 12] = [
    "fonttbl",
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "header",
    "footer",
    "fldinst",
    "themedata",
    "listtable",
    "rsidtbl",
];

/// One open brace.
#[derive(Clone, Copy)]
struct Group {
    aside: bool,
    /// Characters that stand in for a `\u` where it is not understood (`\uc`).
    stand_ins: usize,
}

/// The text of an RTF document. Bytes that are no RTF give what little they say;
/// any bytes end.
pub fn text(rtf: &[u8]) -> String {
    let mut reader = Reader {
        rest: rtf,
        out: String::new(),
        groups: vec![Group {
            aside: false,
            stand_ins: 1,
        }],
        skip: 0,
        high: None,
    };
    while reader.step() {}
    reader.out.trim().to_owned()
}

struct Reader<'a> {
    rest: &'a [u8],
    out: String,
    groups: Vec<Group>,
    /// Stand-ins still to be passed over.
    skip: usize,
    /// The first half of a surrogate pair.
    high: Option<u16>,
}

impl Reader<'_> {
    fn step(&mut self) -> bool {
        let Some((&first, rest)) = self.rest.split_first() else {
            return false;
        };
        self.rest = rest;
        match first {
            b'{' => {
                let group = self.group();
                self.groups.push(group);
            }
            b'}' if self.groups.len() > 1 => {
                self.groups.pop();
                self.skip = 0;
            }
            b'\\' => self.control(),
            b'\r' | b'\n' | b'}' => {}
            byte => self.byte(byte),
        }
        true
    }

    fn group(&self) -> Group {
        // The outermost is made first and never popped.
        self.groups.last().copied().unwrap_or(Group {
            aside: false,
            stand_ins: 1,
        })
    }

    fn control(&mut self) {
        let Some((&first, rest)) = self.rest.split_first() else {
            return;
        };
        if !first.is_ascii_alphabetic() {
            self.rest = rest;
            return self.symbol(first);
        }
        let letters = self.rest.iter().take_while(|b| b.is_ascii_alphabetic());
        let (word, rest) = self.rest.split_at(letters.count().min(32));
        self.rest = rest;
        let number = self.number();
        if self.rest.first() == Some(&b' ') {
            self.rest = &self.rest[1..];
        }
        let word = std::str::from_utf8(word).unwrap_or_default();
        self.word(word, number);
    }

    fn number(&mut self) -> Option<i32> {
        let sign = usize::from(self.rest.first() == Some(&b'-'));
        let digits = self.rest[sign..].iter().take_while(|b| b.is_ascii_digit());
        let length = digits.take(10).count();
        if length == 0 {
            return None;
        }
        let (number, rest) = self.rest.split_at(sign + length);
        self.rest = rest;
        std::str::from_utf8(number).ok()?.parse().ok()
    }

    fn symbol(&mut self, symbol: u8) {
        match symbol {
            b'\'' => {
                let digits = self.rest.get(..2).unwrap_or_default();
                let digits = std::str::from_utf8(digits).unwrap_or_default();
                if let Ok(byte) = u8::from_str_radix(digits, 16) {
                    self.rest = &self.rest[2..];
                    self.byte(byte);
                }
            }
            // An ignorable destination: known to some readers only.
            b'*' => self.pass_over(),
            b'~' => self.push('\u{A0}'),
            b'_' => self.push('\u{2011}'),
            b'\r' | b'\n' => self.push('\n'),
            b'\\' | b'{' | b'}' => self.byte(symbol),
            _ => {}
        }
    }

    fn word(&mut self, word: &str, number: Option<i32>) {
        match word {
            "par" | "line" | "sect" | "page" | "row" => self.push('\n'),
            "tab" | "cell" => self.push('\t'),
            "emdash" => self.push('—'),
            "endash" => self.push('–'),
            "bullet" => self.push('•'),
            "lquote" => self.push('‘'),
            "rquote" => self.push('’'),
            "ldblquote" => self.push('“'),
            "rdblquote" => self.push('”'),
            "u" => self.unicode(number.unwrap_or(0)),
            "uc" => {
                let count = usize::try_from(number.unwrap_or(1)).unwrap_or(1);
                if let Some(group) = self.groups.last_mut() {
                    group.stand_ins = count.min(8);
                }
            }
            "bin" => {
                let count = usize::try_from(number.unwrap_or(0)).unwrap_or(0);
                self.rest = self.rest.get(count..).unwrap_or_default();
            }
            _ if ASIDE.contains(&word) => self.pass_over(),
            _ => {}
        }
    }

    /// `\u` takes a signed 16-bit unit of UTF-16.
    fn unicode(&mut self, number: i32) {
        let unit = number.rem_euclid(0x1_0000) as u16;
        match (self.high.take(), unit) {
            (_, 0xD800..=0xDBFF) => self.high = Some(unit),
            (Some(high), 0xDC00..=0xDFFF) => {
                let pair = char::decode_utf16([high, unit]).next();
                self.push(pair.and_then(Result::ok).unwrap_or('\u{FFFD}'));
            }
            (_, unit) => self.push(char::from_u32(unit.into()).unwrap_or('\u{FFFD}')),
        }
        self.skip = self.group().stand_ins;
    }

    fn byte(&mut self, byte: u8) {
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        let (text, ..) = WINDOWS_1252.decode(std::slice::from_ref(&byte));
        text.chars().for_each(|character| self.push(character));
    }

    fn push(&mut self, character: char) {
        if !self.group().aside {
            self.out.push(character);
        }
    }

    fn pass_over(&mut self) {
        if let Some(group) = self.groups.last_mut() {
            group.aside = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn paragraphs_tabs_and_letters_of_every_kind_come_through() {
        let rtf =
            br"{\rtf1\ansi{\fonttbl{\f0 Arial;}}{\*\generator Word;}\f0\fs24 Fi\'e8vre\tab 39\par
Na\u239?ve \u-10179?\u-8704? end\line \{x\}}";
        assert_eq!(text(rtf), "Fièvre\t39\nNaïve \u{1F600} end\n{x}");
    }

    #[test]
    fn pictures_and_fields_are_passed_over() {
        let rtf = br"{\rtf1 a{\pict\bin4 }}{\}b{\field{\*\fldinst HYPERLINK x}{\fldrslt c}}}";
        assert_eq!(text(rtf), "abc");
    }

    #[test]
    fn any_bytes_end() {
        for rtf in [
            &b"{\\rtf1 \\"[..],
            b"}}}}",
            b"{{{{\\u",
            b"\\'zz\\'",
            b"\\bin99999999999 x",
            b"\\u99999999999?",
        ] {
            let _ = text(rtf);
        }
    }
}
