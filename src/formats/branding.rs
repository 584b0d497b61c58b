//! A brand as the pages take it: paper, colours, letterhead.

use crate::domain::brand::{Brand, Colour, Density, PageSize};
use crate::formats::pdf::{self, Letterhead, Look, LookError, Picture, PictureError};

/// Paper, density and colour; what a brand leaves out is ours.
pub fn look(brand: &Brand) -> Look {
    let plain = Look::default();
    Look {
        paper: match brand.page_size {
            PageSize::A4 => pdf::Paper::A4,
            PageSize::Letter => pdf::Paper::Letter,
        },
        density: match brand.density {
            Density::Comfortable => pdf::Density::Comfortable,
            Density::Compact => pdf::Density::Compact,
        },
        accent: brand.accent.map_or(plain.accent, |Colour(rgb)| rgb),
        ..plain
    }
}

/// The head of the first page. An organisation that has told nothing but its name
/// stands in the banner alone.
pub fn letterhead(brand: &Brand, organisation: &str) -> Letterhead {
    let told = [brand.telephone.as_ref(), brand.questions.as_ref()];
    let told = told.into_iter().flatten();
    let lines: Vec<String> = brand.address.iter().chain(told).cloned().collect();
    let logo = brand.logo.as_ref().and_then(|logo| {
        // A brand with a logo that cannot be drawn was refused when it was read.
        let picture = Picture::open(&logo.bytes).ok()?;
        Some(pdf::Logo {
            picture,
            alt: logo.alt.clone(),
        })
    });
    match lines.is_empty() && logo.is_none() {
        true => Letterhead::default(),
        false => Letterhead {
            logo,
            organisation: organisation.to_owned(),
            lines,
        },
    }
}

/// What is wrong with a brand as pages would take it: the key to point at, and why.
pub fn check(brand: &Brand) -> Result<(), (&'static str, String)> {
    if let Some(logo) = &brand.logo {
        let opened: Result<Picture, PictureError> = Picture::open(&logo.bytes);
        opened.map_err(|error| ("logo", format!("the logo cannot be drawn: {error}")))?;
    }
    look(brand).check().map_err(|error| match error {
        LookError::PaleAccent(_) => ("accent", error.to_string()),
        LookError::Margin => ("page-size", error.to_string()),
    })
}

/// An accent for dark grounds: lightened until it can be read there, at 4.5:1
/// (WCAG 2.2, 1.4.3).
pub fn night(accent: Colour) -> Colour {
    let Colour(rgb) = accent;
    let lighter = |share: u16| {
        rgb.map(|part| {
            let lifted = u16::from(part) + (255 - u16::from(part)) * share / 20;
            u8::try_from(lifted).unwrap_or(u8::MAX)
        })
    };
    let mut steps = (0..20).map(lighter);
    let legible = steps.find(|step| pdf::contrast(NIGHT_GROUND, *step) >= 4.5);
    Colour(legible.unwrap_or([255; 3]))
}

/// `--card` of the dark pages, the lighter of their two grounds.
pub const NIGHT_GROUND: [u8; 3] = [0x18, 0x23, 0x2C];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::brand::{BrandFile, Logo};

    fn brand(file: BrandFile) -> Brand {
        Brand { file, logo: None }
    }

    #[test]
    fn a_pale_accent_and_a_logo_that_is_none_are_refused_at_their_keys() {
        let pale = brand(BrandFile {
            accent: Some(Colour([0xDD, 0xEE, 0xFF])),
            ..BrandFile::default()
        });
        assert_eq!(check(&pale).map_err(|(key, _)| key), Err("accent"));
        let odd = Brand {
            logo: Some(Logo {
                bytes: b"<html>"[..].into(),
                alt: "Riverside".into(),
            }),
            ..Brand::default()
        };
        assert_eq!(check(&odd).map_err(|(key, _)| key), Err("logo"));
        assert_eq!(check(&Brand::default()), Ok(()));
    }

    #[test]
    fn a_name_alone_is_no_letterhead() {
        let plain = letterhead(&Brand::default(), "Riverside");
        assert_eq!(plain, Letterhead::default());
        let told = brand(BrandFile {
            telephone: Some("+1 555 0100".into()),
            ..BrandFile::default()
        });
        let head = letterhead(&told, "Riverside");
        assert_eq!(head.lines, ["+1 555 0100"]);
        assert_eq!(head.organisation, "Riverside");
    }

    #[test]
    fn an_accent_is_lightened_until_the_night_can_show_it() {
        let dark = [[0x12, 0x4E, 0x78], [0; 3], [0x7A, 0x1F, 0x3D], [0, 0, 0xFF]];
        for rgb in dark {
            let Colour(light) = night(Colour(rgb));
            assert!(pdf::contrast(NIGHT_GROUND, light) >= 4.5, "{light:?}");
            // What is written on a button of this colour.
            assert!(pdf::contrast([0x10, 0x18, 0x1F], light) >= 4.5, "{light:?}");
        }
        let bright = Colour([0x7C, 0xC4, 0xF0]);
        assert_eq!(night(bright), bright);
    }
}
