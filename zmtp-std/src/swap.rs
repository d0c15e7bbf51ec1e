//! The file in which messages wait that are beyond the mark of a durable peer ([`Swap`](crate::Swap)): runs of messages, each under its
//! lane and a number. A thread of its own reads and writes it, so that nobody else waits for the disk.
//!
//! What is to be written can be read from memory until it is; what cannot be written stays there, and nothing more is taken in. Once nothing
//! waits any more, another file is begun.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Debug;
use std::fs::File;
use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Weak};
use std::time::Duration;

use bytes::Bytes;
use redb::backends::FileBackend;
use redb::{Builder, Database, Durability, ReadableDatabase, ReadableTable, StorageBackend, TableDefinition};

/// Of a run: the lane, and which of its runs it is.
pub(crate) type Key = (u64, u64);

const RUNS: TableDefinition<'_, Key, &[u8]> = TableDefinition::new("runs");

/// So many octets may wait for the disk. If it does not keep up, queues are full.
const MOST_UNWRITTEN: u64 = 4 << 20;

/// The store keeps no more of the file in memory.
const CACHE: usize = 1 << 20;

/// After so many octets that were taken out, their place in the file is given free.
const RECLAIM: u64 = 16 << 20;

/// After a file has failed, how long to wait before it is seen whether another one can be begun, and from one attempt to the next.
const PAUSE: Duration = Duration::from_secs(1);

/// Who waits for a run. Called by the thread of the file.
pub(crate) trait Reader: Send + Sync + Debug {
    /// The run, or `None` if it is lost. Returns how many messages are lost with it.
    fn read(&self, key: Key, run: Option<Bytes>) -> u64;
}

/// Whose file it is. Called by its thread.
pub(crate) trait Owner: Send + Sync + Debug {
    /// The file failed; with what could not be read so many messages are lost.
    fn swap_failed(&self, why: io::Error, lost: u64);

    /// There may be room for what was refused.
    fn swap_has_room(&self);
}

