//! Security mechanisms: what peers say to each other between the greeting and the first message.
//!
//! ```text
//!         NULL                  PLAIN, CURVE
//!  READY  <------>  READY       client  HELLO    ----->          server
//!                                       <-----   WELCOME
//!                                       INITIATE ----->          (asks the application who may come in)
//!                                       <-----   READY
//! ```
//!
//! A mechanism is a type parameter of [`Connection`](crate::Connection), so that firmware holds only the code of the one it
//! uses, and a connection without security has no octet of memory for it. Hosts that choose at run time use `AnyMechanism`.
//! Its rules, keys and passwords are in [`Config::security`](crate::Config::security), which connections share. Who is
//! client and who is server is said there as well; it has nothing to do with who binds.

#[cfg(feature = "curve")]
mod any;
#[cfg(feature = "curve")]
mod curve;
mod introduction;
mod null;
mod plain;
#[cfg(test)]
pub(crate) mod testing;

#[cfg(feature = "curve")]
pub use any::{AnyMechanism, AnySecurity};
#[cfg(feature = "curve")]
pub use curve::{Curve, CurveHandshake, CurveKey, CurveKeyPair, CurveSecretKey, CurveSecurity, Entropy};
pub use null::Null;
pub use plain::{Plain, PlainSecurity};

use crate::connection::Failure;
use crate::wire::{Emit, FrameKind};
#[doc(hidden)]
pub use introduction::Introduction;
use sealed::Sealed;

/// What a peer proves itself with, for the application to judge; see [`Connection::credentials`].
///
/// [`Connection::credentials`]: crate::Connection::credentials
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials<'b> {
    /// Nothing (NULL).
    Null,
    /// What the peer says; nothing is proven yet (PLAIN).
    Plain {
        /// 0 to 255 octets.
        username: &'b [u8],
        /// 0 to 255 octets.
        password: &'b [u8],
    },
    /// The permanent public key of the peer, which has proven to have the secret one (CURVE).
    Curve {
        /// The key.
        key: &'b [u8; 32],
    },
}

/// What the application says to a peer that wants in: see [`Step::Admit`](crate::Step::Admit).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Verdict {
    /// Let it in: status 200 of RFC 27.
    Accept,
    /// Send it away.
    Refuse(Refusal),
}

/// Why a peer is sent away: the status codes of RFC 27.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Refusal {
    /// 300: not now. The peer hears nothing and may try again.
    Temporary,
    /// 400: not this one.
    Denied,
    /// 500: the application cannot say.
    Internal,
}

impl Refusal {
    /// The three digits, as a peer finds them in the ERROR command (LZ-028).
    #[must_use]
    pub const fn status(self) -> &'static str {
        match self {
            Self::Temporary => "300",
            Self::Denied => "400",
            Self::Internal => "500",
        }
    }
}

/// Which command of the handshake between a client and a server comes next, whoever says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Turn {
    #[default]
    Hello,
    Welcome,
    Initiate,
    Ready,
}

/// What a handshake goes on with.
#[doc(hidden)]
#[derive(Debug)]
pub enum Next<'b> {
    /// The peer's turn.
    Wait,
    /// We owe a command: the mechanism puts it.
    Say,
    /// The application is to be asked.
    Ask,
    /// The command that brought the question is to be handled again, now that it is answered.
    Again,
    /// The peer has introduced itself. With `say` we owe our last command.
    Ready { metadata: &'b [u8], say: bool },
}

mod sealed {
    /// Nobody else's types are mechanisms.
    pub trait Sealed {}
}

/// A security mechanism: [`Null`], [`Plain`], or with the feature `curve` also `Curve` and `AnyMechanism`.
///
/// A value of it is the state of one connection. What it does is for connections only to use.
pub trait Mechanism: Sealed {
    /// What is configured for it: the role, names, keys.
    type Security<'c>: Copy;

    /// As announced in the greeting.
    #[doc(hidden)]
    fn name(&self) -> &'static str;

    /// As announced in the greeting.
    #[doc(hidden)]
    fn is_server(security: &Self::Security<'_>) -> bool;

    /// The greeting of the peer is here.
    #[doc(hidden)]
    fn begin(&mut self, security: &Self::Security<'_>, asks: bool) -> Result<Next<'static>, Failure>;

    /// A command of the handshake is here.
    #[doc(hidden)]
    fn handle<'b>(
        &mut self,
        security: &Self::Security<'_>,
        asks: bool,
        body: &'b mut [u8],
    ) -> Result<Next<'b>, Failure>;

    /// The command that is owed. It is put from its start as often as it takes until it is out.
    #[doc(hidden)]
    fn put(&self, security: &Self::Security<'_>, introduction: &Introduction<'_>, emit: &mut Emit<'_>);

    /// The command that was owed is out.
    #[doc(hidden)]
    fn was_sent(&mut self, _security: &Self::Security<'_>) {}

    /// What the peer has shown, while the application is asked.
    #[doc(hidden)]
    fn credentials<'b>(&self, _command: &'b [u8]) -> Option<Credentials<'b>> {
        Some(Credentials::Null)
    }

    /// The application has let the peer in.
    #[doc(hidden)]
    fn admitted(&mut self) -> Next<'static> {
        Next::Say
    }

    /// Whether this side may say ERROR in the handshake.
    #[doc(hidden)]
    fn may_refuse(_security: &Self::Security<'_>) -> bool {
        true
    }

    /// Whether there is a client and a server, who wait for each other: nothing is read while a command is owed.
    #[doc(hidden)]
    fn has_roles(&self) -> bool {
        false
    }

    /// Octets in front of a payload that is sealed.
    #[doc(hidden)]
    fn overhead(&self) -> usize {
        0
    }

    /// Seals a frame, with the next nonce, which stays the next one.
    #[doc(hidden)]
    fn seal(&self, _kind: FrameKind, _octets: &mut [u8]) -> Result<(), Failure> {
        Ok(())
    }

    /// Puts a sealed frame of a body in two pieces, with the next nonce, which stays the next one.
    #[doc(hidden)]
    fn put_sealed(&self, _kind: FrameKind, _body: [&[u8]; 2], _emit: &mut Emit<'_>) -> Result<(), Failure> {
        Err(Failure::Misuse)
    }

    /// The nonce is used up.
    #[doc(hidden)]
    fn was_sealed(&mut self) {}

    /// Opens a frame.
    #[doc(hidden)]
    fn open<'b>(&mut self, _body: &'b mut [u8]) -> Result<(FrameKind, &'b [u8]), Failure> {
        Err(Failure::Misuse)
    }
}
