//! German with `Sie`, as hospitals write to people they do not know.

use super::{Pages, Phrase, Wait};
use crate::domain::language::Language;

pub const PAGES: Pages = Pages {
    language: Language::De,
    phrase,
    weekdays: [
        "Montag",
        "Dienstag",
        "Mittwoch",
        "Donnerstag",
        "Freitag",
        "Samstag",
        "Sonntag",
    ],
    after_weekday: ", ",
    until: |wait| match wait {
        Wait::Minutes(1) => "in 1 Minute".into(),
        Wait::Minutes(n) => format!("in {n} Minuten"),
        Wait::Hours(1) => "in 1 Stunde".into(),
        Wait::Hours(n) => format!("in {n} Stunden"),
        Wait::Days(1) => "in 1 Tag".into(),
        Wait::Days(n) => format!("in {n} Tagen"),
    },
    downloads_left: |count| match count {
        1 => "Noch 1-mal herunterzuladen".into(),
        n => format!("Noch {n}-mal herunterzuladen"),
    },
    tries_left: |count| match count {
        1 => "Sie haben noch 1 Versuch. Danach schließt sich der Link.".into(),
        n => format!("Sie haben noch {n} Versuche. Danach schließt sich der Link."),
    },
    bytes: |count| match count {
        1 => "1 Byte".into(),
        n => format!("{n} Bytes"),
    },
    point: ',',
    units: ["kB", "MB", "GB"],
};

