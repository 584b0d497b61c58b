//! Mails to the owner of a channel, who runs it: what happened to a link, and the
//! command that answers it. No patient, no link that opens anything.

/// The link that a mail is about.
pub struct About {
    pub ticket: String,
    pub handoff: String,
    pub link: String,
    pub recipient: String,
    pub channel: String,
}

/// The passcode, for the one who must tell it: by telephone or in person.
pub fn passcode(about: &About, code: &str) -> (String, String) {
    let shown = grouped(code);
    let subject = format!("Passcode for packet {}", about.ticket);
    let body = format!(
        "The packet {} waits for {} behind a passcode:\n\n    {shown}\n\n\
         Tell it to them by telephone or in person. Do not send it to the address that\n\
         the link was sent to.\n\n{}",
        about.ticket,
        about.recipient,
        foot(about)
    );
    (subject, body)
}

pub fn locked(about: &About) -> (String, String) {
    let subject = format!("Packet {} is locked: too many wrong answers", about.ticket);
    let body = format!(
        "Somebody with the link of {} gave wrong answers until it locked. Nothing was\n\
         handed out by it since.\n\nIf it was the recipient, give them a new link:\n\n    \
         handoff reissue {}\n\nIf it was not, find out who else has the link; what happened is in\n\n    \
         handoff show {}\n\n{}",
        about.recipient,
        about.link,
        about.handoff,
        foot(about)
    );
    (subject, body)
}

pub fn new_copy(about: &About) -> (String, String) {
    let subject = format!("A new copy of packet {} is asked for", about.ticket);
    let body = format!(
        "Somebody who holds the link of {} found it closed and asks for a new copy.\n\
         If they should have it:\n\n    handoff reissue {}\n\nThe new link goes to the same \
         recipient, not to whoever asked.\n\n{}",
        about.recipient,
        about.link,
        foot(about)
    );
    (subject, body)
}

/// In two groups: eight digits are told by telephone.
pub fn grouped(code: &str) -> String {
    let (left, right) = code.split_at_checked(4).unwrap_or((code, ""));
    format!("{left} {right}").trim_end().to_owned()
}

fn foot(about: &About) -> String {
    format!("Channel {}, handoff {}.\n", about.channel, about.handoff)
}
