//! The database: tables of records with a checksum each, and transactions that change all of them or none.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use redb::backends::InMemoryBackend;
use redb::{
    Builder, Database, DatabaseError, ReadTransaction, ReadableDatabase, ReadableTable, ReadableTableMetadata,
    StorageBackend, StorageError, TableDefinition, TableError, WriteTransaction,
};

use super::error::{Cause, StoreError};
use super::folder::{Folder, private};
use super::meta::{FORMAT, Meta};

/// A table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Inputs and how far they were read.
    Inputs,
    /// Groups of rules and profiles.
    Groups,
    /// Hits whose instant has not come.
    Pending,
    /// Findings in the making.
    Findings,
    /// What was said and perhaps not written yet.
    Outbox,
}

impl Table {
    /// All of them.
    pub const ALL: [Table; 5] = [Table::Inputs, Table::Groups, Table::Pending, Table::Findings, Table::Outbox];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Table::Inputs => "inputs",
            Table::Groups => "groups",
            Table::Pending => "pending",
            Table::Findings => "findings",
            Table::Outbox => "outbox",
        }
    }

    fn definition(self) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
        TableDefinition::new(self.name())
    }
}

const META: TableDefinition<'static, &'static str, &'static [u8]> = TableDefinition::new("meta");
const META_KEY: &str = "meta";

/// Memory for pages: state is written through, and what steps it is in memory already.
const CACHE: usize = 64 << 20;

/// State on disk, or in memory where nothing is to outlive the run.
#[derive(Debug)]
pub struct Store {
    database: Option<Database>,
    /// What messages call it.
    place: PathBuf,
    /// Released last.
    _folder: Option<Folder>,
}

/// What `then` gives; a panic inside of the database means that its pages are not what was written.
fn guarded<T>(place: &Path, then: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(then))
        .unwrap_or_else(|_| Err(StoreError::damaged(place, "its pages do not hang together")))
}

impl Store {
    /// State in memory.
    ///
    /// # Errors
    /// There is no memory.
    pub fn memory(meta: &Meta) -> Result<Self, StoreError> {
        let place = PathBuf::from("memory");
        let database = Builder::new().create_with_backend(InMemoryBackend::new()).map_err(|e| opened(&place, e))?;
        Self::begin_with(database, place, meta)
    }

    /// State on a backend of the caller's.
    ///
    /// # Errors
    /// It is damaged or fails.
    pub fn on(backend: impl StorageBackend, place: &Path, meta: &Meta) -> Result<Self, StoreError> {
        let builder = || Builder::new().set_cache_size(CACHE).create_with_backend(backend);
        let database = guarded(place, || builder().map_err(|e| opened(place, e)))?;
        let store = Self { database: Some(database), place: place.to_path_buf(), _folder: None };
        match store.read()?.meta() {
            Ok(_) => Ok(store),
            Err(e) if e.cause == Cause::Foreign => {
                store.begin()?.commit(meta)?;
                Ok(store)
            }
            Err(e) => Err(e),
        }
    }

    fn begin_with(database: Database, place: PathBuf, meta: &Meta) -> Result<Self, StoreError> {
        let store = Self { database: Some(database), place, _folder: None };
        store.begin()?.commit(meta)?;
        Ok(store)
    }

    /// State in a folder: what is there, else new state that begins with `meta`.
    ///
    /// # Errors
    /// Another process has it; it is damaged, or of another version; the system refuses.
    pub fn open(folder: Folder, meta: &Meta) -> Result<Self, StoreError> {
        let place = folder.path().to_path_buf();
        if !folder.database().exists() {
            let unborn = folder.unborn();
            let file =
                private(&unborn).create_new(true).open(&unborn).map_err(|e| StoreError::io("make", &unborn, &e))?;
            let database = Builder::new().create_file(file).map_err(|e| opened(&place, e))?;
            drop(Self::begin_with(database, place, meta)?);
            folder.born()?;
        }
        Self::existing(folder)
    }

