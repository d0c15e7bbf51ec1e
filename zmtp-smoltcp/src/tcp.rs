//! The life of smoltcp's TCP sockets: listening again, connecting again, closing in time.
//!
//! ```text
//!            listen, connect          established                   failure, or closed by the peer
//!  Closed -------------------> Opening -----------> Attached (driven) -------------------------> Closing
//!    ^ ^                          |                                                                 |
//!    | +--------- refused --------+                                                                 |
//!    +----------------------------- gone, or out of patience ---------------------------------------+
//! ```

use core::time::Duration;

use smoltcp::iface::{Interface, SocketHandle, SocketSet};
use smoltcp::socket::tcp::{self, State};
use smoltcp::wire::{IpEndpoint, IpListenEndpoint};
use zmtp_core::Instant;

use crate::event::Event;
use crate::socket::Socket;

/// How long opening and closing may take once begun; then the socket is reset. A peer that says SYN and no more, or that
/// does not close its half, holds a place no longer than this.
const PATIENCE: Duration = Duration::from_secs(3);

/// libzmq's pause before it connects anew (`ZMQ_RECONNECT_IVL`), doubled up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest pause before it connects anew (`ZMQ_RECONNECT_IVL_MAX`).
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Local ports of connecting sockets (RFC 6335, "Dynamic Ports").
const FIRST_LOCAL_PORT: u16 = 49_152;

/// Where one of a socket's peers is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// It connects to us. As smoltcp has no backlog, a socket takes as many connections on a port as it has peers that listen
    /// there; one more is answered with a reset, and libzmq tries it again.
    Bind(IpListenEndpoint),
    /// We connect to it, again and again until it is there, with a growing pause.
    Connect(IpEndpoint),
}

/// The TCP sockets of one zmtp socket: one a peer.
///
/// The sockets and their buffers are the caller's, and so are their options but for Nagle's algorithm, which is switched
/// off: what belongs together is written together. Consider smoltcp's `set_keep_alive` and `set_timeout`, or
/// [`Config::heartbeat`](zmtp_core::Config::heartbeat): a peer that vanishes without a word holds its place until one of them
/// finds out.
#[derive(Debug)]
pub struct Tcp<const N: usize> {
    slots: [Slot; N],
    next_local_port: u16,
}

#[derive(Debug)]
struct Slot {
    handle: SocketHandle,
    endpoint: Endpoint,
    phase: Phase,
    /// When the phase ends by itself: the next attempt (Closed), the end of patience (Opening, Closing).
    alarm: Instant,
    /// Between this attempt and the next.
    pause: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Closed,
    Opening,
    Attached,
    Closing,
}

impl<const N: usize> Tcp<N> {
    /// TCP sockets in smoltcp's set, for the peers of a zmtp socket in the same order. All of them may be closed.
    ///
    /// `seed` chooses the first local port of connecting sockets; make it differ from one start of the device to the next,
    /// so that a peer does not take the new connections for those of before.
    #[must_use]
    pub fn new(peers: [(SocketHandle, Endpoint); N], seed: u16) -> Self {
        let slots = peers.map(|(handle, endpoint)| Slot {
            handle,
            endpoint,
            phase: Phase::Closed,
            alarm: Instant::from_micros(0),
            pause: FIRST_PAUSE,
        });
        Self { slots, next_local_port: FIRST_LOCAL_PORT | seed }
    }

    /// TCP sockets that all listen at one port: a socket that is bound, for up to `N` peers at a time.
    #[must_use]
    pub fn bind(handles: [SocketHandle; N], local: impl Into<IpListenEndpoint>) -> Self {
        let local = local.into();
        Self::new(handles.map(|handle| (handle, Endpoint::Bind(local))), 0)
    }

