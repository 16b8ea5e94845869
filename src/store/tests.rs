//! State on disk: what was committed is there, what was not is not, damage and strangers are noticed.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use redb::StorageBackend;

use super::folder::Folder;
use super::{Cause, FORMAT, Meta, Store, StoreError, Table};

fn meta() -> Meta {
    Meta { format: FORMAT, engine: "0".to_owned(), seed: 7, ..Meta::default() }
}

fn open(path: &Path) -> Result<Store, StoreError> {
    Store::open(Folder::take(path, "process 1", true)?, &meta())
}

type Records = BTreeMap<Vec<u8>, Vec<u8>>;

fn all(store: &Store, table: Table) -> Result<Records, StoreError> {
    let mut all = BTreeMap::new();
    store.read()?.each(table, b"", &mut |k, v| {
        all.insert(k.to_vec(), v.to_vec());
        Ok(())
    })?;
    Ok(all)
}

fn number(n: u32) -> [u8; 4] {
    n.to_be_bytes()
}

#[test]
fn what_was_committed_is_there_and_nothing_else() {
    let dir = tempfile::tempdir().expect("folder");
    let path = dir.path().join("a/state");
    {
        let store = open(&path).expect("opens");
        assert_eq!(store.read().expect("reads").meta().expect("there"), meta());
        let writing = store.begin().expect("begins");
        {
            let mut pending = writing.table(Table::Pending).expect("table");
            (0..100).for_each(|n| pending.put(&number(n), b"x").expect("puts"));
            pending.remove_before(&number(10)).expect("removes");
            pending.remove(&number(50)).expect("removes");
            pending.remove_all(&[0, 0, 0]).expect("removes");
            (200..1000).for_each(|n| pending.put(&number(n), b"x").expect("puts"));
            pending.remove_all(&[0, 0, 1]).expect("removes");
            pending.remove_before(&number(600)).expect("removes");
            let mut seen = Vec::new();
            pending
                .before(&number(603), &mut |k, _| {
                    seen.push(k.to_vec());
                    Ok(())
                })
                .expect("reads");
            assert_eq!(seen, [number(600), number(601), number(602)]);
        }
        writing.commit(&Meta { checkpoints: 1, ..meta() }).expect("commits");
        let writing = store.begin().expect("begins");
        writing.table(Table::Pending).expect("table").put(b"lost", b"").expect("puts");
        drop(writing);
    }
    let store = open(&path).expect("opens");
    assert_eq!(store.read().expect("reads").meta().expect("there").checkpoints, 1);
    assert_eq!(all(&store, Table::Pending).expect("reads").len(), 400);
    assert_eq!(store.read().expect("reads").count(Table::Pending).expect("counts"), 400);
    assert!(all(&store, Table::Groups).expect("reads").is_empty());
}

#[cfg(unix)]
#[test]
fn the_folder_is_private_and_strangers_are_refused() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("folder");
    let path = dir.path().join("state");
    fs::create_dir(&path).expect("folder");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("mode");
    let store = open(&path).expect("opens");
    let mode = |p: &Path| fs::metadata(p).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&path.join("state.redb"))), (0o700, 0o600));
    let second = open(&path).expect_err("in use");
    assert_eq!(second.cause, Cause::InUse);
    assert!(second.message.contains("process 1"), "{second}");
    drop(store);
    drop(open(&path).expect("free again"));
    let full = dir.path().join("full");
    fs::create_dir(&full).expect("folder");
    fs::write(full.join("thesis.txt"), "").expect("written");
    fs::set_permissions(&full, fs::Permissions::from_mode(0o755)).expect("mode");
    let error = open(&full).expect_err("not ours");
    assert_eq!((error.cause, mode(&full)), (Cause::Foreign, 0o755));
    assert!(error.message.contains("thesis.txt"), "{error}");
    let file = open(&full.join("thesis.txt")).expect_err("no folder");
    assert_eq!(file.cause, Cause::Foreign);
    let none = Folder::take(&dir.path().join("none"), "", false).expect_err("not there");
    assert_eq!(none.cause, Cause::Foreign);
    assert!(none.message.starts_with("there is no state in"), "{none}");
}

#[test]
fn a_database_half_made_is_made_again() {
    let dir = tempfile::tempdir().expect("folder");
    fs::write(dir.path().join("state.redb.new"), [0; 5000]).expect("written");
    fs::write(dir.path().join("lock"), "").expect("written");
    let store = open(dir.path()).expect("opens");
    assert_eq!(store.read().expect("reads").meta().expect("there"), meta());
}

#[test]
fn other_versions_are_refused() {
    let dir = tempfile::tempdir().expect("folder");
    let store = open(dir.path()).expect("opens");
    store.begin().expect("begins").commit(&Meta { format: FORMAT + 1, ..meta() }).expect("commits");
    drop(store);
    let error = open(dir.path()).expect_err("version");
    assert_eq!(error.cause, Cause::Version);
    assert!(error.message.contains(&format!("version {}", FORMAT + 1)), "{error}");
}

/// Some checkpoints; what each table holds in the end.
fn fill(store: &Store) -> Result<(), StoreError> {
    for round in 0..4u32 {
        let writing = store.begin()?;
        {
            let mut groups = writing.table(Table::Groups)?;
            for n in 0..300 {
                groups.put(&number(n * 7 % 512), &vec![round as u8; 40 + n as usize % 90])?;
            }
            let mut pending = writing.table(Table::Pending)?;
            (0..100).try_for_each(|n| pending.put(&number(round * 100 + n), b""))?;
            pending.remove_before(&number(round * 80))?;
        }
        writing.commit(&Meta { checkpoints: u64::from(round) + 1, ..meta() })?;
    }
    Ok(())
}

