//! In what a queue differs from what a channel needs. AMQP tells one argument at
//! a time, in the text of its refusal: it is asked until nothing differs.

use super::topology::{Needed, Topology};
use super::{connect, is_missing, refusal};
use lapin::Connection;
use lapin::options::QueueDeclareOptions;
use lapin::protocol::{AMQPErrorKind, AMQPSoftError};
use lapin::types::{AMQPValue, FieldTable};
use std::fmt;

/// An argument of a queue that is not what we need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub argument: String,
    pub needed: String,
    /// `None`: the queue was made without it.
    pub is: Option<String>,
}

impl Difference {
    /// A policy sets these as well, and a queue does not tell what a policy says.
    pub fn by_policy(&self) -> bool {
        let policies = [
            "x-dead-letter-exchange",
            "x-dead-letter-routing-key",
            "x-dead-letter-strategy",
            "x-overflow",
            "x-message-ttl",
            "x-delivery-limit",
        ];
        self.is.is_none() && policies.contains(&self.argument.as_str())
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is = self.is.as_deref().unwrap_or("not set");
        write!(f, "{} is {is}, needed is {}", self.argument, self.needed)
    }
}

/// What the broker has under a queue's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    Missing,
    AsNeeded,
    /// It is there, and we may not ask for more.
    Unseen,
    Differs(Vec<Difference>),
}

/// More arguments than any of our queues has.
const MOST_QUESTIONS: usize = 12;

/// Never makes a queue: one that is not there is asked nothing more.
pub(super) async fn look(connection: &Connection, needed: &Needed) -> anyhow::Result<Found> {
    let mut table = needed.arguments.clone();
    let mut differs = Vec::new();
    if let Some(error) = ask(connection, &needed.name, None).await? {
        if is_missing(&error) {
            return Ok(Found::Missing);
        }
        return match refusal(&error) {
            // Another connection has it for itself alone (405), or we have no right to look.
            Some(_) => Ok(Found::Unseen),
            None => Err(error.into()),
        };
    }
    for _ in 0..MOST_QUESTIONS {
        let Some(error) = ask(connection, &needed.name, Some(&table)).await? else {
            break;
        };
        let Some((AMQPErrorKind::Soft(AMQPSoftError::PRECONDITIONFAILED), said)) = refusal(&error)
        else {
            // No right to declare it: it is there, and that is all we can tell.
            return Ok(Found::Unseen);
        };
        let difference = read(said, &needed.arguments);
        let known = differs.contains(&difference);
        table = with(&table, &difference);
        let over = known || !difference.argument.starts_with("x-");
        if !known {
            differs.push(difference);
        }
        if over {
            break;
        }
    }
    Ok(match differs.is_empty() {
        true => Found::AsNeeded,
        false => Found::Differs(differs),
    })
}

/// A queue of a channel, and what the broker has under its name.
#[derive(Debug)]
pub struct Looked {
    pub queue: String,
    pub found: Found,
    /// The arguments that it needs, for whoever makes it by hand.
    pub needed: String,
}

/// Looks at every queue of a channel, and makes none.
pub async fn examine(url: &str, topology: &Topology<'_>) -> anyhow::Result<Vec<Looked>> {
    let connection = connect(url, "handoff doctor").await?;
    let mut all = Vec::new();
    for needed in topology.queues() {
        let arguments = needed.arguments.inner().iter();
        let arguments = arguments.map(|(name, value)| format!("{name}={}", shown(value)));
        all.push(Looked {
            found: look(&connection, &needed).await?,
            needed: arguments.collect::<Vec<_>>().join(", "),
            queue: needed.name,
        });
    }
    // Already gone is as good as closed.
    let _ = connection.close(200, "looked".into()).await;
    Ok(all)
}

