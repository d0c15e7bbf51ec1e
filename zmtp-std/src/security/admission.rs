//! Who may come in: what the application is asked, and what it answers.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use zmtp_core::mechanism::{self, Credentials};

use super::{CurveKey, Password, Refusal};
use crate::Address;

/// A peer that wants in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Applicant {
    /// The domain of the socket, [`Options::zap_domain`](crate::Options::zap_domain); its meaning is the application's.
    pub domain: String,
    /// Where the peer comes from, or what we have connected to.
    pub address: Address,
    /// What the socket itself is called, [`Options::routing_id`](crate::Options::routing_id), as libzmq passes it on.
    pub routing_id: Bytes,
    /// What it shows.
    pub proof: Proof,
}

/// What a peer proves itself with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Proof {
    /// Nothing; there is only its address (NULL).
    Null,
    /// What it says; nothing is proven yet (PLAIN).
    Plain {
        /// Up to 255 octets.
        username: String,
        /// Up to 255 octets.
        password: Password,
    },
    /// The permanent public key of the peer, which has proven to have the secret one (CURVE).
    Curve(CurveKey),
}

impl Proof {
    /// `None` if it is text that is none: RFC 24 has printable characters (Z24-006).
    pub(crate) fn of(credentials: &Credentials<'_>) -> Option<Self> {
        let text = |octets: &[u8]| std::str::from_utf8(octets).ok().map(String::from);
        Some(match *credentials {
            Credentials::Null => Self::Null,
            Credentials::Plain { username, password } => {
                Self::Plain { username: text(username)?, password: text(password)?.into() }
            }
            Credentials::Curve { key } => Self::Curve(CurveKey::new(*key)),
        })
    }

    /// Who it claims to be, in events.
    pub(crate) fn who(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Plain { username, .. } => format!("user \"{}\"", username.escape_debug()),
            Self::Curve(key) => format!("key {key}"),
        }
    }
}

/// Who a peer that has come in is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Admitted {
    /// Its user id, up to 255 characters; may be empty.
    pub user_id: String,
    /// Whatever else the application wants to have with it: names of 1 to 255 characters, and their values.
    pub metadata: Vec<(String, Bytes)>,
}

/// What the application says to a peer that wants in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Let it in: status 200 of RFC 27.
    Accept(Admitted),
    /// Send it away.
    Refuse(Refusal),
}

impl Verdict {
    /// Lets the peer in, by this user id; empty is none.
    #[must_use]
    pub fn accept(user_id: impl Into<String>) -> Self {
        Self::Accept(Admitted { user_id: user_id.into(), metadata: Vec::new() })
    }

    /// Sends the peer away for good: it hears `400`.
    #[must_use]
    pub const fn deny() -> Self {
        Self::Refuse(Refusal::Denied)
    }

    pub(crate) fn to_core(&self) -> mechanism::Verdict {
        match self {
            Self::Accept(_) => mechanism::Verdict::Accept,
            Self::Refuse(refusal) => mechanism::Verdict::Refuse(*refusal),
        }
    }
}

/// An answer, now or later.
pub enum Judging {
    /// The answer.
    Now(Verdict),
    /// It takes a while. The future is polled by an I/O thread and must not block it. It is dropped when the time for
    /// the handshake is over ([`Options::handshake_ivl`](crate::Options::handshake_ivl)) or the peer is gone.
    Later(Pin<Box<dyn Future<Output = Verdict> + Send>>),
}

impl Judging {
    /// An answer that takes a while.
    pub fn later(verdict: impl Future<Output = Verdict> + Send + 'static) -> Self {
        Self::Later(Box::pin(verdict))
    }

    pub(crate) fn poll_verdict(&mut self, cx: &mut Context<'_>) -> Poll<Verdict> {
        match self {
            Self::Now(verdict) => Poll::Ready(verdict.clone()),
            Self::Later(verdict) => verdict.as_mut().poll(cx),
        }
    }
}

impl fmt::Debug for Judging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now(verdict) => f.debug_tuple("Now").field(verdict).finish(),
            Self::Later(_) => f.write_str("Later(..)"),
        }
    }
}

impl From<Verdict> for Judging {
    fn from(verdict: Verdict) -> Self {
        Self::Now(verdict)
    }
}

/// Decides who may come in, before the peer is told that it is welcome.
///
/// A closure that answers at once will do. It is called by an I/O thread, for one peer after the other: what takes longer
/// than a look into a table answers with [`Judging::later`].
///
/// ```
/// use std::time::Duration;
/// use zmtp_std::security::{Admission, Applicant, Authenticator, Judging, Proof, Verdict};
///
/// let at_once = Admission::new(|applicant: &Applicant| match &applicant.proof {
///     Proof::Plain { username, password } if *password == "secret".into() => Verdict::accept(username),
///     _ => Verdict::deny(),
/// });
///
/// struct Registry;
///
/// impl Authenticator for Registry {
///     fn judge(&self, applicant: &Applicant) -> Judging {
///         let address = applicant.address.clone();
///         Judging::later(async move {
///             // Ask somebody, then:
///             if address.ip().is_some_and(|ip| ip.is_loopback()) { Verdict::accept("") } else { Verdict::deny() }
///         })
///     }
/// }
///
/// let later = Admission::new(Registry);
/// # let _ = (at_once, later);
/// ```
pub trait Authenticator: Send + Sync {
    /// The answer to this applicant.
    fn judge(&self, applicant: &Applicant) -> Judging;
}

impl<F: Fn(&Applicant) -> Verdict + Send + Sync> Authenticator for F {
    fn judge(&self, applicant: &Applicant) -> Judging {
        self(applicant).into()
    }
}

/// An [`Authenticator`] in the options of sockets; clones share it.
#[derive(Clone)]
pub struct Admission(Arc<dyn Authenticator>);

impl Admission {
    /// Has `authenticator` decide.
    pub fn new(authenticator: impl Authenticator + 'static) -> Self {
        Self(Arc::new(authenticator))
    }

    pub(crate) fn judge(&self, applicant: &Applicant) -> Judging {
        self.0.judge(applicant)
    }
}

impl fmt::Debug for Admission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Admission(..)")
    }
}
