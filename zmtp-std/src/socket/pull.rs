//! Pull.
use crate::wait::Attempt;
use crate::*;
/// Takes messages from its peers.
#[derive(Debug)]
pub struct Pull {
    core: super::core::Owner,
}
super::socket!(Pull);
super::receiver!(Pull);
impl Pull {
    fn take(&self) -> Attempt<Result<Message, RecvError>> {
        unimplemented!()
    }
}
