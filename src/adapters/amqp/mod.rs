//! RabbitMQ: what Handoff declares, how it consumes, how it publishes. Every
//! reconnection is a new connection: channels of a broken one are not reused.

mod consume;
mod garbled;
mod letters;
mod publish;
mod topology;

pub use consume::{Delivery, Garbled, Queue};
pub use garbled::Fetched;
pub use letters::{DeadLetters, Envelope};
pub use publish::{Outgoing, Publisher, Unroutable};
pub use topology::remove;

use anyhow::Context;
use lapin::{Connection, ConnectionProperties};

/// Long enough for a broker on the other side of a slow network, short enough
/// to notice one that is gone.
const CONNECT_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);

async fn connect(url: &str, name: &str) -> anyhow::Result<Connection> {
    let properties = ConnectionProperties::default().with_connection_name(name.into());
    let connecting = Connection::connect(url, properties);
    tokio::time::timeout(CONNECT_TIMEOUT, connecting)
        .await
        .context("the broker did not answer within 10 s")?
        .context("connecting to the broker")
}
