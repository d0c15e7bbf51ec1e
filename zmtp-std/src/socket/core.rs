//! What all sockets have in common. (being built)
use crate::*;
use std::time::Duration;
/// What a closed socket left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Messages that had been sent, but did not leave before the deadline.
    pub undelivered: u64,
}
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) options: Options,
    pub(crate) monitors: crate::monitor::Monitors,
    pub(crate) sendable: event_listener::Event,
    pub(crate) receivable: event_listener::Event,
}
#[derive(Debug)]
pub(crate) struct Owner(Core);
impl std::ops::Deref for Owner {
    type Target = Core;
    fn deref(&self) -> &Core {
        &self.0
    }
}
impl Owner {
    pub(crate) fn new(core: Core) -> Self {
        Self(core)
    }
}
impl Core {
    pub(crate) fn bind(&self, _: Endpoint) -> Result<Endpoint, BindError> {
        unimplemented!()
    }
    pub(crate) fn connect(&self, _: Endpoint) -> Result<(), ConnectError> {
        unimplemented!()
    }
    pub(crate) fn close(&self, _: Duration) -> Closed {
        unimplemented!()
    }
    pub(crate) async fn close_async(&self, _: Duration) -> Closed {
        unimplemented!()
    }
}