/// See the module. When it is dropped, the thread ends, and the file is gone.
#[derive(Debug)]
pub(crate) struct Store(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// What may wait in all, and what does.
    most: u64,
    held: AtomicU64,
    work: Mutex<Work>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct Work {
    unwritten: BTreeMap<Key, Bytes>,
    unwritten_octets: u64,
    reads: VecDeque<(Key, Weak<dyn Reader>)>,
    /// Runs that were read, or are wanted no more.
    gone: Vec<RangeInclusive<Key>>,
    /// There was no room for a message; and there may be now.
    refused: bool,
    room_again: bool,
    broken: bool,
    ended: bool,
}

impl Store {
    /// Begins a file in `folder` for up to `most` octets.
    pub(crate) fn begin(folder: &Path, most: u64, owner: Weak<dyn Owner>) -> io::Result<Self> {
        let folder = folder.to_owned();
        let file = move || FileBackend::new(nameless(&folder)?).map_err(io::Error::other);
        Self::over(file, most, owner, PAUSE)
    }

    fn over<B: StorageBackend>(
        mut begin: impl FnMut() -> io::Result<B> + Send + 'static,
        most: u64,
        owner: Weak<dyn Owner>,
        pause: Duration,
    ) -> io::Result<Self> {
        let mut begin: Begin = Box::new(move || {
            let file = Builder::new().set_cache_size(CACHE).create_with_backend(begin()?);
            file.map_err(io::Error::other)
        });
        let file = Some(begin()?);
        let shared =
            Arc::new(Shared { most, held: AtomicU64::new(0), work: Mutex::default(), wake: Condvar::new() });
        let thread = Thread { shared: Arc::clone(&shared), file, begin, owner, freed: 0, pause };
        std::thread::Builder::new().name("zmtp-swap".to_owned()).spawn(move || thread.run())?;
        Ok(Self(shared))
    }

    /// Takes room for so many octets, if there is.
    pub(crate) fn reserve(&self, octets: u64) -> bool {
        let Shared { most, held, work, .. } = &*self.0;
        let mut work = work.lock().unwrap();
        let fits = |held: u64| held.checked_add(octets).filter(|sum| sum <= most);
        let taken = !work.broken
            && work.unwritten_octets < MOST_UNWRITTEN
            && held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok();
        work.refused |= !taken;
        taken
    }

    /// Gives room back.
    pub(crate) fn release(&self, octets: u64) {
        self.0.held.fetch_sub(octets, Ordering::Relaxed);
        let mut work = self.0.lock();
        if work.refused {
            work.room_again = true;
            self.0.wake.notify_one();
        }
    }

    pub(crate) fn write(&self, key: Key, run: Bytes) {
        let mut work = self.0.lock();
        work.unwritten_octets += run.len() as u64;
        work.unwritten.insert(key, run);
        self.0.wake.notify_one();
    }

    /// Has `reader` given a run, which is taken out.
    pub(crate) fn read(&self, key: Key, reader: Weak<dyn Reader>) {
        self.0.lock().reads.push_back((key, reader));
        self.0.wake.notify_one();
    }

    /// The runs of a lane are wanted no more.
    pub(crate) fn forget(&self, lane: u64) {
        let all = (lane, 0)..=(lane, u64::MAX);
        let mut work = self.0.lock();
        let unwritten: Vec<_> = work.unwritten.range(all.clone()).map(|(key, _)| *key).collect();
        for key in unwritten {
            work.take(&key);
        }
        work.gone.push(all);
        self.0.wake.notify_one();
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.0.lock().ended = true;
        self.0.wake.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap()
    }
}

impl Work {
    fn take(&mut self, key: &Key) -> Option<Bytes> {
        let run = self.unwritten.remove(key)?;
        self.unwritten_octets -= run.len() as u64;
        Some(run)
    }

    fn is_idle(&self) -> bool {
        let writes = !self.broken && (!self.unwritten.is_empty() || !self.gone.is_empty());
        !self.ended && !writes && !self.room_again && self.reads.is_empty()
    }
}

/// Begins a file.
type Begin = Box<dyn FnMut() -> io::Result<Database> + Send>;

/// The only one who touches the file.
struct Thread {
    shared: Arc<Shared>,
    /// None while there cannot be another after one that failed.
    file: Option<Database>,
    begin: Begin,
    owner: Weak<dyn Owner>,
    /// Octets that were taken out since their place was given free.
    freed: u64,
    pause: Duration,
}

impl Thread {
    fn run(mut self) {
        loop {
            let mut work = self.wait();
            if work.ended {
                return;
            }
            if work.is_idle() {
                drop(work);
                self.begin_anew();
                continue;
            }
            if let Some((key, reader)) = work.reads.pop_front() {
                let unwritten = work.take(&key);
                drop(work);
                self.answer(key, unwritten, &reader);
                continue;
            }
            if std::mem::take(&mut work.room_again) {
                work.refused = false;
                drop(work);
                if let Some(owner) = self.owner.upgrade() {
                    owner.swap_has_room();
                }
                continue;
            }
            let (runs, gone) = (work.unwritten.clone(), std::mem::take(&mut work.gone));
            drop(work);
            match self.commit(&runs, &gone) {
                Ok(()) => {
                    let mut work = self.shared.lock();
                    for key in runs.keys() {
                        work.take(key);
                    }
                    work.room_again = work.refused;
                }
                Err(why) => {
                    self.shared.lock().broken = true;
                    self.tell(why, 0);
                }
            }
        }
    }

    /// Waits for work; with a file that failed only for so long.
    fn wait(&self) -> MutexGuard<'_, Work> {
        let (work, idle) = (self.shared.lock(), |work: &mut Work| work.is_idle());
        if work.broken {
            return self.shared.wake.wait_timeout_while(work, self.pause, idle).unwrap().0;
        }
        self.shared.wake.wait_while(work, idle).unwrap()
    }

    /// Begins another file, if nothing waits that is in the one that failed: its place is free for it then.
    fn begin_anew(&mut self) {
        if self.shared.held.load(Ordering::Relaxed) > 0 {
            return;
        }
        self.file = None;
        let Ok(file) = (self.begin)() else { return };
        (self.file, self.freed) = (Some(file), 0);
        let mut work = self.shared.lock();
        work.gone.clear();
        (work.broken, work.room_again) = (false, true);
    }

    fn file(&self) -> Result<&Database, redb::Error> {
        self.file.as_ref().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound).into())
    }

    fn answer(&mut self, key: Key, unwritten: Option<Bytes>, reader: &Weak<dyn Reader>) {
        let run = unwritten.map_or_else(|| self.look_up(key), Ok);
        let (run, failure) = match run {
            Ok(run) => (Some(run), None),
            Err(why) => (None, Some(why)),
        };
        let lost = reader.upgrade().map_or(0, |reader| reader.read(key, run));
        if let Some(why) = failure {
            self.tell(why, lost);
        }
        self.shared.lock().gone.push(key..=key);
    }

    fn look_up(&self, key: Key) -> io::Result<Bytes> {
        let run = || -> Result<Option<Bytes>, redb::Error> {
            let table = self.file()?.begin_read()?.open_table(RUNS)?;
            Ok(table.get(key)?.map(|run| Bytes::copy_from_slice(run.value())))
        };
        run().map_err(io::Error::other)?.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Nothing has to outlive the process; but the file would grow for ever if no commit were a durable one.
    fn commit(&mut self, runs: &BTreeMap<Key, Bytes>, gone: &[RangeInclusive<Key>]) -> io::Result<()> {
        let durable = self.freed >= RECLAIM;
        let commit = || -> Result<u64, redb::Error> {
            let mut freed = 0;
            let mut transaction = self.file()?.begin_write()?;
            transaction.set_durability(if durable { Durability::Immediate } else { Durability::None })?;
            {
                let mut table = transaction.open_table(RUNS)?;
                for (key, run) in runs {
                    table.insert(key, &run[..])?;
                }
                for range in gone {
                    let sizes = table.range(range.clone())?.map(|run| Ok(run?.1.value().len() as u64));
                    freed += sizes.sum::<Result<u64, redb::StorageError>>()?;
                    table.retain_in(range.clone(), |_, _| false)?;
                }
            }
            transaction.commit()?;
            Ok(freed)
        };
        let freed = commit().map_err(io::Error::other)?;
        self.freed = if durable { freed } else { self.freed + freed };
        Ok(())
    }

    fn tell(&self, why: io::Error, lost: u64) {
        if let Some(owner) = self.owner.upgrade() {
            owner.swap_failed(why, lost);
        }
    }
}

/// A file that nobody else reads, and that does not outlive the process where the system lets it be without a name.
fn nameless(folder: &Path) -> io::Result<File> {
    let path = unused(folder);
    let mut options = File::options();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path)?;
    #[cfg(unix)]
    std::fs::remove_file(&path)?;
    Ok(file)
}

fn unused(folder: &Path) -> PathBuf {
    let unlike_others = u64::from(crate::routing::random()) << 32 | u64::from(crate::routing::random());
    folder.join(format!("zmtp-{}-{unlike_others:016x}.swap", std::process::id()))
}
