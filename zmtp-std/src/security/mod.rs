//! Who may talk to a socket, and how it proves who it is: the options of PLAIN and CURVE, and the admission of peers.
//!
//! A server with CURVE that lets in one key, and the client that has it:
//!
//! ```
//! use zmtp_std::security::{Admission, Rules, curve_keypair};
//! use zmtp_std::{Context, Options};
//!
//! let (server, client) = (curve_keypair(), curve_keypair());
//! let context = Context::new();
//!
//! let pull = context
//!     .with(Options {
//!         curve_server: true,
//!         curve_secretkey: Some(server.secret.clone()),
//!         admission: Some(Rules::new().key(client.public).into()),
//!         ..Options::default()
//!     })
//!     .pull();
//! let push = context
//!     .with(Options {
//!         curve_secretkey: Some(client.secret.clone()),
//!         curve_serverkey: Some(server.public),
//!         ..Options::default()
//!     })
//!     .push();
//!
//! push.connect(pull.bind("tcp://127.0.0.1:*")?)?;
//! push.send("for your eyes only")?;
//! assert_eq!(pull.recv()?, "for your eyes only");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Keys are written as 40 characters of Z85: `CurveKey::from_z85(text)` reads one, and `to_string` gives it. Who is server
//! has nothing to do with who binds.

mod admission;
mod files;
mod rules;
mod secret;
pub mod zap;

pub use admission::{Admission, Admitted, Applicant, Authenticator, Judging, Proof, Verdict};
pub use files::{BadFile, Certificate};
pub use rules::Rules;
pub use secret::{Password, curve_keypair};
pub use zmtp_core::mechanism::{CurveKey, CurveKeyPair, CurveSecretKey, Refusal};
pub use zmtp_core::wire::MalformedZ85;

pub(crate) use secret::system_randomness;

use std::fmt;

use zmtp_core::mechanism::{AnySecurity, CurveSecurity, PlainSecurity};

use crate::Options;

/// The longest name or password, in octets.
const TEXT_MAX: usize = 255;

/// A security mechanism of ZMTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mechanism {
    /// No security (RFC 37).
    #[default]
    Null,
    /// Name and password, in the clear (RFC 24).
    Plain,
    /// Encryption, and keys on both sides (RFC 25, RFC 26).
    Curve,
}

impl Mechanism {
    /// The name on the wire, such as `CURVE`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Plain => "PLAIN",
            Self::Curve => "CURVE",
        }
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Options for security that contradict each other, or of which one is missing. Nobody is talked to with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadSecurity {
    /// Options of PLAIN and of CURVE are set.
    #[error(
        "options of PLAIN and of CURVE are set, and a socket has one mechanism; unset those of the other"
    )]
    TwoMechanisms,
    /// The socket is to be client and server.
    #[error(
        "the socket is made both server and client; unset plain_server or plain_username, curve_server or curve_serverkey"
    )]
    TwoRoles,
    /// `curve_server` or `curve_serverkey` without a key of our own.
    #[error("CURVE needs a key of our own: set curve_secretkey, as curve_keypair makes one")]
    NoSecretKey,
    /// Keys are set, but neither `curve_server` nor `curve_serverkey`.
    #[error("keys are set, but not the role: set curve_server, or for a client curve_serverkey")]
    NoRole,
    /// `curve_publickey` is not the one of `curve_secretkey`.
    #[error("curve_publickey does not belong to curve_secretkey; it may be left out")]
    KeysDoNotMatch,
    /// `plain_password` without `plain_username`.
    #[error("plain_password is set without plain_username; set both, or neither")]
    NoUsername,
    /// A name or password of more than 255 octets.
    #[error("plain_username and plain_password have at most 255 octets; take shorter ones")]
    TooLong,
    /// A domain of more than 255 characters, or of others than ASCII.
    #[error("zap_domain has at most 255 characters, all of ASCII; take another name")]
    Domain,
}

/// What the options of a socket come to.
#[derive(Debug)]
pub(crate) enum Security {
    Null,
    PlainClient { username: String, password: Password },
    PlainServer,
    CurveClient { keys: CurveKeyPair, server: CurveKey },
    CurveServer { keys: CurveKeyPair },
}

impl Security {
    pub(crate) fn of(options: &Options) -> Result<Self, BadSecurity> {
        // Z27-011.
        if options.zap_domain.len() > TEXT_MAX || !options.zap_domain.is_ascii() {
            return Err(BadSecurity::Domain);
        }
        let plain =
            options.plain_server || options.plain_username.is_some() || !options.plain_password.is_empty();
        let has_keys = options.curve_secretkey.is_some() || options.curve_publickey.is_some();
        let curve = options.curve_server || options.curve_serverkey.is_some() || has_keys;
        match (plain, curve) {
            (false, false) => Ok(Self::Null),
            (true, true) => Err(BadSecurity::TwoMechanisms),
            (true, false) => Self::plain(options),
            (false, true) => Self::curve(options),
        }
    }

