use std::collections::BTreeSet;
use std::io::{Cursor, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;

use super::disk::Scratch;
use super::*;

fn drain(mut sorted: Sorted) -> io::Result<Vec<Vec<u8>>> {
    let mut all = Vec::new();
    while let Some(item) = sorted.next()? {
        all.push(item.to_vec());
    }
    Ok(all)
}

/// Files in memory; the `fail_at`th call of any kind fails, a write after half of its bytes.
struct Faulty {
    calls: Arc<AtomicUsize>,
    fail_at: usize,
}

struct FaultyFile {
    inner: Cursor<Vec<u8>>,
    calls: Arc<AtomicUsize>,
    fail_at: usize,
}

impl FaultyFile {
    fn fails(&self) -> bool {
        self.calls.fetch_add(1, Ordering::Relaxed) == self.fail_at
    }
}

fn full() -> io::Error {
    io::Error::from(io::ErrorKind::StorageFull)
}

impl Disk for Faulty {
    fn create(&mut self) -> io::Result<Box<dyn Scratch>> {
        let file = FaultyFile { inner: Cursor::new(Vec::new()), calls: self.calls.clone(), fail_at: self.fail_at };
        if file.fails() { Err(full()) } else { Ok(Box::new(file)) }
    }

    fn place(&self) -> Arc<Path> {
        PathBuf::from("nowhere").into()
    }
}

impl Read for FaultyFile {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.fails() { Err(io::Error::other("torn")) } else { self.inner.read(buf) }
    }
}

impl Write for FaultyFile {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if self.fails() {
            return Err(full());
        }
        self.inner.write(&buf[..buf.len().div_ceil(2)])
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.fails() { Err(full()) } else { Ok(()) }
    }
}

impl Seek for FaultyFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        if self.fails() { Err(io::Error::other("seek")) } else { self.inner.seek(to) }
    }
}

fn numbers(n: u32) -> impl Iterator<Item = Vec<u8>> {
    (0..n).map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()[..(i % 5) as usize].to_vec())
}

#[test]
fn nothing_and_the_empty_string() {
    let dir = tempfile::tempdir().expect("folder");
    assert!(drain(Sorter::new(0, dir.path()).finish().expect("finishes")).expect("reads").is_empty());
    let mut sorter = Sorter::new(0, dir.path());
    (0..3).for_each(|_| sorter.push(b"").expect("pushes"));
    assert_eq!(drain(sorter.finish().expect("finishes")).expect("reads"), [b""]);
}

#[test]
fn runs_and_merges_of_merges_leave_nothing_behind() {
    let dir = tempfile::tempdir().expect("folder");
    let folder = dir.path().join("made/here");
    let mut sorter = Sorter::new(1, &folder);
    let n = u32::try_from(FAN_IN * FAN_IN + 7 * FAN_IN + 3).expect("small");
    numbers(n).for_each(|item| sorter.push(&item).expect("pushes"));
    assert!(sorter.spilled() > 0);
    assert!(sorter.runs.len() < 3 * FAN_IN);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&folder).expect("made").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert_eq!(std::fs::read_dir(&folder).expect("lists").count(), 0, "files have no name");
    }
    let expected: Vec<Vec<u8>> = numbers(n).collect::<BTreeSet<_>>().into_iter().collect();
    assert_eq!(drain(sorter.finish().expect("finishes")).expect("reads"), expected);
    assert_eq!(std::fs::read_dir(&folder).expect("lists").count(), 0);
}

#[test]
fn long_records_and_many_blocks() {
    let dir = tempfile::tempdir().expect("folder");
    let mut sorter = Sorter::new(1 << 20, dir.path());
    let item = |i: u32| {
        let mut item = i.wrapping_mul(2_654_435_761).to_be_bytes().to_vec();
        item.resize(4 + (i as usize * 997) % 40_000, i as u8);
        item
    };
    (0..300).for_each(|i| sorter.push(&item(i)).expect("pushes"));
    sorter.push(&vec![7; 3 << 20]).expect("longer than the limit");
    let mut expected: Vec<Vec<u8>> = (0..300).map(item).chain([vec![7; 3 << 20]]).collect();
    expected.sort();
    assert_eq!(drain(sorter.finish().expect("finishes")).expect("reads"), expected);
}

