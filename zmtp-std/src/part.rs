//! Parts of messages: short ones in place, long ones shared.

use std::fmt;
use std::ops::Deref;
use std::str::Utf8Error;

use bytes::Bytes;

use crate::short::Short;

/// One part of a message: octets that are cheap to clone and read like a `&[u8]`.
///
/// Up to 32 octets are kept in place, without allocation or reference count; more are shared ([`Bytes`]).
#[derive(Clone)]
pub struct Part(Repr);

#[derive(Clone)]
enum Repr {
    Short(Short),
    Shared(Bytes),
}

impl Part {
    /// An empty one.
    pub(crate) const NONE: &'static Self = &Self(Repr::Short(Short::EMPTY));

    /// Copies `octets`.
    #[must_use]
    #[inline]
    pub fn copy_of(octets: &[u8]) -> Self {
        Self::short(octets).unwrap_or_else(|| Self(Repr::Shared(Bytes::copy_from_slice(octets))))
    }

    /// The first `len` octets of `octets`, if those are few enough to be kept in place, and as many as that are there to be copied.
    #[inline]
    pub(crate) fn first_of(octets: &[u8], len: usize) -> Option<Self> {
        Some(Self(Repr::Short(Short::first_of(octets.first_chunk()?, len)?)))
    }

    /// The part at `from..to` of `shared`, without copying if it is long.
    #[inline]
    pub(crate) fn of_run(shared: &Bytes, from: usize, to: usize) -> Self {
        let first = shared.get(from..).and_then(|octets| Self::first_of(octets, to - from));
        first
            .or_else(|| Self::short(&shared[from..to]))
            .unwrap_or_else(|| Self(Repr::Shared(shared.slice(from..to))))
    }

    /// Appends the octets to `buffer`.
    #[inline]
    pub(crate) fn append_to(&self, buffer: &mut Vec<u8>) {
        match &self.0 {
            Repr::Short(short) => short.append_to(buffer),
            Repr::Shared(octets) => buffer.extend_from_slice(octets),
        }
    }

    #[inline]
    fn short(octets: &[u8]) -> Option<Self> {
        Short::copy_of(octets).map(|short| Self(Repr::Short(short)))
    }

    /// The octets.
    #[must_use]
    #[inline]
    pub fn as_slice(&self) -> &[u8] {
        match &self.0 {
            Repr::Short(short) => short.as_slice(),
            Repr::Shared(octets) => octets,
        }
    }

    /// The octets as text, without copying.
    ///
    /// # Errors
    /// [`Utf8Error`] if they are not UTF-8.
    ///
    /// ```
    /// use zmtp_std::Part;
    ///
    /// assert_eq!(Part::from("42").text()?.parse(), Ok(42));
    /// assert!(Part::from(b"\xFF").text().is_err());
    /// # Ok::<(), std::str::Utf8Error>(())
    /// ```
    pub fn text(&self) -> Result<&str, Utf8Error> {
        std::str::from_utf8(self)
    }

    /// The octets as text; those that are not UTF-8 become replacement characters.
    #[must_use]
    pub fn to_text(&self) -> String {
        String::from_utf8_lossy(self).into_owned()
    }

    /// The octets as [`Bytes`], without copying if they are shared already.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        match self.0 {
            Repr::Shared(octets) => octets,
            Repr::Short(_) => Bytes::copy_from_slice(&self),
        }
    }

    /// The shared octets, if they are shared.
    pub(crate) fn shared(&self) -> Option<&Bytes> {
        match &self.0 {
            Repr::Shared(octets) => Some(octets),
            Repr::Short(_) => None,
        }
    }
}

impl Deref for Part {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl AsRef<[u8]> for Part {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 64;
        match self.get(..SHOWN) {
            Some(shown) => write!(f, "\"{}\"... ({} octets)", shown.escape_ascii(), self.len()),
            None => write!(f, "\"{}\"", self.escape_ascii()),
        }
    }
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Part {}

impl From<Bytes> for Part {
    fn from(octets: Bytes) -> Self {
        Self::short(&octets).unwrap_or(Self(Repr::Shared(octets)))
    }
}

impl From<Vec<u8>> for Part {
    fn from(octets: Vec<u8>) -> Self {
        Self::short(&octets).unwrap_or_else(|| Self(Repr::Shared(octets.into())))
    }
}

impl From<String> for Part {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

impl From<&String> for Part {
    fn from(text: &String) -> Self {
        Self::copy_of(text.as_bytes())
    }
}

impl From<&str> for Part {
    #[inline]
    fn from(text: &str) -> Self {
        Self::copy_of(text.as_bytes())
    }
}

impl From<&[u8]> for Part {
    #[inline]
    fn from(octets: &[u8]) -> Self {
        Self::copy_of(octets)
    }
}

impl<const N: usize> From<&[u8; N]> for Part {
    #[inline]
    fn from(octets: &[u8; N]) -> Self {
        Self::copy_of(octets)
    }
}

impl From<&Part> for Part {
    fn from(part: &Part) -> Self {
        part.clone()
    }
}
