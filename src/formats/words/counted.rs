//! Arabic nouns behind numbers. One and two are said by the noun itself; what
//! follows a larger number depends on its last two digits (the plural rules of
//! CLDR for `ar`).

/// One noun in the forms that numbers ask for.
pub struct Counted {
    one: &'static str,
    two: &'static str,
    /// 3 to 10, and what ends in them: 103, 210. The plural.
    few: &'static str,
    /// 11 to 99, and what ends in them. The singular, in the accusative.
    many: &'static str,
    /// Whole hundreds, and one or two more: 100, 202. The singular.
    whole: &'static str,
}

pub const fn counted(
    one: &'static str,
    two: &'static str,
    few: &'static str,
    many: &'static str,
    whole: &'static str,
) -> Counted {
    Counted {
        one,
        two,
        few,
        many,
        whole,
    }
}

impl Counted {
    pub fn say(&self, count: usize) -> String {
        match (count, count % 100) {
            (1, _) => self.one.to_owned(),
            (2, _) => self.two.to_owned(),
            (_, 3..=10) => format!("{count} {}", self.few),
            (_, 11..=99) => format!("{count} {}", self.many),
            _ => format!("{count} {}", self.whole),
        }
    }
}