    /// State that is there.
    ///
    /// # Errors
    /// It is not there, or as for [`open`](Self::open).
    pub fn existing(folder: Folder) -> Result<Self, StoreError> {
        let place = folder.path().to_path_buf();
        let path = folder.database();
        let open = || Builder::new().set_cache_size(CACHE).open(&path).map_err(|e| opened(&place, e));
        let database = guarded(&place, open)?;
        let store = Self { database: Some(database), place: place.clone(), _folder: Some(folder) };
        let meta = store.read()?.meta()?;
        if meta.format != FORMAT {
            return Err(StoreError::new(
                Cause::Version,
                format!("the state in `{}` is of version {}, this engine reads {FORMAT}", place.display(), meta.format),
                format!("outguard {} wrote it: go on with that, or begin anew with another folder", meta.engine),
            ));
        }
        Ok(store)
    }

    /// Verifies every page; what is wrong, if something is. Works on a copy, so that nothing is changed.
    ///
    /// # Errors
    /// The system refuses.
    pub fn verify(folder: &Folder) -> Result<Option<String>, StoreError> {
        let path = folder.unborn();
        let told = |e: io::Error| StoreError::io("copy the state to", &path, &e);
        let copied = std::fs::copy(folder.database(), &path).map_err(told);
        let verified = copied.and_then(|_| {
            guarded(folder.path(), || {
                let mut database =
                    Builder::new().set_cache_size(CACHE).open(&path).map_err(|e| opened(folder.path(), e))?;
                match database.check_integrity() {
                    Ok(true) => Ok(None),
                    Ok(false) => Ok(Some("some pages are not what was written".to_owned())),
                    Err(e) => Err(opened(folder.path(), e)),
                }
            })
        });
        let removed = std::fs::remove_file(&path).map_err(|e| StoreError::io("remove", &path, &e));
        match verified {
            Err(e) if e.cause == Cause::Damaged => Ok(Some(e.message)),
            other => other.and_then(|o| removed.map(|()| o)),
        }
    }

    fn database(&self) -> &Database {
        self.database.as_ref().expect("taken only when dropped")
    }

    /// What was committed last.
    ///
    /// # Errors
    /// It is damaged.
    pub fn read(&self) -> Result<Reading<'_>, StoreError> {
        let transaction =
            guarded(&self.place, || self.database().begin_read().map_err(|e| StoreError::damaged(&self.place, e)))?;
        Ok(Reading { transaction, place: &self.place })
    }

    /// Begins a checkpoint.
    ///
    /// # Errors
    /// The database failed before.
    pub fn begin(&self) -> Result<Writing<'_>, StoreError> {
        let mut transaction = self.database().begin_write().map_err(|e| StoreError::damaged(&self.place, e))?;
        // With one sync more a record that looks like a page cannot pass for one after a power cut.
        transaction.set_two_phase_commit(true);
        Ok(Writing { transaction, place: &self.place })
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let database = self.database.take();
        // A damaged file must not end the program while it is closed.
        let _ = catch_unwind(AssertUnwindSafe(move || drop(database)));
    }
}

fn opened(place: &Path, error: DatabaseError) -> StoreError {
    match error {
        DatabaseError::DatabaseAlreadyOpen => StoreError::new(
            Cause::InUse,
            format!("the state in `{}` is in use by another process", place.display()),
            "end that first, or name another folder: two writers would lose events",
        ),
        DatabaseError::Storage(e) => stored(place, e),
        other => StoreError::damaged(place, other),
    }
}

fn stored(place: &Path, error: StorageError) -> StoreError {
    match error {
        StorageError::Io(e) if e.kind() == io::ErrorKind::InvalidData => StoreError::damaged(place, e),
        StorageError::Io(e) if e.kind() == io::ErrorKind::UnexpectedEof => StoreError::damaged(place, "it ends early"),
        StorageError::Io(e) => StoreError::io("write the state in", place, &e),
        other => StoreError::damaged(place, other),
    }
}

fn tabled(place: &Path, error: TableError) -> StoreError {
    match error {
        TableError::Storage(e) => stored(place, e),
        other => StoreError::damaged(place, other),
    }
}

/// A record's bytes behind a checksum over key and bytes, so that a record in another's place is noticed too.
fn sealed(key: &[u8], value: &[u8], out: &mut Vec<u8>) {
    out.clear();
    out.extend_from_slice(&checksum(key, value).to_le_bytes());
    out.extend_from_slice(value);
}

