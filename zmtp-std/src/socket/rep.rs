//! Rep.
use crate::wait::Attempt;
use crate::*;
/// Answers.
#[derive(Debug)]
pub struct Rep {
    core: super::core::Owner,
}
super::socket!(Rep);
super::sender!(Rep);
impl Rep {
    fn offer(&self, _: &Message) -> Attempt<Result<(), Unsent>> {
        unimplemented!()
    }
}
super::receiver!(Rep);
impl Rep {
    fn take(&self) -> Attempt<Result<Message, RecvError>> {
        unimplemented!()
    }
}
