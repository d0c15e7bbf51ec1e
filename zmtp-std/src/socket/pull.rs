//! PULL: work in (RFC 30).

use super::close::Owner;
use crate::wait::Attempt;
use crate::{Message, RecvError};

/// Takes messages in, fairly from all its peers. A peer that sends more than can wait is made to wait itself.
///
/// For an example, see [`Push`](crate::Push).
#[derive(Debug)]
pub struct Pull {
    core: Owner,
}

super::socket!(Pull);
super::receiver!(Pull);

impl Pull {
    #[inline]
    fn take(&self) -> Attempt<Result<Message, RecvError>> {
        if let Err(closing) = self.core.check() {
            return Some(Err(closing.into()));
        }
        let mut intake = self.core.intake();
        let cut = self.core.next(&mut intake, |_, parcel| parcel.cut().map(|cut| (cut.message, cut.bodies)));
        cut.map(Ok)
    }
}