fn phrase(phrase: Phrase) -> &'static str {
    match phrase {
        Phrase::Title => "Eine Sendung für Sie",
        Phrase::ErrorTitle => "Fehler: ",
        Phrase::ErrorHeading => "Das hat nicht geklappt",
        Phrase::Number => "Nummer",
        Phrase::For => "Für",
        Phrase::Until => "Abholbar bis",
        Phrase::HelpHeading => "Stimmt etwas nicht?",
        Phrase::Help => {
            "Wenn die Sendung nicht für Sie ist oder etwas nicht geht, schreiben Sie an {owner} und nennen Sie die Nummer {ticket}."
        }
        Phrase::ProofHeading => "Eine Sendung wartet auf Sie",
        Phrase::Confidential => {
            "Sie enthält vertrauliche Gesundheitsinformationen. Öffnen Sie sie auf einem Gerät, das Ihnen oder Ihrer Einrichtung gehört."
        }
        Phrase::DigitsShown => "Tippen Sie zum Öffnen diese vier Ziffern ein:",
        Phrase::DigitsLabel => "Die vier Ziffern",
        Phrase::DigitsWhy => "So öffnen keine Programme, die E-Mails prüfen, Ihre Sendung.",
        Phrase::BirthLegend => "Geburtsdatum der Patientin oder des Patienten",
        Phrase::BirthHint => "Zum Beispiel 27 3 1958",
        Phrase::Day => "Tag",
        Phrase::Month => "Monat",
        Phrase::Year => "Jahr",
        Phrase::PasscodeLabel => "Zugangscode",
        Phrase::PasscodeWhere => {
            "Acht Ziffern. Sie erfahren sie am Telefon oder persönlich. Hat sie Ihnen niemand genannt, fragen Sie {owner}."
        }
        Phrase::EmailCodeLabel => "Code aus der E-Mail",
        Phrase::EmailCodeOffer => {
            "Wir senden einen Code mit acht Ziffern an {address}. Er gilt zehn Minuten."
        }
        Phrase::EmailCodeSent => {
            "Ein Code mit acht Ziffern ist unterwegs an {address}. Er gilt zehn Minuten."
        }
        Phrase::EmailCodeSend => "Code zusenden",
        Phrase::EmailCodeAgain => "Neuen Code zusenden",
        Phrase::Open => "Sendung öffnen",
        Phrase::DigitsEmpty => "Tippen Sie die vier Ziffern ein.",
        Phrase::DigitsImplausible => "Tippen Sie nur die vier Ziffern ein.",
        Phrase::DigitsWrong => {
            "Das sind nicht die angezeigten Ziffern. Vergleichen Sie sie und tippen Sie sie noch einmal ein."
        }
        Phrase::BirthEmpty => "Tippen Sie Tag, Monat und Jahr ein.",
        Phrase::BirthImplausible => {
            "An diesem Tag kann niemand geboren sein. Prüfen Sie Tag und Monat und tippen Sie das Jahr mit vier Ziffern ein."
        }
        Phrase::BirthWrong => "Dieses Geburtsdatum stimmt nicht mit unserem überein.",
        Phrase::CodeEmpty => "Tippen Sie den Code ein.",
        Phrase::CodeImplausible => {
            "Der Code hat acht Ziffern. Prüfen Sie ihn und tippen Sie ihn noch einmal ein."
        }
        Phrase::CodeWrong => "Dieser Code stimmt nicht.",
        Phrase::TooManyCodes => {
            "Es wurden zu viele Codes angefordert. Nehmen Sie den neuesten oder kommen Sie in zehn Minuten wieder."
        }
        Phrase::CodeOver => "Dieser Code gilt nicht mehr. Fordern Sie einen neuen an.",
        Phrase::NeedsProof => {
            "Diese Seite war zu lange oder in einem anderen Browser offen. Bitte tun Sie dies noch einmal."
        }
        Phrase::FilesHeading => "Ihre Sendung",
        Phrase::FilePdf => "Dokument zum Lesen (PDF)",
        Phrase::FileFhir => "Daten für Computersysteme (FHIR)",
        Phrase::FileOther => "Datei",
        Phrase::Download => "Herunterladen",
        Phrase::MineUntil => {
            "Sie haben diese Datei heruntergeladen. In diesem Browser können Sie sie bis {time} noch einmal holen."
        }
        Phrase::Again => "Noch einmal herunterladen",
        Phrase::Interrupted => {
            "Ihr Herunterladen ist nicht zu Ende gekommen. In diesem Browser können Sie es fortsetzen."
        }
        Phrase::Resume => "Herunterladen fortsetzen",
        Phrase::Elsewhere => {
            "Bereits in einem anderen Browser oder auf einem anderen Gerät heruntergeladen: {time}."
        }
        Phrase::ElsewhereAsk => {
            "Wenn Sie das nicht waren oder die Datei noch einmal brauchen, schreiben Sie an {owner}."
        }
        Phrase::Gone => "Diese Datei kann nicht mehr heruntergeladen werden.",
        Phrase::CheckFile => "Prüfen, ob die Datei unverändert ist",
        Phrase::CheckFileHow => "Ein Programm, das SHA-256 berechnet, muss genau dies zeigen:",
        Phrase::ShlHeading => "Für Gesundheits-Apps (SMART Health Link)",
        Phrase::ShlHow => {
            "Eine App, die SMART Health Links kennt, holt dieselbe Sendung mit diesem Code oder diesem Link. Geben Sie beide nicht weiter."
        }
        Phrase::ShlCode => "QR-Code des SMART Health Links",
        Phrase::ShlViewer => "In einem Betrachter öffnen",
        Phrase::ShlCopy => "Der Link zum Kopieren",
        Phrase::DeadHeading => "Dieser Link ist nicht offen",
        Phrase::DeadWhy => {
            "Vielleicht wurde er schon benutzt, seine Zeit ist vorbei, oder er wurde zurückgezogen."
        }
        Phrase::DeadAsk => {
            "Wenn Sie die Sendung noch brauchen, bitten Sie den Absender um ein neues Exemplar. Es geht an die Adresse, die diesen Link bekommen hat."
        }
        Phrase::DeadButton => "Um ein neues Exemplar bitten",
        Phrase::DeadElse => {
            "Oder antworten Sie auf die Nachricht, die Ihnen den Link gebracht hat, und nennen Sie die Nummer darin."
        }
        Phrase::AskedHeading => "Sie haben um ein neues Exemplar gebeten",
        Phrase::AskedWhat => "Wenn dieser Link echt war, weiß sein Absender jetzt Bescheid.",
        Phrase::AskedNext => {
            "Schickt er einen neuen Link, so kommt dieser per E-Mail an die Adresse, die den alten bekommen hat. Sie können diese Seite schließen."
        }
        Phrase::DamagedHeading => "Diese Datei ist beschädigt",
        Phrase::DamagedWhat => {
            "Die gespeicherte Datei hat ihre Prüfung nicht bestanden. Es wurde nichts herausgegeben und nichts gezählt."
        }
        Phrase::WriteToSender => {
            "Bitte antworten Sie auf die Nachricht, die Ihnen den Link gebracht hat, und nennen Sie die Nummer darin."
        }
        Phrase::AwayHeading => "Gerade nicht erreichbar",
        Phrase::AwayWhat => {
            "Etwas hinter dieser Seite ist im Augenblick nicht erreichbar. Nichts ging verloren, nichts wurde gezählt."
        }
        Phrase::AwayNext => "Bitte versuchen Sie es in einer Minute noch einmal.",
        Phrase::TooManyHeading => "Zu viele Versuche",
        Phrase::TooManyNext => "Bitte versuchen Sie es {time} noch einmal. Nichts ging verloren.",
        Phrase::WithdrawnHeading => "Diese Sendung wurde zurückgezogen",
        Phrase::WithdrawnWhat => {
            "Ihr Absender hat sie zurückgezogen, während Sie sie offen hatten. Verwenden Sie nichts daraus, bevor Sie nachgefragt haben."
        }
        Phrase::NoticeSubject => "Eine Sendung wartet auf Sie ({ticket})",
        Phrase::NoticeBody => {
            "Guten Tag, {name},

{from} hat eine Sendung für Sie. Sie hat die Nummer {ticket}.

Öffnen Sie diese Seite, um sie abzuholen:

{url}

Sie kann bis {until} abgeholt werden.
Der Link ist nur für Sie bestimmt: Bitte geben Sie ihn nicht weiter.

Stimmt etwas nicht? Schreiben Sie an {owner} und nennen Sie die Nummer {ticket}.
"
        }
        Phrase::CodeSubject => "Ihr Code für die Sendung {ticket}",
        Phrase::CodeBody => {
            "Guten Tag, {name},

Ihr Code für die Sendung {ticket} von {from} lautet

    {code}

Er gilt zehn Minuten und für ein einziges Mal, auf der Seite, auf der Sie ihn angefordert haben.
Wenn Sie ihn nicht angefordert haben, brauchen Sie nichts zu tun.
"
        }
    }
}
