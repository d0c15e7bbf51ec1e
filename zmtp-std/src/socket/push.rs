//! PUSH: work out (RFC 30).

use super::close::Owner;
use crate::wait::Attempt;
use crate::{Message, Unsent};

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
#[derive(Debug)]
pub struct Push {
    core: Owner,
}

super::socket!(Push);
super::sender!(Push);

impl Push {
    #[inline]
    fn offer(&self, message: &Message) -> Attempt<Result<(), Unsent>> {
        if let Err(closing) = self.core.check() {
            return Some(Err(closing.into()));
        }
        let sent = self.core.route().send(&[], message)?;
        Some(sent.map(drop))
    }
}
