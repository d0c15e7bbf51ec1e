//! Messages: one or more parts, cheap to make, to clone and to pass on.

mod convert;
#[cfg(test)]
mod tests;
#[cfg(feature = "postcard")]
mod value;

use std::collections::VecDeque;
use std::fmt;
use std::str::Utf8Error;

pub use self::convert::WrongParts;
#[cfg(feature = "postcard")]
pub use self::value::BadValue;
use crate::Part;

/// A message: parts that travel together, all or none.
///
/// Most messages have one part; `Message::from` makes one of text, slices, `Vec<u8>` and [`Bytes`](bytes::Bytes). An array makes one
/// of several parts:
///
/// ```
/// use zmtp_std::Message;
///
/// let hello = Message::from("Hello");
/// assert_eq!(hello, "Hello");
///
/// let order = Message::from(["client-7", "", "two teas"]);
/// assert_eq!(order.len(), 3);
/// assert_eq!(order.part(2).map(|part| part.to_text()), Some("two teas".into()));
/// ```
///
/// So does an iterator; and a message of a known number of parts comes apart into an array:
///
/// ```
/// use zmtp_std::{Message, Part};
///
/// let message: Message = ["weather", "10001", "sun"].into_iter().collect();
/// let [topic, zip_code, report]: [Part; 3] = message.try_into()?;
/// assert_eq!((topic.text()?, zip_code.text()?, report.text()?), ("weather", "10001", "sun"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A message of no parts, as [`Message::new`] makes it, is sent as one empty part: there is no emptier message on the
/// wire.
#[derive(Clone, Default)]
pub struct Message {
    parts: Parts,
}

#[derive(Clone)]
enum Parts {
    One(Part),
    Many(VecDeque<Part>),
}

impl Default for Parts {
    fn default() -> Self {
        Self::Many(VecDeque::new())
    }
}

