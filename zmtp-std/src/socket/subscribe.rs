//! Sub.
use crate::wait::Attempt;
use crate::*;
/// Subscribes.
#[derive(Debug)]
pub struct Sub {
    core: super::core::Owner,
}
super::socket!(Sub);
super::receiver!(Sub);
impl Sub {
    fn take(&self) -> Attempt<Result<Message, RecvError>> {
        unimplemented!()
    }
}
impl Sub {
    /// Subscribes to messages whose first part begins with `topic`; an empty topic is all messages.
    ///
    /// # Errors
    /// [`Closing`] if the socket or its context is closed.
    pub fn subscribe(&self, topic: impl AsRef<[u8]>) -> Result<(), Closing> {
        let _ = topic;
        unimplemented!()
    }
    /// Takes back one subscription to `topic`; returns whether there was one.
    ///
    /// # Errors
    /// [`Closing`] if the socket or its context is closed.
    pub fn unsubscribe(&self, topic: impl AsRef<[u8]>) -> Result<bool, Closing> {
        let _ = topic;
        unimplemented!()
    }
}
