//! Passwords and keys, and the randomness that keys are made of.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroize;
use zmtp_core::mechanism::CurveKeyPair;

/// A password: wiped when it goes out of scope, never printed, and compared in the same time whatever is in it.
///
/// ```
/// use zmtp_std::security::Password;
///
/// let password = Password::from("secret");
/// assert_eq!(format!("{password:?}"), "Password(..)");
/// assert!(password == Password::from("secret"));
/// ```
#[derive(Clone, Default)]
pub struct Password(String);

impl Password {
    /// The password itself, for whoever has to pass it on.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Octets in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has no octet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Password {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl PartialEq for Password {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Password {}

impl Drop for Password {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// A new pair of keys for CURVE, made of the randomness of the operating system (`zmq_curve_keypair`).
///
/// ```
/// use zmtp_std::security::{CurveKey, curve_keypair};
///
/// let keys = curve_keypair();
/// let text = keys.public.to_string(); // for the peers to know
/// assert_eq!(text.len(), 40);
/// assert_eq!(CurveKey::from_z85(&text)?, keys.public);
/// # Ok::<(), zmtp_std::security::MalformedZ85>(())
/// ```
///
/// # Panics
/// If the operating system has no randomness to give, as it may happen early while it starts.
#[must_use]
pub fn curve_keypair() -> CurveKeyPair {
    CurveKeyPair::generate(&mut system_randomness)
}

/// Fills `octets` with random ones. There is no going on without: keys that can be guessed are worse than none.
pub(crate) fn system_randomness(octets: &mut [u8]) {
    getrandom::fill(octets).expect("randomness from the operating system");
}
