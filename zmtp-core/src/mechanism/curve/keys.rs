//! Keys, and where randomness comes from.

use core::fmt;

use zeroize::Zeroize;

use super::boxes::{KEY_LEN, public_of};
use crate::wire::{MalformedZ85, z85_decode, z85_encode};

/// Where a board or a host gets randomness from.
///
/// Whatever guesses it reads along: octets must come from a source made for keys, such as the operating system or a
/// hardware generator. Any closure that fills a slice will do.
///
/// ```
/// use zmtp_core::mechanism::Entropy;
///
/// fn key(source: &mut impl Entropy) -> [u8; 32] {
///     let mut octets = [0; 32];
///     source.fill(&mut octets);
///     octets
/// }
/// key(&mut |octets: &mut [u8]| octets.fill(4)); // a test's; that of a product is not chosen by dice
/// ```
pub trait Entropy {
    /// Fills `octets` with random ones. It must not return without having done so.
    fn fill(&mut self, octets: &mut [u8]);
}

impl<F: FnMut(&mut [u8])> Entropy for F {
    fn fill(&mut self, octets: &mut [u8]) {
        self(octets);
    }
}

/// A public key: 32 octets, or 40 characters of Z85.
///
/// ```
/// use zmtp_core::mechanism::CurveKey;
/// use zmtp_core::wire::MalformedZ85;
///
/// let key = CurveKey::from_z85("rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7")?;
/// assert_eq!(&key.to_z85(), b"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7");
/// # Ok::<(), MalformedZ85>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CurveKey([u8; KEY_LEN]);

impl CurveKey {
    /// The key of these octets.
    #[must_use]
    pub const fn new(octets: [u8; KEY_LEN]) -> Self {
        Self(octets)
    }

    /// The key of this text; at compile time too.
    ///
    /// # Errors
    /// [`MalformedZ85`] unless it is 40 characters of Z85.
    pub const fn from_z85(text: &str) -> Result<Self, MalformedZ85> {
        match octets_of(text) {
            Ok(octets) => Ok(Self(octets)),
            Err(error) => Err(error),
        }
    }

    /// The text of this key.
    #[must_use]
    pub fn to_z85(&self) -> [u8; 40] {
        text_of(&self.0)
    }

    /// The octets of this key.
    #[must_use]
    pub const fn as_octets(&self) -> &[u8; KEY_LEN] {
        &self.0
    }
}

impl fmt::Display for CurveKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(core::str::from_utf8(&self.to_z85()).unwrap_or_default())
    }
}

impl fmt::Debug for CurveKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CurveKey({self})")
    }
}

/// A secret key; wiped when it goes out of scope, and never printed.
#[derive(Clone)]
pub struct CurveSecretKey([u8; KEY_LEN]);

impl CurveSecretKey {
    /// The key of these octets.
    #[must_use]
    pub const fn new(octets: [u8; KEY_LEN]) -> Self {
        Self(octets)
    }

    /// The key of this text; at compile time too.
    ///
    /// # Errors
    /// [`MalformedZ85`] unless it is 40 characters of Z85.
    pub const fn from_z85(text: &str) -> Result<Self, MalformedZ85> {
        match octets_of(text) {
            Ok(octets) => Ok(Self(octets)),
            Err(error) => Err(error),
        }
    }

    /// The text of this key. It is as secret as the key.
    #[must_use]
    pub fn to_z85(&self) -> [u8; 40] {
        text_of(&self.0)
    }

    /// The octets of this key.
    #[must_use]
    pub const fn as_octets(&self) -> &[u8; KEY_LEN] {
        &self.0
    }
}

impl Drop for CurveSecretKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for CurveSecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CurveSecretKey(..)")
    }
}

/// A secret key and its public one: who somebody is.
#[derive(Clone, Debug)]
pub struct CurveKeyPair {
    /// For everybody to know.
    pub public: CurveKey,
    /// For nobody else.
    pub secret: CurveSecretKey,
}

impl CurveKeyPair {
    /// A new pair.
    #[must_use]
    pub fn generate(entropy: &mut (impl Entropy + ?Sized)) -> Self {
        let mut octets = [0; KEY_LEN];
        entropy.fill(&mut octets);
        let pair = Self::from_secret(CurveSecretKey(octets));
        octets.zeroize();
        pair
    }

    /// The pair of this secret key.
    ///
    /// ```
    /// use zmtp_core::mechanism::{CurveKeyPair, CurveSecretKey};
    /// use zmtp_core::wire::MalformedZ85;
    ///
    /// let secret = CurveSecretKey::from_z85("JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6")?;
    /// let pair = CurveKeyPair::from_secret(secret);
    /// assert_eq!(pair.public.to_string(), "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7");
    /// # Ok::<(), MalformedZ85>(())
    /// ```
    #[must_use]
    pub fn from_secret(secret: CurveSecretKey) -> Self {
        Self { public: CurveKey(public_of(&secret.0)), secret }
    }
}

const fn octets_of(text: &str) -> Result<[u8; KEY_LEN], MalformedZ85> {
    let mut octets = [0; KEY_LEN];
    match z85_decode(text.as_bytes(), &mut octets) {
        Ok(()) => Ok(octets),
        Err(error) => Err(error),
    }
}

fn text_of(octets: &[u8; KEY_LEN]) -> [u8; 40] {
    let mut text = [0; 40];
    // 32 octets are 40 characters: it cannot fail.
    let _ = z85_encode(octets, &mut text);
    text
}
