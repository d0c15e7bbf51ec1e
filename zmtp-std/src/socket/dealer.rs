//! DEALER: to the next peer, from the next peer (RFC 28).

use zmtp_core::SocketType;

use super::close::Owner;
use super::kept::Kept;
use super::pattern::Plain;
use crate::wait::Attempt;
use crate::{Context, Message, RecvError, Unsent};

/// Shares messages out over its peers, and takes messages in from them, fairly, in any order.
///
/// A message passes as it is. So to a REP a request begins with an empty part, as REQ sends it without being seen, and so
/// does the reply; in between come the routing ids of who else is to pass it on.
///
/// ```
/// # use zmtp_std::Message;
/// # let context = zmtp_std::Context::new();
/// let rep = context.rep();
/// let dealer = context.dealer();
/// dealer.connect(rep.bind("tcp://127.0.0.1:*")?)?;
///
/// dealer.send(["", "first"])?;
/// dealer.send(["", "second"])?; // without waiting for the reply
/// for _ in 0..2 {
///     let request = rep.recv()?;
///     rep.send(request)?;
/// }
/// assert_eq!(dealer.recv()?, Message::from(["", "first"]));
/// assert_eq!(dealer.recv()?, Message::from(["", "second"]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Dealer {
    pub(super) core: Owner,
}

super::socket!(Dealer);
super::meeting!(Dealer);
super::sender!(Dealer);
super::receiver!(Dealer);

impl Dealer {
    pub(crate) fn new(context: &Context) -> Self {
        Self { core: context.owner(SocketType::Dealer, Plain) }
    }

    #[inline]
    pub(super) fn offer(&self, message: &Message) -> Attempt<Result<(), Unsent>> {
        self.core.offer(message)
    }

    #[inline]
    pub(super) fn take_with<K: Kept>(&self) -> Attempt<Result<K::Taken, RecvError>> {
        self.core.take_with::<K>()
    }

    pub(super) fn waits(&self) -> bool {
        self.core.waits(|_, _, _| true)
    }

    pub(super) fn has_room(&self) -> bool {
        self.core.has_room()
    }
}
