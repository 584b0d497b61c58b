//! Every page in every language: its words, its form, and what assistive technology
//! is promised. `UPDATE=1` writes the snapshots anew.

mod samples;
mod seen;

use super::*;
use crate::domain::brand::Colour;
use crate::formats::words::pages::Phrase;
use samples::{all, files_page, proof_page};
use seen::{Seen, seen};
use std::path::Path;

async fn text(response: Response) -> String {
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await;
    String::from_utf8(body.expect("a body").to_vec()).expect("UTF-8")
}

async fn every(check: impl Fn(Language, &str, &Seen)) {
    for language in Language::ALL {
        for (name, page) in all(language) {
            check(language, name, &seen(&text(page).await));
        }
    }
}

#[tokio::test]
async fn pages_say_what_their_snapshots_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (kept, shown) = (
        root.join("tests/it/snapshots/pages"),
        root.join("target/pages"),
    );
    std::fs::create_dir_all(&shown).unwrap();
    std::fs::create_dir_all(&kept).unwrap();
    for language in Language::ALL {
        let mut said = String::new();
        for (name, page) in all(language) {
            let status = page.status().as_u16();
            let html = text(page).await;
            // For eyes: a browser shows them as they are.
            let file = shown.join(format!("{name}.{}.html", language.tag()));
            let local = html.replace("href=\"/page.css\"", "href=\"page.css\"");
            std::fs::write(file, local).unwrap();
            let lines = seen(&html).lines.join("\n");
            said += &format!("=== {name} ({status})\n{lines}\n\n");
        }
        let file = kept.join(format!("{}.txt", language.tag()));
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&file, &said).unwrap();
        }
        let known = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            known == said,
            "{} is said otherwise:\n{said}",
            file.display()
        );
    }
    std::fs::write(shown.join("page.css"), include_str!("../../pages/page.css")).unwrap();
}

