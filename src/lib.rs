//! Handoff: an integration event becomes a sealed packet behind a link that
//! opens once. This is the map of the house; read `app/pipeline.rs` first.
//!
//! # Floors
//!
//! | floor | holds | may touch |
//! |---|---|---|
//! | [`domain`] | values and decisions | nothing: no files, network, clock, chance, async |
//! | [`formats`] | bytes ↔ domain | bytes in memory, embedded fonts |
//! | [`adapters`] | the doors: broker, database, staging, keys, clock, telemetry | sockets, disk, SQL, keys |
//! | [`app`] | the order of things | order, concurrency, HTTP |
//!
//! You can only look down. `formats` and `adapters` do not know each other.
//! `tests/it/floors.rs` keeps it so.
//!
//! # A message walks
//!
//! `amqp::Delivery` or an HTTP body → `formats::read` → `ClinicalFacts` with
//! `Doubt`s → for each `Channel` to which the event means something: its visit's
//! turn → what it cancels, merges or leaves to be remembered → known already?
//! a correction of what? for real life? → what earlier messages add → judged:
//! sensitive? → `Packet` → a PDF for each language, a FHIR document, originals →
//! objects reserved, sealed, put → one transaction writes inbox marks, `Link`s,
//! outbox rows, audit → **ack**.
//! Later `app::outbox` sends replies, results and notices; each row alone.
//!
//! # A download walks
//!
//! token → signature → `Link` → a person's proof → `store.claim` (one conditional
//! statement) → `staging.open(&claim)` → decrypted pieces → body; how far it came is
//! written while it runs, the audit entry with the claim, another when it ended or
//! broke. A SMART Health Link
//! (`/shl/…`) comes to the same link by its hash, and goes the same way.
//!
//! # What cannot be seen by reading
//!
//! - Only `app/worker.rs` acks, and only after the commit, or after the broker has
//!   confirmed the copy that waits for its next try; and `app/dead_letters/drain.rs`
//!   what the broker parked, after its record is committed.
//! - While the database is away nothing is acked, and after a while nothing taken:
//!   each time that a delivery is given back counts towards the broker's limit.
//! - Where a channel keeps order, whatever failed stands in its patient's line in the
//!   store (`sql/order.rs`) until it is through, replayed or discarded; a
//!   cancellation stands in none.
//! - What the broker hands over ahead is bounded by bytes (`app/bounds.rs`), and
//!   little at first: neither sizes nor killers are known yet.
//! - A `Claim` is the only way to open a packet, a `HeldBody` the only way to open a
//!   message that waits for a person, a `Probed` opens a first kilobyte; only the
//!   store makes them.
//! - A claim belongs to whoever holds its secret, and stays there once a byte of it
//!   left: nobody else gets one.
//! - What downloads write goes through the clerk (`sql/clerk.rs`), in groups; an
//!   answer leaves after its commit.
//! - Every packet is judged: `pipeline/packets.rs` is the one way to it. An approval
//!   covers what its approver was told of, and no more.
//! - Nothing leaves that a channel does not name; what stays behind is listed for
//!   `channels test`, and printed by no packet.
//! - The pages' engine prints no word of its own: all come from `formats/words`.
//! - On PostgreSQL `Clock::now` is the database's on every node: leases, due times and
//!   ends of links do not depend on a machine's own clock.
//! - Reading and printing take a processor each (`app/bounds.rs`), however many
//!   deliveries are held: what waits for a printer keeps no download waiting.
//! - An object at rest is always sealed; its row exists before its first byte.
//! - The store keeps no token: whoever sends a link signs it again, and the same
//!   link gives the same token.
//! - Nor does it keep what opens a SMART Health Link: id and key are derived anew
//!   from the keyring. What one hands out says of the patient what the packet says.
//! - Nothing waits for a disk or a socket of others inside a transaction; the
//!   audit row comes last in each, since its head is a lock.
//! - A visit number alone is nobody: what cancels, corrects or adds to a packet
//!   must be about the same patient. A correction is decided again under the lock.
//! - A number is known only as a keyed hash. One that several patients have revokes
//!   nothing until somebody says whose is meant.
//! - What was cancelled or corrected is not reissued, and no part of a packet passes
//!   for the packet.
//! - A dead letter says why it is one, never what it says; settled, it says nothing
//!   any more. What is settled and parked anew is another life of it.
//! - What messages of a visit said is kept sealed, and no longer than its channel
//!   asks.
//! - A key is erased before its bytes are deleted, and the ledger beside the keys
//!   knows it before the database does; it is taken in before anything is served.
//! - Whoever may have ended a link says so (`sweep::due`): the sweeper looks at
//!   nothing else that lives. Of a handoff that is over no sealed record is left.
//! - `formats` never logs; errors and doubts name places, never values.
//! - Paths of the gateway hold tokens: no path is logged or traced.
//! - What is not for real life reaches the test recipient or nobody, and no
//!   exchange.

pub mod adapters;
pub mod app;
pub mod domain;
pub mod formats;

/// The program: chooses the one crypto provider, then runs the command line.
pub fn start() -> std::process::ExitCode {
    // It fails only where one was chosen already, and then it is the same one.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    std::panic::set_hook(Box::new(say_where));
    app::cli::run()
}

/// A panic's message may quote the text it stumbled over: only its place is told.
fn say_where(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic
        .location()
        .map(ToString::to_string)
        .unwrap_or_default();
    tracing::error!(place, "a defect: the program panicked");
    eprintln!("a defect: the program panicked at {place}");
}