fn checksum(key: &[u8], value: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(&(key.len() as u64).to_le_bytes());
    crc.update(key);
    crc.update(value);
    crc.sum()
}

fn unsealed<'v>(key: &[u8], stored: &'v [u8]) -> Option<&'v [u8]> {
    let (sum, value) = stored.split_first_chunk::<4>()?;
    (u32::from_le_bytes(*sum) == checksum(key, value)).then_some(value)
}

/// What becomes of a record that is read.
pub type Each<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> Result<(), StoreError>;

/// Goes through records from `from` on, while `more` says so.
fn walk<T: ReadableTable<&'static [u8], &'static [u8]>>(
    table: &T,
    place: &Path,
    name: Table,
    from: &[u8],
    more: &dyn Fn(&[u8]) -> bool,
    each: Each<'_>,
) -> Result<(), StoreError> {
    for entry in table.range::<&[u8]>(from..).map_err(|e| stored(place, e))? {
        let (key, value) = entry.map_err(|e| stored(place, e))?;
        let key = key.value();
        if !more(key) {
            break;
        }
        let Some(value) = unsealed(key, value.value()) else {
            return Err(StoreError::damaged(
                place,
                format!("a record of the table `{}` is not what was written", name.name()),
            ));
        };
        each(key, value)?;
    }
    Ok(())
}

/// What was committed last.
pub struct Reading<'s> {
    transaction: ReadTransaction,
    place: &'s Path,
}

impl Reading<'_> {
    /// What is said of the whole.
    ///
    /// # Errors
    /// It is damaged, or there is none.
    pub fn meta(&self) -> Result<Meta, StoreError> {
        guarded(self.place, || {
            let none =
                || StoreError::new(Cause::Foreign, format!("there is no state in `{}`", self.place.display()), "");
            let table = match self.transaction.open_table(META) {
                Ok(table) => table,
                Err(TableError::TableDoesNotExist(_)) => return Err(none()),
                Err(e) => return Err(tabled(self.place, e)),
            };
            let value = table.get(META_KEY).map_err(|e| stored(self.place, e))?.ok_or_else(none)?;
            let damaged = || StoreError::damaged(self.place, "its first record is not what was written");
            let bytes = unsealed(META_KEY.as_bytes(), value.value()).ok_or_else(damaged)?;
            // Another format may hold other fields; the number stands first.
            let (format, _) = postcard::take_from_bytes::<u32>(bytes).map_err(|_| damaged())?;
            if format != FORMAT {
                return Ok(Meta { format, engine: "of another version".to_owned(), ..Meta::default() });
            }
            postcard::from_bytes(bytes).map_err(|_| damaged())
        })
    }

    /// Goes through the records of a table whose keys begin with `prefix`, in the order of their keys.
    ///
    /// # Errors
    /// A record is damaged, or `each` fails.
    pub fn each(&self, table: Table, prefix: &[u8], each: Each<'_>) -> Result<(), StoreError> {
        guarded(self.place, || match self.transaction.open_table(table.definition()) {
            Ok(open) => walk(&open, self.place, table, prefix, &|key| key.starts_with(prefix), each),
            Err(TableError::TableDoesNotExist(_)) => Ok(()),
            Err(e) => Err(tabled(self.place, e)),
        })
    }

    /// Goes through what can be read of a table, for salvage: records that are damaged are passed over. How many were,
    /// and why the rest cannot be read, if it cannot.
    pub fn sound(&self, table: Table, each: &mut dyn FnMut(&[u8], &[u8])) -> (u64, Option<StoreError>) {
        let mut damaged = 0;
        let walked = guarded(self.place, || {
            let open = match self.transaction.open_table(table.definition()) {
                Ok(open) => open,
                Err(TableError::TableDoesNotExist(_)) => return Ok(()),
                Err(e) => return Err(tabled(self.place, e)),
            };
            for entry in open.range::<&[u8]>(..).map_err(|e| stored(self.place, e))? {
                let (key, value) = entry.map_err(|e| stored(self.place, e))?;
                match unsealed(key.value(), value.value()) {
                    Some(value) => each(key.value(), value),
                    None => damaged += 1,
                }
            }
            Ok(())
        });
        (damaged, walked.err())
    }

    /// How many records a table has.
    ///
    /// # Errors
    /// It is damaged.
    pub fn count(&self, table: Table) -> Result<u64, StoreError> {
        guarded(self.place, || match self.transaction.open_table(table.definition()) {
            Ok(open) => open.len().map_err(|e| stored(self.place, e)),
            Err(TableError::TableDoesNotExist(_)) => Ok(0),
            Err(e) => Err(tabled(self.place, e)),
        })
    }
}

