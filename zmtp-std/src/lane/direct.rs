//! A lane whose other end is a lane of another socket of the process, over `inproc`.
//!
//! Messages stay in the lane of the sender until the receiver has nothing else left, and fetches them; or until the sender's lane
//! is full, and the sender hands them over. Either takes no more than the receiver's mark has room for, so the marks of both ends
//! add up. No other thread takes part.
//!
//! Locks: that of a lane's outbound half, then those of the other end's inbox and inbound half.

use std::fmt::Debug;
use std::sync::{Arc, Weak};

use zmtp_core::{Budget, Failure};

use super::Lane;
use super::outbound::Outbound;
use crate::Lost;
use crate::batch::{Batch, Front};
use crate::changes::Change;
use crate::parcel::Parcel;
use crate::sync::atomic::{AtomicBool, Ordering};

/// The socket at an end.
pub(crate) trait Recipient: Debug + Send + Sync {
    /// Messages wait in `origin` for `lane`, to be [fetched](Lane::fetch) later. Called under the lock of the sender's route.
    fn announce(&self, lane: &Arc<Lane>, origin: Arc<Lane>);

    /// Messages for `lane`, counted already if they are to be.
    fn put(&self, lane: &Arc<Lane>, parcel: Parcel);

    /// Takes room for what is shown of a subscription, if there is: see [`Core::takes_room_to_show`](crate::socket::Core::takes_room_to_show).
    fn takes_room_to_show(&self, lane: &Arc<Lane>, topic: &[u8]) -> Result<bool, Lost>;

    /// The peer of `lane` subscribes, or takes it back; there is room for what is shown of it. An error ends the connection.
    fn change(&self, lane: &Arc<Lane>, change: &Change) -> Result<(), Lost>;

    /// Messages have left `lane`; `has_room` if a sender that was turned away may try again.
    fn left(&self, lane: &Lane, has_room: bool);
}

/// What a lane knows of its two ends.
#[derive(Debug)]
pub(crate) struct Link {
    sender: Arc<dyn Recipient>,
    origin: Weak<Lane>,
    receiver: Arc<dyn Recipient>,
    lane: Arc<Lane>,
    /// The receiver has been offered what it does not take: the connection is to end, and nothing more goes over it.
    broken: AtomicBool,
}

const ALL: Budget = Budget { messages: u64::MAX, octets: u64::MAX };

const ONE: Budget = Budget { messages: 1, octets: u64::MAX };

/// How much is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// As much as the receiver has room for.
    Room,
    /// All, for the sender goes: what there is no room for waits outside the receiver's marks, as it did before.
    All,
}

impl Link {
    /// From `origin`, a lane of `sender`, to `lane`, one of `receiver`.
    pub(crate) fn new(
        (sender, origin): (Arc<dyn Recipient>, &Arc<Lane>),
        (receiver, lane): (Arc<dyn Recipient>, &Arc<Lane>),
    ) -> Self {
        Self {
            sender,
            origin: Arc::downgrade(origin),
            receiver,
            lane: Arc::clone(lane),
            broken: AtomicBool::new(false),
        }
    }

    pub(super) fn announce(&self) {
        if let Some(origin) = self.origin.upgrade() {
            self.receiver.announce(&self.lane, origin);
        }
    }
}

impl Lane {
    /// From now on the lane leads there.
    pub(crate) fn link(&self, link: Link) {
        let link = Arc::new(link);
        let mut outbound = self.outbound.lock().unwrap();
        outbound.link = Some(Arc::clone(&link));
        // What waits has been announced to nobody.
        outbound.scheduled = true;
        drop(outbound);
        // So has what came over an earlier connection.
        link.lane.heard();
        link.announce();
    }

    /// The connection ends. What waits, waits for another one.
    pub(crate) fn unlink(&self) {
        let mut outbound = self.outbound.lock().unwrap();
        outbound.link = None;
        outbound.spares.clear();
        outbound.preface = None;
    }

    /// Ends the connection both ways, before the task does that has it.
    pub(crate) fn part(&self) {
        let link = self.outbound.lock().unwrap().link.clone();
        if let Some(link) = link {
            self.unlink();
            link.lane.unlink();
        }
    }

    /// Hands over what waits. Not to be called under the lock of a route.
    pub(crate) fn fetch(&self, extent: Extent) {
        let mut outbound = self.outbound.lock().unwrap();
        let Some(link) = outbound.link.clone() else { return };
        let some = outbound.hand_over(extent);
        let has_room = outbound.has_room_again();
        drop(outbound);
        if some {
            link.sender.left(self, has_room);
        }
    }

    /// Tells the publisher at the other end of subscriptions that wait, as far as it has room for what it shows. Called under
    /// the lock of the intake, which keeps them in order.
    pub(crate) fn tell_changes(&self) {
        while let Some((link, change)) = self.next_change() {
            if let Err(why) = change.and_then(|change| link.receiver.change(&link.lane, &change)) {
                return link.lane.fail(why);
            }
        }
    }

