//! Peers that have routing ids: of ROUTER and STREAM.

use std::collections::HashSet;
use std::fmt::Debug;

use bytes::Bytes;
use zmtp_core::identity::Routes;
use zmtp_core::pattern::{self, Introduced, Name, Refused, RouterOptions, StreamSend, Unroutable};

use super::pattern::{Admitted, Pattern};
use super::route::Route;
use crate::body::Body;
use crate::lane::Offer;
use crate::routing::{self, Ids};
use crate::wait::Attempt;
use crate::{ConnectError, Lost, Message, Options, Unsent};

/// See the module. Peers are known to the rules by their slots.
#[derive(Debug)]
pub(crate) struct Named<R> {
    rules: R,
    ids: Ids,
    /// Those that we named when we began to connect: they keep their ids from one connection to the next.
    preset: HashSet<usize>,
}

/// What became of a message with a routing id in front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Routed {
    Sent,
    /// There is nobody to send it to, and that is no error.
    Dropped,
    /// The lane in this slot has no room.
    Full(usize),
    /// The peer is away, and nothing may wait for it.
    Shut,
}

/// How a pattern names its peers.
pub(crate) trait Naming: Debug + Send {
    /// Whether what waits for a peer with a name of our choice waits on while it is not connected.
    const KEEPS: bool;

    fn introduce(&mut self, ids: &mut Ids, slot: usize, name: Name<'_>) -> Result<Introduced, Refused>;

    fn configure(&mut self, _options: &Options) {}
}

impl Naming for pattern::Router {
    const KEEPS: bool = true;

    fn introduce(&mut self, ids: &mut Ids, slot: usize, name: Name<'_>) -> Result<Introduced, Refused> {
        pattern::Router::introduce(self, ids, slot, name)
    }

    fn configure(&mut self, options: &Options) {
        pattern::Router::configure(self, rules(options));
    }
}

impl Naming for pattern::Stream {
    /// Half of it may be out, and nobody would know.
    const KEEPS: bool = false;

    fn introduce(&mut self, ids: &mut Ids, slot: usize, name: Name<'_>) -> Result<Introduced, Refused> {
        let preset = if let Name::Preset(name) = name { Some(name) } else { None };
        pattern::Stream::introduce(self, ids, slot, preset)
    }
}

impl Named<pattern::Router> {
    pub(super) fn routers(options: &Options) -> Self {
        Self::new(pattern::Router::new(rules(options), routing::generated()))
    }
}

fn rules(options: &Options) -> RouterOptions {
    RouterOptions { mandatory: options.router_mandatory, handover: options.router_handover }
}

impl Named<pattern::Stream> {
    pub(super) fn streams() -> Self {
        Self::new(pattern::Stream::new(routing::generated()))
    }
}

impl<R> Named<R> {
    fn new(rules: R) -> Self {
        Self { rules, ids: Ids::default(), preset: HashSet::new() }
    }

    /// Whether a peer has this id now.
    pub(super) fn knows(&self, id: &[u8]) -> bool {
        self.ids.find(id).is_some()
    }
}

impl<R: Naming> Pattern for Named<R> {
    fn connecting(&mut self, slot: usize, name: Option<&[u8]>) -> Result<(), ConnectError> {
        if let Some(name) = name {
            self.rules.introduce(&mut self.ids, slot, Name::Preset(name))?;
            self.preset.insert(slot);
        }
        Ok(())
    }

    fn established(&mut self, slot: usize, announced: &[u8]) -> Result<Admitted, Lost> {
        let introduced = self.rules.introduce(&mut self.ids, slot, Name::Announced(announced));
        let introduced = introduced.map_err(|_| Lost::RoutingIdTaken(Bytes::copy_from_slice(announced)))?;
        let replaces = match introduced {
            Introduced::TakesOver { from } => Some(from),
            Introduced::Named | Introduced::Generated | Introduced::Kept => None,
        };
        if let Some(from) = replaces {
            self.preset.remove(&from);
        }
        Ok(Admitted { name: self.ids.shared_id(slot), replaces })
    }

    fn configure(&mut self, options: &Options) {
        self.rules.configure(options);
    }

    fn keeps(&self, slot: usize) -> bool {
        R::KEEPS && self.preset.contains(&slot)
    }

    fn lost(&mut self, slot: usize, _show: &mut dyn FnMut(&[u8])) {
        if !self.preset.contains(&slot) {
            self.ids.remove(slot);
        }
    }

    fn removed(&mut self, slot: usize) {
        self.preset.remove(&slot);
        self.ids.remove(slot);
    }
}

impl Route<Named<pattern::Router>> {
    /// Sends what is behind the routing id to the peer that has it (Z28-031).
    pub(super) fn send_to(&mut self, message: &Message) -> Result<Routed, Unsent> {
        let (Some(id), 2..) = (message.part(0), message.len()) else {
            return Err(Unsent::NoRoutingId);
        };
        let Self { links, pattern, .. } = self;
        let mut offer = Offer::Shut;
        let route = pattern.rules.route(&pattern.ids, id, |slot| {
            offer = links.offer(slot, &[], Body::behind_id(message));
            offer == Offer::Taken
        });
        match route {
            _ if offer == Offer::TooLarge => Err(Unsent::TooLarge),
            Ok(pattern::Route::To(_)) => Ok(Routed::Sent),
            Ok(pattern::Route::Dropped(Unroutable::Full(slot))) | Err(Unroutable::Full(slot))
                if matches!(offer, Offer::Full | Offer::Crowded) =>
            {
                Ok(Routed::Full(slot))
            }
            Ok(pattern::Route::Dropped(_)) => Ok(Routed::Dropped),
            Err(Unroutable::Unknown) => Err(Unsent::HostUnreachable),
            Err(Unroutable::Full(_)) => Ok(Routed::Shut),
        }
    }
}

impl Route<Named<pattern::Stream>> {
    /// Writes what is behind the routing id to the connection that has it, or closes that if it is nothing.
    pub(super) fn write_to(&mut self, message: &Message) -> Attempt<Result<(), Unsent>> {
        let (Some(id), 2..) = (message.part(0), message.len()) else {
            return Some(Err(Unsent::NoRoutingId));
        };
        let Self { links, pattern, .. } = self;
        let (body, mut offer) = (Body::behind_id(message), Offer::Shut);
        let sent = pattern.rules.send(&pattern.ids, id, body.octets() as u64, |slot| {
            offer = links.lane(slot).map_or(Offer::Shut, |lane| lane.offer_raw(body));
            offer == Offer::Taken
        });
        match sent {
            _ if offer == Offer::TooLarge => Some(Err(Unsent::TooLarge)),
            Ok(StreamSend::Write(_)) => Some(Ok(())),
            Ok(StreamSend::Close(slot)) => {
                links.lane(slot).into_iter().for_each(|lane| lane.finish());
                Some(Ok(()))
            }
            Err(Unroutable::Unknown) => Some(Err(Unsent::HostUnreachable)),
            Err(Unroutable::Full(_)) => None,
        }
    }
}
