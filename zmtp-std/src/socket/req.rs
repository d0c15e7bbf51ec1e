//! Req.
use crate::wait::Attempt;
use crate::*;
/// Asks.
#[derive(Debug)]
pub struct Req {
    core: super::core::Owner,
}
super::socket!(Req);
super::sender!(Req);
impl Req {
    fn offer(&self, _: &Message) -> Attempt<Result<(), Unsent>> {
        unimplemented!()
    }
}
super::receiver!(Req);
impl Req {
    fn take(&self) -> Attempt<Result<Message, RecvError>> {
        unimplemented!()
    }
}
