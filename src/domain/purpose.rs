//! What a packet is handed over for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A purpose of use, v3-ActReason (value set `v3-PurposeOfUse`). It is bound to
/// the packet: printed on it, coded in its resources, kept in the audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum PurposeOfUse {
    /// Treatment.
    Treat,
    /// Coordination of care.
    Coc,
    /// Emergency treatment.
    Etreat,
    /// Care management.
    Caremgt,
    /// Healthcare payment.
    Hpaymt,
    /// Healthcare operations.
    Hoperat,
    /// Patient requested.
    Patrqt,
    /// Family requested.
    Famrqt,
    /// Public health.
    Pubhlth,
}

impl PurposeOfUse {
    pub const SYSTEM: &'static str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";

    pub fn code(self) -> &'static str {
        match self {
            Self::Treat => "TREAT",
            Self::Coc => "COC",
            Self::Etreat => "ETREAT",
            Self::Caremgt => "CAREMGT",
            Self::Hpaymt => "HPAYMT",
            Self::Hoperat => "HOPERAT",
            Self::Patrqt => "PATRQT",
            Self::Famrqt => "FAMRQT",
            Self::Pubhlth => "PUBHLTH",
        }
    }
}
