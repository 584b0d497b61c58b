//! What a notice says: something waits, from whom, until when, where. No name,
//! no diagnosis, no unit: mail is read by many machines and some people.

use super::words::pages::{Pages, Phrase, pages};
use crate::domain::notice::Notice;
use serde_json::{Value, json};

pub fn subject(notice: &Notice) -> String {
    words(notice).fill(Phrase::NoticeSubject, &[("ticket", &notice.ticket)])
}

pub fn body(notice: &Notice) -> String {
    let words = words(notice);
    let values = [
        ("name", notice.recipient.name.as_str()),
        ("from", &notice.from),
        ("ticket", &notice.ticket),
        ("url", &notice.url),
        ("until", &words.moment(&notice.expires)),
        ("owner", notice.owner.as_str()),
    ];
    let mut body = words.fill(Phrase::NoticeBody, &values);
    if let Some(known) = &notice.health_link {
        // Each alone on its line: mail programs find it there.
        let lines = known.viewer.iter().chain([&known.link]);
        let lines: Vec<&str> = lines.map(String::as_str).collect();
        let heading = words.say(Phrase::ShlHeading);
        let how = words.say(Phrase::ShlHow);
        body.push_str(&format!("\n{heading}\n{how}\n\n{}\n", lines.join("\n\n")));
    }
    body
}

pub fn code_subject(notice: &Notice) -> String {
    words(notice).fill(Phrase::CodeSubject, &[("ticket", &notice.ticket)])
}

/// The code alone: the page that it belongs to is in another mail.
pub fn code_body(notice: &Notice, code: &str) -> String {
    let values = [
        ("name", notice.recipient.name.as_str()),
        ("from", &notice.from),
        ("ticket", &notice.ticket),
        ("code", &super::owner_text::grouped(code)),
    ];
    words(notice).fill(Phrase::CodeBody, &values)
}

/// In the language of whoever reads it.
fn words(notice: &Notice) -> &'static Pages {
    pages(notice.recipient.language)
}

/// The same as a message for machines.
pub fn message(notice: &Notice) -> Value {
    let mut message = json!({
        "kind": "packet-waiting",
        "ticket": notice.ticket,
        "from": notice.from,
        "recipient": notice.recipient.name,
        "email": notice.recipient.email.as_str(),
        "url": notice.url,
        "expires": notice.expires.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
    });
    if let Some(known) = &notice.health_link {
        message["smartHealthLink"] = known.link.as_str().into();
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::language::Language;
    use crate::domain::notice::{HealthLink, Recipient};

    fn notice(language: Language) -> Notice {
        let address = |text: &str| text.to_owned().try_into().unwrap();
        Notice {
            recipient: Recipient {
                name: "Riverside {url} care".into(),
                email: address("care@riverside.example"),
                language,
            },
            from: "Good Health".into(),
            ticket: "7K3MQ2".into(),
            expires: "2026-11-28T10:15:00+01:00[Europe/Berlin]".parse().unwrap(),
            url: "https://handoff.example/l/abc".into(),
            owner: address("integration@riverside.example"),
            health_link: None,
        }
    }

    #[test]
    fn a_notice_tells_its_reader_in_their_language_all_they_need() {
        for language in Language::ALL {
            let notice = notice(language);
            let (subject, body) = (subject(&notice), body(&notice));
            assert!(subject.contains("7K3MQ2"), "{subject}");
            // A name that looks like a place stays a name.
            for part in [
                "Riverside {url} care",
                "Good Health",
                "10:15",
                "UTC+01:00",
                "2026",
            ] {
                assert!(body.contains(part), "{language:?}: {part}");
            }
            // What mail programs turn into a link stands alone on its line.
            assert!(body.lines().any(|line| line == notice.url), "{body}");
            assert_eq!(body.matches("https://").count(), 1);
            assert!(body.ends_with('\n') && !body.ends_with("\n\n"));
        }
    }

    #[test]
    fn a_link_for_apps_stands_alone_on_its_line() {
        for language in Language::ALL {
            let link = HealthLink {
                link: "shlink:/abc".into(),
                viewer: Some("https://viewer.example/#shlink:/abc".into()),
            };
            let notice = Notice {
                health_link: Some(link),
                ..notice(language)
            };
            let body = body(&notice);
            for alone in [
                "https://handoff.example/l/abc",
                "https://viewer.example/#shlink:/abc",
                "shlink:/abc",
            ] {
                assert!(body.lines().any(|line| line == alone), "{body}");
            }
            assert_eq!(message(&notice)["smartHealthLink"], "shlink:/abc");
        }
    }

    #[test]
    fn a_code_comes_without_a_link() {
        for language in Language::ALL {
            let notice = notice(language);
            let body = code_body(&notice, "40718263");
            assert!(body.lines().any(|line| line == "    4071 8263"), "{body}");
            assert!(!body.contains("http") && !code_subject(&notice).contains("4071"));
        }
    }

    #[test]
    fn a_notice_in_english_is_plain() {
        let body = body(&notice(Language::En));
        let until = "It can be fetched until Saturday, 28 November 2026, 10:15 (UTC+01:00).";
        assert!(body.contains(until), "{body}");
    }
}
