//! PULL: work in (RFC 30).

use zmtp_core::SocketType;

use super::close::Owner;
use super::kept::Kept;
use super::pattern::Plain;
use crate::wait::Attempt;
use crate::{Context, RecvError};

/// Takes messages in, fairly from all its peers. A peer that sends more than can wait is made to wait itself.
///
/// For an example, see [`Push`](crate::Push).
#[derive(Debug)]
pub struct Pull {
    pub(super) core: Owner,
}

super::socket!(Pull);
super::meeting!(Pull);
super::receiver!(Pull);

impl Pull {
    pub(crate) fn new(context: &Context) -> Self {
        Self { core: context.owner(SocketType::Pull, Plain) }
    }

    #[inline]
    pub(super) fn take_with<K: Kept>(&self) -> Attempt<Result<K::Taken, RecvError>> {
        self.core.take_with::<K>()
    }

    pub(super) fn waits(&self) -> bool {
        self.core.waits(|_, _, _| true)
    }
}
