//! Push.
use crate::wait::Attempt;
use crate::*;
/// Shares messages out over its peers.
#[derive(Debug)]
pub struct Push {
    core: super::core::Owner,
}
super::socket!(Push);
super::sender!(Push);
impl Push {
    fn offer(&self, _: &Message) -> Attempt<Result<(), Unsent>> {
        unimplemented!()
    }
}
