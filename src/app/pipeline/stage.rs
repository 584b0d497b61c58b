//! Reserve, seal, put. Whatever is put without being committed is found by its
//! row once the lease has run out.

use super::RenderedFile;
use super::rows::after;
use crate::adapters::clock::chance;
use crate::adapters::faults;
use crate::adapters::staging::StagedObject;
use crate::app::world::World;
use crate::domain::ids::ObjectKey;
use crate::domain::outcome::{OrRemedy, Stage, StageError};
use bytes::Bytes;
use std::borrow::Cow;
use tracing::Instrument;

pub(super) async fn stage_files(
    world: &World,
    rendered: &[RenderedFile],
    now: jiff::Timestamp,
) -> Result<Vec<StagedObject>, StageError> {
    let files = rendered
        .iter()
        .map(|file| (file.rendition.content_type.clone(), file.bytes.clone()))
        .collect();
    stage_bytes(world, files, now).await
}

/// Reserves, then seals and puts each file.
pub(in crate::app) async fn stage_bytes(
    world: &World,
    files: Vec<(Cow<'static, str>, Bytes)>,
    now: jiff::Timestamp,
) -> Result<Vec<StagedObject>, StageError> {
    let keys: Vec<ObjectKey> = files.iter().map(|_| ObjectKey::new(&chance())).collect();
    let lease = after(now, world.settings.stage_lease);
    faults::step("before-reserve").or_retry(Stage::Store)?;
    world
        .store
        .reserve(&keys, lease, now)
        .await
        .or_retry(Stage::Store)?;
    let span = tracing::info_span!("stage", files = files.len());
    let putting = async {
        faults::step("before-put")?;
        let mut staged = Vec::new();
        for (key, (content_type, bytes)) in keys.iter().zip(files) {
            let plaintext = futures_util::stream::iter(pieces(bytes).map(Ok));
            let object = world
                .staging
                .seal(&world.keys, key.clone(), &content_type, plaintext)
                .await?;
            staged.push(object);
        }
        faults::step("after-put")?;
        anyhow::Ok(staged)
    };
    let staged = putting.instrument(span).await;
    // What a failed put left, or still may leave, goes when its lease has run out.
    staged.or_retry(Stage::Stage)
}

/// Sealed piece by piece: a whole large file at once would lie in memory three times.
fn pieces(bytes: Bytes) -> impl Iterator<Item = Bytes> + Send + 'static {
    const PIECE: usize = 256 << 10;
    (0..bytes.len())
        .step_by(PIECE)
        .map(move |from| bytes.slice(from..bytes.len().min(from + PIECE)))
}

/// Objects that will never be committed. When even this fails, the sweeper
/// finds them after their lease.
pub(in crate::app) async fn give_up(world: &World, keys: &[ObjectKey]) {
    if let Err(error) = world.store.abandon(keys, world.clock.now()).await {
        tracing::warn!(
            error = format!("{error:#}"),
            "a reservation is left to the sweeper"
        );
    }
}
