//! Frames that are values: serde's types, encoded by postcard.

use serde::{Deserialize, Serialize};

use super::deal::Deal;
use super::take::{Frame, RecvError, Take};
use super::{SendError, SocketOf};
use crate::places::Fresh;

/// Why a value was not sent or received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum TypedError<E> {
    /// The socket says so.
    Socket(E),
    /// The value does not fit the buffer, or the message is not one value of the type in one frame. When receiving, the
    /// message is gone.
    Value,
}

/// Encodes a value at the start of `buffer`, for sockets whose `send` takes more than one part.
///
/// # Errors
/// [`TypedError::Value`] if it does not fit.
pub fn encode<'b, E>(value: &impl Serialize, buffer: &'b mut [u8]) -> Result<&'b [u8], TypedError<E>> {
    postcard::to_slice(value, buffer).map(|octets| &*octets).map_err(|_| TypedError::Value)
}

impl Frame<'_> {
    /// The value in this frame, if it is one of this type and nothing else.
    #[must_use]
    pub fn value<'f, T: Deserialize<'f>>(&'f self) -> Option<T> {
        decode(self.octets)
    }
}

fn decode<'f, T: Deserialize<'f>>(octets: &'f [u8]) -> Option<T> {
    match postcard::take_from_bytes(octets) {
        Ok((value, [])) => Some(value),
        _ => None,
    }
}

impl<P: Deal, M: Fresh> SocketOf<'_, '_, P, M> {
    /// Queues a message of one frame, the value, encoded in `buffer` on the way.
    ///
    /// # Errors
    /// `WouldBlock` as for [`send`](Self::send); [`TypedError`].
    pub fn send_typed(
        &mut self,
        value: &impl Serialize,
        buffer: &mut [u8],
    ) -> nb::Result<(), TypedError<SendError>> {
        let octets = encode(value, buffer)?;
        self.send(&[octets]).map_err(|error| error.map(TypedError::Socket))
    }
}

impl<P: Take, M: Fresh> SocketOf<'_, '_, P, M> {
    /// Receives a message of one frame as a value, which may borrow from `buffer`.
    ///
    /// # Errors
    /// `WouldBlock` as for [`recv`](Self::recv); [`TypedError`].
    pub fn recv_typed<'b, T: Deserialize<'b>>(
        &mut self,
        buffer: &'b mut [u8],
    ) -> nb::Result<T, TypedError<RecvError>> {
        let (len, more) = match self.recv(buffer) {
            Ok(frame) => (frame.octets.len(), frame.more),
            Err(nb::Error::WouldBlock) => return Err(nb::Error::WouldBlock),
            Err(nb::Error::Other(RecvError::TooSmall { .. })) => {
                self.skip();
                return Err(nb::Error::Other(TypedError::Value));
            }
            Err(nb::Error::Other(error)) => return Err(nb::Error::Other(TypedError::Socket(error))),
        };
        if more {
            self.skip();
            return Err(nb::Error::Other(TypedError::Value));
        }
        let octets: &'b [u8] = buffer.get(..len).unwrap_or_default();
        decode(octets).ok_or(nb::Error::Other(TypedError::Value))
    }
}

impl<E: core::fmt::Display> core::fmt::Display for TypedError<E> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Socket(error) => error.fmt(f),
            Self::Value => f.write_str("the value does not fit the buffer, or the message is no such value"),
        }
    }
}

impl<E: core::error::Error> core::error::Error for TypedError<E> {}
