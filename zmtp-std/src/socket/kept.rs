//! What of a message is received besides itself: nothing, or what is known of its sender. Who does not ask does not pay.

use std::sync::Arc;

use crate::Properties;
use crate::parcel::Parcel;

/// See the module.
pub(crate) trait Kept {
    fn of(parcel: &Parcel) -> Self;
}

impl Kept for () {
    #[inline]
    fn of(_parcel: &Parcel) -> Self {}
}

impl Kept for Option<Arc<Properties>> {
    fn of(parcel: &Parcel) -> Self {
        parcel.properties.clone()
    }
}
