//! What a pattern decides about its peers, with what it has to remember for that: one implementation for each kind of
//! socket, behind the lock of the route.

use std::fmt::Debug;

use bytes::Bytes;

use crate::{ConnectError, Lost, Options};

/// See the module. Peers are known by the slots of their lanes. Without a method of its own a pattern takes every peer,
/// and keeps messages for those it connects to.
pub(crate) trait Pattern: Debug + Send {
    /// We are going to connect to a peer, which shall be called `name`, or as it wishes.
    fn connecting(&mut self, _slot: usize, _name: Option<&[u8]>) -> Result<(), ConnectError> {
        Ok(())
    }

    /// Whether a peer that came may begin its handshake. One that is refused so early has sent no message yet, and loses
    /// none.
    fn accepting(&self) -> Result<(), Lost> {
        Ok(())
    }

    /// The connection with a peer that wants to be called `announced` is complete; an error closes it, and those before
    /// it go on undisturbed.
    fn established(&mut self, _slot: usize, _announced: &[u8]) -> Result<Admitted, Lost> {
        Ok(Admitted::default())
    }

    /// Options have been changed.
    fn configure(&mut self, _options: &Options) {}

    /// Whether messages for a peer that we connect to wait while it is not connected.
    fn keeps(&self, _slot: usize) -> bool {
        true
    }

    /// A connection is lost. Calls `show` with each subscription that ends with it, and that the application is to hear
    /// of.
    fn lost(&mut self, _slot: usize, _show: &mut dyn FnMut(&[u8])) {}

    /// A peer that came has gone, and is kept until it comes back. Calls `show` as [`lost`](Self::lost) does.
    fn went_away(&mut self, _slot: usize, _show: &mut dyn FnMut(&[u8])) {}

    /// So it did.
    fn came_back(&mut self, _slot: usize) {}

    /// The slot is free again: after the connection of a peer that came to us is lost, or when we give up one that we
    /// connect to.
    fn removed(&mut self, _slot: usize) {}

    /// A peer subscribes, or takes it back; returns whether the application is shown it. An error closes the
    /// connection.
    fn subscription(&mut self, _slot: usize, _subscribe: bool, _topic: &[u8]) -> Result<bool, Lost> {
        Ok(false)
    }
}

/// What a pattern made of a new peer.
#[derive(Debug, Default)]
pub(crate) struct Admitted {
    /// The routing id that goes in front of its messages.
    pub(super) name: Bytes,
    /// The slot of the peer whose routing id it has taken over: its connection is to be closed.
    pub(super) replaces: Option<usize>,
}

/// Peers are all the same: of REQ, REP, DEALER, PUSH and PULL.
#[derive(Debug)]
pub(crate) struct Plain;

impl Pattern for Plain {}
