//! XPUB: a PUB that shows its application who subscribes to what (RFC 29).

use core::convert::Infallible;

use zmtp_core::link::Link;
use zmtp_core::mechanism::Null;
use zmtp_core::pattern::{NotGranted, Upstream, Xpub as Machine, XpubOptions};
use zmtp_core::store::{FrameQueue, TakeError};
use zmtp_core::subscription::{SubscriptionTable, Subscriptions};
use zmtp_core::wire::{FrameHead, FrameKind};
use zmtp_core::{Config, Failure, Limits, SocketType};

use super::publish::{Delivery, subscribers, upstream_room};
use super::take::{Frame, RecvError};
use super::{Pattern, Peers, SocketOf};
use crate::places::{Fresh, MAX_PEERS, Places};
use crate::{Event, Reason};

/// An XPUB socket. It receives messages of one frame: `01` and a topic that is subscribed to, `00` and one that is cancelled
/// (Z29-014); and what an XSUB sends besides, possibly behind subscriptions that it has made later.
pub type Xpub<'p, 's, M = Null> = SocketOf<'p, 's, XpubPattern<'s>, M>;

/// What makes an [`Xpub`].
#[derive(Debug)]
pub struct XpubPattern<'s> {
    machine: Machine,
    asked: SubscriptionTable<'s>,
    /// What one peer may ask for.
    limits: Limits,
    /// What a manual one has granted.
    granted: Option<SubscriptionTable<'s>>,
    /// What the application is to see: behind a frame of one octet, that peer's request; behind an empty one what no request is.
    shown: FrameQueue<'s>,
    /// The frame in front has been taken.
    in_message: bool,
    /// How many of the next messages in `shown` are older than who is in a place now.
    late: [u16; MAX_PEERS],
    missed: u32,
}

impl<'p, 's, M: Fresh> Xpub<'p, 's, M> {
    /// A socket with these peers. Topics are kept in `subscriptions`: each takes 4 octets more than it has. What the application
    /// is to receive waits in `shown`, 6 octets more each; when half of that is full, subscribers are not read from. What is
    /// larger than the other half may be [`missed`](Self::missed). The socket type in `config` is replaced.
    ///
    /// With [`XpubOptions::manual`], half of `subscriptions` is for what peers ask, the other for what they are granted.
    #[must_use]
    pub fn new(
        config: Config<'p, M::Security<'p>>,
        places: impl Into<Places<'p, 's, M>>,
        options: XpubOptions,
        subscriptions: &'s mut [u8],
        shown: &'s mut [u8],
    ) -> Self {
        let at = if options.manual { subscriptions.len() / 2 } else { subscriptions.len() };
        let (asked, granted) = subscriptions.split_at_mut_checked(at).unwrap_or_default();
        let pattern = XpubPattern {
            machine: Machine::new(options),
            asked: SubscriptionTable::new(asked),
            limits: config.limits,
            granted: options.manual.then(|| SubscriptionTable::new(granted)),
            shown: FrameQueue::new(shown, 0),
            in_message: false,
            late: [0; MAX_PEERS],
            missed: 0,
        };
        Self::of(config, places, pattern)
    }