#[tokio::test]
async fn every_field_has_a_label_and_every_reference_a_target() {
    every(|_, name, page| {
        let ids = page.ids();
        let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len(), "{name}: an id twice");
        for input in page
            .named("input")
            .filter(|i| i.get("type") != Some("hidden"))
        {
            let id = input.get("id").expect("a field has an id");
            assert!(
                page.labelled.iter().any(|label| label == id),
                "{name}: {id}"
            );
            assert_eq!(input.get("inputmode"), Some("numeric"));
            assert!(
                input.get("autofocus").is_none(),
                "{name}: it would skip the page"
            );
        }
        for element in &page.elements {
            let lists = ["aria-describedby", "aria-labelledby", "for"];
            let listed = lists.iter().filter_map(|key| element.get(key));
            let anchor = element.get("href").and_then(|href| href.strip_prefix('#'));
            for target in listed.flat_map(str::split_whitespace).chain(anchor) {
                assert!(ids.contains(&target), "{name}: {target} is nowhere");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn nothing_in_a_page_needs_a_script_a_style_or_another_site() {
    every(|_, name, page| {
        for element in &page.elements {
            assert!(
                !["script", "style", "iframe"].contains(&element.name.as_str()),
                "{name}"
            );
            for (key, value) in &element.attributes {
                assert!(!key.starts_with("on") && key != "style", "{name}: {key}");
                let fetched = matches!(key.as_str(), "src" | "action")
                    || key == "href" && element.name == "link";
                assert!(!fetched || value.starts_with('/'), "{name}: {value}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_has_one_heading_its_language_and_its_direction() {
    every(|language, name, page| {
        assert_eq!(page.named("h1").count(), 1, "{name}");
        assert_eq!(page.named("main").count(), 1, "{name}");
        let root = page.named("html").next().expect("a root");
        assert_eq!(root.get("lang"), Some(language.tag()));
        let direction = if language == Language::Ar {
            "rtl"
        } else {
            "ltr"
        };
        assert_eq!(root.get("dir"), Some(direction));
    })
    .await;
}

/// A title stays in histories and in previews of chats.
#[tokio::test]
async fn a_title_tells_no_more_than_that_something_waits() {
    every(|language, name, page| {
        let words = pages(language);
        let title = page.lines[0].strip_prefix("title: ").expect("a title");
        let error = words.say(Phrase::ErrorTitle).trim();
        let told = title.strip_prefix(error).map_or(title, str::trim);
        let open = ["asked", "files", "files-all"].contains(&name);
        if name.contains("digits") || name.contains("code") || open && name != "asked" {
            assert_eq!(told, words.say(Phrase::Title), "{name}");
        }
        let fine = page.named("html").count() == 1
            && [
                "digits",
                "birth-date",
                "passcode",
                "email-code",
                "email-code-sent",
            ]
            .contains(&name);
        assert_eq!(title.starts_with(error), !(fine || open), "{name}: {title}");
        assert!(
            !page.elements.iter().any(|e| e.get("property").is_some()),
            "{name}"
        );
    })
    .await;
}

#[tokio::test]
async fn trouble_is_announced_at_the_top_and_tied_to_its_field() {
    for language in Language::ALL {
        let wrong = Some(Trouble::Wrong { left: Some(2) });
        for method in [
            Method::Digits { shown: "7304" },
            Method::BirthDate,
            Method::Passcode,
        ] {
            let page = seen(&text(proof_page(language, method, wrong)).await);
            let main = page.elements.iter().position(|e| e.name == "main").unwrap();
            let alert = &page.elements[main + 1];
            assert_eq!(alert.get("role"), Some("alert"));
            assert_eq!(
                (alert.get("id"), alert.get("tabindex")),
                (Some("problem"), Some("-1"))
            );
            for input in page
                .named("input")
                .filter(|i| i.get("type") != Some("hidden"))
            {
                assert_eq!(input.get("aria-invalid"), Some("true"));
                assert!(input.get("aria-describedby").unwrap().contains("problem"));
            }
            assert!(page.lines.contains(&pages(language).tries_left(2)));
        }
    }
}

/// Before the proof nobody learns whom it is for or what it holds.
#[tokio::test]
async fn a_stranger_reads_no_name_no_file_and_no_label() {
    every(|_, name, page| {
        let open = name.starts_with("files");
        let said = page.lines.join("\n");
        for secret in ["care> management", ".pdf", "42 CFR", "SHA", "shlink:"] {
            assert!(open || !said.contains(secret), "{name}: {secret}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_typed_by_others_is_escaped() {
    let html = text(files_page(Language::En, true)).await;
    assert!(
        html.contains("Riverside &#60;care&#62; management"),
        "{html}"
    );
    assert!(html.contains("Riverside Hospital &#38; Clinics"));
}

#[tokio::test]
async fn answers_have_their_status_and_say_when_to_come_again() {
    let cases = [
        (None, 200),
        (Some(Trouble::CodeSent), 200),
        (Some(Trouble::Empty), 422),
        (Some(Trouble::Implausible), 422),
        (Some(Trouble::Wrong { left: None }), 403),
        (Some(Trouble::CodeOver), 403),
        (Some(Trouble::NeedsProof), 403),
        (Some(Trouble::TooManyCodes), 429),
    ];
    for (trouble, status) in cases {
        let response = proof_page(Language::En, Method::Passcode, trouble);
        assert_eq!(response.status().as_u16(), status, "{trouble:?}");
        let again = response.headers().contains_key(header::RETRY_AFTER);
        assert_eq!(again, status == 429);
        assert_eq!(response.headers()[header::CONTENT_LANGUAGE], "en");
    }
}

#[tokio::test]
async fn boxes_of_a_date_stand_as_the_language_writes_dates() {
    for (language, order) in [
        (Language::De, ["day", "month", "year"]),
        (Language::Zh, ["year", "month", "day"]),
    ] {
        let page = seen(&text(proof_page(language, Method::BirthDate, None)).await);
        let fields: Vec<_> = page
            .named("input")
            .filter_map(|input| input.get("name"))
            .collect();
        assert_eq!(fields[1..], order);
    }
}

#[test]
fn the_browser_chooses_the_language_of_a_page_for_strangers() {
    let mut headers = HeaderMap::new();
    assert_eq!(stranger(&headers), Language::En);
    headers.insert(
        header::ACCEPT_LANGUAGE,
        HeaderValue::from_static("nl, fr;q=0.5"),
    );
    assert_eq!(stranger(&headers), Language::Fr);
}

#[test]
fn colours_of_a_brand_replace_those_of_the_stylesheet() {
    let css = brand::colours(Colour([0x12, 0x4E, 0x78]));
    assert!(css.contains("--accent: #124E78;"), "{css}");
    for name in ["--accent:", "--on-accent:"] {
        assert_eq!(css.matches(name).count(), 2);
        assert!(include_str!("../../pages/page.css").contains(name));
    }
}
