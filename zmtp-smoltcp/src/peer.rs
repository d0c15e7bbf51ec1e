//! One peer of a socket, and the loop that moves its octets.

use zmtp_core::link::{Link, LinkEvent, Oversize, Storage};
use zmtp_core::mechanism::Null;
use zmtp_core::{Config, Failure, Instant};

use crate::event::{Event, Reason};
use crate::places::Fresh;
use crate::socket::Pattern;
use crate::stream::Stream;

/// A place for one peer, with its storage. Lend a slice of them to a socket: it has as many peers at a time.
#[derive(Debug)]
pub struct Peer<'s, M = Null> {
    pub(crate) link: Link<'s, M>,
    /// Whether there is a stream.
    pub(crate) attached: bool,
    /// A message to it has been given up half way: the stream has to end.
    abandoned: bool,
    /// At a STREAM: whether the pattern knows of the stream.
    introduced: bool,
    /// At a SUB and XSUB: how many topics the peer has been told of.
    pub(crate) announced: usize,
}

impl<'s> Peer<'s> {
    /// A place in lent storage, without security; [`Storage`] says what its parts bound.
    #[must_use]
    pub fn new(storage: Storage<'s>) -> Self {
        Self::secure(storage)
    }
}

impl<'s, M: Fresh> Peer<'s, M> {
    /// A place for a peer with this security: `Peer::<Plain>::secure(storage)`.
    #[must_use]
    pub fn secure(storage: Storage<'s>) -> Self {
        let link = Link::idle(M::idle(), storage);
        Self { link, attached: false, abandoned: false, introduced: false, announced: 0 }
    }

    /// The same, where this becomes of messages larger than the storage; without it they are skipped.
    #[must_use]
    pub fn with_oversize(mut self, oversize: Oversize) -> Self {
        self.link.set_oversize(oversize);
        self
    }

    /// Begins with a new stream; returns how many messages to the peer before are lost.
    pub(crate) fn attach(
        &mut self,
        config: &Config<'_, M::Security<'_>>,
        source: &mut M::Source<'_>,
        now: Instant,
    ) -> usize {
        (self.attached, self.abandoned) = (true, false);
        (self.introduced, self.announced) = (false, 0);
        self.link.restart(config, M::fresh(source), now)
    }

    /// Whether something of the peer is still to be received by the application.
    pub(crate) fn has_left(&self) -> bool {
        self.link.can_receive() || self.link.is_streaming()
    }

    /// Whether the application has something to receive of it, if only that the rest of a message will not come.
    pub(crate) fn can_receive(&self) -> bool {
        self.link.can_receive() || (!self.attached && self.link.is_streaming())
    }

    /// Ends the stream: a message to the peer is not written to its end.
    pub(crate) fn abandon(&mut self) {
        self.abandoned = true;
        self.link.abort(Failure::Misuse);
    }

    /// Moves octets both ways for as long as any move, and tells what they bring.
    pub(crate) fn drive<P: Pattern>(
        &mut self,
        at: usize,
        config: &Config<'_, M::Security<'_>>,
        pattern: &mut P,
        stream: &mut impl Stream,
        now: Instant,
        report: &mut impl FnMut(Event),
    ) -> Result<(), Reason> {
        if self.abandoned {
            return Err(Reason::Abandoned);
        }
        let result = if P::PLAIN {
            self.exchange_plain(at, pattern, stream, report)
        } else {
            self.exchange(at, config, pattern, stream, now, report)
        };
        if result.is_err() && !P::PLAIN {
            // An ERROR command may be owed.
            self.transmit(config, stream, now);
        }
        result?;
        if stream.may_receive() { Ok(()) } else { Err(Reason::Closed) }
    }

    fn exchange<P: Pattern>(
        &mut self,
        at: usize,
        config: &Config<'_, M::Security<'_>>,
        pattern: &mut P,
        stream: &mut impl Stream,
        now: Instant,
        report: &mut impl FnMut(Event),
    ) -> Result<(), Reason> {
        self.link.handle_timeout(config, now).map_err(Reason::Failed)?;
        loop {
            let mut moved = self.transmit(config, stream, now);
            if pattern.has_room() {
                let taken = stream.receive(|octets| match self.link.receive(config, octets, now) {
                    Ok(received) => {
                        let moved = received.used > 0 || received.event.is_some();
                        let told = received.event.map_or(Ok(()), |event| tell(at, &event, pattern, report));
                        (received.used, told.map(|()| moved))
                    }
                    Err(failure) => (octets.len(), Err(Reason::Failed(failure))),
                });
                moved |= taken.unwrap_or(Ok(false))?;
            }
            if !moved {
                return Ok(());
            }
        }
    }

    /// The same with a peer that speaks no ZMTP.
    fn exchange_plain<P: Pattern>(
        &mut self,
        at: usize,
        pattern: &mut P,
        stream: &mut impl Stream,
        report: &mut impl FnMut(Event),
    ) -> Result<(), Reason> {
        if !core::mem::replace(&mut self.introduced, true) {
            pattern.introduced(at, &[])?;
            report(Event::Connected { peer: at });
        }
        let count = |octets: usize| (octets, octets > 0);
        loop {
            let sent = stream.send(|room| count(self.link.transmit_plain(room)));
            let received = stream.receive(|octets| count(self.link.receive_plain(octets)));
            if sent != Some(true) && received != Some(true) {
                return Ok(());
            }
        }
    }

    /// Moves what is to be sent into the stream; returns whether there was any, and room for it.
    fn transmit(
        &mut self,
        config: &Config<'_, M::Security<'_>>,
        stream: &mut impl Stream,
        now: Instant,
    ) -> bool {
        let sent = stream.send(|room| {
            let octets = self.link.transmit(config, room, now);
            (octets, octets > 0)
        });
        sent.unwrap_or(false)
    }
}

/// Reports what no pattern needs to see, and tells the pattern the rest.
fn tell<P: Pattern>(
    at: usize,
    event: &LinkEvent<'_>,
    pattern: &mut P,
    report: &mut dyn FnMut(Event),
) -> Result<(), Reason> {
    match event {
        LinkEvent::Part => Ok(()),
        LinkEvent::Oversize => {
            report(Event::Oversize { peer: at });
            Ok(())
        }
        LinkEvent::Command(zmtp_core::Event::Established(metadata)) => {
            pattern.introduced(at, metadata.identity)?;
            report(Event::Connected { peer: at });
            Ok(())
        }
        LinkEvent::Command(command) => {
            pattern.told(at, command, report);
            Ok(())
        }
    }
}
