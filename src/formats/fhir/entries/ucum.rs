//! Whether a unit as it came is a UCUM code. What is not certain stays words: a
//! unit that is guessed at is worse than none.

/// Units that are used without a prefix.
const PLAIN: [&str; 34] = [
    "%", "[pH]", "[iU]", "[degF]", "[in_i]", "[lb_av]", "[ft_i]", "[oz_av]", "[arb'U]", "mm[Hg]",
    "cm[H2O]", "Cel", "min", "h", "d", "wk", "mo", "a", "deg", "[ppth]", "[ppm]", "[drp]", "{INR}",
    "{ratio}", "{score}", "{copies}", "{cells}", "[HPF]", "[LPF]", "[CFU]", "1", "[GPL'U]",
    "[MPL'U]", "dB",
];

/// Units that take a metric prefix. `l` and `L` are both litres in UCUM; `M` and
/// `m` differ, so letters are taken as they came.
const METRIC: [&str; 17] = [
    "g", "L", "l", "m", "mol", "eq", "osm", "U", "kat", "s", "Pa", "J", "W", "V", "Hz", "Bq", "cal",
];

const PREFIXES: [&str; 12] = ["", "k", "d", "c", "m", "u", "n", "p", "f", "h", "M", "G"];

/// What laboratories write for a UCUM code, and nothing else than it.
const WRITTEN: [(&str, &str); 6] = [
    ("mmHg", "mm[Hg]"),
    ("mEq/L", "meq/L"),
    ("IU/L", "[iU]/L"),
    ("IU/mL", "[iU]/mL"),
    ("mIU/L", "m[iU]/L"),
    ("mIU/mL", "m[iU]/mL"),
];

/// The UCUM code (case sensitive) of a unit as it was received.
pub fn code(unit: &str) -> Option<String> {
    let written = WRITTEN.iter().find(|(written, _)| *written == unit);
    if let Some((_, code)) = written {
        return Some((*code).to_owned());
    }
    is_code(unit).then(|| unit.to_owned())
}

/// `mg/dL`, `10*3/uL`, `kg/m2`, `mL/min/{1.73_m2}`, `/min`.
fn is_code(unit: &str) -> bool {
    let body = unit.strip_prefix('/').unwrap_or(unit);
    !body.is_empty() && body.split(['/', '.']).all(is_term)
        // an annotation may hold a full stop
        || matches!(unit, "mL/min/{1.73_m2}")
}

fn is_term(term: &str) -> bool {
    // UCUM: powers of ten are written with an asterisk
    if let Some(power) = term.strip_prefix("10*") {
        return power.len() == 1 && power.bytes().all(|digit| digit.is_ascii_digit());
    }
    if PLAIN.contains(&term) || is_prefixed(term, &["[iU]", "m[Hg]"]) {
        return true;
    }
    let unit = term.trim_end_matches(['2', '3']);
    (term.len() - unit.len()) <= 1 && is_prefixed(unit, &METRIC)
}

fn is_prefixed(unit: &str, atoms: &[&str]) -> bool {
    let mut prefixes = PREFIXES.iter();
    prefixes.any(|prefix| {
        unit.strip_prefix(prefix)
            .is_some_and(|a| atoms.contains(&a))
    })
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn units_of_ucum_are_known_and_others_stay_words() {
        for unit in [
            "mg/dL",
            "mmol/L",
            "mmol/l",
            "10*3/uL",
            "%",
            "kg",
            "kg/m2",
            "/min",
            "Cel",
            "U/L",
            "ng/mL",
            "mm[Hg]",
            "fL",
            "pg",
            "mL/min/{1.73_m2}",
            "[iU]/mL",
            "ug/kg/min",
        ] {
            assert_eq!(code(unit).as_deref(), Some(unit));
        }
        assert_eq!(code("mmHg").as_deref(), Some("mm[Hg]"));
        for unit in [
            "", "/", "K/uL", "x10E3/uL", "beats", "MG/DL", "sec", "lb", "m/", "10*x",
        ] {
            assert_eq!(code(unit), None, "{unit}");
        }
    }
}
