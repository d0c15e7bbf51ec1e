//! A socket of which one half sends, and the other receives.

use std::sync::Arc;
use std::time::Duration;

use super::{AnySocket, Dealer, Pair, Router, Socket, Stream, XPub, XSub};
use crate::{Message, Received, RecvError, SendError};

/// A socket that sends and receives in any order, and so has halves: not REQ and REP, whose calls take turns. Nobody else can
/// implement it.
pub trait Duplex: AnySocket + Calls {}

impl<S: AnySocket + Calls> Duplex for S {}

/// What is behind [`Duplex`], for this crate alone: the methods of the sockets.
pub trait Calls {
    fn send(&self, message: Message) -> Result<(), SendError>;
    fn send_timeout(&self, message: Message, timeout: Duration) -> Result<(), SendError>;
    fn try_send(&self, message: Message) -> Result<(), SendError>;
    fn send_async(&self, message: Message) -> impl Future<Output = Result<(), SendError>> + Send;
    fn recv(&self) -> Result<Message, RecvError>;
    fn recv_timeout(&self, timeout: Duration) -> Result<Message, RecvError>;
    fn try_recv(&self) -> Result<Message, RecvError>;
    fn recv_async(&self) -> impl Future<Output = Result<Message, RecvError>> + Send;
    fn recv_from(&self) -> Result<Received, RecvError>;
    fn recv_from_async(&self) -> impl Future<Output = Result<Received, RecvError>> + Send;
}

macro_rules! split {
    ($($socket:ident)*) => {$(
        impl Calls for $socket {
            fn send(&self, message: Message) -> Result<(), SendError> {
                $socket::send(self, message)
            }

            fn send_timeout(&self, message: Message, timeout: Duration) -> Result<(), SendError> {
                $socket::send_timeout(self, message, timeout)
            }

            fn try_send(&self, message: Message) -> Result<(), SendError> {
                $socket::try_send(self, message)
            }

            fn send_async(&self, message: Message) -> impl Future<Output = Result<(), SendError>> + Send {
                $socket::send_async(self, message)
            }

            fn recv(&self) -> Result<Message, RecvError> {
                $socket::recv(self)
            }

            fn recv_timeout(&self, timeout: Duration) -> Result<Message, RecvError> {
                $socket::recv_timeout(self, timeout)
            }

            fn try_recv(&self) -> Result<Message, RecvError> {
                $socket::try_recv(self)
            }

            fn recv_async(&self) -> impl Future<Output = Result<Message, RecvError>> + Send {
                $socket::recv_async(self)
            }

            fn recv_from(&self) -> Result<Received, RecvError> {
                $socket::recv_from(self)
            }

            fn recv_from_async(&self) -> impl Future<Output = Result<Received, RecvError>> + Send {
                $socket::recv_from_async(self)
            }
        }

        impl $socket {
            /// Two halves of the socket, for two owners: one sends, the other receives, and what either is not for does not
            /// compile. The socket is closed when both are dropped, and their clones.
            #[must_use]
            pub fn split(self) -> (super::SendHalf<Self>, super::RecvHalf<Self>) {
                let socket = Arc::new(self);
                (SendHalf(Arc::clone(&socket)), RecvHalf(socket))
            }
        }
    )*};
}

split! { Dealer Router XPub XSub Pair Stream Socket }

/// The half of a socket that sends ([`Dealer::split`]). Clones send to the same peers.
///
/// ```
/// # let context = zmtp_std::Context::new();
/// let (dealer, echo) = (context.dealer(), context.dealer());
/// dealer.connect(echo.bind("tcp://127.0.0.1:*")?)?;
/// let (sender, receiver) = dealer.split();
///
/// let receiving = std::thread::spawn(move || receiver.recv());
/// sender.send("there")?;
/// echo.send(echo.recv()?)?;
/// assert_eq!(receiving.join().unwrap()?, "there");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// ```compile_fail
/// let (sender, _) = zmtp_std::Context::new().dealer().split();
/// sender.recv();
/// ```
#[derive(Debug)]
pub struct SendHalf<S: Duplex>(Arc<S>);

/// The half of a socket that receives ([`Dealer::split`]). Of clones, one receives each message.
///
/// ```compile_fail
/// let (_, receiver) = zmtp_std::Context::new().dealer().split();
/// receiver.send("backwards");
/// ```
#[derive(Debug)]
pub struct RecvHalf<S: Duplex>(Arc<S>);

impl<S: Duplex> Clone for SendHalf<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Duplex> Clone for RecvHalf<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Duplex> SendHalf<S> {
    /// The whole socket, for what is not sending: connecting, polling, monitoring, closing.
    #[must_use]
    pub fn socket(&self) -> &S {
        &self.0
    }

    /// As [`Dealer::send`].
    ///
    /// # Errors
    /// [`SendError`] with the message and the reason.
    pub fn send(&self, message: impl Into<Message>) -> Result<(), SendError> {
        self.0.send(message.into())
    }

    /// As [`Dealer::send_timeout`].
    ///
    /// # Errors
    /// [`SendError`] with the message and the reason.
    pub fn send_timeout(&self, message: impl Into<Message>, timeout: Duration) -> Result<(), SendError> {
        self.0.send_timeout(message.into(), timeout)
    }

    /// As [`Dealer::try_send`].
    ///
    /// # Errors
    /// [`SendError`] with the message and the reason.
    pub fn try_send(&self, message: impl Into<Message>) -> Result<(), SendError> {
        self.0.try_send(message.into())
    }

    /// As [`Dealer::send_async`].
    ///
    /// # Errors
    /// [`SendError`] with the message and the reason.
    pub async fn send_async(&self, message: impl Into<Message>) -> Result<(), SendError> {
        self.0.send_async(message.into()).await
    }
}

impl<S: Duplex> RecvHalf<S> {
    /// The whole socket, for what is not receiving: connecting, polling, monitoring, closing.
    #[must_use]
    pub fn socket(&self) -> &S {
        &self.0
    }

    /// As [`Dealer::recv`].
    ///
    /// # Errors
    /// [`RecvError`] with the reason.
    pub fn recv(&self) -> Result<Message, RecvError> {
        self.0.recv()
    }

    /// As [`Dealer::recv_timeout`].
    ///
    /// # Errors
    /// [`RecvError`] with the reason.
    pub fn recv_timeout(&self, timeout: Duration) -> Result<Message, RecvError> {
        self.0.recv_timeout(timeout)
    }

    /// As [`Dealer::try_recv`].
    ///
    /// # Errors
    /// [`RecvError`] with the reason.
    pub fn try_recv(&self) -> Result<Message, RecvError> {
        self.0.try_recv()
    }

    /// As [`Dealer::recv_async`].
    ///
    /// # Errors
    /// [`RecvError`] with the reason.
    pub async fn recv_async(&self) -> Result<Message, RecvError> {
        self.0.recv_async().await
    }

    /// As [`Dealer::recv_from`].
    ///
    /// # Errors
    /// [`RecvError`] with the reason.
    pub fn recv_from(&self) -> Result<Received, RecvError> {
        self.0.recv_from()
    }

    /// As [`Dealer::recv_from_async`].
    ///
    /// # Errors
    /// [`RecvError`] with the reason.
    pub async fn recv_from_async(&self) -> Result<Received, RecvError> {
        self.0.recv_from_async().await
    }
}
