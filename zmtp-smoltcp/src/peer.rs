//! One peer of a socket, and the loop that moves its octets.

use zmtp_core::link::{Link, LinkEvent, Storage};
use zmtp_core::mechanism::Null;
use zmtp_core::{Config, Failure, Instant, SocketType};

use crate::event::Reason;
use crate::stream::Stream;

/// A place for one peer, with its storage. Lend a slice of them to a socket: it has as many peers at a time.
#[derive(Debug)]
pub struct Peer<'s> {
    pub(crate) link: Link<'s>,
    /// Whether there is a stream.
    pub(crate) attached: bool,
    /// At a SUB: how many topics the peer has been told of.
    pub(crate) announced: usize,
}

impl<'s> Peer<'s> {
    /// A place in lent storage; [`Storage`] says what its parts bound.
    #[must_use]
    pub fn new(storage: Storage<'s>) -> Self {
        // Stands in until the first stream: `attach` starts with the socket's own.
        let config = Config::new(SocketType::Pair);
        Self { link: Link::new(&config, storage, Instant::from_micros(0)), attached: false, announced: 0 }
    }

    /// Begins with a new stream; returns how many messages to the peer before are lost.
    pub(crate) fn attach(&mut self, config: &Config<'_>, now: Instant) -> usize {
        self.attached = true;
        self.announced = 0;
        self.link.restart(config, Null, now)
    }

    /// Moves octets both ways for as long as any move, and tells what they bring.
    pub(crate) fn drive(
        &mut self,
        config: &Config<'_>,
        stream: &mut impl Stream,
        now: Instant,
        mut on_event: impl FnMut(LinkEvent<'_>),
    ) -> Result<(), Reason> {
        let result = self.exchange(config, stream, now, &mut on_event);
        if let Err(failure) = result {
            // An ERROR command may be owed.
            self.transmit(config, stream, now);
            return Err(Reason::Failed(failure));
        }
        if stream.may_receive() { Ok(()) } else { Err(Reason::Closed) }
    }

    fn exchange(
        &mut self,
        config: &Config<'_>,
        stream: &mut impl Stream,
        now: Instant,
        on_event: &mut impl FnMut(LinkEvent<'_>),
    ) -> Result<(), Failure> {
        self.link.handle_timeout(config, now)?;
        loop {
            let sent = self.transmit(config, stream, now);
            let taken = stream.receive(|octets| match self.link.receive(config, octets, now) {
                Ok(received) => {
                    let moved = received.used > 0 || received.event.is_some();
                    if let Some(event) = received.event {
                        on_event(event);
                    }
                    (received.used, Ok(moved))
                }
                Err(failure) => (octets.len(), Err(failure)),
            });
            if !sent && !taken.unwrap_or(Ok(false))? {
                return Ok(());
            }
        }
    }

    /// Moves what is to be sent into the stream; returns whether there was any, and room for it.
    fn transmit(&mut self, config: &Config<'_>, stream: &mut impl Stream, now: Instant) -> bool {
        let sent = stream.send(|room| {
            let octets = self.link.transmit(config, room, now);
            (octets, octets > 0)
        });
        sent.unwrap_or(false)
    }
}
