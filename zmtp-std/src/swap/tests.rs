use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use redb::backends::InMemoryBackend;

use super::*;

const SIZE: usize = 100_000;
const PATIENCE: Duration = Duration::from_secs(30);

/// A disk that may become full.
#[derive(Debug, Default)]
struct Disk {
    data: InMemoryBackend,
    full: Arc<AtomicBool>,
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        self.data.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.data.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.data.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        if self.full.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.data.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        if self.full.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.data.write(offset, data)
    }
}

/// What the thread of the file tells.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Run(Key, Option<Bytes>),
    Failed(u64),
    Room,
}

#[derive(Debug)]
struct Ear(Mutex<Sender<Told>>);

impl Ear {
    fn tell(&self, told: Told) {
        let _ = self.0.lock().unwrap().send(told);
    }
}

impl Reader for Ear {
    fn read(&self, key: Key, run: Option<Bytes>) -> u64 {
        let lost = u64::from(run.is_none());
        self.tell(Told::Run(key, run));
        lost
    }
}

impl Owner for Ear {
    fn swap_failed(&self, _why: io::Error, lost: u64) {
        self.tell(Told::Failed(lost));
    }

    fn swap_has_room(&self) {
        self.tell(Told::Room);
    }
}

fn store(disk: Disk, most: u64) -> (Store, Arc<Ear>, Receiver<Told>) {
    let mut disk = Some(disk);
    store_over(move || disk.take().ok_or_else(|| io::ErrorKind::StorageFull.into()), most)
}

fn store_over(
    disks: impl FnMut() -> io::Result<Disk> + Send + 'static,
    most: u64,
) -> (Store, Arc<Ear>, Receiver<Told>) {
    let (tell, told) = channel();
    let ear = Arc::new(Ear(Mutex::new(tell)));
    let owner: Weak<Ear> = Arc::downgrade(&ear);
    (Store::over(disks, most, owner, Duration::from_millis(1)).unwrap(), ear, told)
}

fn reader(ear: &Arc<Ear>) -> Weak<dyn Reader> {
    let weak: Weak<Ear> = Arc::downgrade(ear);
    weak
}

fn run(number: u64) -> Bytes {
    vec![number as u8; SIZE].into()
}

#[test]
fn runs_are_read_as_they_were_written_from_the_file_or_before_they_are_in_it() {
    let (store, ear, told) = store(Disk::default(), u64::MAX);
    for number in 0..100 {
        store.write((1, number), run(number));
        store.write((2, number), run(number + 100));
    }
    for number in 0..100 {
        store.read((2, number), reader(&ear));
        assert!(told.recv_timeout(PATIENCE) == Ok(Told::Run((2, number), Some(run(number + 100)))));
    }
    store.read((1, 99), reader(&ear));
    assert!(told.recv_timeout(PATIENCE) == Ok(Told::Run((1, 99), Some(run(99)))));
    store.read((3, 0), reader(&ear));
    assert!(told.recv_timeout(PATIENCE) == Ok(Told::Run((3, 0), None)), "there is none");
    assert_eq!(told.recv_timeout(PATIENCE), Ok(Told::Failed(1)), "and that is told");
}

#[test]
fn there_is_room_for_so_much_and_again_when_some_is_given_back() {
    let (store, _ear, told) = store(Disk::default(), 100);
    assert!(store.reserve(60) && store.reserve(40) && !store.reserve(1));
    store.release(60);
    assert_eq!(told.recv_timeout(PATIENCE), Ok(Told::Room));
    assert!(!store.reserve(61) && store.reserve(60));
}

#[test]
fn what_a_full_disk_does_not_take_stays_in_memory_and_nothing_more_is_taken_in() {
    let disk = Disk::default();
    let full = Arc::clone(&disk.full);
    let (store, ear, told) = store(disk, u64::MAX);
    full.store(true, Ordering::SeqCst);
    let last = written_until_it_failed(&store, &told) - 1;
    assert!(!store.reserve(1));
    store.read((1, last), reader(&ear));
    let read = std::iter::from_fn(|| told.recv_timeout(PATIENCE).ok()).find(|told| *told != Told::Room);
    assert!(read == Some(Told::Run((1, last), Some(run(last)))));
}

/// Writes run after run of a lane; returns how many.
fn written_until_it_failed(store: &Store, told: &Receiver<Told>) -> u64 {
    let mut number = 0;
    // The database has a cache of its own.
    while told.try_recv() != Ok(Told::Failed(0)) {
        if store.reserve(SIZE as u64) {
            store.write((1, number), run(number));
            number += 1;
        }
    }
    number
}

#[test]
fn when_nothing_waits_any_more_another_file_is_begun_as_soon_as_that_goes() {
    let (attempts, full) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let (counted, filling) = (Arc::clone(&attempts), Arc::clone(&full));
    let disks = move || match counted.fetch_add(1, Ordering::SeqCst) {
        0 => Ok(Disk { full: Arc::clone(&filling), ..Disk::default() }),
        1..4 => Err(io::ErrorKind::StorageFull.into()),
        _ => Ok(Disk::default()),
    };
    let (store, ear, told) = store_over(disks, u64::MAX);
    full.store(true, Ordering::SeqCst);
    let runs = written_until_it_failed(&store, &told);
    for number in 0..runs {
        assert_eq!(attempts.load(Ordering::SeqCst), 1, "what is in the old file is wanted");
        store.read((1, number), reader(&ear));
        while !matches!(told.recv_timeout(PATIENCE).unwrap(), Told::Run((1, read), _) if read == number) {}
        store.release(SIZE as u64);
    }
    let mut told_later = std::iter::from_fn(|| told.recv_timeout(PATIENCE).ok());
    assert!(told_later.any(|told| told == Told::Room && attempts.load(Ordering::SeqCst) == 5));
    assert!(store.reserve(SIZE as u64));
    store.write((1, runs), run(runs));
    store.read((1, runs), reader(&ear));
    assert!(told.recv_timeout(PATIENCE) == Ok(Told::Run((1, runs), Some(run(runs)))));
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let owner: Weak<Ear> = Weak::new();
    let error = Store::begin(Path::new("/nowhere/at/all"), 1, owner).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
}