/// A checkpoint that is being written; dropped, nothing of it was.
pub struct Writing<'s> {
    transaction: WriteTransaction,
    place: &'s Path,
}

/// One table of a checkpoint.
pub struct TableWriting<'t> {
    open: redb::Table<'t, &'static [u8], &'static [u8]>,
    table: Table,
    place: &'t Path,
    buffer: Vec<u8>,
}

impl<'s> Writing<'s> {
    /// Opens a table, once at a time.
    ///
    /// # Errors
    /// It is damaged.
    pub fn table<'t>(&'t self, table: Table) -> Result<TableWriting<'t>, StoreError>
    where
        's: 't,
    {
        let open = self.transaction.open_table(table.definition()).map_err(|e| tabled(self.place, e))?;
        Ok(TableWriting { open, table, place: self.place, buffer: Vec::new() })
    }

    /// Ends the checkpoint: all of it is on disk.
    ///
    /// # Errors
    /// The disk refuses; then nothing of it is.
    pub fn commit(self, meta: &Meta) -> Result<(), StoreError> {
        let place = self.place;
        guarded(place, || {
            let bytes = postcard::to_allocvec(meta).map_err(|e| StoreError::damaged(place, e))?;
            let mut value = Vec::new();
            sealed(META_KEY.as_bytes(), &bytes, &mut value);
            let mut table = self.transaction.open_table(META).map_err(|e| tabled(place, e))?;
            table.insert(META_KEY, value.as_slice()).map_err(|e| stored(place, e))?;
            drop(table);
            self.transaction.commit().map_err(|e| match e {
                redb::CommitError::Storage(e) => stored(place, e),
                other => StoreError::damaged(place, other),
            })
        })
    }
}

impl TableWriting<'_> {
    /// Puts a record in, in place of the one of the same key.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn put(&mut self, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        sealed(key, value, &mut self.buffer);
        self.open.insert(key, self.buffer.as_slice()).map_err(|e| stored(self.place, e))?;
        Ok(())
    }

    /// Takes a record out, if it is there.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn remove(&mut self, key: &[u8]) -> Result<(), StoreError> {
        self.open.remove(key).map_err(|e| stored(self.place, e))?;
        Ok(())
    }

    /// Puts in, or takes out.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn set(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), StoreError> {
        match value {
            Some(value) => self.put(key, value),
            None => self.remove(key),
        }
    }

    /// Goes through records before `end`.
    ///
    /// # Errors
    /// A record is damaged, or `each` fails.
    pub fn before(&self, end: &[u8], each: Each<'_>) -> Result<(), StoreError> {
        guarded(self.place, || walk(&self.open, self.place, self.table, &[], &|key| key < end, each))
    }

    /// Goes through records from a key on.
    ///
    /// # Errors
    /// A record is damaged, or `each` fails.
    pub fn from(&self, from: &[u8], each: Each<'_>) -> Result<(), StoreError> {
        guarded(self.place, || walk(&self.open, self.place, self.table, from, &|_| true, each))
    }

    /// Takes out all records before `end`.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn remove_before(&mut self, end: &[u8]) -> Result<(), StoreError> {
        self.open.retain_in::<&[u8], _>(..end, |_, _| false).map_err(|e| stored(self.place, e))
    }

    /// Takes out all records whose keys begin so.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn remove_all(&mut self, prefix: &[u8]) -> Result<(), StoreError> {
        let outside = |key: &[u8], _: &[u8]| !key.starts_with(prefix);
        match after(prefix) {
            Some(end) => self.open.retain_in::<&[u8], _>(prefix..end.as_slice(), outside),
            None => self.open.retain_in::<&[u8], _>(prefix.., outside),
        }
        .map_err(|e| stored(self.place, e))
    }
}

/// The least key behind all that begin so.
fn after(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < 0xff {
            end.push(last + 1);
            return Some(end);
        }
    }
    None
}
