//! STREAM: plain TCP behind routing ids; libzmq's, no RFC has it.

use super::router::{Introduced, Name, Refused, Route, Router, RouterOptions, Unroutable};
use crate::identity::{GeneratedIds, Routes};

/// The rules of a STREAM. A message is the routing id of a connection, and octets: as they came when received, to be
/// written as they are when sent. Who comes and goes is told by [`Notices::STREAM`](super::Notices::STREAM).
///
/// ```
/// use zmtp_core::identity::{GeneratedIds, RouteTable, Routes};
/// use zmtp_core::pattern::{Stream, StreamSend, Unroutable};
///
/// let mut octets = [0; 64];
/// let mut routes = RouteTable::new(&mut octets);
/// let mut stream = Stream::new(GeneratedIds::starting_at(1));
/// stream.introduce(&mut routes, 0, None).unwrap();
///
/// let id = [0, 0, 0, 0, 1];
/// assert_eq!(stream.send(&routes, &id, 5, |_| true), Ok(StreamSend::Write(0)));
/// assert_eq!(stream.send(&routes, &id, 0, |_| true), Ok(StreamSend::Close(0)));
/// assert_eq!(stream.send(&routes, b"other", 5, |_| true), Err(Unroutable::Unknown));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    /// A connection has a name as at a ROUTER, but none that the peer could announce.
    router: Router,
}

/// What a message to a connection asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum StreamSend {
    /// Write the octets to this peer.
    Write(usize),
    /// The message has no octets: close this peer's connection, behind what is queued.
    Close(usize),
}

impl Stream {
    /// A STREAM without connections.
    #[must_use]
    pub const fn new(generated: GeneratedIds) -> Self {
        Self { router: Router::new(RouterOptions { mandatory: true, handover: false }, generated) }
    }

    /// Gives the connection its id: `preset` (`ZMQ_CONNECT_ROUTING_ID`), or a generated one.
    ///
    /// # Errors
    /// [`Refused`] says why not; the table has not changed then.
    pub fn introduce(
        &mut self,
        routes: &mut (impl Routes + ?Sized),
        peer: usize,
        preset: Option<&[u8]>,
    ) -> Result<Introduced, Refused> {
        self.router.introduce(routes, peer, preset.map_or(Name::Announced(&[]), Name::Preset))
    }

    /// Decides what to do with `octets` of data behind `id`; `has_room` says whether a peer's queue takes them.
    ///
    /// # Errors
    /// [`Unroutable`]; the message is still the caller's.
    pub fn send(
        &self,
        routes: &(impl Routes + ?Sized),
        id: &[u8],
        octets: u64,
        has_room: impl FnOnce(usize) -> bool,
    ) -> Result<StreamSend, Unroutable> {
        // Closing needs no room.
        match self.router.route(routes, id, |peer| octets == 0 || has_room(peer))? {
            Route::To(peer) if octets == 0 => Ok(StreamSend::Close(peer)),
            Route::To(peer) => Ok(StreamSend::Write(peer)),
            Route::Dropped(reason) => Err(reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::RouteTable;

    #[test]
    fn a_full_connection_takes_no_octets_but_can_be_closed() {
        let mut octets = [0; 64];
        let mut routes = RouteTable::new(&mut octets);
        let mut stream = Stream::new(GeneratedIds::starting_at(1));
        stream.introduce(&mut routes, 3, None).unwrap();
        let id = [0, 0, 0, 0, 1];
        assert_eq!(stream.send(&routes, &id, 1, |_| false), Err(Unroutable::Full(3)));
        assert_eq!(stream.send(&routes, &id, 0, |_| false), Ok(StreamSend::Close(3)));
    }

    #[test]
    fn api_005_a_connection_of_ours_can_be_named() {
        let mut octets = [0; 64];
        let mut routes = RouteTable::new(&mut octets);
        let mut stream = Stream::new(GeneratedIds::starting_at(1));
        assert_eq!(stream.introduce(&mut routes, 0, Some(b"web")), Ok(Introduced::Named));
        assert_eq!(stream.send(&routes, b"web", 1, |_| true), Ok(StreamSend::Write(0)));
        assert_eq!(stream.introduce(&mut routes, 1, Some(b"web")), Err(Refused::Duplicate));
    }
}