    /// The change that is next, if there is room for it: that is taken then.
    fn next_change(&self) -> Option<(Arc<Link>, Result<Change, Lost>)> {
        let mut outbound = self.outbound.lock().unwrap();
        let link = outbound.link.clone()?;
        let topic = &outbound.changes.as_deref()?.first()?.topic;
        match link.receiver.takes_room_to_show(&link.lane, topic) {
            Ok(true) => Some((link, Ok(outbound.changes.as_deref_mut()?.pop()?))),
            Ok(false) => None,
            Err(why) => Some((link, Err(why))),
        }
    }

    /// Tells the other end that something waits, if there is one yet.
    pub(super) fn announce_link(&self) {
        let link = self.outbound.lock().unwrap().link.clone();
        match link {
            Some(link) => link.announce(),
            None => self.wake.wake(),
        }
    }

    /// Whether the receiver is to be told that something waits for the lane: it has not been yet.
    pub(crate) fn announce(&self) -> bool {
        !self.announced.swap(true, Ordering::AcqRel)
    }

    /// The receiver has heard, and is going to fetch what was put before.
    pub(crate) fn heard(&self) {
        self.announced.swap(false, Ordering::AcqRel);
    }

    /// Whether the other end is to be asked for what it keeps: the mark has been changed.
    pub(crate) fn take_due(&self) -> bool {
        std::mem::take(&mut self.inbound.lock().unwrap().due)
    }

    /// The next message of the other end, with `bodies`, may have to wait for room: [`release`](Self::release) tells when there is
    /// some. Returns whether it has to.
    fn holds_back(self: &Arc<Self>, bodies: usize) -> bool {
        let mut inbound = self.inbound.lock().unwrap();
        inbound.held = !inbound.has_room(bodies, self);
        inbound.held
    }

    /// What the messages of a front break of our limits, and which come before that.
    fn within_limits(&self, batch: &Batch, front: Front) -> (Front, Result<(), Failure>) {
        self.limits.as_deref().map_or((front, Ok(())), |limits| batch.within(limits, front))
    }
}

impl Outbound {
    /// Hands over what waits, in order. Returns whether that was something.
    pub(super) fn hand_over(&mut self, extent: Extent) -> bool {
        let Some(link) = self.link.clone().filter(|link| !link.is_broken()) else { return false };
        let (mut some, mut counted) = (false, true);
        while let Some(batch) = self.next_to_hand_over() {
            let (mut front, mut kept) = if counted { link.take(&batch) } else { link.leave(&batch) };
            if extent == Extent::All && counted && front.messages == 0 && kept.is_ok() {
                // So is all that comes behind it.
                counted = false;
                (front, kept) = link.leave(&batch);
            }
            match kept {
                // The message is gone, as if it had been written to a stream.
                Err(failure) if front.messages == 0 => {
                    link.broken.store(true, Ordering::Relaxed);
                    link.lane.fail(Lost::Protocol(failure));
                    front = batch.front(ONE);
                }
                _ if front.messages == 0 => {
                    self.waiting.push_front(batch);
                    break;
                }
                _ => {
                    let mut parcel = batch.parcel(&front);
                    parcel.counted = counted;
                    link.receiver.put(&link.lane, parcel);
                }
            }
            some = true;
            if front.end.written == batch.len() {
                self.take_back(batch);
            } else {
                self.put_back(batch, front.end.written);
            }
            if link.is_broken() {
                break;
            }
        }
        some
    }

    /// Changes go another way.
    fn next_to_hand_over(&mut self) -> Option<Batch> {
        let preface = self.take_preface();
        self.next_of(preface)
    }
}

impl Link {
    /// Asked and set under the lock of the sender's end.
    fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }

    /// The next messages, which are counted as handed over; and whether it is a limit of the receiver, that the one behind them breaks,
    /// which ends them.
    fn take(&self, batch: &Batch) -> (Front, Result<(), Failure>) {
        loop {
            let mut taken = (Front::default(), Ok(()));
            self.lane.hand_over_some(|room| {
                taken = self.lane.within_limits(batch, batch.front(room));
                (taken.0.messages, taken.0.bodies)
            });
            if taken.0.messages > 0 || taken.1.is_err() {
                return taken;
            }
            let (next, kept) = self.lane.within_limits(batch, batch.front(ONE));
            if kept.is_err() || self.lane.holds_back(next.bodies) {
                return (Front::default(), kept);
            }
        }
    }

    /// As [`take`](Self::take), of messages for which there is no room: no mark counts them.
    fn leave(&self, batch: &Batch) -> (Front, Result<(), Failure>) {
        let left = self.lane.within_limits(batch, batch.front(ALL));
        self.lane.leave_outside(left.0.messages, left.0.bodies);
        left
    }
}
