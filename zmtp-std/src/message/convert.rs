//! What messages are made of, what they become, and what they equal.

use std::collections::VecDeque;

use bytes::Bytes;

use super::{Message, Parts};
use crate::Part;

/// A message has not as many parts as were asked for; here it is back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the number of parts in the message is {}, not {expected}", .message.len())]
pub struct WrongParts {
    /// The message, unchanged.
    pub message: Message,
    /// How many parts it should have had.
    pub expected: usize,
}

impl<const N: usize> TryFrom<Message> for [Part; N] {
    type Error = WrongParts;

    /// The parts of a message that has `N` of them.
    ///
    /// ```
    /// use zmtp_std::{Message, Part};
    ///
    /// let [topic, body]: [Part; 2] = Message::from(["news", "none"]).try_into()?;
    /// assert_eq!((topic, body), ("news".into(), "none".into()));
    ///
    /// let error = <[Part; 2]>::try_from(Message::from("alone")).unwrap_err();
    /// assert_eq!(error.to_string(), "the number of parts in the message is 1, not 2");
    /// assert_eq!(error.message, "alone");
    /// # Ok::<(), zmtp_std::WrongParts>(())
    /// ```
    fn try_from(message: Message) -> Result<Self, WrongParts> {
        if message.len() != N {
            return Err(WrongParts { message, expected: N });
        }
        let mut parts = message.into_iter();
        Ok(std::array::from_fn(|_| parts.next().unwrap_or_else(|| Part::NONE.clone())))
    }
}

impl<P: Into<Part>> FromIterator<P> for Message {
    fn from_iter<I: IntoIterator<Item = P>>(parts: I) -> Self {
        let mut parts: VecDeque<Part> = parts.into_iter().map(Into::into).collect();
        match parts.len() {
            1 => parts.pop_front().map(Self::from).unwrap_or_default(),
            _ => Self { parts: Parts::Many(parts) },
        }
    }
}

impl<P: Into<Part>> Extend<P> for Message {
    fn extend<I: IntoIterator<Item = P>>(&mut self, parts: I) {
        self.many().extend(parts.into_iter().map(Into::into));
    }
}

impl IntoIterator for Message {
    type Item = Part;
    type IntoIter = std::collections::vec_deque::IntoIter<Part>;

    fn into_iter(mut self) -> Self::IntoIter {
        std::mem::take(self.many()).into_iter()
    }
}

impl<P: Into<Part>, const N: usize> From<[P; N]> for Message {
    fn from(parts: [P; N]) -> Self {
        parts.into_iter().collect()
    }
}

impl<P: Into<Part>> From<P> for Message {
    fn from(part: P) -> Self {
        Self { parts: Parts::One(part.into()) }
    }
}

/// A message equals text or octets if that is its only part.
macro_rules! compare {
    ($($other:ty => $octets:expr),* $(,)?) => {$(
        impl PartialEq<$other> for Part {
            fn eq(&self, other: &$other) -> bool {
                let octets: for<'a> fn(&'a $other) -> &'a [u8] = $octets;
                **self == *octets(other)
            }
        }

        impl PartialEq<$other> for Message {
            fn eq(&self, other: &$other) -> bool {
                self.len() == 1 && self.part(0).is_some_and(|part| part == other)
            }
        }
    )*};
}

compare! {
    str => |text| text.as_bytes(),
    &str => |text| text.as_bytes(),
    String => |text| text.as_bytes(),
    [u8] => |octets| octets,
    &[u8] => |octets| octets,
    Vec<u8> => |octets| octets,
    Bytes => |octets| octets,
}