    /// Receives the next frame of what a subscriber has said into `buffer`.
    ///
    /// # Errors
    /// `WouldBlock` if nothing is there; [`RecvError::TooSmall`].
    pub fn recv<'b>(&mut self, buffer: &'b mut [u8]) -> nb::Result<Frame<'b>, RecvError> {
        self.pattern.open();
        let XpubPattern { shown, in_message, .. } = &mut self.pattern;
        match shown.take_frame(buffer) {
            Ok((len, more)) => {
                *in_message = more;
                Ok(Frame { octets: buffer.get_mut(..len).unwrap_or_default(), more })
            }
            Err(TakeError::Empty) => Err(nb::Error::WouldBlock),
            Err(TakeError::TooSmall { needed }) => Err(nb::Error::Other(RecvError::TooSmall { needed })),
        }
    }

    /// Drops the rest of the message that has been begun, or the next whole one; what it asks for can be granted all the same.
    /// Does nothing if there is none.
    pub fn skip(&mut self) {
        self.pattern.open();
        if core::mem::take(&mut self.pattern.in_message) {
            self.pattern.shown.skip_message();
        }
    }

    /// Queues a message of these parts to every peer that subscribes to how the first part begins.
    ///
    /// # Errors
    /// `WouldBlock` if somebody has no room for it and [`XpubOptions::no_drop`] is set; nothing has changed then.
    pub fn send(&mut self, parts: &[&[u8]]) -> nb::Result<Delivery, Infallible> {
        let Self { peers, pattern } = self;
        let mut delivery = Delivery::default();
        let topic = parts.first().copied().unwrap_or_default();
        let ready = peers.ready();
        let table = pattern.granted.as_ref().unwrap_or(&pattern.asked);
        let has_room = |peer: usize| peers.all.get(peer).is_some_and(|peer| peer.link.has_room(parts));
        if pattern.machine.waits_for(table, &ready, topic, has_room).is_some() {
            return Err(nb::Error::WouldBlock);
        }
        let give = &mut |peer| delivery.give(peers, peer, parts);
        pattern.machine.each_recipient(table, &ready, topic, give);
        pattern.machine.sent();
        Ok(delivery)
    }

    /// Subscribes the peer whose request was received last to `topic` (`ZMQ_SUBSCRIBE` on a manual XPUB).
    ///
    /// # Errors
    /// [`NotGranted`] says why not.
    pub fn grant(&mut self, topic: &[u8]) -> Result<(), NotGranted> {
        let XpubPattern { machine, granted, .. } = &mut self.pattern;
        machine.grant(granted.as_mut().ok_or(NotGranted::NotManual)?, topic)
    }

    /// Takes that back (`ZMQ_UNSUBSCRIBE` on a manual XPUB); returns whether it was granted.
    ///
    /// # Errors
    /// [`NotGranted`] says why not.
    pub fn withdraw(&mut self, topic: &[u8]) -> Result<bool, NotGranted> {
        let XpubPattern { machine, granted, .. } = &mut self.pattern;
        machine.withdraw(granted.as_mut().ok_or(NotGranted::NotManual)?, topic)
    }

    /// Peers that messages may go to: with at least one subscription in force.
    #[must_use]
    pub fn subscribers(&self) -> usize {
        let table = self.pattern.granted.as_ref().unwrap_or(&self.pattern.asked);
        subscribers(table, self.peers.all.len())
    }

    /// What the application was not shown so far, because it did not fit: cancels of those who left, messages
    /// of an XSUB.
    #[must_use]
    pub fn missed(&self) -> u32 {
        self.pattern.missed
    }
}

impl XpubPattern<'_> {
    /// Begins with the next message for the application, unless one has been begun.
    fn open(&mut self) {
        let Self { machine, shown, in_message, late, .. } = self;
        let mut who = [0];
        if *in_message {
            return;
        }
        let Ok((len, _)) = shown.take_frame(&mut who) else { return };
        *in_message = true;
        let peer = usize::from(u8::from_be_bytes(who));
        if len > 0 {
            match late.get(peer) {
                Some(0) => machine.received(peer),
                _ => machine.received_late(),
            }
        }
        late.iter_mut().for_each(|late| *late = late.saturating_sub(1));
    }

    fn hear(&mut self, peer: usize, said: Upstream<'_>, frame: &[u8], report: &mut dyn FnMut(Event)) {
        let Self { machine, asked, limits, shown, missed, .. } = self;
        let fits = match said {
            Upstream::Subscribe(topic) => {
                let may = asked.admits(limits, peer, topic);
                let told = may.and_then(|()| machine.subscribed(asked, peer, topic).map_err(Failure::from));
                let refused = match told {
                    Ok(true) if !show(shown, &who(peer), &[1], topic) => {
                        // The application would not know of it: it is not in force.
                        machine.cancelled(asked, peer, topic);
                        true
                    }
                    Ok(_) => false,
                    Err(_) => true,
                };
                if refused {
                    report(Event::SubscriptionRefused { peer });
                }
                true
            }
            Upstream::Cancel(topic) => {
                !machine.cancelled(asked, peer, topic) || show(shown, &who(peer), &[0], topic)
            }
            Upstream::Data => show(shown, &[], &[], frame),
        };
        *missed = missed.saturating_add(u32::from(!fits));
    }
}

