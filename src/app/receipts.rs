//! Signed deletion receipts: that nothing of a handoff is left, and since when.
//! Digests, times and a place in the audit; nothing of the patient.

use super::world::World;
use crate::adapters::sql::Ending;
use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};

/// What a receipt says. Times of a JWS claim set are seconds (RFC 7519), all others
/// RFC 3339.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    pub iss: String,
    /// The handoff.
    pub sub: String,
    pub iat: i64,
    pub channel: String,
    pub created: jiff::Timestamp,
    /// When the sealed reference, labels and reply address were erased.
    pub records_erased: jiff::Timestamp,
    pub objects: Vec<DeletedObject>,
    pub audit: Place,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletedObject {
    /// Of the file as it was handed out, in hex.
    pub sha256: String,
    pub size: i64,
    pub content_type: String,
    pub key_erased: jiff::Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_deleted: Option<jiff::Timestamp>,
}

/// The last entry about the handoff in the chain that `audit verify` walks.
#[derive(Debug, Serialize, Deserialize)]
pub struct Place {
    pub sequence: i64,
    pub hash: String,
}

/// Signs it, or says what still lives.
pub async fn issue(world: &World, handoff: &str) -> anyhow::Result<String> {
    let ending = world.store.ending(handoff).await?;
    let ending = ending
        .with_context(|| format!("there is no handoff {handoff}; `handoff list` shows them"))?;
    let receipt = receipt(world, handoff, ending)?;
    world.receipts.receipt(&receipt)
}

fn receipt(world: &World, handoff: &str, ending: Ending) -> anyhow::Result<Receipt> {
    let so_many = |state: &str| ending.objects.iter().filter(|o| o.state == state).count();
    let (live, erased) = (so_many("live"), so_many("erased"));
    ensure!(
        live == 0,
        "no receipt: {live} of its files can still be opened; `handoff revoke {handoff}` ends them"
    );
    ensure!(
        erased == 0,
        "no receipt yet: the keys of {erased} files are erased, their bytes not yet deleted; `handoff sweep` tries again"
    );
    let over = ending
        .over
        .context("no receipt yet: sealed records of it are left; `handoff sweep` erases them")?;
    let mut objects = Vec::new();
    for object in ending.objects {
        objects.push(DeletedObject {
            sha256: object.sha256,
            size: object.size,
            content_type: object.content_type,
            key_erased: object.key_erased.context("a key was erased at no time")?,
            bytes_deleted: object.bytes_deleted,
        });
    }
    let (sequence, hash) = ending.audit.context("the audit says nothing of it")?;
    Ok(Receipt {
        iss: world.settings.public_url.clone(),
        sub: handoff.to_owned(),
        iat: world.clock.now().as_second(),
        channel: ending.channel,
        created: ending.created,
        records_erased: over,
        objects,
        audit: Place { sequence, hash },
    })
}

/// What a receipt says, and whether the audit still holds the entry it names. An
/// error where none of our keys signed it.
pub async fn verify(world: &World, receipt: &str) -> anyhow::Result<(Receipt, bool)> {
    let says = world.receipts.receipt_says(receipt.trim());
    let says = says.context("no key of this installation signed this as a receipt")?;
    let receipt: Receipt = serde_json::from_value(says).context("reading a receipt")?;
    let Place { sequence, hash } = &receipt.audit;
    let holds = world.store.audit_holds(*sequence, hash).await?;
    Ok((receipt, holds))
}
