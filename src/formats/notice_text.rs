//! What a notice says: something waits, from whom, until when, where. No name,
//! no diagnosis, no unit: mail is read by many machines and some people.

use crate::domain::notice::Notice;
use serde_json::{Value, json};

pub fn subject(notice: &Notice) -> String {
    format!("A packet is waiting for you ({})", notice.ticket)
}

pub fn body(notice: &Notice) -> String {
    format!(
        "Hello {name},\n\
         \n\
         {from} has a packet for you. Its number is {ticket}.\n\
         \n\
         Open this page to fetch it:\n\
         \n\
         {url}\n\
         \n\
         It can be fetched until {until}.\n\
         The link is meant for you alone: please do not pass it on.\n\
         \n\
         Something wrong? Write to {owner} and name the number {ticket}.\n",
        name = notice.recipient.name,
        from = notice.from,
        ticket = notice.ticket,
        url = notice.url,
        until = until(notice),
        owner = notice.owner,
    )
}

pub fn code_subject(notice: &Notice) -> String {
    format!("Your code for packet {}", notice.ticket)
}

/// The code alone: the page that it belongs to is in another mail.
pub fn code_body(notice: &Notice, code: &str) -> String {
    format!(
        "Hello {name},\n\
         \n\
         your code for the packet {ticket} from {from} is\n\
         \n    {code}\n\
         \n\
         It is good for ten minutes and for one use, on the page where you asked for it.\n\
         If you did not ask for it, you need do nothing.\n",
        name = notice.recipient.name,
        ticket = notice.ticket,
        from = notice.from,
        code = super::owner_text::grouped(code),
    )
}

/// The same as a message for machines.
pub fn message(notice: &Notice) -> Value {
    json!({
        "kind": "packet-waiting",
        "ticket": notice.ticket,
        "from": notice.from,
        "recipient": notice.recipient.name,
        "email": notice.recipient.email.as_str(),
        "url": notice.url,
        "expires": notice.expires.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
    })
}

/// The weekday keeps a far-away date from being taken for today's.
fn until(notice: &Notice) -> String {
    notice
        .expires
        .strftime("%A, %-d %B %Y, %H:%M (UTC%:z)")
        .to_string()
}
