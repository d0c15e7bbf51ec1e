//! A connection between two sockets of a context: two lanes, each of which leads to the other.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use zmtp_core::Failure;
use zmtp_core::wire::Version;

use super::inproc::Dialer;
use super::peer::Peer;
use crate::Lost;
use crate::lane::{Extent, Lane, Link, Recipient};
use crate::security::Mechanism;
use crate::socket::{Core, Listening, Phase, Site, Watch};

/// See the module.
#[derive(Debug)]
pub(super) struct Pipe {
    /// Who connected.
    near: End,
    /// Who is bound.
    far: End,
}

#[derive(Debug)]
struct End {
    peer: Box<Peer>,
    lane: Arc<Lane>,
    phase: Watch,
}

/// There is no connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failed {
    /// Nor would there be another time.
    pub(super) in_vain: bool,
}

/// How a connection ended.
#[derive(Debug)]
pub(super) struct Parted {
    near: Lost,
    far: Lost,
    /// Whether an end did not want the other, which had better not come back at once.
    pub(super) failed: bool,
}

impl Parted {
    /// Who connected has ended it, for this reason.
    pub(super) fn of_near(why: Lost) -> Self {
        Self { failed: is_failure(&why), near: why, far: Lost::Eof }
    }

    /// So has who is bound.
    fn of_far(why: Lost) -> Self {
        Self { failed: is_failure(&why), near: Lost::Eof, far: why }
    }
}

fn is_failure(why: &Lost) -> bool {
    !matches!(why, Lost::Closed)
}

impl Pipe {
    /// Connects the lane of `dialer` with one of `binder`, as a handshake would.
    pub(super) fn between(dialer: &Dialer, binder: &Listening) -> Result<Self, Failed> {
        let address = dialer.address();
        let near = Peer::connected(&dialer.core, &dialer.site, address.clone());
        let far = Peer::accepted(&binder.core, &binder.site, address);
        let (near_phase, far_phase) = (dialer.site.phase(), binder.site.phase());
        let (far, far_lane) = match far.welcome(None, &dialer.core, &dialer.site) {
            Ok(welcomed) => welcomed,
            Err(why) => {
                let in_vain = matches!(why, Lost::Protocol(_));
                near.end(false, Some(Arc::clone(&dialer.lane)), true, why);
                return Err(Failed { in_vain });
            }
        };
        let (near, lane) = match near.welcome(Some(&dialer.lane), &binder.core, &binder.site) {
            Ok(welcomed) => welcomed,
            Err(why) => {
                far.end(true, Some(far_lane), false, why);
                return Err(Failed { in_vain: false });
            }
        };
        let pipe = Self {
            near: End { peer: near, lane, phase: near_phase },
            far: End { peer: far, lane: far_lane, phase: far_phase },
        };
        pipe.link();
        Ok(pipe)
    }

    fn link(&self) {
        let (near, far) = (&self.near, &self.far);
        near.lane.link(Link::new(near.end(), far.end()));
        far.lane.link(Link::new(far.end(), near.end()));
        // Those that were made before.
        near.tell_changes();
        far.tell_changes();
    }

    /// Waits until one end wants no more. Returns whether that was a failure.
    pub(super) async fn last(mut self) -> bool {
        let parted = loop {
            if let Some(parted) = self.look() {
                break parted;
            }
            let Self { near, far } = &mut self;
            poll_fn(|cx| if near.poll(cx) | far.poll(cx) { Poll::Ready(()) } else { Poll::Pending }).await;
        };
        let failed = parted.failed;
        self.end(parted);
        failed
    }

    /// Does what is to be done now; returns how the connection ends if it does.
    fn look(&mut self) -> Option<Parted> {
        let Self { near, far } = self;
        let near_ends = near.look().map(Parted::of_near);
        let ends = near_ends.or_else(|| far.look().map(Parted::of_far));
        for (from, to) in [(&*near, &*far), (far, near)] {
            if to.lane.take_due() {
                from.lane.fetch(Extent::Room);
            }
        }
        ends
    }

    pub(super) fn end(self, parted: Parted) {
        let Self { near, far } = self;
        near.lane.unlink();
        far.lane.unlink();
        near.peer.end(true, Some(near.lane), true, parted.near);
        far.peer.end(true, Some(far.lane), false, parted.far);
    }
}

impl End {
    fn end(&self) -> (Arc<dyn Recipient>, &Arc<Lane>) {
        (Arc::clone(self.peer.core()) as Arc<dyn Recipient>, &self.lane)
    }

    /// Whether there is something to look at.
    fn poll(&mut self, cx: &mut Context<'_>) -> bool {
        self.phase.poll_changed(cx).is_ready() || self.lane.wake.poll_woken(cx).is_ready()
    }

    fn tell_changes(&self) {
        self.peer.core().tell_changes(&self.lane);
    }

    /// Why this end wants no more, if so.
    fn look(&mut self) -> Option<Lost> {
        if let Some(why) = self.lane.take_failure() {
            return Some(why);
        }
        if self.phase.look() != Phase::Open {
            self.lane.fetch(Extent::All);
            return Some(Lost::Closed);
        }
        // There may be room now for those that wait.
        self.tell_changes();
        None
    }
}

impl Peer {
    /// The socket takes `other` as its peer, as after a handshake: NULL, for security ends at the process.
    fn welcome(
        self: Box<Self>,
        lane: Option<&Arc<Lane>>,
        other: &Core,
        there: &Site,
    ) -> Result<(Box<Self>, Arc<Lane>), Lost> {
        let (ours, theirs) = (self.core().told_type(), other.told_type());
        let welcome = if ours.accepts(theirs) { Ok(()) } else { Err(Lost::Protocol(Failure::SocketType)) };
        let welcome = welcome.and_then(|()| match lane {
            None => self.core().accepting(),
            Some(_) => Ok(()),
        });
        let routing_id = there.options().routing_id.clone();
        let properties = self.properties(Some(theirs), routing_id, there.options().metadata.to_said());
        let welcome = welcome.and_then(|()| {
            self.core().established(lane, self.site(), Version::V3_1, Arc::clone(&properties))
        });
        match welcome {
            Ok(taken) => {
                let mut peer = self;
                peer.tell_ready(Mechanism::Null, &properties);
                Ok((peer, taken))
            }
            Err(why) => {
                self.end(false, lane.cloned(), lane.is_some(), why.clone());
                Err(why)
            }
        }
    }
}