/// The frame in front of a request.
fn who(peer: usize) -> [u8; 1] {
    [u8::try_from(peer).unwrap_or_default()]
}

/// Has the application see a frame of two pieces; returns whether there was room.
fn show(shown: &mut FrameQueue<'_>, who: &[u8], kind: &[u8], rest: &[u8]) -> bool {
    let len = kind.len().saturating_add(rest.len());
    let fits = shown.begin_frame(FrameHead::message(true, who.len() as u64)).is_ok() && {
        shown.write(who);
        shown.begin_frame(FrameHead::message(false, len as u64)).is_ok()
    };
    if fits {
        shown.write(kind);
        shown.write(rest);
    } else {
        shown.abort();
    }
    fits
}

/// Has the application see the next message of a peer as it is; returns whether there was room, else it is dropped.
fn pass<M: Fresh>(shown: &mut FrameQueue<'_>, link: &mut Link<'_, M>) -> bool {
    let mut fits = shown.begin_frame(FrameHead::message(true, 0)).is_ok();
    while fits && let Some(head) = link.next_frame() {
        fits = shown.begin_frame(head).is_ok() && pass_body(shown, link);
        if fits && head.kind != (FrameKind::Message { more: true }) {
            return true;
        }
    }
    shown.abort();
    link.skip_message();
    false
}

/// Moves the octets of a frame; returns whether all of them were there.
fn pass_body<M: Fresh>(shown: &mut FrameQueue<'_>, link: &mut Link<'_, M>) -> bool {
    let mut piece = [0; 32];
    while let Ok(taken) = link.take_piece(&mut piece) {
        shown.write(piece.get(..taken.octets).unwrap_or_default());
        if taken.left == 0 {
            return true;
        }
    }
    false
}

impl Pattern for XpubPattern<'_> {
    const TYPE: SocketType = SocketType::XPub;
    const KEEPS: bool = false;

    fn has_room(&self) -> bool {
        self.shown.room() >= self.shown.capacity() / 2
    }

    fn told(&mut self, peer: usize, command: &zmtp_core::Event<'_>, report: &mut dyn FnMut(Event)) {
        match command {
            zmtp_core::Event::Subscribe(topic) => self.hear(peer, Upstream::Subscribe(topic), &[], report),
            zmtp_core::Event::Cancel(topic) => self.hear(peer, Upstream::Cancel(topic), &[], report),
            _ => {}
        }
    }

    fn driven<M: Fresh>(
        &mut self,
        peers: &mut Peers<'_, '_, M>,
        peer: usize,
        report: &mut dyn FnMut(Event),
    ) -> Result<bool, Reason> {
        let (mut any, mut body) = (false, upstream_room());
        while self.has_room()
            && peers.has_left(peer)
            && let Some(link) = peers.link(peer)
        {
            // ZMTP 3.0 subscribes with messages of one frame (LZ-021).
            let only = link.next_frame().is_some_and(|head| head.kind == FrameKind::Message { more: false });
            if only && let Ok((len, _)) = link.take_frame(&mut body) {
                let frame = body.get(..len).unwrap_or_default();
                self.hear(peer, Upstream::of_message(frame), frame, report);
            } else if !pass(&mut self.shown, link) {
                self.missed = self.missed.saturating_add(1);
            }
            any = true;
        }
        Ok(any && self.has_room())
    }

    fn lost<M: Fresh>(&mut self, _peers: &mut Peers<'_, '_, M>, peer: usize) {
        let Self { machine, asked, granted, shown, in_message, late, missed, .. } = self;
        // Z29-016: as if it had cancelled everything.
        machine.lost(asked, peer, &mut |topic| {
            *missed = missed.saturating_add(u32::from(!show(shown, &who(peer), &[0], topic)));
        });
        // What waits to be received is not for the next peer in this place.
        if let Some(late) = late.get_mut(peer) {
            let waiting = shown.messages().saturating_sub(usize::from(*in_message));
            *late = u16::try_from(waiting).unwrap_or(u16::MAX);
        }
        if let Some(granted) = granted {
            granted.forget_holder(peer);
        }
    }
}
