//! PAIR: one peer, and no other (RFC 31).

use zmtp_core::{SocketType, pattern};

use super::close::Owner;
use super::kept::Kept;
use super::pattern::{Admitted, Pattern};
use crate::lane::Offer;
use crate::wait::Attempt;
use crate::{ConnectError, Context, Lost, Message, RecvError, Unsent};

/// Exchanges messages with one peer, in both directions, in any order.
///
/// Without its peer sending waits. As long as it has one a second is refused
/// ([`Lost::Occupied`], in an event), and does not disturb the first; to connect to a second is an error.
///
/// ```
/// # let context = zmtp_std::Context::new();
/// let (left, right) = (context.pair(), context.pair());
/// right.connect(left.bind("tcp://127.0.0.1:*")?)?;
/// left.send("ping")?;
/// assert_eq!(right.recv()?, "ping");
/// right.send("pong")?;
/// assert_eq!(left.recv()?, "pong");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Pair {
    pub(super) core: Owner<pattern::Pair>,
}

super::socket!(Pair);
super::meeting!(Pair);
super::sender!(Pair);
super::receiver!(Pair);

impl Pattern for pattern::Pair {
    fn connecting(&mut self, slot: usize, _name: Option<&[u8]>) -> Result<(), ConnectError> {
        self.attach(slot).map_err(|_| ConnectError::Occupied)
    }

    fn accepting(&self) -> Result<(), Lost> {
        if self.peer().is_some() { Err(Lost::Occupied) } else { Ok(()) }
    }

    fn established(&mut self, slot: usize, _announced: &[u8]) -> Result<Admitted, Lost> {
        self.attach(slot).map_err(|_| Lost::Occupied)?;
        Ok(Admitted::default())
    }

    fn removed(&mut self, slot: usize) {
        self.detach(slot);
    }
}

impl Pair {
    pub(crate) fn new(context: &Context) -> Self {
        Self { core: context.owner(SocketType::Pair, pattern::Pair::default()) }
    }

    pub(super) fn offer(&self, message: &Message) -> Attempt<Result<(), Unsent>> {
        if let Err(closing) = self.core.check() {
            return Some(Err(closing.into()));
        }
        let mut route = self.core.route_to_send();
        let peer = route.pattern.peer()?;
        match route.links.offer(peer, &[], message.into()) {
            Offer::Taken => Some(Ok(())),
            Offer::TooLarge => Some(Err(Unsent::TooLarge)),
            Offer::Full | Offer::Crowded => self.core.overflow(route, peer, message.into()),
            Offer::Shut => None,
        }
    }

    pub(super) fn take_with<K: Kept>(&self) -> Attempt<Result<K::Taken, RecvError>> {
        self.core.take_with::<K>()
    }

    pub(super) fn waits(&self) -> bool {
        self.core.waits(|_, _, _| true)
    }

    pub(super) fn has_room(&self) -> bool {
        if self.core.check().is_err() {
            return true;
        }
        let mut route = self.core.route_to_send();
        let Some(peer) = route.pattern.peer() else { return false };
        match route.links.would_take(peer, (&Message::new()).into()) {
            Offer::Taken | Offer::TooLarge => true,
            Offer::Full | Offer::Crowded => self.core.slow_peer().drops(),
            Offer::Shut => false,
        }
    }
}