/// Declares, passively where there is no table; the broker's refusal, if any.
async fn ask(
    connection: &Connection,
    name: &str,
    table: Option<&FieldTable>,
) -> anyhow::Result<Option<lapin::Error>> {
    let channel = connection.create_channel().await?;
    let options = QueueDeclareOptions {
        durable: true,
        passive: table.is_none(),
        ..QueueDeclareOptions::default()
    };
    let table = table.cloned().unwrap_or_default();
    match channel.queue_declare(name.into(), options, table).await {
        Ok(_) => {
            channel.close(200, "looked".into()).await?;
            Ok(None)
        }
        Err(error) => Ok(Some(error)),
    }
}

/// `inequivalent arg 'x-overflow' for queue … received 'a' but current is 'b'`, in
/// the spellings of RabbitMQ 3.8 to 4: `none`, `'b'`, `the value 'b' of type 't'`.
/// A refusal is cut at 255 bytes: of a queue with a long name the value is missing.
fn read(said: &str, needed: &FieldTable) -> Difference {
    let rest = said.split_once("inequivalent arg '");
    let rest = rest.map_or("an argument'", |(_, rest)| rest);
    let (argument, rest) = rest.split_once('\'').unwrap_or((rest, ""));
    let is = match rest.rsplit_once("but current is ") {
        Some((_, current)) => current.split('\'').nth(1),
        None => Some("another"),
    };
    let ours = needed.inner().get(argument).map(shown);
    let unnamed = if argument.starts_with("x-") {
        "none"
    } else {
        "true"
    };
    Difference {
        argument: argument.to_owned(),
        needed: ours.unwrap_or_else(|| unnamed.into()),
        is: is.map(str::to_owned),
    }
}

/// The same question with this argument as the broker has it.
fn with(table: &FieldTable, difference: &Difference) -> FieldTable {
    let mut next = FieldTable::default();
    for (name, value) in table.inner() {
        if name.as_str() != difference.argument {
            next.insert(name.clone(), value.clone());
        }
    }
    if let Some(is) = &difference.is {
        let value = match (is.parse::<i64>(), is.as_str()) {
            (Ok(number), _) => AMQPValue::LongLongInt(number),
            (_, "true") => AMQPValue::Boolean(true),
            (_, "false") => AMQPValue::Boolean(false),
            _ => AMQPValue::LongString(is.as_str().into()),
        };
        next.insert(difference.argument.as_str().into(), value);
    }
    next
}

fn shown(value: &AMQPValue) -> String {
    match value {
        AMQPValue::LongString(text) => format!("'{text}'"),
        AMQPValue::LongLongInt(number) => number.to_string(),
        AMQPValue::Boolean(yes) => yes.to_string(),
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(said: &str) -> Difference {
        let mut needed = FieldTable::default();
        needed.insert("x-delivery-limit".into(), AMQPValue::LongLongInt(20));
        read(said, &needed)
    }

    #[test]
    fn the_brokers_words_for_what_differs_are_understood() {
        let said = "PRECONDITION_FAILED - inequivalent arg 'x-delivery-limit' for queue 'q' in vhost '/': received '20' but current is '5'";
        assert_eq!(
            difference(said).to_string(),
            "x-delivery-limit is 5, needed is 20"
        );
        let said = "PRECONDITION_FAILED - inequivalent arg 'x-overflow' for queue 'q' in vhost '/': received the value 'reject-publish' of type 'longstr' but current is none";
        let unset = difference(said);
        assert_eq!((unset.is.as_deref(), unset.by_policy()), (None, true));
        let said = "PRECONDITION_FAILED - inequivalent arg 'x-dead-letter-exchange' for queue 'q' in vhost '/': received none but current is the value 'other' of type 'longstr'";
        let other = difference(said);
        assert_eq!(
            (other.is.as_deref(), other.by_policy()),
            (Some("other"), false)
        );
        let cut =
            difference("PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'a-long");
        assert_eq!(
            (&*cut.argument, cut.is.as_deref()),
            ("x-queue-type", Some("another"))
        );
    }
}
