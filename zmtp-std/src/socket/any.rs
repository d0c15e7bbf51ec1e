//! Every socket, whatever its type: for what works on several, polling and devices.

use std::fmt::Debug;

use event_listener::EventListener;
use zmtp_core::SocketType;

use super::{Dealer, Pair, Pub, Pull, Push, Rep, Req, Router, Socket, Stream, Sub, XPub, XSub};
use crate::wait::Attempt;
use crate::{Message, RecvError, Unsent};

/// A socket of any type.
///
/// [`poll`](crate::poll::poll) and [devices](crate::device) take these. Nobody else can implement it.
pub trait AnySocket: Parts + Debug + Send + Sync {
    /// Whether a call of `recv` would return at once: with a message, or because the socket is closed. Never, of a socket that
    /// cannot receive, or whose turn it is not to receive.
    fn is_readable(&self) -> bool {
        self.can_receive() && self.waits()
    }

    /// Whether a call of `send` would return at once: because a peer has room for a short message, because the type of the
    /// socket drops what nobody has room for, or because the socket is closed. Never, of a socket that cannot send, or whose turn it
    /// is not to send.
    fn is_writable(&self) -> bool {
        self.can_send() && self.has_room()
    }
}

impl<S: Parts + Debug + Send + Sync> AnySocket for S {}

/// What is behind [`AnySocket`], for this crate alone.
pub trait Parts {
    /// Whether the type of the socket receives.
    fn can_receive(&self) -> bool;
    /// Whether the type of the socket sends.
    fn can_send(&self) -> bool;
    /// The type, unless it is a STREAM.
    fn zmtp_type(&self) -> Option<SocketType>;
    fn waits(&self) -> bool;
    fn has_room(&self) -> bool;
    fn offer(&self, message: &Message) -> Attempt<Result<(), Unsent>>;
    fn take(&self) -> Attempt<Result<Message, RecvError>>;
    /// Notified when the socket may have become readable.
    fn readable_event(&self) -> EventListener;
    /// Notified when the socket may have become writable.
    fn writable_event(&self) -> EventListener;
}

/// One row for each type: whether it sends, and receives.
macro_rules! any {
    ($($socket:ident $sends:ident $receives:ident)*) => {$(
        impl Parts for $socket {
            fn can_receive(&self) -> bool {
                any!(@can $receives self)
            }

            fn can_send(&self) -> bool {
                any!(@can $sends self)
            }

            fn zmtp_type(&self) -> Option<SocketType> {
                self.core.zmtp_type()
            }

            fn waits(&self) -> bool {
                any!(@$receives $socket::waits(self), false)
            }

            fn has_room(&self) -> bool {
                any!(@$sends $socket::has_room(self), false)
            }

            fn offer(&self, message: &Message) -> Attempt<Result<(), Unsent>> {
                let _ = message;
                any!(@$sends $socket::offer(self, message), Some(Err(Unsent::NotSupported)))
            }

            fn take(&self) -> Attempt<Result<Message, RecvError>> {
                any!(@$receives $socket::take(self), Some(Err(RecvError::NotSupported)))
            }

            fn readable_event(&self) -> EventListener {
                self.core.receivable.listen()
            }

            fn writable_event(&self) -> EventListener {
                self.core.sendable.listen()
            }
        }
    )*};
    (@can yes $self:ident) => { true };
    (@can no $self:ident) => { false };
    (@can sends $self:ident) => { $self.sends() };
    (@can receives $self:ident) => { $self.receives() };
    (@no $done:expr, $not:expr) => { $not };
    (@$yes:ident $done:expr, $not:expr) => { $done };
}

any! {
    Req yes yes
    Rep yes yes
    Dealer yes yes
    Router yes yes
    Pub yes no
    Sub no yes
    XPub yes yes
    XSub yes yes
    Push yes no
    Pull no yes
    Pair yes yes
    Stream yes yes
    Socket sends receives
}
