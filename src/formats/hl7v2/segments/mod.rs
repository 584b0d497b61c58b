//! One file per segment, or per tight family of segments, and the table that
//! knows them all: what is read, and what is known without being read.

mod ais;
pub mod al1;
mod arv;
mod aut;
mod con;
mod dg1;
mod gt1;
mod iam;
mod in1;
mod mrg;
mod nk1;
mod nte;
pub mod obr;
pub mod obx;
pub mod orc;
mod pd1;
mod pid;
mod pr1;
mod prb;
mod prd;
pub mod pv1;
mod pv2;
mod rf1;
mod rol;
mod rx;
mod rxa;
pub mod sch;
mod spm;
pub mod tq1;
pub mod txa;

use super::{lines::Lines, tree::Segment, walk::Walk};
use crate::domain::facts::{ClinicalFacts, Doubt};

/// The segments a file reads, and how.
pub struct Room {
    pub names: &'static [&'static str],
    pub read: for<'m> fn(&Segment<'m>, &mut Walk<'m>),
}

/// A new segment is a file and its line here.
pub static TABLE: &[Room] = &[
    ais::ROOM,
    al1::ROOM,
    arv::ROOM,
    aut::ROOM,
    con::ROOM,
    dg1::ROOM,
    gt1::ROOM,
    iam::ROOM,
    in1::ROOM,
    mrg::ROOM,
    nk1::ROOM,
    nte::ROOM,
    obr::ROOM,
    obx::ROOM,
    orc::ROOM,
    pd1::ROOM,
    pid::ROOM,
    pr1::ROOM,
    prb::ROOM,
    prd::ROOM,
    pv1::ROOM,
    pv2::ROOM,
    rf1::ROOM,
    rol::ROOM,
    rx::ROOM,
    rxa::ROOM,
    sch::ROOM,
    spm::ROOM,
    tq1::ROOM,
    txa::ROOM,
];

/// `header` reads these before the walk, since they say what the message is, and
/// whether it is a whole one.
const HEADERS: [&str; 3] = ["MSH", "EVN", "DSC"];

/// Segments that speak of the patient and have no home among the facts yet.
/// Each kind that comes is a doubt.
const UNREAD: &[&str] = &[
    "ACC", "BPO", "BPX", "BTX", "CSP", "CSR", "CTI", "DB1", "DEV", "DON", "DSP", "GOL", "IAR",
    "IPC", "OBS", "ODS", "ODT", "OH1", "OH2", "OH3", "OH4", "PCR", "PDA", "PDC", "PES", "PTH",
    "RQD", "SAC", "TCD", "VAR",
];

/// Known segments of other matters: software, acknowledgement, money, queries.
/// Nothing a packet would show is lost with them.
const PASSED_OVER: &[&str] = &[
    "ABS", "AFF", "BLC", "BLG", "CDM", "DRG", "ECD", "ECR", "EDU", "EQP", "ERR", "FAC", "FT1",
    "IN2", "IN3", "INV", "IVC", "LAN", "MSA", "NCK", "NSC", "NST", "ORG", "PRA", "PSG", "PSL",
    "PSS", "QAK", "QID", "QPD", "QRD", "QRF", "RCP", "RGS", "SFT", "STF", "TQ2", "UAC", "UB1",
    "UB2",
];

/// Who reads a segment on the walk.
pub fn room(name: &str) -> Option<&'static Room> {
    TABLE.iter().find(|room| room.names.contains(&name))
}

pub fn is_read(name: &str) -> bool {
    HEADERS.contains(&name) || room(name).is_some()
}

/// Whether a line that begins so is a segment and no text.
pub fn is_known(name: &str) -> bool {
    is_read(name) || UNREAD.contains(&name) || PASSED_OVER.contains(&name) || name == "ADD"
}

/// One doubt for each kind of segment that says something we have no home for.
pub fn doubt_unread(lines: &Lines, facts: &mut ClinicalFacts) {
    for &name in UNREAD {
        let count = lines
            .segments
            .iter()
            .filter(|l| l.starts_with(name))
            .count();
        if count > 0 {
            let why = match count {
                1 => "1 segment of this kind is not read by this version".to_owned(),
                n => format!("{n} segments of this kind are not read by this version"),
            };
            facts.doubts.push(Doubt::new(name, why));
        }
    }
}

/// The known names that no file reads.
#[cfg(test)]
pub fn known_unread() -> impl Iterator<Item = &'static str> {
    UNREAD.iter().chain(PASSED_OVER).copied()
}
