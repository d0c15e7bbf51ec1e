//! ROUTER: the first frame of a message says to whom it goes (RFC 28, "The ROUTER Socket Type").

use crate::identity::{self, GeneratedIds, NoRoute, Routes};

/// The rules of a ROUTER. Incoming messages take [`Turn`](super::Turn)s, and the routing id of their peer,
/// [`Routes::id_of`], comes in front of them (Z28-030); of outgoing ones the first frame is taken off for
/// [`route`](Self::route) (Z28-031). The table of ids is the embedder's.
///
/// ```
/// use zmtp_core::identity::{GeneratedIds, RouteTable, Routes};
/// use zmtp_core::pattern::{Introduced, Name, Route, Router, RouterOptions, Unroutable};
///
/// let mut octets = [0; 64];
/// let mut routes = RouteTable::new(&mut octets);
/// let mut router = Router::new(RouterOptions::default(), GeneratedIds::starting_at(7));
///
/// assert_eq!(router.introduce(&mut routes, 0, Name::Announced(b"pump")), Ok(Introduced::Named));
/// assert_eq!(router.introduce(&mut routes, 1, Name::Announced(b"")), Ok(Introduced::Generated));
/// assert_eq!(routes.id_of(1), Some(&[0, 0, 0, 0, 7][..]));
///
/// assert_eq!(router.route(&routes, b"pump", |_| true), Ok(Route::To(0)));
/// assert_eq!(router.route(&routes, b"fan", |_| true), Err(Unroutable::Unknown));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Router {
    options: RouterOptions,
    generated: GeneratedIds,
}

/// How a ROUTER treats its peers and what it cannot deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RouterOptions {
    /// `ZMQ_ROUTER_MANDATORY`: what cannot be delivered is an error, and not dropped. libzmq drops unless told otherwise;
    /// here it is the other way round, because nothing is lost in silence by default.
    pub mandatory: bool,
    /// `ZMQ_ROUTER_HANDOVER`: a second peer with the same id takes it over, instead of being refused.
    pub handover: bool,
}

impl Default for RouterOptions {
    fn default() -> Self {
        Self { mandatory: true, handover: false }
    }
}

/// What a connection is to be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name<'n> {
    /// By the Identity the peer has announced, after its handshake.
    Announced(&'n [u8]),
    /// By an id of our application's choice, `ZMQ_CONNECT_ROUTING_ID`. It holds from the connect call on, so that messages can
    /// be queued before the peer is there (API-005); what the peer announces later is ignored.
    Preset(&'n [u8]),
}

/// A peer has an id; [`Routes::id_of`] says which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Introduced {
    /// The name that was given.
    Named,
    /// A generated one, because the peer announced none or one that is not allowed (Z37-060).
    Generated,
    /// The one it had already: it was preset, or the peer has been connected again.
    Kept,
    /// The name that was given, and taken from another peer, whose connection is to be closed (Z28-036).
    TakesOver {
        /// The peer that has no id any more.
        from: usize,
    },
}

/// Why a connection is not introduced, and is to be closed; those before it go on undisturbed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Refused {
    /// Another peer has this id, and there is no handover: the peers' to change.
    Duplicate,
    /// A preset id is empty, begins with `00`, or is longer than 255 octets: the application's to change.
    NotAName,
    /// There is no room for another id: ours to enlarge.
    Full,
}

/// Where a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Route {
    /// To this peer, and nowhere else (Z28-032).
    To(usize),
    /// It is dropped, and counted; only if delivery is not mandatory.
    Dropped(Unroutable),
}

/// Why a message cannot be delivered; it is still the caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Unroutable {
    /// No peer has this id: the caller's to change (`EHOSTUNREACH`).
    Unknown,
    /// There is no room in this peer's queue: try again when there is (`EAGAIN`).
    Full(usize),
}

impl Router {
    /// A ROUTER without peers.
    #[must_use]
    pub const fn new(options: RouterOptions, generated: GeneratedIds) -> Self {
        Self { options, generated }
    }

    /// Changes the options; they hold from the next call on.
    pub fn configure(&mut self, options: RouterOptions) {
        self.options = options;
    }

