//! The file of a socket for what is beyond the marks of its durable peers.

use std::io;
use std::sync::{Arc, Weak};

use super::core::Core;
use crate::lane::Lane;
use crate::swap::{Owner, Store};
use crate::{BindError, Event, Options, Swap};

impl Core {
    /// Begins the file, if one is wanted and there is none.
    pub(super) fn begin_swap(self: &Arc<Self>, options: &Options) -> Result<(), BindError> {
        let wanted = options.durable.as_ref().and_then(|durable| durable.swap.as_ref());
        let Some(Swap { octets, folder }) = wanted else { return Ok(()) };
        let mut swap = self.swap.lock().unwrap();
        if swap.is_none() {
            let owner: Weak<Self> = Arc::downgrade(self);
            let store = Store::begin(folder, *octets, owner);
            let store = store.map_err(|why| {
                let folder = folder.display().to_string();
                BindError::Swap { folder, why: Arc::new(why) }
            })?;
            *swap = Some(Arc::new(store));
        }
        Ok(())
    }

    /// A durable peer is there.
    pub(super) fn spill(&self, lane: &Arc<Lane>) {
        if let Some(store) = &*self.swap.lock().unwrap() {
            lane.spill_into(store);
        }
    }
}

impl Owner for Core {
    fn swap_failed(&self, why: io::Error, lost: u64) {
        self.monitors.tell(&Event::SwapFailed { why: Arc::new(why), dropped: lost });
        // There may be nobody left to wait for.
        self.progress.notify(usize::MAX);
    }

    fn swap_has_room(&self) {
        let mut route = self.route();
        let lanes: Vec<_> = route.links.lanes().cloned().collect();
        lanes.iter().for_each(|lane| route.links.has_room(lane));
        drop(route);
        self.sendable.notify(usize::MAX);
    }
}