    fn plain(options: &Options) -> Result<Self, BadSecurity> {
        let (username, password) = match (options.plain_server, &options.plain_username) {
            (true, Some(_)) => return Err(BadSecurity::TwoRoles),
            (true, None) => return Ok(Self::PlainServer),
            (false, None) => return Err(BadSecurity::NoUsername),
            (false, Some(username)) => (username.clone(), options.plain_password.clone()),
        };
        if username.len() > TEXT_MAX || password.len() > TEXT_MAX {
            return Err(BadSecurity::TooLong);
        }
        Ok(Self::PlainClient { username, password })
    }

    fn curve(options: &Options) -> Result<Self, BadSecurity> {
        let secret = options.curve_secretkey.clone().ok_or(BadSecurity::NoSecretKey)?;
        let keys = CurveKeyPair::from_secret(secret);
        if options.curve_publickey.is_some_and(|public| public != keys.public) {
            return Err(BadSecurity::KeysDoNotMatch);
        }
        match (options.curve_server, options.curve_serverkey) {
            (true, Some(_)) => Err(BadSecurity::TwoRoles),
            (true, None) => Ok(Self::CurveServer { keys }),
            (false, Some(server)) => Ok(Self::CurveClient { keys, server }),
            (false, None) => Err(BadSecurity::NoRole),
        }
    }

    /// For the connections.
    pub(crate) fn rules(&self) -> AnySecurity<'_> {
        match self {
            Self::Null => AnySecurity::Null,
            Self::PlainClient { username, password } => {
                AnySecurity::Plain(PlainSecurity::Client { username, password: password.as_str() })
            }
            Self::PlainServer => AnySecurity::Plain(PlainSecurity::Server),
            Self::CurveClient { keys, server } => AnySecurity::Curve(CurveSecurity::Client { keys, server }),
            Self::CurveServer { keys } => AnySecurity::Curve(CurveSecurity::Server { keys }),
        }
    }

    pub(crate) fn mechanism(&self) -> Mechanism {
        match self {
            Self::Null => Mechanism::Null,
            Self::PlainClient { .. } | Self::PlainServer => Mechanism::Plain,
            Self::CurveClient { .. } | Self::CurveServer { .. } => Mechanism::Curve,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(options: Options) -> Option<BadSecurity> {
        Security::of(&options).err()
    }

    #[test]
    fn options_that_contradict_each_other_or_are_not_enough_are_named() {
        let none = Options::default;
        let secret = || Some(curve_keypair().secret);
        let public = Some(curve_keypair().public);
        let name = || Some(String::from("admin"));
        assert_eq!(verdict(none()), None);
        let two = Options { plain_server: true, curve_server: true, curve_secretkey: secret(), ..none() };
        assert_eq!(verdict(two), Some(BadSecurity::TwoMechanisms));
        let both = Options { plain_server: true, plain_username: name(), ..none() };
        assert_eq!(verdict(both), Some(BadSecurity::TwoRoles));
        let both =
            Options { curve_server: true, curve_serverkey: public, curve_secretkey: secret(), ..none() };
        assert_eq!(verdict(both), Some(BadSecurity::TwoRoles));
        assert_eq!(verdict(Options { curve_server: true, ..none() }), Some(BadSecurity::NoSecretKey));
        assert_eq!(verdict(Options { curve_serverkey: public, ..none() }), Some(BadSecurity::NoSecretKey));
        assert_eq!(verdict(Options { curve_secretkey: secret(), ..none() }), Some(BadSecurity::NoRole));
        let other =
            Options { curve_server: true, curve_secretkey: secret(), curve_publickey: public, ..none() };
        assert_eq!(verdict(other), Some(BadSecurity::KeysDoNotMatch));
        let no_name = Options { plain_password: "secret".into(), ..none() };
        assert_eq!(verdict(no_name), Some(BadSecurity::NoUsername));
        assert_eq!(
            verdict(Options { plain_username: Some("x".repeat(256)), ..none() }),
            Some(BadSecurity::TooLong)
        );
        assert_eq!(verdict(Options { plain_username: Some("x".repeat(255)), ..none() }), None);
    }

    #[test]
    fn z27_011_a_domain_is_ascii_of_up_to_255_characters() {
        let domain = |zap_domain: String| verdict(Options { zap_domain, ..Options::default() });
        assert_eq!(domain("x".repeat(255)), None);
        assert_eq!(domain("x".repeat(256)), Some(BadSecurity::Domain));
        assert_eq!(domain("gl\u{f6}bal".into()), Some(BadSecurity::Domain));
    }

    #[test]
    fn what_options_print_tells_no_secret() {
        let keys = curve_keypair();
        let options = Options {
            plain_password: "open sesame".into(),
            curve_secretkey: Some(keys.secret.clone()),
            ..Options::default()
        };
        let printed = format!("{options:?}");
        assert!(!printed.contains("sesame"));
        assert!(!printed.contains(std::str::from_utf8(&keys.secret.to_z85()).unwrap()));
    }
}