    /// Moves octets between `socket` and its streams, and opens, closes and opens again what has to be.
    ///
    /// Call it after `Interface::poll`, and after sending; then let the interface poll once more to have it leave.
    pub fn poll(
        &mut self,
        socket: &mut impl Socket,
        interface: &mut Interface,
        sockets: &mut SocketSet<'_>,
        now: Instant,
        mut report: impl FnMut(Event),
    ) {
        for (peer, slot) in self.slots.iter_mut().enumerate() {
            let stream = sockets.get_mut::<tcp::Socket<'_>>(slot.handle);
            if slot.phase == Phase::Closing && slot.is_closed(stream, now) {
                (slot.phase, slot.alarm) = (Phase::Closed, now);
            }
            if slot.phase == Phase::Closed && slot.alarm <= now {
                slot.open(stream, interface, &mut self.next_local_port, now);
            }
            if slot.phase == Phase::Opening
                && slot.is_open(stream, now)
                && let Some(messages) = socket.attach(peer, now)
            {
                (slot.phase, slot.pause) = (Phase::Attached, FIRST_PAUSE);
                if messages > 0 {
                    report(Event::Lost { peer, messages });
                }
            }
            if slot.phase == Phase::Attached
                && let Err(reason) = socket.drive(peer, stream, now, &mut report)
            {
                socket.detach(peer);
                report(Event::Disconnected { peer, reason });
                stream.close();
                (slot.phase, slot.alarm) = (Phase::Closing, now.after(PATIENCE));
            }
        }
    }

    /// When [`Tcp::poll`] has to be called again if nothing arrives before; `None` is never. Take the earlier of this and of
    /// `Interface::poll_at`.
    #[must_use]
    pub fn poll_timeout(&self, socket: &impl Socket) -> Option<Instant> {
        let slots = self.slots.iter().filter(|slot| slot.phase != Phase::Attached).map(|slot| slot.alarm);
        slots.chain(socket.poll_timeout()).min().filter(|&alarm| alarm < Instant::NEVER)
    }
}

impl Slot {
    /// Listens or connects.
    fn open(
        &mut self,
        stream: &mut tcp::Socket<'_>,
        interface: &mut Interface,
        next_local_port: &mut u16,
        now: Instant,
    ) {
        stream.set_nagle_enabled(false);
        let opened = match self.endpoint {
            Endpoint::Bind(local) => stream.listen(local).is_ok(),
            Endpoint::Connect(remote) => {
                let local = *next_local_port;
                *next_local_port = local.checked_add(1).unwrap_or(FIRST_LOCAL_PORT);
                stream.connect(interface.context(), remote, local).is_ok()
            }
        };
        if !opened {
            // No route yet, or an endpoint that nobody can reach.
            return self.pause(now);
        }
        let connecting = stream.state() != State::Listen;
        let alarm = if connecting { now.after(PATIENCE) } else { Instant::NEVER };
        (self.phase, self.alarm) = (Phase::Opening, alarm);
    }

    /// Whether the connection is there. Sees to it that one that does not come is given up.
    fn is_open(&mut self, stream: &mut tcp::Socket<'_>, now: Instant) -> bool {
        match stream.state() {
            State::Established | State::CloseWait => {
                // From here on the application may take its time.
                self.alarm = Instant::NEVER;
                return true;
            }
            State::Listen => self.alarm = Instant::NEVER,
            State::SynReceived | State::SynSent if self.alarm == Instant::NEVER => {
                self.alarm = now.after(PATIENCE);
            }
            State::SynReceived | State::SynSent if self.alarm > now => {}
            _ => {
                stream.abort();
                self.pause(now);
            }
        }
        false
    }

    /// Whether the connection is gone, by now or because patience is over.
    fn is_closed(&self, stream: &mut tcp::Socket<'_>, now: Instant) -> bool {
        if stream.is_open() && self.alarm <= now {
            stream.abort();
        }
        !stream.is_open()
    }

    /// Waits before the next attempt; longer each time where we are the one who connects.
    fn pause(&mut self, now: Instant) {
        (self.phase, self.alarm) = (Phase::Closed, now.after(self.pause));
        if matches!(self.endpoint, Endpoint::Connect(_)) {
            self.pause = self.pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }
}
