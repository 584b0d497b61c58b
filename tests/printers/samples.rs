//! Sheets to look at: each shows what a page can hold, or what is hard about it.

use crate::packets::{heading, packet, pair, table};
use crate::pdf::*;

const LOGO: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 60" width="240" height="60">
<title>Riverside</title>
<g transform="translate(30 30)"><circle r="26" fill="#124E78"/>
<path d="M-5-16h10v11h11v10h-11v11h-10v-11h-11v-10h11z" fill="#fff"/></g>
<path d="M70 40 q 20 -30 40 0 t 40 0 t 40 0 t 40 0" fill="none" stroke="#2A9D8F" stroke-width="5"/>
<rect x="70" y="12" width="160" height="6" rx="3" fill="#124E78"/></svg>"##;

/// Name and sheet.
pub fn all() -> Vec<(&'static str, Sheet)> {
    vec![
        ("a4", letter(Look::default())),
        (
            "letter-compact",
            letter(Look {
                paper: Paper::Letter,
                density: Density::Compact,
                accent: [0x6B, 0x1F, 0x3A],
                ..Look::default()
            }),
        ),
        ("medications", medications()),
        ("arabic", arabic()),
        ("mixed", mixed()),
        ("chinese", chinese()),
        ("packet", packet(1)),
    ]
}

fn letterhead() -> Letterhead {
    Letterhead {
        logo: Some(Logo {
            picture: Picture::open(LOGO.as_bytes()).expect("a small drawing"),
            alt: "Riverside Hospital".to_owned(),
        }),
        organisation: "Riverside Hospital".to_owned(),
        lines: vec![
            "12 Quay Street, Riverside, OH 45011".to_owned(),
            "Telephone +1 555 0100".to_owned(),
            "Questions: discharge office, +1 555 0101, 8 am to 6 pm".to_owned(),
        ],
    }
}

fn letter(look: Look) -> Sheet {
    let mut sheet = packet(7);
    sheet.look = look;
    sheet.letterhead = letterhead();
    let note = Block::Heading {
        level: 3,
        text: "Before you leave".to_owned(),
    };
    let list = Block::List(vec![
        "Take the new tablets with food.".to_owned(),
        "Weigh yourself every morning, and call us if you gain more than two kilograms in three days; bring this letter and the boxes of everything you take to every appointment.".to_owned(),
        "Come back for blood tests on 19 March 2026.".to_owned(),
    ]);
    let figure = Block::Figure {
        picture: Picture::open(LOGO.as_bytes()).expect("a small drawing"),
        alt: "A wave below a bar".to_owned(),
        caption: "Figure that came with the event".to_owned(),
    };
    sheet.blocks.extend([note, list, figure]);
    sheet
}

fn medications() -> Sheet {
    let mut sheet = packet(3);
    let row = |number: usize| Row {
        cells: vec![
            format!("Medication number {number}"),
            "one tablet in the morning with a glass of water, and one at night. "
                .repeat(1 + number * 5 % 6),
            format!("{}.5", number * 7),
            ["new", "changed", "continued"][number % 3].to_owned(),
        ],
        strong: number.is_multiple_of(9),
        strong_cells: if number.is_multiple_of(3) {
            vec![3]
        } else {
            Vec::new()
        },
    };
    let mut block = table(
        "Medications",
        &[
            ("Medication", 1.6),
            ("How to take it", 2.6),
            ("mg", 0.6),
            ("Change", 0.9),
        ],
        (1..=40).map(row).collect(),
    );
    if let Block::Table(table) = &mut block {
        table.columns[2].align = Align::End;
    }
    sheet.blocks = vec![
        heading("Medications"),
        block,
        heading("After it"),
        Block::Paragraph("The end.".to_owned()),
    ];
    sheet
}

