//! What people wrote of the sample's patient, and the files that came along.

use super::{coded, text, when};
use crate::domain::facts::{EmbeddedDocument, NarrativeSection, Places};

pub(super) fn sections() -> Vec<NarrativeSection> {
    const WRITTEN: [(&str, &str); 12] = [
        (
            "10154-3",
            "Breathless at night and swollen ankles for a week.",
        ),
        (
            "10164-2",
            "Woman of 75 with known heart failure. Stopped her water tablets ten days ago because of a stomach upset; three pillows since, weight up by 4 kg.",
        ),
        (
            "8648-8",
            "Treated with intravenous furosemide for four days, 5.2 kg lost. Creatinine rose to 1.9 mg/dL and fell again.\n\nAtrial fibrillation was seen for the first time on the monitor: apixaban was begun, aspirin was not continued.\n\nWent home with home care, walking 200 m without stopping.",
        ),
        (
            "18841-7",
            "Nephrology, 18 November: kidney injury from congestion; go on with diuretics, potassium every second day.",
        ),
        (
            "51848-0",
            "Acute on chronic heart failure, decompensated after the tablets were stopped. New atrial fibrillation.",
        ),
        (
            "18776-5",
            "Potassium and creatinine within a week. Cardiology clinic on 1 December. Consider spironolactone again when potassium is below 5.0.",
        ),
        ("11348-0", "Heart failure since 2019. Appendectomy 1968."),
        (
            "10157-6",
            "Mother: stroke at 70. Brother: heart attack at 58.",
        ),
        (
            "47420-5",
            "Walks with a stick. Needs help with bathing, none with dressing.",
        ),
        ("61144-2", "2 g of sodium, 1.5 L of fluids a day."),
        (
            "42348-3",
            "Wants to be resuscitated; talked through on 20 November. Her husband decides for her if she cannot.",
        ),
        ("46264-8", "Walking stick. Blood pressure cuff at home."),
    ];
    let section = |(code, written): (&str, &str)| NarrativeSection {
        code: text(code),
        standard: None,
        title: None,
        text: written.to_owned(),
        at: Places::of(format!("OBX, {code}")),
    };
    WRITTEN.into_iter().map(section).collect()
}

pub(super) fn documents() -> Vec<EmbeddedDocument> {
    const LETTER: &str = "Dear colleague,\n\nthank you for taking over the care of Mrs Haddad. The echocardiogram of 18 November is described above.\n\nPetra Novak";
    let letter = EmbeddedDocument {
        content_type: text("text/plain"),
        title: text("Letter to the practice"),
        kind: Some(coded("LN", "68608-9", "Summary note")),
        size: Some(LETTER.len()),
        id: text("DOC-5512"),
        status: Some("final"),
        availability: None,
        date: when("2026-11-23"),
        content: LETTER.as_bytes().to_vec(),
        at: Places::of("OBX[18]"),
    };
    let elsewhere = EmbeddedDocument {
        content_type: text("application/dicom"),
        title: text("Echocardiogram, pictures"),
        kind: Some(coded("LN", "18748-4", "Diagnostic imaging study")),
        date: when("2026-11-18"),
        at: Places::of("OBX[19]"),
        ..EmbeddedDocument::default()
    };
    vec![letter, elsewhere]
}