/// Everything, or why not.
fn everything(store: &Store) -> Result<(u64, Vec<Records>), StoreError> {
    let tables: Result<Vec<_>, _> = Table::ALL.into_iter().map(|t| all(store, t)).collect();
    Ok((store.read()?.meta()?.checkpoints, tables?))
}

#[test]
fn damage_is_never_taken_for_state() {
    let dir = tempfile::tempdir().expect("folder");
    let path = dir.path().join("state");
    let store = open(&path).expect("opens");
    fill(&store).expect("fills");
    let whole = everything(&store).expect("reads");
    drop(store);
    let file = path.join("state.redb");
    let sound = fs::read(&file).expect("reads");
    assert!(Store::verify(&Folder::take(&path, "", false).expect("free")).expect("verifies").is_none());
    std::panic::set_hook(Box::new(|_| {}));
    let (mut noticed, mut n) = (0, 0);
    let pages = sound.chunks(4096).enumerate().filter(|(_, page)| page.iter().any(|b| *b != 0));
    let places = pages.flat_map(|(n, _)| [0, 40, 700, 2100, 3900].map(|i| n * 4096 + i));
    for at in (0..320).step_by(32).chain(places).filter(|at| *at < sound.len()) {
        let mut bytes = sound.clone();
        let end = (at + 64).min(bytes.len());
        bytes[at..end].iter_mut().for_each(|b| *b ^= 0xa5);
        fs::write(&file, &bytes).expect("writes");
        let verified = Store::verify(&Folder::take(&path, "", false).expect("free")).expect("verifies");
        let read = Store::existing(Folder::take(&path, "", false).expect("free")).and_then(|s| everything(&s));
        match read {
            // An older checkpoint than the last is none of what was acknowledged.
            Ok(state) => assert!(state == whole || verified.is_some(), "byte {at}"),
            Err(e) => assert!(matches!(e.cause, Cause::Damaged | Cause::Version | Cause::Foreign), "{at}: {e}"),
        }
        noticed += usize::from(verified.is_some());
        n += 1;
    }
    let _ = std::panic::take_hook();
    for cut in [0, 1, 100, 4096, sound.len() / 2, sound.len() - 1] {
        fs::write(&file, &sound[..cut]).expect("writes");
        let read = Store::existing(Folder::take(&path, "", false).expect("free")).and_then(|s| everything(&s));
        assert!(read.is_err() || read.is_ok_and(|r| r == whole), "cut at {cut}");
    }
    println!("{noticed} of {n} damages were in use");
    assert!(noticed > 20, "{noticed} of {n}");
}

/// Memory whose call of that number fails, and all behind it; a write may tear.
#[derive(Debug, Clone)]
struct Faulty {
    bytes: Arc<Mutex<Vec<u8>>>,
    calls: Arc<AtomicUsize>,
    fail_at: usize,
}

impl Faulty {
    fn call(&self) -> io::Result<()> {
        if self.calls.fetch_add(1, Ordering::Relaxed) >= self.fail_at {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        Ok(())
    }
}

impl StorageBackend for Faulty {
    fn len(&self) -> Result<u64, io::Error> {
        self.call()?;
        Ok(self.bytes.lock().expect("one thread").len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), io::Error> {
        self.call()?;
        let bytes = self.bytes.lock().expect("one thread");
        let from = bytes.get(offset as usize..offset as usize + out.len());
        out.copy_from_slice(from.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> Result<(), io::Error> {
        self.call()?;
        self.bytes.lock().expect("one thread").resize(len as usize, 0);
        Ok(())
    }

    fn sync_data(&self) -> Result<(), io::Error> {
        self.call()
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), io::Error> {
        let failed = self.call();
        let n = if failed.is_err() { data.len() / 2 } else { data.len() };
        let mut bytes = self.bytes.lock().expect("one thread");
        if let Some(into) = bytes.get_mut(offset as usize..offset as usize + n) {
            into.copy_from_slice(&data[..n]);
        }
        failed
    }
}

#[test]
fn a_full_disk_is_told_and_the_last_checkpoint_stays() {
    let run = |fail_at: usize| {
        let calls = Arc::new(AtomicUsize::new(0));
        let backend = Faulty { bytes: Arc::default(), calls: calls.clone(), fail_at };
        let bytes = backend.bytes.clone();
        let place = Path::new("here");
        let filled = Store::on(backend, place, &meta()).and_then(|store| {
            let filled = fill(&store);
            filled.and_then(|()| everything(&store))
        });
        (filled, bytes, calls.load(Ordering::Relaxed))
    };
    let (whole, _, calls) = run(usize::MAX);
    let whole = whole.expect("no fault");
    assert!(calls > 60, "{calls}");
    let step = (calls / 150).max(1);
    for fail_at in (1..calls).step_by(step) {
        let (result, bytes, _) = run(fail_at);
        match result {
            Ok(state) => assert!(state == whole, "{fail_at}: an error that was swallowed"),
            Err(error) => assert!(error.message.contains("here"), "{fail_at}: {error}"),
        }
        // The disk works again: what was acknowledged is there, whole.
        let backend = Faulty { bytes, calls: Arc::default(), fail_at: usize::MAX };
        match Store::on(backend, Path::new("here"), &meta()) {
            Ok(store) => {
                let (checkpoints, tables) = everything(&store).expect("whole");
                assert!(checkpoints <= 4);
                if checkpoints > 0 {
                    let newest = tables[1].values().map(|v| v[0]).max().expect("groups");
                    assert_eq!(u64::from(newest) + 1, checkpoints, "{fail_at}");
                }
            }
            // It died while the database was made, which `open` does beside its place.
            Err(error) => assert!(fail_at < 40, "{fail_at}: {error}"),
        }
    }
}
