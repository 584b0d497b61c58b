//! A text as a QR code: an SVG without scripts and styles, for pages whose policy
//! allows neither.

use anyhow::anyhow;
use fast_qr::{ECL, QRBuilder};
use std::fmt::Write;

/// The empty border that scanners need (ISO/IEC 18004 §9.1).
const QUIET: usize = 4;

/// Error correction level M, as SMART Health Links recommend. Dark on white whatever
/// the page's colours are: many scanners read nothing else. What a screen reader says
/// of it is up to the page.
pub fn svg(text: &str) -> anyhow::Result<String> {
    let code = QRBuilder::new(text).ecl(ECL::M).build();
    let code = code.map_err(|_| anyhow!("a text of {} bytes fits no QR code", text.len()))?;
    let side = code.size + 2 * QUIET;
    let mut path = String::new();
    for row in 0..code.size {
        let mut column = 0;
        while column < code.size {
            let run = (column..code.size)
                .take_while(|column| code[row][*column].value())
                .count();
            if run > 0 {
                // Writing to a string does not fail.
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", column + QUIET, row + QUIET);
            }
            column += run + 1;
        }
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
         aria-hidden=\"true\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/>\
         <path fill=\"#000\" d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_a_white_border_and_its_three_corners() {
        let drawn = svg("shlink:/eyJ1cmwiOiJ4In0").unwrap();
        // Version 2 with 25 modules, and four of white on each side.
        assert!(drawn.contains("viewBox=\"0 0 33 33\""));
        // The finder patterns begin with seven dark modules.
        for corner in ["M4 4h7v1", "M22 4h7v1", "M4 22h7v1"] {
            assert!(drawn.contains(corner), "{corner}");
        }
        assert!(!drawn.contains("style") && !drawn.contains("script"));
    }

    #[test]
    fn what_fits_no_code_is_an_error_without_the_text() {
        // 2,331 bytes is the most at level M.
        let refused = svg(&"a".repeat(2332)).err().unwrap().to_string();
        assert!(!refused.contains("aaaa") && refused.contains("2332"));
    }
}
