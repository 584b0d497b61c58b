//! Which facts an earlier message of the visit filled in.

use super::When;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a channel may remember for a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Remembered {
    Allergies,
    Medications,
}

/// The earlier message that filled a part of the facts: said on the packet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Earlier {
    pub what: Remembered,
    pub event: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<When>,
}
