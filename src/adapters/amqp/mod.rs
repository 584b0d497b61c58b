//! RabbitMQ: what Handoff declares, how it consumes, how it publishes. Every
//! reconnection is a new connection: channels of a broken one are not reused.

mod aside;
mod consume;
mod differences;
mod garbled;
mod gate;
mod letters;
mod publish;
mod topology;

pub use aside::Tried;
pub use consume::{Delivery, Garbled, Queue};
pub use differences::{Difference, Found, Looked, examine};
pub use garbled::Fetched;
pub use letters::{DeadLetters, Envelope};
pub use publish::{Outgoing, Publisher, Unroutable};
pub use topology::{Topology, Unfit, remove};

use anyhow::Context;
use lapin::protocol::{AMQPErrorKind, AMQPSoftError};
use lapin::{Connection, ConnectionProperties, ErrorKind};

/// Long enough for a broker on the other side of a slow network, short enough
/// to notice one that is gone.
const CONNECT_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);

async fn connect(url: &str, name: &str) -> anyhow::Result<Connection> {
    answered(Connection::connect(url, named(name))).await
}

/// Reads no more than the gate lets in.
async fn connect_behind(url: &str, name: &str, gate: &gate::Gate) -> anyhow::Result<Connection> {
    let runtime = gate::behind(gate);
    answered(Connection::connect_with_runtime(url, named(name), runtime)).await
}

fn named(name: &str) -> ConnectionProperties {
    ConnectionProperties::default().with_connection_name(name.into())
}

async fn answered(
    connecting: impl Future<Output = lapin::Result<Connection>>,
) -> anyhow::Result<Connection> {
    tokio::time::timeout(CONNECT_TIMEOUT, connecting)
        .await
        .context("the broker did not answer within 10 s")?
        .context("connecting to the broker")
}

/// What the broker itself said no with, and in what words.
fn refusal(error: &lapin::Error) -> Option<(AMQPErrorKind, &str)> {
    match error.kind() {
        ErrorKind::ProtocolError(said) => Some((said.kind().clone(), said.get_message().as_str())),
        _ => None,
    }
}

/// 404: no such queue or exchange.
fn is_missing(error: &lapin::Error) -> bool {
    let not_found = AMQPErrorKind::Soft(AMQPSoftError::NOTFOUND);
    refusal(error).is_some_and(|(kind, _)| kind == not_found)
}
