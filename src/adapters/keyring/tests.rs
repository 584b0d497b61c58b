use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

struct Folder {
    _parent: tempfile::TempDir,
    path: PathBuf,
    clock: Clock,
}

impl Folder {
    fn new() -> Self {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("keys");
        let noon = "2026-11-23T12:00:00Z".parse().unwrap();
        Self {
            _parent: parent,
            path,
            clock: Clock::manual(noon),
        }
    }

    /// As another process would.
    fn open(&self) -> Keyring {
        Keyring::open(&self.path, &self.clock).unwrap()
    }

    fn names(&self, kind: &str) -> Vec<String> {
        let name = |path: PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
        let found = KeyFolder::from(&self.path).list(kind).unwrap();
        found.into_iter().map(name).collect()
    }
}

#[test]
fn keys_are_made_once_and_private() {
    let folder = Folder::new();
    folder.open();
    let before = folder.names("links");
    folder.open();
    assert_eq!(folder.names("links"), before);
    assert_eq!(before.len(), 1);
    let mode = fs::metadata(folder.path.join(&before[0])).unwrap();
    assert_eq!(mode.permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let folder = Folder::new();
    let keys = folder.open();
    keys.wrap(&DataKey::new(), "one").unwrap();
    for kind in ["links", "sealing"] {
        let file = folder.path.join(&folder.names(kind)[0]);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = Keyring::open(&folder.path, &folder.clock).err().unwrap();
        assert!(refused.to_string().contains("chmod go="), "{refused}");
        assert!(all_private(&folder.path).is_err());
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

#[test]
fn a_wrapped_key_opens_for_its_own_object_only() {
    let folder = Folder::new();
    let keys = folder.open();
    let wrapped = keys.wrap(&DataKey::new(), "one").unwrap();
    assert!(keys.unwrap(&wrapped, "one").is_ok());
    assert!(keys.unwrap(&wrapped, "two").is_err());
    assert!(keys.unwrap("w1.x", "one").is_err());
    assert!(keys.unwrap("w1.../../links.x", "one").is_err());
}

#[test]
fn a_record_comes_back_and_shows_nothing_while_sealed() {
    let folder = Folder::new();
    let keys = folder.open();
    let sealed = keys.seal_record("reference", b"Griffith").unwrap();
    assert!(!sealed.contains("Griffith"));
    assert_eq!(
        &keys.open_record("reference", &sealed).unwrap()[..],
        b"Griffith"
    );
    assert!(keys.open_record("another", &sealed).is_err());
    let again = keys.seal_record("reference", b"Griffith").unwrap();
    assert_ne!(mark_of(&sealed), mark_of(&again));
    assert!(sealed.ends_with(&format!("~{}", &sealed[BODY_AT - 1..])));
    assert_eq!(mark_of(&sealed).len(), MARK);
    keys.begin_epoch().unwrap();
    let rewrapped = keys.rewrap(&sealed, "reference").unwrap();
    assert_ne!(rewrapped, sealed);
    assert_eq!(mark_of(&rewrapped), mark_of(&sealed));
}

#[test]
fn each_day_has_its_own_key_and_the_name_tells_the_day() {
    let folder = Folder::new();
    let keys = folder.open();
    let first = keys.wrap(&DataKey::new(), "one").unwrap();
    folder.clock.advance(DAY);
    let second = keys.wrap(&DataKey::new(), "two").unwrap();
    assert_eq!(epoch_of(&first), Some("sealing-20261123-00000000"));
    assert_eq!(epoch_of(&second), Some("sealing-20261124-00000000"));
    assert_eq!(epoch_of(&first).map(str::len), Some(EPOCH_NAME));
    assert!(keys.unwrap(&first, "one").is_ok());
    assert!(keys.unwrap(&second, "two").is_ok());
}

#[test]
fn a_process_that_started_earlier_opens_what_another_sealed_today() {
    let folder = Folder::new();
    let early = folder.open();
    folder.clock.advance(DAY);
    let late = folder.open();
    let wrapped = late.wrap(&DataKey::new(), "one").unwrap();
    assert!(early.unwrap(&wrapped, "one").is_ok());
    let ours = early.wrap(&DataKey::new(), "two").unwrap();
    assert!(late.unwrap(&ours, "two").is_ok());
    assert_eq!(folder.names("sealing").len(), 1);
}

#[test]
fn many_processes_that_make_the_days_key_at_once_agree_on_one() {
    let folder = Folder::new();
    let rings: Vec<Keyring> = (0..16).map(|_| folder.open()).collect();
    let wrapped: Vec<String> = std::thread::scope(|scope| {
        let wrapping = rings
            .iter()
            .map(|keys| scope.spawn(|| keys.wrap(&DataKey::new(), "one").unwrap()));
        let wrapping: Vec<_> = wrapping.collect();
        wrapping.into_iter().map(|w| w.join().unwrap()).collect()
    });
    assert_eq!(folder.names("sealing").len(), 1);
    for keys in &rings {
        assert!(wrapped.iter().all(|one| keys.unwrap(one, "one").is_ok()));
    }
    let left = fs::read_dir(&folder.path).unwrap().flatten();
    let drafts = left.filter(|entry| entry.file_name().to_string_lossy().contains("draft"));
    assert_eq!(drafts.count(), 0);
}

#[test]
fn a_destroyed_epoch_opens_nothing_in_any_process() {
    let folder = Folder::new();
    let (ours, theirs) = (folder.open(), folder.open());
    let wrapped = ours.wrap(&DataKey::new(), "one").unwrap();
    assert!(theirs.unwrap(&wrapped, "one").is_ok());
    let hour = jiff::SignedDuration::from_hours(1);
    assert!(ours.epochs_over(hour).unwrap().is_empty());
    folder.clock.advance(Duration::from_secs(13 * 3600 - 1));
    assert!(
        ours.epochs_over(hour).unwrap().is_empty(),
        "work may be under way"
    );
    folder.clock.advance(Duration::from_secs(1));
    let over = ours.epochs_over(hour).unwrap();
    assert_eq!(over, ["sealing-20261123-00000000"]);
    ours.destroy_epoch(&over[0]).unwrap();
    assert!(ours.unwrap(&wrapped, "one").is_err());
    assert!(folder.names("sealing").is_empty());
    // The other process forgets it when it looks, and destroying twice is once.
    assert!(theirs.epochs_over(hour).unwrap().is_empty());
    assert!(theirs.unwrap(&wrapped, "one").is_err());
    theirs.destroy_epoch(&over[0]).unwrap();
}

#[test]
fn a_key_that_a_crash_half_destroyed_stops_no_start() {
    let folder = Folder::new();
    let wrapped = folder.open().wrap(&DataKey::new(), "one").unwrap();
    let file = folder.path.join(&folder.names("sealing")[0]);
    let length = fs::metadata(&file).unwrap().len();
    fs::write(&file, vec![0; usize::try_from(length).unwrap()]).unwrap();
    let keys = folder.open();
    assert!(keys.unwrap(&wrapped, "one").is_err());
    folder.clock.advance(2 * DAY);
    let hour = jiff::SignedDuration::from_hours(1);
    for epoch in keys.epochs_over(hour).unwrap() {
        keys.destroy_epoch(&epoch).unwrap();
    }
    assert!(folder.names("sealing").is_empty());
}

#[test]
fn under_a_root_key_no_file_holds_a_key_and_without_it_none_opens() {
    let folder = Folder::new();
    let plain = folder.open();
    let wrapped = plain.wrap(&DataKey::new(), "one").unwrap();
    let root = || RootKey::parse("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=").unwrap();
    let rooted = |root| Keyring::open(KeyFolder::from(&folder.path).under(root), &folder.clock);
    // What was there in the clear is covered at the first start with one.
    let keys = rooted(Some(root())).unwrap();
    for kind in ["index", "links", "access", "receipts", "sealing"] {
        for name in folder.names(kind) {
            let text = fs::read_to_string(folder.path.join(&name)).unwrap();
            assert!(text.starts_with("r1."), "{name}");
        }
    }
    assert!(keys.unwrap(&wrapped, "one").is_ok());
    let name = ["a name".to_owned()];
    assert_eq!(keys.index(&name), plain.index(&name));
    let later = keys.begin_epoch().unwrap();
    keys.links.add(folder.clock.now()).unwrap();
    // Another start has it all.
    let again = rooted(Some(root())).unwrap();
    assert_eq!(again.current_epoch().unwrap(), later);
    assert_eq!(again.links.read().unwrap().len(), 2);
    let without = rooted(None).err().unwrap();
    assert!(
        without.to_string().contains("HANDOFF_ROOT_KEY"),
        "{without}"
    );
    let other = RootKey::parse("AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=").unwrap();
    let other = rooted(Some(other)).err().unwrap();
    assert!(format!("{other:#}").contains("does not open"), "{other:#}");
}