#[test]
fn every_fault_is_an_error_and_never_a_loss() {
    let run = |fail_at: usize| {
        let calls = Arc::new(AtomicUsize::new(0));
        let result = (|| {
            let mut sorter = Sorter::on(200, Box::new(Faulty { calls: calls.clone(), fail_at }));
            for item in numbers(1500) {
                sorter.push(&item)?;
            }
            drain(sorter.finish()?)
        })();
        (result, calls.load(Ordering::Relaxed))
    };
    let (whole, calls) = run(usize::MAX);
    let expected: Vec<Vec<u8>> = numbers(1500).collect::<BTreeSet<_>>().into_iter().collect();
    assert_eq!(whole.expect("no fault"), expected);
    assert!(calls > 500, "{calls}");
    for fail_at in 0..calls {
        let error = run(fail_at).0.expect_err("a fault").to_string();
        assert!(!error.is_empty(), "{fail_at}");
    }
}

#[test]
fn a_failed_sort_cannot_be_finished() {
    let calls = Arc::new(AtomicUsize::new(0));
    let mut sorter = Sorter::on(1, Box::new(Faulty { calls, fail_at: 0 }));
    sorter.push(b"one").expect("memory");
    let error = sorter.push(b"two").expect_err("no disk");
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    let text = error.to_string();
    assert!(text.starts_with("cannot") && text.contains("`nowhere`") && text.contains("TMPDIR"), "{text}");
    assert!(sorter.finish().is_err());
}

#[test]
fn a_folder_that_cannot_be_made_is_told() {
    let dir = tempfile::tempdir().expect("folder");
    let file = dir.path().join("file");
    std::fs::write(&file, "").expect("written");
    let mut sorter = Sorter::new(1, &file.join("sub"));
    sorter.push(b"one").expect("memory");
    let error = sorter.push(b"two").expect_err("no folder").to_string();
    assert!(error.contains("file/sub"), "{error}");
}

#[test]
fn damage_on_disk_is_noticed() {
    struct Flipping(usize);
    impl Disk for Flipping {
        fn create(&mut self) -> io::Result<Box<dyn Scratch>> {
            Ok(Box::new(Flipped(Cursor::new(Vec::new()), self.0)))
        }
        fn place(&self) -> Arc<Path> {
            PathBuf::from("x").into()
        }
    }
    struct Flipped(Cursor<Vec<u8>>, usize);
    impl Read for Flipped {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            let at = self.0.position() as usize;
            let n = self.0.read(buf)?;
            if let Some(byte) = self.1.checked_sub(at).and_then(|i| buf[..n].get_mut(i)) {
                *byte ^= 0x10;
            }
            Ok(n)
        }
    }
    impl Write for Flipped {
        fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
            self.0.write(buf)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    impl Seek for Flipped {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }
    for at in 0..18 {
        let mut sorter = Sorter::on(40, Box::new(Flipping(at)));
        [b"aaaa", b"bbbb", b"cccc", b"dddd"].iter().for_each(|i| sorter.push(*i).expect("pushes"));
        let result = sorter.finish().and_then(drain);
        assert!(result.is_err(), "byte {at}: {result:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_split_any_limit_same_order(
        parts in prop::collection::vec(prop::collection::vec(prop::collection::vec(0u8..4, 0..12), 0..60), 1..5),
        limit in 0usize..600,
    ) {
        let dir = tempfile::tempdir().expect("folder");
        let mut whole = Sorter::new(limit, dir.path());
        for part in &parts {
            let mut one = Sorter::new(limit, dir.path());
            part.iter().for_each(|item| one.push(item).expect("pushes"));
            one.settle();
            whole.absorb(one).expect("absorbs");
        }
        let expected: Vec<Vec<u8>> = parts.into_iter().flatten().collect::<BTreeSet<_>>().into_iter().collect();
        prop_assert_eq!(drain(whole.finish().expect("finishes")).expect("reads"), expected);
    }
}
