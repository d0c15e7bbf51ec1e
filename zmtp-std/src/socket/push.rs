//! PUSH: work out (RFC 30).

use zmtp_core::SocketType;

use super::close::Owner;
use super::pattern::Plain;
use crate::wait::Attempt;
use crate::{Context, Message, Unsent};

/// Shares messages out: each goes to the next peer that has room for it.
///
/// Without a peer that has room, sending waits; nothing is dropped (Z30-006).
///
/// ```
/// # let context = zmtp_std::Context::new();
/// let pull = context.pull();
/// let endpoint = pull.bind("tcp://127.0.0.1:*")?;
/// let push = context.push();
/// push.connect(&endpoint)?;
/// push.send(["task", "17"])?;
/// assert_eq!(pull.recv()?.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// To share work out among all who are expected, wait for them first with [`wait_for_peers`](Self::wait_for_peers).
#[derive(Debug)]
pub struct Push {
    pub(super) core: Owner,
}

super::socket!(Push);
super::meeting!(Push);
super::sender!(Push);

impl Push {
    pub(crate) fn new(context: &Context) -> Self {
        Self { core: context.owner(SocketType::Push, Plain) }
    }

    #[inline]
    pub(super) fn offer(&self, message: &Message) -> Attempt<Result<(), Unsent>> {
        self.core.offer(message)
    }

    pub(super) fn has_room(&self) -> bool {
        self.core.has_room()
    }
}
