//! What of a message is received besides itself: nothing, or what is known of its sender. Who does not ask does not pay.

use std::sync::Arc;

use crate::parcel::Parcel;
use crate::{Message, Properties, Received};

/// See the module.
pub(crate) trait Kept {
    /// The message with it.
    type Taken;

    fn of(parcel: &Parcel) -> Self;

    fn with(self, message: Message) -> Self::Taken;
}

impl Kept for () {
    type Taken = Message;

    #[inline]
    fn of(_parcel: &Parcel) -> Self {}

    #[inline]
    fn with(self, message: Message) -> Message {
        message
    }
}

impl Kept for Option<Arc<Properties>> {
    type Taken = Received;

    fn of(parcel: &Parcel) -> Self {
        parcel.properties.clone()
    }

    fn with(self, message: Message) -> Received {
        // Nothing arrives before the handshake is over.
        Received { message, properties: self.expect("a connection that was complete") }
    }
}