/// Everything in it goes through the shaper.
pub fn arabic() -> Sheet {
    let mut sheet = packet(5);
    sheet.title = "ملخص الخروج".to_owned();
    sheet.language = "ar".to_owned();
    sheet.letterhead = letterhead();
    sheet.banner = Banner {
        name: "فاطمة الزهراء محمد (Fatima)".to_owned(),
        facts: vec![
            pair("تاريخ الميلاد", "12 مارس 1961"),
            pair("رقم السجل", "MRN-123456"),
            pair("الجنس", "أنثى"),
        ],
        organisation: "مستشفى ريفرسايد".to_owned(),
    };
    sheet.footer = "معلومات سرية عن المريض · A1B2-C3".to_owned();
    sheet.phrases = Phrases {
        page: "صفحة {n} من {m}".to_owned(),
        continued: "{section} (تابع)".to_owned(),
    };
    let cells = |cells: [&str; 4]| Row {
        cells: cells.map(str::to_owned).to_vec(),
        ..Row::default()
    };
    let rows = [
        cells(["Aspirin 100 mg", "قرص واحد يوميا", "3.5 – 5.1", "جديد"]),
        cells([
            "ميتفورمين 500 mg",
            "مرتين يوميا مع الطعام (500 mg × 2)",
            "120/80",
            "مستمر",
        ]),
        cells([
            "Lisinopril",
            "5 mg مرة واحدة في الصباح",
            "7.2 mmol/l",
            "متغير",
        ]),
    ];
    let mut results = table(
        "الأدوية",
        &[
            ("الدواء", 1.4),
            ("طريقة الاستعمال", 2.0),
            ("النتيجة", 1.0),
            ("التغيير", 0.8),
        ],
        rows.iter().cycle().take(45).cloned().collect(),
    );
    if let Block::Table(table) = &mut results {
        table.columns[2].align = Align::End;
    }
    sheet.blocks = vec![
        Block::Heading {
            level: 1,
            text: "ملخص الخروج من المستشفى".to_owned(),
        },
        Block::Notice {
            title: "ما تعذرت قراءته".to_owned(),
            lines: vec!["لم نتمكن من قراءة الحقل PID-5 في الرسالة.".to_owned()],
        },
        heading("الإقامة"),
        Block::Grid(vec![
            pair("تاريخ الدخول", "3 مارس 2026"),
            pair("تاريخ الخروج", "12 مارس 2026"),
            pair("الطبيب", "Dr. O'Neil, Sarah"),
            pair("ضغط الدم", "120/80 mmHg"),
        ]),
        Block::Paragraph(format!(
            "أُدخلت المريضة بسبب ألم في الصدر، وأُعطيت دواء {} ثم {} لمدة 7–10 أيام، وبلغت نسبة السكر {}. يجب مراجعة العيادة خلال أسبوعين من تاريخ الخروج مع إحضار جميع الأدوية، والاتصال بالرقم {} عند الحاجة.",
            isolated("Aspirin 100 mg"),
            isolated("Metformin (XR) 500 mg"),
            isolated("7.2 mmol/l"),
            isolated("+1 555-0100")
        )),
        Block::List(vec![
            "تناول الدواء مع الطعام.".to_owned(),
            "Bring this letter.".to_owned(),
        ]),
        heading("الأدوية"),
        results,
    ];
    sheet
}

fn mixed() -> Sheet {
    let mut sheet = packet(6);
    sheet.banner.name = "الزهراء, فاطمة".to_owned();
    sheet.blocks.truncate(4);
    sheet.blocks.push(Block::Grid(vec![
        pair("Name", "עמית כהן, born 1961"),
        pair("Contact", "فاطمة (daughter), +1 555-0100"),
    ]));
    sheet.blocks.push(Block::Paragraph(
        "يؤخذ Aspirin 100 mg مرة واحدة في اليوم بعد الطعام ولا يؤخذ مع أدوية أخرى إلا بعد استشارة الطبيب المعالج أو الصيدلي في المستشفى.".to_owned(),
    ));
    sheet
}

fn chinese() -> Sheet {
    let mut sheet = packet(8);
    sheet.language = "zh".to_owned();
    sheet.banner.name = "王小明 (WANG Xiaoming)".to_owned();
    sheet.blocks.truncate(3);
    sheet.blocks.push(Block::Paragraph(
        "骨折，直接收入院。患者因胸痛入院，给予阿司匹林100 mg，每日一次，两周后复诊。".repeat(5),
    ));
    sheet
}
