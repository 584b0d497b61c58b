//! Rows and bytes are compared, both ways. What lies in staging and no row knows is
//! removed after a second look; a row whose bytes are missing is an alarm.

use super::world::World;
use crate::adapters::sql::Standing;
use crate::adapters::staging::listing::{Found, Unfinished};
use crate::domain::ids::ObjectKey;
use crate::domain::measures::Span;
use anyhow::{Context, ensure};
use futures_util::{StreamExt, TryStreamExt};
use serde::Serialize;

/// How old bytes without a row must be, and how long ago they were first noticed
/// (product contract).
const SECOND_LOOK: Span = Span::hours(1);
/// No put takes a day: whoever began one this long ago is gone.
const UNFINISHED: Span = Span::hours(24);
/// Bytes that went by another hand are suspects no more.
const SUSPECT_FOR: Span = Span::hours(30 * 24);
/// Files that a single mishap does not take all at once: where every one of so many is
/// missing, staging itself is.
const UNMOUNTED: usize = 10;
/// Questions to staging or the database under way at once.
const AT_ONCE: usize = 16;

/// What a comparison found and did. In a dry run, what it would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reconciled {
    pub objects_listed: usize,
    /// Bytes without a row, noticed for the first time or not long enough ago.
    pub suspects: usize,
    /// Bytes without a row, looked at twice and deleted.
    pub strays_deleted: usize,
    /// Bytes that were deleted before and are there again: deleted by the next sweep.
    pub risen: usize,
    /// Bytes that were missing and are there again.
    pub found: usize,
    /// Puts that nobody goes on with: multipart uploads, drafts in a folder.
    pub unfinished_removed: usize,
    /// Handoffs with a file whose bytes are missing.
    pub missing: Vec<String>,
}

/// Compares everything once.
pub async fn reconcile(world: &World, dry_run: bool) -> anyhow::Result<Reconciled> {
    let mut done = Reconciled::default();
    let mut found = world.staging.list();
    while let Some(found) = found.try_next().await.context("listing staging")? {
        match found {
            Found::Object { key, modified } => {
                done.objects_listed += 1;
                look(world, &key, modified, dry_run, &mut done).await?;
            }
            Found::Unfinished(put) => end(world, &put, dry_run, &mut done).await?,
        }
    }
    missing(world, dry_run, &mut done).await?;
    if !dry_run {
        let before = earlier(world, SUSPECT_FOR);
        world.store.forget_suspects(before).await?;
    }
    Ok(done)
}

async fn look(
    world: &World,
    key: &ObjectKey,
    modified: jiff::Timestamp,
    dry_run: bool,
    done: &mut Reconciled,
) -> anyhow::Result<()> {
    let (store, now) = (&world.store, world.clock.now());
    match store.standing(key).await? {
        Standing::Known => {}
        Standing::Missed => {
            done.found += 1;
            if !dry_run {
                store.found(key).await?;
                tracing::warn!("bytes that were missing from staging are there again");
            }
        }
        Standing::Gone => {
            done.risen += 1;
            if !dry_run {
                store.abandon(std::slice::from_ref(key), now).await?;
            }
        }
        Standing::Unknown if modified > earlier(world, SECOND_LOOK) => {}
        Standing::Unknown if dry_run => done.suspects += 1,
        Standing::Unknown => {
            let before = earlier(world, SECOND_LOOK);
            if !store.suspect(key, before, now).await? {
                done.suspects += 1;
                return Ok(());
            }
            // One that cannot be deleted keeps no other from being looked at.
            if let Err(error) = world.staging.delete(key).await {
                tracing::error!(
                    error = format!("{error:#}"),
                    "bytes without a row could not be deleted; the next reconciliation tries again"
                );
                return Ok(());
            }
            store.cleared(key).await?;
            done.strays_deleted += 1;
            tracing::warn!("bytes without a row were deleted from staging after a second look");
        }
    }
    Ok(())
}

async fn end(
    world: &World,
    put: &Unfinished,
    dry_run: bool,
    done: &mut Reconciled,
) -> anyhow::Result<()> {
    if put.began > earlier(world, UNFINISHED) {
        return Ok(());
    }
    let given_up = match dry_run {
        true => Ok(()),
        false => world.staging.give_up(put).await,
    };
    match given_up {
        Ok(()) => done.unfinished_removed += 1,
        Err(error) => tracing::error!(
            error = format!("{error:#}"),
            "an unfinished upload could not be removed; the next reconciliation tries again"
        ),
    }
    Ok(())
}

async fn missing(world: &World, dry_run: bool, done: &mut Reconciled) -> anyhow::Result<()> {
    let (store, staging) = (&world.store, &world.staging);
    let mut after = String::new();
    loop {
        let keys = store.live_objects(&after).await?;
        let Some(last) = keys.last() else {
            return Ok(());
        };
        ensure!(
            done.objects_listed > 0 || keys.len() < UNMOUNTED,
            "staging holds nothing, while the database knows of files in it: is it the right folder or bucket, and mounted? Nothing was marked as missing"
        );
        after = last.as_str().to_owned();
        let asking = keys.into_iter().map(|key| async move {
            let there = staging.exists(&key).await?;
            anyhow::Ok((!there).then_some(key))
        });
        let mut asked = futures_util::stream::iter(asking).buffer_unordered(AT_ONCE);
        while let Some(key) = asked.try_next().await? {
            if let Some(key) = key {
                alarm(world, &key, dry_run, done).await?;
            }
        }
    }
}

async fn alarm(
    world: &World,
    key: &ObjectKey,
    dry_run: bool,
    done: &mut Reconciled,
) -> anyhow::Result<()> {
    if dry_run {
        // One that ended since it was listed lacks nothing.
        if let Some(handoff) = world.store.live_object_of(key).await? {
            done.missing.push(handoff);
        }
        return Ok(());
    }
    let Some(handoff) = world.store.missing(key, world.clock.now()).await? else {
        return Ok(());
    };
    tracing::error!(
        handoff.id = handoff,
        "the sealed bytes of a file are missing from staging: its link opens nothing; have the event sent again"
    );
    done.missing.push(handoff);
    Ok(())
}

fn earlier(world: &World, by: Span) -> jiff::Timestamp {
    let at = world.clock.now().as_millisecond() - by.millis();
    jiff::Timestamp::from_millisecond(at).unwrap_or(jiff::Timestamp::MIN)
}
