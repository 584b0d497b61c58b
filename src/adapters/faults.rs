//! Fault points: places before and after every effect that others can see, where a
//! test may kill the process, to learn what a power cut would leave behind, or let
//! the step fail. Nothing happens unless `HANDOFF_FAULT` names one.
//!
//! `after-put` kills at that point, `after-put:fail` lets it fail, `after-put:3` acts
//! at the third time; several stand with commas between. `…@FOLDER` acts once in all
//! processes that name the folder: a mark there says that it happened.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Every step, in the order of a message's life: each may be killed, each may fail.
/// One that fails after its effect makes whoever tries again do it twice.
pub const STEPS: [&str; 18] = [
    "before-reserve",
    "before-put",
    "after-put",
    "before-commit",
    "after-commit",
    "before-park",
    "after-park",
    "before-lease",
    "before-send",
    "after-send",
    "before-mark",
    "before-erase",
    "after-ledger",
    "after-erase",
    "before-delete",
    "after-delete",
    "before-destroy",
    "after-destroy",
];

/// Where nothing can fail, and a process may still die.
pub const POINTS: [&str; 3] = ["before-ack", "after-ack", "after-mark"];

/// The same, off the way that most messages go: each has a play of its own.
pub const APART: [&str; 5] = [
    "mid-body",
    "before-aside",
    "after-aside",
    "after-line",
    "tried-alone",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Kill,
    Fail,
}

struct Armed {
    faults: Vec<Fault>,
    /// Where it is kept what has happened.
    marks: Option<PathBuf>,
}

struct Fault {
    name: String,
    how: How,
    /// Acts when the point is passed for this time.
    at: u32,
    passed: AtomicU32,
}

static ARMED: LazyLock<Option<Armed>> =
    LazyLock::new(|| std::env::var("HANDOFF_FAULT").ok().map(|text| armed(&text)));

fn armed(text: &str) -> Armed {
    let (list, marks) = match text.split_once('@') {
        Some((list, folder)) => (list, Some(PathBuf::from(folder))),
        None => (text, None),
    };
    Armed {
        faults: list.split(',').map(fault).collect(),
        marks,
    }
}

fn fault(text: &str) -> Fault {
    let mut words = text.split(':');
    let mut fault = Fault {
        name: words.next().unwrap_or_default().to_owned(),
        how: How::Kill,
        at: 1,
        passed: AtomicU32::new(0),
    };
    for word in words {
        match word.parse() {
            Ok(number) => fault.at = number,
            Err(_) if word == "fail" => fault.how = How::Fail,
            Err(_) => {}
        }
    }
    fault
}

impl Armed {
    fn strikes(&self, name: &str) -> Option<How> {
        let fault = self.faults.iter().find(|fault| fault.name == name)?;
        if fault.passed.fetch_add(1, Ordering::SeqCst) + 1 != fault.at {
            return None;
        }
        let first = match &self.marks {
            None => true,
            Some(folder) => std::fs::File::create_new(folder.join(name)).is_ok(),
        };
        first.then_some(fault.how)
    }
}

/// Dies here when it is armed, by SIGKILL, with no destructor and no flush.
pub fn point(name: &str) {
    // What cannot fail here goes on.
    let _ = step(name);
}

/// The same; and a step that is armed to fail does.
pub fn step(name: &str) -> anyhow::Result<()> {
    match ARMED.as_ref().and_then(|armed| armed.strikes(name)) {
        None => Ok(()),
        Some(How::Fail) => anyhow::bail!("a test lets it fail at {name}"),
        Some(How::Kill) => die(),
    }
}

fn die() -> ! {
    let me = std::process::id().to_string();
    // `kill` is on every machine that runs the tests; abort where it is not.
    let _ = std::process::Command::new("kill")
        .args(["-KILL", &me])
        .status();
    std::process::abort();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_says_where_how_and_at_which_time() {
        let armed = armed("after-put,before-send:fail,after-send:fail:3");
        assert_eq!(armed.strikes("before-put"), None);
        assert_eq!(armed.strikes("after-put"), Some(How::Kill));
        assert_eq!(armed.strikes("after-put"), None, "once");
        assert_eq!(armed.strikes("before-send"), Some(How::Fail));
        let third: Vec<_> = (0..4).map(|_| armed.strikes("after-send")).collect();
        assert_eq!(third, [None, None, Some(How::Fail), None]);
    }

    #[test]
    fn with_a_folder_it_happens_once_in_all_processes() {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("after-put@{}", folder.path().display());
        assert_eq!(armed(&text).strikes("after-put"), Some(How::Kill));
        assert_eq!(armed(&text).strikes("after-put"), None);
        assert!(folder.path().join("after-put").exists());
    }
}
