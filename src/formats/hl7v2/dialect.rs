//! How one message is written: the characters it chose for itself in MSH-1 and
//! MSH-2, and the character set that bytes in its escapes are in.

use encoding_rs::{Encoding, UTF_8};

use crate::domain::facts::Doubt;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dialect {
    pub field: char,
    pub component: char,
    pub repetition: char,
    /// A message may declare none, and then escapes nothing.
    pub escape: Option<char>,
    pub subcomponent: char,
    /// What `\P\` stands for: the fifth character of MSH-2, since 2.7.
    pub truncation: char,
    pub charset: &'static Encoding,
}

/// The characters that MSH-2 has when it follows the recommendation.
const STANDARD: [char; 5] = ['^', '~', '\\', '&', '#'];

impl Dialect {
    /// MSH-2, read literally. Missing characters take the standard's own.
    pub fn declared(header: &str, field: char, doubts: &mut Vec<Doubt>) -> Self {
        let encoding = header.split(field).nth(1).unwrap_or_default().trim();
        let characters = believed(encoding, doubts);
        let at = |n: usize| characters.get(n).copied().unwrap_or(STANDARD[n]);
        Self {
            field,
            component: at(0),
            repetition: at(1),
            escape: characters.get(2).copied(),
            subcomponent: at(3),
            truncation: at(4),
            charset: UTF_8,
        }
    }

    /// Those that divide a field.
    pub fn within_field(&self) -> [char; 3] {
        [self.component, self.repetition, self.subcomponent]
    }

    /// Whether a field is divided at all.
    pub fn divides(&self, text: &str) -> bool {
        let [a, b, c] = self.within_field();
        if a.is_ascii() && b.is_ascii() && c.is_ascii() {
            let found = |byte: u8| byte == a as u8 || byte == b as u8 || byte == c as u8;
            return text.bytes().any(found);
        }
        text.contains(self.within_field())
    }
}

/// The characters of MSH-2 that can be what they claim to be.
fn believed(encoding: &str, doubts: &mut Vec<Doubt>) -> Vec<char> {
    let mut characters: Vec<char> = encoding.chars().collect();
    // `^~\\&`: the header passed through a program text that doubled the escape.
    if characters.len() > 4 && characters[2] == characters[3] {
        characters.remove(3);
        doubts.push(Doubt::new("MSH-2", "the escape character is written twice"));
    }
    let mut repeated = characters.iter().enumerate();
    let why = if characters.is_empty() {
        "no encoding characters are declared"
    } else if characters.iter().any(|c| c.is_alphanumeric()) {
        "these are no encoding characters; the usual ones were used"
    } else if repeated.any(|(at, c)| characters[..at].contains(c)) {
        "one encoding character has two meanings; the usual ones were used"
    } else {
        if characters.len() > STANDARD.len() {
            let why = "there are more encoding characters than five; the rest mean nothing";
            doubts.push(Doubt::new("MSH-2", why));
        }
        return characters;
    };
    doubts.push(Doubt::new("MSH-2", why));
    STANDARD.to_vec()
}
