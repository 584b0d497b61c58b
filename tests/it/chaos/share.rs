//! A share of a processor for one process: a control group of its own.

use std::path::{Path, PathBuf};

/// Microseconds in which a group may use its quota.
const PERIOD: u32 = 100_000;

pub struct Share(PathBuf);

impl Share {
    /// `None` where this account may make no groups.
    pub fn of(name: &str, processors: f32) -> Option<Self> {
        let name = format!("handoff-{}-{name}", std::process::id());
        let quota = (processors * PERIOD as f32) as u32;
        let first = Path::new("/sys/fs/cgroup/cpu");
        let (folder, file, text) = match first.is_dir() {
            true => (first.join(name), "cpu.cfs_quota_us", quota.to_string()),
            false => (
                Path::new("/sys/fs/cgroup").join(name),
                "cpu.max",
                format!("{quota} {PERIOD}"),
            ),
        };
        std::fs::create_dir(&folder).ok()?;
        let share = Self(folder);
        std::fs::write(share.0.join(file), text).ok()?;
        Some(share)
    }

    pub fn take(&self, process: u32) {
        std::fs::write(self.0.join("cgroup.procs"), process.to_string()).unwrap();
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        // Only an empty group can be removed; its processes have ended.
        let _ = std::fs::remove_dir(&self.0);
    }
}
