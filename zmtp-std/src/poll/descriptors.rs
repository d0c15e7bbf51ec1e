//! What the system waits for: descriptors among the items, and a bell that sockets ring.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::task::{Wake, Waker};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;

use super::{Item, Ready, What};

impl Item<'_> {
    pub(super) fn is_descriptor(&self) -> bool {
        matches!(self.what, What::Descriptor(_))
    }

    /// What the system is to look at.
    fn to_system(&self) -> Option<PollFd<'_>> {
        let What::Descriptor(descriptor) = self.what else { return None };
        let mut flags = PollFlags::empty();
        flags.set(PollFlags::IN, self.wanted.readable);
        flags.set(PollFlags::OUT, self.wanted.writable);
        Some(PollFd::from_borrowed_fd(descriptor, flags))
    }
}

/// Notes what the descriptors are ready for.
pub(super) fn look(items: &mut [Item<'_>]) -> io::Result<()> {
    let mut asked: Vec<_> = items.iter().filter_map(Item::to_system).collect();
    if asked.is_empty() {
        return Ok(());
    }
    system_poll(&mut asked, Some(Duration::ZERO))?;
    let told: Vec<_> = asked.iter().map(PollFd::revents).collect();
    let descriptors = items.iter_mut().filter(|item| item.is_descriptor());
    for (item, flags) in descriptors.zip(told) {
        // Whoever wants to write hears of a failure, too: by writing.
        let over = flags.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL);
        item.ready = Ready {
            readable: item.wanted.readable && (over || flags.contains(PollFlags::IN)),
            writable: item.wanted.writable && (over || flags.contains(PollFlags::OUT)),
        };
    }
    Ok(())
}

/// Makes a thread that waits for descriptors wait for sockets, too.
#[derive(Debug)]
pub(super) struct Bell {
    heard: UnixStream,
    waker: Waker,
}

/// The end of it that is rung.
#[derive(Debug)]
struct Rope(UnixStream);

impl Bell {
    pub(super) fn new() -> io::Result<Self> {
        let (heard, rung) = UnixStream::pair()?;
        heard.set_nonblocking(true)?;
        rung.set_nonblocking(true)?;
        Ok(Self { heard, waker: Waker::from(Arc::new(Rope(rung))) })
    }

    pub(super) fn waker(&self) -> &Waker {
        &self.waker
    }

    /// Waits for a descriptor, or until it is rung.
    pub(super) fn wait(&mut self, items: &[Item<'_>], left: Option<Duration>) -> io::Result<()> {
        let mut asked: Vec<_> = items.iter().filter_map(Item::to_system).collect();
        let heard: BorrowedFd<'_> = self.heard.as_fd();
        asked.push(PollFd::from_borrowed_fd(heard, PollFlags::IN));
        system_poll(&mut asked, left)?;
        drop(asked);
        let mut rings = [0; 64];
        match self.heard.read(&mut rings) {
            Err(why) if why.kind() != ErrorKind::WouldBlock => Err(why),
            _ => Ok(()),
        }
    }
}

impl Wake for Rope {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // If there is no room, it rings already.
        let _ = (&self.0).write(&[0]);
    }
}

/// For ever without a limit; a signal is no reason to return early, but the caller looks again anyway.
fn system_poll(asked: &mut [PollFd<'_>], left: Option<Duration>) -> io::Result<()> {
    // A time too long for the system is for ever.
    let limit = left.and_then(|left| Timespec::try_from(left).ok());
    match rustix::event::poll(asked, limit.as_ref()) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(why) => Err(why.into()),
    }
}