impl Message {
    /// A message of no parts, to be filled with [`push_back`](Self::push_back).
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many parts there are.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        match &self.parts {
            Parts::One(_) => 1,
            Parts::Many(parts) => parts.len(),
        }
    }

    /// Whether there is no part at all; a message of one empty part is not empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Octets in all parts together.
    #[must_use]
    #[inline]
    pub fn octets(&self) -> u64 {
        match &self.parts {
            Parts::One(part) => part.len() as u64,
            Parts::Many(parts) => parts.iter().map(|part| part.len() as u64).sum(),
        }
    }

    /// The part at `index`, counted from 0.
    #[must_use]
    #[inline]
    pub fn part(&self, index: usize) -> Option<&Part> {
        match &self.parts {
            Parts::One(part) => (index == 0).then_some(part),
            Parts::Many(parts) => parts.get(index),
        }
    }

    /// The parts, first to last.
    pub fn parts(&self) -> impl ExactSizeIterator<Item = &Part> + DoubleEndedIterator {
        (0..self.len()).map(|index| self.part(index).unwrap_or(Part::NONE))
    }

    /// Adds a part behind the others.
    pub fn push_back(&mut self, part: impl Into<Part>) {
        self.many().push_back(part.into());
    }

    /// Adds a part in front of the others.
    pub fn push_front(&mut self, part: impl Into<Part>) {
        self.many().push_front(part.into());
    }

    /// Takes the first part off.
    pub fn pop_front(&mut self) -> Option<Part> {
        match std::mem::take(&mut self.parts) {
            Parts::One(part) => Some(part),
            Parts::Many(mut parts) => {
                let part = parts.pop_front();
                self.parts = Parts::Many(parts);
                part
            }
        }
    }

    /// Takes the last part off.
    pub fn pop_back(&mut self) -> Option<Part> {
        match std::mem::take(&mut self.parts) {
            Parts::One(part) => Some(part),
            Parts::Many(mut parts) => {
                let part = parts.pop_back();
                self.parts = Parts::Many(parts);
                part
            }
        }
    }

    /// Puts an address in front, such as the routing id of whoever asked, and an empty part between (`zmsg_wrap` in the
    /// ZeroMQ Guide).
    ///
    /// ```
    /// use zmtp_std::Message;
    ///
    /// let mut message = Message::from("tea");
    /// message.wrap("client-7");
    /// assert_eq!(message, Message::from(["client-7", "", "tea"]));
    /// assert_eq!(message.unwrap(), Some("client-7".into()));
    /// assert_eq!(message, "tea");
    /// ```
    pub fn wrap(&mut self, address: impl Into<Part>) {
        self.push_front(Part::NONE);
        self.push_front(address);
    }

    /// Takes the first part off, and the one behind it if that is empty: what [`wrap`](Self::wrap) puts there, or a
    /// ROUTER (`zmsg_unwrap`). `None` of a message of no parts; nothing is ever unwrapped by force.
    pub fn unwrap(&mut self) -> Option<Part> {
        let address = self.pop_front();
        if self.part(0).is_some_and(|part| part.is_empty()) {
            self.pop_front();
        }
        address
    }

    /// The text of the only part, without copying.
    ///
    /// # Errors
    /// [`NotText`] if there are several parts or none, or if the octets are not UTF-8. See also
    /// [`to_text`](Self::to_text), which never fails, and [`Part::text`].
    ///
    /// ```
    /// use zmtp_std::{Message, NotText};
    ///
    /// assert_eq!(Message::from("sun").text(), Ok("sun"));
    /// assert_eq!(Message::from(["a", "b"]).text(), Err(NotText::Parts(2)));
    /// assert!(matches!(Message::from(b"\xFF").text(), Err(NotText::Utf8(_))));
    /// ```
    pub fn text(&self) -> Result<&str, NotText> {
        match (self.len(), self.part(0)) {
            (1, Some(part)) => part.text().map_err(NotText::Utf8),
            (parts, _) => Err(NotText::Parts(parts)),
        }
    }

    /// The text of the first part; octets that are not UTF-8 become replacement characters. For several parts, see
    /// [`Part::to_text`].
    ///
    /// ```
    /// assert_eq!(zmtp_std::Message::from(b"caf\xC3\xA9").to_text(), "café");
    /// ```
    #[must_use]
    pub fn to_text(&self) -> String {
        self.part(0).map(Part::to_text).unwrap_or_default()
    }

    /// The message as the ZeroMQ Guide shows it: a line of dashes, then a line for each part, with its length, and as text if it is
    /// printable, else in hexadecimal digits.
    ///
    /// ```
    /// use zmtp_std::Message;
    ///
    /// let message = Message::from([&b"\x00\x6b\x8b\x45\x67"[..], b"", b"Hello"]);
    /// let lines: Vec<String> = message.dump().to_string().lines().map(str::to_owned).collect();
    /// assert_eq!(lines[1..], ["[005] 006B8B4567", "[000] ", "[005] Hello"]);
    /// ```
    #[must_use]
    pub fn dump(&self) -> impl fmt::Display {
        fmt::from_fn(|f| {
            f.write_str("----------------------------------------")?;
            self.parts().try_for_each(|part| {
                write!(f, "\n[{:03}] ", part.len())?;
                match part.text() {
                    Ok(text) if text.bytes().all(|octet| matches!(octet, b' '..=b'~')) => f.write_str(text),
                    _ => part.iter().try_for_each(|octet| write!(f, "{octet:02X}")),
                }
            })
        })
    }

    fn many(&mut self) -> &mut VecDeque<Part> {
        if let Parts::One(_) = self.parts
            && let Parts::One(part) = std::mem::take(&mut self.parts)
        {
            self.parts = Parts::Many(VecDeque::from([part]));
        }
        match &mut self.parts {
            Parts::Many(parts) => parts,
            Parts::One(_) => unreachable!("made many above"),
        }
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.parts()).finish()
    }
}

impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.parts().eq(other.parts())
    }
}

impl Eq for Message {}

/// Why a message is no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotText {
    /// It has so many parts, not one.
    #[error("the message has {0} parts, not one; take the text of each with Part::text")]
    Parts(usize),
    /// Its octets are not UTF-8.
    #[error("the message is not text: {0}")]
    Utf8(Utf8Error),
}
