//! English: plain, for people who are tired and in a hurry.

use super::{Pages, Phrase, Wait};
use crate::domain::language::Language;

pub const PAGES: Pages = Pages {
    language: Language::En,
    phrase,
    weekdays: [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ],
    after_weekday: ", ",
    until: |wait| match wait {
        Wait::Minutes(1) => "in 1 minute".into(),
        Wait::Minutes(n) => format!("in {n} minutes"),
        Wait::Hours(1) => "in 1 hour".into(),
        Wait::Hours(n) => format!("in {n} hours"),
        Wait::Days(1) => "in 1 day".into(),
        Wait::Days(n) => format!("in {n} days"),
    },
    downloads_left: |count| match count {
        1 => "1 download left".into(),
        n => format!("{n} downloads left"),
    },
    tries_left: |count| match count {
        1 => "You can try once more. After that the link closes.".into(),
        n => format!("You can try {n} more times. After that the link closes."),
    },
    bytes: |count| match count {
        1 => "1 byte".into(),
        n => format!("{n} bytes"),
    },
    point: '.',
    units: ["kB", "MB", "GB"],
};

fn phrase(phrase: Phrase) -> &'static str {
    match phrase {
        Phrase::Title => "A packet for you",
        Phrase::ErrorTitle => "Error: ",
        Phrase::ErrorHeading => "There is a problem",
        Phrase::Number => "Number",
        Phrase::For => "For",
        Phrase::Until => "Can be fetched until",
        Phrase::HelpHeading => "Is something wrong?",
        Phrase::Help => {
            "If this is not for you, or something does not work, write to {owner} and name the number {ticket}."
        }
        Phrase::ProofHeading => "A packet is waiting for you",
        Phrase::Confidential => {
            "It holds confidential health information. Open it on a device that is yours or your organisation’s."
        }
        Phrase::DigitsShown => "To open it, type these four digits:",
        Phrase::DigitsLabel => "The four digits",
        Phrase::DigitsWhy => "They keep programs that check mail from opening your packet.",
        Phrase::BirthLegend => "The patient’s date of birth",
        Phrase::BirthHint => "For example 27 3 1958",
        Phrase::Day => "Day",
        Phrase::Month => "Month",
        Phrase::Year => "Year",
        Phrase::PasscodeLabel => "Passcode",
        Phrase::PasscodeWhere => {
            "Eight digits. You get them by telephone or in person. If nobody has told you, ask {owner}."
        }
        Phrase::EmailCodeLabel => "Code from the mail",
        Phrase::EmailCodeOffer => {
            "We send a code of eight digits to {address}. It is good for ten minutes."
        }
        Phrase::EmailCodeSent => {
            "A code of eight digits is on its way to {address}. It is good for ten minutes."
        }
        Phrase::EmailCodeSend => "Send me a code",
        Phrase::EmailCodeAgain => "Send me a new code",
        Phrase::Open => "Open the packet",
        Phrase::DigitsEmpty => "Type the four digits.",
        Phrase::DigitsImplausible => "Type four digits, nothing else.",
        Phrase::DigitsWrong => "These are not the digits shown. Compare and type them again.",
        Phrase::BirthEmpty => "Type the day, the month and the year.",
        Phrase::BirthImplausible => {
            "Nobody can be born on this date. Check the day and the month, and type all four digits of the year."
        }
        Phrase::BirthWrong => "This is not the date of birth we have for the patient.",
        Phrase::CodeEmpty => "Type the code.",
        Phrase::CodeImplausible => "The code has eight digits. Check it and type it again.",
        Phrase::CodeWrong => "This is not the right code.",
        Phrase::TooManyCodes => {
            "Too many codes were asked for. Use the newest one, or come back in ten minutes."
        }
        Phrase::CodeOver => "This code is over. Ask for a new one.",
        Phrase::NeedsProof => {
            "This page was open too long, or in another browser. Please do this once more."
        }
        Phrase::FilesHeading => "Your packet",
        Phrase::FilePdf => "Document to read (PDF)",
        Phrase::FileFhir => "Data for computer systems (FHIR)",
        Phrase::FileOther => "File",
        Phrase::Download => "Download",
        Phrase::MineUntil => {
            "You have downloaded this file. In this browser you can fetch it again until {time}."
        }
        Phrase::Again => "Download again",
        Phrase::Interrupted => {
            "Your download has not finished. You can go on with it in this browser."
        }
        Phrase::Resume => "Continue the download",
        Phrase::Elsewhere => "Already downloaded in another browser or on another device: {time}.",
        Phrase::ElsewhereAsk => {
            "If that was not you, or you need the file again, write to {owner}."
        }
        Phrase::Gone => "This file can no longer be downloaded.",
        Phrase::CheckFile => "Check that the file is unchanged",
        Phrase::CheckFileHow => "A program that computes SHA-256 must show exactly this:",
        Phrase::ShlHeading => "For health apps (SMART Health Link)",
        Phrase::ShlHow => {
            "An app that knows SMART Health Links fetches the same packet by this code or this link. Give neither to anybody else."
        }
        Phrase::ShlCode => "QR code of the SMART Health Link",
        Phrase::ShlViewer => "Open in a viewer",
        Phrase::ShlCopy => "The link to copy",
        Phrase::DeadHeading => "This link is not open",
        Phrase::DeadWhy => {
            "It may have been used already, its time may be over, or it was withdrawn."
        }
        Phrase::DeadAsk => {
            "If you still need the packet, ask its sender for a new copy. It goes to the address that got this link."
        }
        Phrase::DeadButton => "Ask for a new copy",
        Phrase::DeadElse => {
            "Or answer the message that brought you the link, and name the number in it."
        }
        Phrase::AskedHeading => "You asked for a new copy",
        Phrase::AskedWhat => "If this link was real, its sender has been told.",
        Phrase::AskedNext => {
            "If they send a new link, it comes by mail to the address that got this one. You can close this page."
        }
        Phrase::DamagedHeading => "This file is damaged",
        Phrase::DamagedWhat => {
            "The stored file failed its check, so nothing was handed out and your download was not counted."
        }
        Phrase::WriteToSender => {
            "Please answer the message that brought you the link, and name the number in it."
        }
        Phrase::AwayHeading => "Not available just now",
        Phrase::AwayWhat => {
            "Something behind this page is away for the moment. Nothing was lost or counted."
        }
        Phrase::AwayNext => "Please try again in a minute.",
        Phrase::TooManyHeading => "Too many tries",
        Phrase::TooManyNext => "Please try again {time}. Nothing was lost.",
        Phrase::WithdrawnHeading => "This packet was withdrawn",
        Phrase::WithdrawnWhat => {
            "Its sender took it back while you had it open. Do not use what you have of it before you have asked."
        }
        Phrase::NoticeSubject => "A packet is waiting for you ({ticket})",
        Phrase::NoticeBody => {
            "Hello {name},

{from} has a packet for you. Its number is {ticket}.

Open this page to fetch it:

{url}

It can be fetched until {until}.
The link is meant for you alone: please do not pass it on.

Something wrong? Write to {owner} and name the number {ticket}.
"
        }
        Phrase::CodeSubject => "Your code for packet {ticket}",
        Phrase::CodeBody => {
            "Hello {name},

your code for the packet {ticket} from {from} is

    {code}

It is good for ten minutes and for one use, on the page where you asked for it.
If you did not ask for it, you need do nothing.
"
        }
    }
}
