//! Blocking a thread until one of several things happens.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use event_listener::EventListener;

use super::Item;
#[cfg(unix)]
use super::descriptors::Bell;
use crate::wait;

/// How a thread sleeps.
#[derive(Debug)]
pub(super) enum Sleep {
    /// Sockets wake a thread that is parked.
    Parked(Waker),
    /// With descriptors to be waited for as well, sockets ring a bell that is one of them.
    #[cfg(unix)]
    Polling(Bell),
}

impl Sleep {
    pub(super) fn for_items(items: &[Item<'_>]) -> io::Result<Self> {
        #[cfg(unix)]
        if items.iter().any(Item::is_descriptor) {
            return Ok(Self::Polling(Bell::new()?));
        }
        let _ = items;
        Ok(Self::Parked(wait::unpark()))
    }

    /// Sleeps until one of the listeners is notified, a descriptor is ready, or the time is over; perhaps less.
    pub(super) fn until_any(
        &mut self,
        listeners: &mut [EventListener],
        items: &[Item<'_>],
        left: Option<Duration>,
    ) -> io::Result<()> {
        let waker = match self {
            Self::Parked(waker) => &*waker,
            #[cfg(unix)]
            Self::Polling(bell) => bell.waker(),
        };
        let mut context = Context::from_waker(waker);
        let mut notified =
            |listener: &mut EventListener| Pin::new(listener).poll(&mut context) == Poll::Ready(());
        if listeners.iter_mut().any(&mut notified) {
            return Ok(());
        }
        match self {
            Self::Parked(_) => {
                let _ = items;
                left.map_or_else(thread::park, thread::park_timeout);
                Ok(())
            }
            #[cfg(unix)]
            Self::Polling(bell) => bell.wait(items, left),
        }
    }
}
