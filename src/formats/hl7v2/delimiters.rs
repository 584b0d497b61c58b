//! The five characters a message chose for itself, read from MSH-1 and MSH-2.

use crate::domain::facts::Doubt;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Delimiters {
    pub field: char,
    pub component: char,
    pub repetition: char,
    /// A message may declare none, and then escapes nothing.
    pub escape: Option<char>,
    pub subcomponent: char,
}

impl Delimiters {
    /// MSH-2, read literally. Missing characters take the standard's own.
    pub fn declared(header: &str, field: char, doubts: &mut Vec<Doubt>) -> Self {
        let encoding = header.split(field).nth(1).unwrap_or_default();
        let mut characters: Vec<char> = encoding.chars().collect();
        // `^~\\&`: the header passed through a program text that doubled the escape.
        if characters.len() > 4 && characters[2] == characters[3] {
            characters.remove(3);
            doubts.push(Doubt::new("MSH-2", "the escape character is written twice"));
        }
        if characters.is_empty() {
            doubts.push(Doubt::new("MSH-2", "no encoding characters are declared"));
            characters.extend("^~\\&".chars());
        }
        let at = |n: usize, standard| characters.get(n).copied().unwrap_or(standard);
        Self {
            field,
            component: at(0, '^'),
            repetition: at(1, '~'),
            escape: characters.get(2).copied(),
            subcomponent: at(3, '&'),
        }
    }

    /// Those that divide a field.
    pub fn within_field(&self) -> [char; 3] {
        [self.component, self.repetition, self.subcomponent]
    }
}