    /// Gives `peer` its id. When it has gone, [`Routes::remove`] takes it away.
    ///
    /// # Errors
    /// [`Refused`] says why not; the table has not changed then.
    pub fn introduce(
        &mut self,
        routes: &mut (impl Routes + ?Sized),
        peer: usize,
        name: Name<'_>,
    ) -> Result<Introduced, Refused> {
        match name {
            Name::Preset(id) if !identity::is_name(id) => Err(Refused::NotAName),
            _ if routes.id_of(peer).is_some() => Ok(Introduced::Kept),
            Name::Preset(id) => routes.insert(peer, id).map(|()| Introduced::Named).map_err(Refused::from),
            Name::Announced(id) if identity::is_name(id) => self.announce(routes, peer, id),
            Name::Announced(_) => self.generate(routes, peer),
        }
    }

    fn announce(
        &self,
        routes: &mut (impl Routes + ?Sized),
        peer: usize,
        id: &[u8],
    ) -> Result<Introduced, Refused> {
        match routes.find(id) {
            Some(from) if self.options.handover => {
                routes.hand_over(from, peer)?;
                Ok(Introduced::TakesOver { from })
            }
            Some(_) => Err(Refused::Duplicate),
            None => {
                routes.insert(peer, id)?;
                Ok(Introduced::Named)
            }
        }
    }

    fn generate(&mut self, routes: &mut (impl Routes + ?Sized), peer: usize) -> Result<Introduced, Refused> {
        loop {
            // The counter comes around: a peer of long ago may still have the id.
            match routes.insert(peer, &self.generated.take()) {
                Err(NoRoute::Taken) => {}
                given => return given.map(|()| Introduced::Generated).map_err(Refused::from),
            }
        }
    }

    /// Decides where a message with `id` in front goes; `has_room` says whether a peer's queue takes it.
    ///
    /// # Errors
    /// [`Unroutable`] if delivery is mandatory (Z28-033).
    pub fn route(
        &self,
        routes: &(impl Routes + ?Sized),
        id: &[u8],
        has_room: impl FnOnce(usize) -> bool,
    ) -> Result<Route, Unroutable> {
        let failure = match routes.find(id) {
            Some(peer) if has_room(peer) => return Ok(Route::To(peer)),
            Some(peer) => Unroutable::Full(peer),
            None => Unroutable::Unknown,
        };
        if self.options.mandatory { Err(failure) } else { Ok(Route::Dropped(failure)) }
    }
}

impl From<NoRoute> for Refused {
    fn from(reason: NoRoute) -> Self {
        match reason {
            NoRoute::Full => Self::Full,
            NoRoute::Taken => Self::Duplicate,
            NoRoute::Length | NoRoute::Named | NoRoute::Unknown => Self::NotAName,
        }
    }
}

impl core::fmt::Display for Refused {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Duplicate => "another peer has this routing id; choose another",
            Self::NotAName => {
                "a routing id for a connection has 1 to 255 octets, the first is not 0; choose another"
            }
            Self::Full => "there is no room for another routing id",
        })
    }
}

impl core::error::Error for Refused {}

impl core::fmt::Display for Unroutable {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Unknown => "no peer has this routing id",
            Self::Full(_) => "the queue of the peer with this routing id is full",
        })
    }
}

impl core::error::Error for Unroutable {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::identity::RouteTable;
    use proptest::prelude::*;

    fn router(mandatory: bool, handover: bool) -> Router {
        Router::new(RouterOptions { mandatory, handover }, GeneratedIds::starting_at(u32::MAX))
    }

    #[test]
    fn z37_060_names_that_could_be_generated_ones_are_not_used() {
        let mut octets = [0; 64];
        let mut routes = RouteTable::new(&mut octets);
        let mut router = router(true, true);
        assert_eq!(router.introduce(&mut routes, 0, Name::Announced(b"")), Ok(Introduced::Generated));
        let id = routes.id_of(0).unwrap().to_vec();
        assert_eq!(router.introduce(&mut routes, 1, Name::Announced(&id)), Ok(Introduced::Generated));
        assert_eq!(routes.find(&id), Some(0));
        assert_eq!(router.introduce(&mut routes, 2, Name::Preset(&id)), Err(Refused::NotAName));
        assert_eq!(router.introduce(&mut routes, 2, Name::Preset(b"")), Err(Refused::NotAName));
    }

    #[test]
    fn api_001_a_generated_id_that_is_still_in_use_is_passed_over() {
        let mut octets = [0; 64];
        let mut routes = RouteTable::new(&mut octets);
        routes.insert(9, &[0, 255, 255, 255, 255]).unwrap();
        assert_eq!(
            router(true, true).introduce(&mut routes, 1, Name::Announced(b"")),
            Ok(Introduced::Generated)
        );
        assert_eq!(routes.id_of(1), Some(&[0; 5][..]));
    }

