//! Sizes of types on a 32-bit machine: one static for each, as large as the type, whose size the symbol table tells.

#![allow(non_upper_case_globals)] // named as the types are

use core::hint::black_box;

static Connection: [u8; size_of::<zmtp_core::Connection>()] = [0; _];
static Link: [u8; size_of::<zmtp_core::link::Link<'_>>()] = [0; _];

/// Keeps the statics in the image.
pub(crate) fn keep() {
    black_box((&Connection, &Link));
    #[cfg(feature = "curve")]
    curve::keep();
}

#[cfg(feature = "curve")]
mod curve {
    use core::hint::black_box;

    use zmtp_core::mechanism::{Curve, CurveHandshake};

    static CurveConnection: [u8; size_of::<zmtp_core::Connection<Curve<&mut CurveHandshake>>>()] = [0; _];
    static Handshake: [u8; size_of::<CurveHandshake>()] = [0; _];

    pub(super) fn keep() {
        black_box((&CurveConnection, &Handshake));
    }
}
