//! RTF to its text: paragraphs and tabs, no looks. Runs nothing that the file
//! asks for: fields, objects and pictures are passed over, and so is text that its
//! author deleted or hid.

use encoding_rs::{self as encodings, Encoding};

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
    /// Struck out while changes were tracked (`\deleted`): withdrawn, not said.
    deleted: bool,
    /// Not printed (`\v`).
    hidden: bool,
    /// Characters that stand in for a `\u` where it is not understood (`\uc`).
    stand_ins: usize,
}

const OUTERMOST: Group = Group {
    aside: false,
    deleted: false,
    hidden: false,
    stand_ins: 1,
};

/// The text of an RTF document; none where letters of it are in a code page that is
/// not known here, because a guess would be wrong letters. Bytes that are no RTF
/// give what little they say; any bytes end.
pub fn text(rtf: &[u8]) -> Option<String> {
    let mut reader = Reader {
        rest: rtf,
        out: String::new(),
        groups: vec![OUTERMOST],
        skip: 0,
        high: None,
        bytes: Vec::new(),
        encoding: Some(encodings::WINDOWS_1252),
        is_readable: true,
    };
    while reader.step() {}
    reader.decode();
    reader.is_readable.then(|| reader.out.trim().to_owned())
}

/// The encoding of a Windows code page (`\ansicpg`); 0 says none.
fn code_page(number: i32) -> Option<&'static Encoding> {
    Some(match number {
        874 => encodings::WINDOWS_874,
        932 => encodings::SHIFT_JIS,
        936 => encodings::GBK,
        949 => encodings::EUC_KR,
        950 => encodings::BIG5,
        1250 => encodings::WINDOWS_1250,
        1251 => encodings::WINDOWS_1251,
        0 | 1252 => encodings::WINDOWS_1252,
        1253 => encodings::WINDOWS_1253,
        1254 => encodings::WINDOWS_1254,
        1255 => encodings::WINDOWS_1255,
        1256 => encodings::WINDOWS_1256,
        1257 => encodings::WINDOWS_1257,
        1258 => encodings::WINDOWS_1258,
        _ => return None,
    })
}

struct Reader<'a> {
    rest: &'a [u8],
    out: String,
    groups: Vec<Group>,
    /// Stand-ins still to be passed over.
    skip: usize,
    /// The first half of a surrogate pair.
    high: Option<u16>,
    /// Bytes of text not decoded yet: a letter may be two, each written on its own,
    /// the second as a plain letter too.
    bytes: Vec<u8>,
    /// None for a code page that is not known here.
    encoding: Option<&'static Encoding>,
    is_readable: bool,
}

impl Reader<'_> {
    fn step(&mut self) -> bool {
        let Some((&first, rest)) = self.rest.split_first() else {
            return false;
        };
        self.rest = rest;
        match first {
            b'{' => {
                self.decode();
                let group = self.group();
                self.groups.push(group);
            }
            b'}' if self.groups.len() > 1 => {
                self.decode();
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
        self.groups.last().copied().unwrap_or(OUTERMOST)
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
        self.decode();
        match word {
            "ansicpg" => self.encoding = code_page(number.unwrap_or(0)),
            // Those of the IBM PC are not known here.
            "pc" | "pca" => self.encoding = None,
            "mac" => self.encoding = Some(encodings::MACINTOSH),
            "deleted" => self.look(|group| group.deleted = number != Some(0)),
            "v" => self.look(|group| group.hidden = number != Some(0)),
            "plain" => self.look(|group| (group.deleted, group.hidden) = (false, false)),
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
                self.look(|group| group.stand_ins = count.min(8));
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
        if self.is_shown() {
            self.bytes.push(byte);
        }
    }

    /// Ends a row of bytes. ASCII is the same in every code page.
    fn decode(&mut self) {
        if self.bytes.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.bytes);
        if self.encoding.is_none() && !bytes.is_ascii() {
            self.is_readable = false;
        }
        let encoding = self.encoding.unwrap_or(encodings::WINDOWS_1252);
        let (text, _) = encoding.decode_without_bom_handling(&bytes);
        self.out.push_str(&text);
    }

    fn push(&mut self, character: char) {
        self.decode();
        if self.is_shown() {
            self.out.push(character);
        }
    }

    fn is_shown(&self) -> bool {
        let group = self.group();
        !group.aside && !group.deleted && !group.hidden
    }

    fn pass_over(&mut self) {
        self.decode();
        self.look(|group| group.aside = true);
    }

    /// Changes what holds from here to the end of the group.
    fn look(&mut self, change: impl FnOnce(&mut Group)) {
        if let Some(group) = self.groups.last_mut() {
            change(group);
        }
    }
}

#[cfg(test)]
mod tests {
    fn text(rtf: &[u8]) -> String {
        super::text(rtf).expect("a code page that is known")
    }

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
    fn text_that_its_author_deleted_or_hid_is_not_told() {
        let rtf =
            br"{\rtf1 Warfarin {\deleted 10\'b5\u937?\par}5 mg\v  secret {\b more}\v0  daily}";
        assert_eq!(text(rtf), "Warfarin 5 mg daily");
        let rtf = br"{\rtf1 a\deleted b\deleted0 c\v1 d\plain e{\v f}g}";
        assert_eq!(text(rtf), "aceg");
    }

    #[test]
    fn letters_are_read_in_the_code_page_that_the_document_names() {
        for (rtf, said) in [
            (&br"{\rtf1\ansi\ansicpg1251 \'c4\'e0}"[..], "Да"),
            (br"{\rtf1\ansi\ansicpg1256 \'cd\'c8}", "حب"),
            (
                br"{\rtf1\ansicpg932 \'83e\'83\'58\'83g \'83\\}",
                "テスト ソ",
            ),
            (
                b"{\\rtf1\\ansicpg936 \\'d6\r\n\\'d0{\\b \\'ce\\'c4}}",
                "中文",
            ),
            (br"{\rtf1\ansicpg949\uc2 \'b0\'a1\u44033\'b0\'a2!}", "가각!"),
            (br"{\rtf1\ansicpg0 \'e8}", "è"),
            (br"{\rtf1\mac \'8f}", "è"),
            (br"{\rtf1\ansicpg437 plain}", "plain"),
        ] {
            assert_eq!(text(rtf), said);
        }
    }

    #[test]
    fn letters_of_a_code_page_that_is_not_known_are_not_guessed() {
        for rtf in [
            &br"{\rtf1\ansi\ansicpg437 caf\'82}"[..],
            br"{\rtf1\pca caf\'82}",
        ] {
            assert_eq!(super::text(rtf), None);
        }
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
            let _ = super::text(rtf);
        }
    }
}