    #[test]
    fn z28_036_api_003_the_second_of_a_name_is_refused_or_takes_over() {
        let mut octets = [0; 64];
        let mut routes = RouteTable::new(&mut octets);
        let mut router = router(true, false);
        router.introduce(&mut routes, 0, Name::Announced(b"twin")).unwrap();
        assert_eq!(router.introduce(&mut routes, 1, Name::Announced(b"twin")), Err(Refused::Duplicate));
        assert_eq!(router.route(&routes, b"twin", |_| true), Ok(Route::To(0)));
        router.configure(RouterOptions { mandatory: true, handover: true });
        let second = router.introduce(&mut routes, 1, Name::Announced(b"twin"));
        assert_eq!(second, Ok(Introduced::TakesOver { from: 0 }));
        assert_eq!(router.route(&routes, b"twin", |_| true), Ok(Route::To(1)));
        assert!(!routes.remove(0), "the first has no id left to take away");
    }

    #[test]
    fn api_005_a_preset_id_routes_before_the_peer_is_there_and_outlives_its_own_name() {
        let mut octets = [0; 64];
        let mut routes = RouteTable::new(&mut octets);
        let mut router = router(true, true);
        assert_eq!(router.introduce(&mut routes, 0, Name::Preset(b"upper")), Ok(Introduced::Named));
        assert_eq!(router.route(&routes, b"upper", |_| true), Ok(Route::To(0)));
        assert_eq!(router.introduce(&mut routes, 0, Name::Announced(b"other")), Ok(Introduced::Kept));
        assert_eq!(routes.id_of(0), Some(&b"upper"[..]));
        // Our own mistake is no reason to close another's connection.
        assert_eq!(router.introduce(&mut routes, 1, Name::Preset(b"upper")), Err(Refused::Duplicate));
    }

    #[test]
    fn z28_033_034_api_002_what_cannot_be_delivered_is_an_error_or_dropped() {
        let mut octets = [0; 64];
        let mut routes = RouteTable::new(&mut octets);
        routes.insert(4, b"full").unwrap();
        for (id, failure) in [(&b"full"[..], Unroutable::Full(4)), (b"gone", Unroutable::Unknown)] {
            assert_eq!(router(true, false).route(&routes, id, |_| false), Err(failure));
            assert_eq!(router(false, false).route(&routes, id, |_| false), Ok(Route::Dropped(failure)));
        }
    }

    #[test]
    fn a_table_without_room_refuses_the_peer() {
        let mut octets = [0; 6];
        let mut routes = RouteTable::new(&mut octets);
        let introduced = router(true, false).introduce(&mut routes, 0, Name::Announced(b""));
        assert_eq!(introduced, Err(Refused::Full));
    }

    proptest! {
        #[test]
        fn z28_029_032_a_message_goes_to_the_peer_that_has_the_id_and_to_no_other(
            steps in proptest::collection::vec((0usize..4, "[ab]{0,1}", any::<bool>()), 0..40), handover in any::<bool>()
        ) {
            let mut octets = [0; 64];
            let mut routes = RouteTable::new(&mut octets);
            let mut router = router(true, handover);
            let mut model = BTreeMap::<usize, Vec<u8>>::new();
            for (peer, name, leaves) in steps {
                if leaves {
                    prop_assert_eq!(routes.remove(peer), model.remove(&peer).is_some());
                    continue;
                }
                let holder = model.iter().find(|(_, id)| **id == name.as_bytes()).map(|(peer, _)| *peer);
                let expected = match holder {
                    _ if model.contains_key(&peer) => Ok(Introduced::Kept),
                    _ if name.is_empty() => Ok(Introduced::Generated),
                    None => Ok(Introduced::Named),
                    Some(from) if handover => Ok(Introduced::TakesOver { from }),
                    Some(_) => Err(Refused::Duplicate),
                };
                let introduced = router.introduce(&mut routes, peer, Name::Announced(name.as_bytes()));
                prop_assert_eq!(introduced, expected);
                if let Ok(Introduced::TakesOver { from }) = introduced {
                    model.remove(&from);
                }
                if introduced.is_ok() {
                    model.insert(peer, routes.id_of(peer).unwrap().to_vec());
                }
                for (peer, id) in &model {
                    prop_assert_eq!(router.route(&routes, id, |_| true), Ok(Route::To(*peer)));
                }
            }
        }
    }
}
