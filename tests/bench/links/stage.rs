//! A house for the benches, and packets in it that came from no message.

use bytes::Bytes;
use futures_util::StreamExt;
use handoff::adapters::clock::{Clock, chance};
use handoff::adapters::sql::{Committed, Names, NewFile, NewHandoff, NewLink, Proof, Subject};
use handoff::app::config::Settings;
use handoff::app::world::World;
use handoff::domain::audit::{AuditEvent, AuditKind};
use handoff::domain::ids::{HandoffId, LinkId, ObjectKey};
use handoff::domain::link::Face;
use handoff::domain::verify::SmartHealthLink;
use std::path::Path;
use std::sync::Arc;

pub async fn house(
    state: &Path,
    database: Option<String>,
    clock: Clock,
    listen: &str,
) -> Arc<World> {
    let settings = Settings {
        public_url: format!("http://{listen}"),
        listen: listen.to_owned(),
        keys: state.join("keys"),
        outbox: state.join("outbox"),
        database_url: database.unwrap_or(format!("sqlite:{}", state.join("handoff.db").display())),
        staging: state.join("staged").display().to_string(),
        amqp_url: None,
        ..Settings::defaults().expect("the defaults hold")
    };
    World::open(settings, Vec::new(), clock)
        .await
        .expect("a house")
}

/// One packet with one link for systems; its address.
pub async fn packet(world: &World, size: usize, downloads: i64) -> String {
    let now = world.clock.now();
    let later = now + jiff::SignedDuration::from_hours(72);
    let key = ObjectKey::new(&chance());
    let store = &world.store;
    store
        .reserve(std::slice::from_ref(&key), later, now)
        .await
        .expect("a reservation");
    let object = world
        .staging
        .seal(&world.keys, key, "application/pdf", noise(size))
        .await
        .expect("a sealed object");
    let id = HandoffId::new(now, &chance());
    let link = LinkId::new(&chance());
    let new = NewHandoff {
        id: id.clone(),
        channel: "bench".into(),
        held: None,
        approves: None,
        expires_at: later,
        body_sha256: String::new(),
        sealed_reference: None,
        sealed_security: None,
        trace_parent: None,
        identities: Vec::new(),
        subject: Subject::default(),
        names: Names::default(),
        guarded_until: None,
        supersedes: Vec::new(),
        replaces: None,
        files: vec![NewFile {
            object,
            file_name: "packet.pdf".into(),
            language: None,
        }],
        links: vec![NewLink {
            id: link.clone(),
            face: Face::Systems,
            key_id: world.links.key_id(),
            recipient: None,
            expires_at: later,
            token_expires_at: later,
            max_downloads: downloads,
            proof: Proof::default(),
            smart_health_link: SmartHealthLink::Off,
            shl_hash: None,
        }],
        errands: Vec::new(),
        audit: AuditEvent {
            kind: AuditKind::Created,
            handoff: id.to_string(),
            link: None,
            detail: String::new(),
        },
    };
    let committed = store.commit(&new, now).await.expect("a commit");
    assert!(matches!(committed, Committed::New));
    let link = store
        .link(&link)
        .await
        .expect("the store")
        .expect("the link");
    format!("{}/1", world.link_url(&link).expect("an address"))
}

/// Bytes that no disk and no network shortens, the same each time.
fn noise(size: usize) -> impl futures_util::Stream<Item = anyhow::Result<Bytes>> + Send + 'static {
    const PIECE: usize = 1 << 20;
    let piece = Bytes::from(piece(PIECE));
    let whole = futures_util::stream::iter((0..size / PIECE).map({
        let piece = piece.clone();
        move |_| Ok(piece.clone())
    }));
    let rest = futures_util::stream::iter([Ok(piece.slice(..size % PIECE))]);
    whole.chain(rest)
}

pub fn piece(length: usize) -> Vec<u8> {
    let mut seed = 88_172_645_463_325_252_u64;
    (0..length)
        .map(|_| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            (seed >> 32) as u8
        })
        .collect()
}
