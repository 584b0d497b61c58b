//! Who types: the account that the audit names.

/// The account of the operating system, for the audit. Who became root through
/// sudo stays somebody.
pub(super) fn operator() -> String {
    let account = uid().map_or_else(
        || "an unknown account".into(),
        |uid| name_of(uid).unwrap_or_else(|| format!("uid {uid}")),
    );
    match std::env::var("SUDO_USER") {
        Ok(user) if account == "root" && !user.is_empty() => format!("{user} through sudo"),
        _ => account,
    }
}

/// The owner of our own process, as the kernel says.
fn uid() -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    Some(std::fs::metadata("/proc/self").ok()?.uid())
}

fn name_of(uid: u32) -> Option<String> {
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    let uid = uid.to_string();
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
    })
}
