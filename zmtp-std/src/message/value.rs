//! Parts that are values: serde's types, encoded by postcard, as `zmtp-smoltcp` has them on boards.

use serde::{Deserialize, Serialize};

use super::Message;
use crate::Part;

/// A value is no part of a message, or a part no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadValue {
    /// The value has no encoding: postcard says why.
    #[error("the value cannot be encoded: {0}; postcard has no fields that are left out or flattened")]
    Value(postcard::Error),
    /// The octets are no value of the type, or have others behind it.
    #[error("the part of {octets} octets is no value of this type; do both sides have the same one?")]
    Part {
        /// How long the part is.
        octets: usize,
    },
    /// The message has so many parts, not one.
    #[error("the message has {0} parts, not one; take the value of each with Part::value")]
    Parts(usize),
}

impl Part {
    /// The encoding of a value, in the wire format of postcard 1. With the feature `postcard`.
    ///
    /// # Errors
    /// [`BadValue::Value`] if it has none.
    ///
    /// ```
    /// use zmtp_std::{Message, Part};
    ///
    /// let update = Message::from(["weather".into(), Part::of_value(&(10001_u32, -3_i8))?]);
    /// assert_eq!(update.part(1).unwrap().value::<(u32, i8)>()?, (10001, -3));
    /// # Ok::<(), zmtp_std::BadValue>(())
    /// ```
    pub fn of_value(value: &(impl Serialize + ?Sized)) -> Result<Self, BadValue> {
        postcard::to_extend(value, Vec::new()).map(Self::from).map_err(BadValue::Value)
    }

    /// The value that is encoded here, and nothing else; it may borrow from the part. With the feature `postcard`.
    ///
    /// # Errors
    /// [`BadValue::Part`] if there is none of the type, or something behind it.
    pub fn value<'p, T: Deserialize<'p>>(&'p self) -> Result<T, BadValue> {
        match postcard::take_from_bytes(self) {
            Ok((value, [])) => Ok(value),
            _ => Err(BadValue::Part { octets: self.len() }),
        }
    }
}

impl Message {
    /// A message of one part, a value. With the feature `postcard`.
    ///
    /// # Errors
    /// As [`Part::of_value`].
    ///
    /// ```
    /// use zmtp_std::Message;
    ///
    /// # let context = zmtp_std::Context::new();
    /// # let (push, pull) = (context.push(), context.pull());
    /// # push.connect(pull.bind("inproc://readings")?)?;
    /// push.send(Message::of_value(&("attic", -12))?)?;
    /// let message = pull.recv()?;
    /// assert_eq!(message.value::<(&str, i32)>()?, ("attic", -12));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of_value(value: &(impl Serialize + ?Sized)) -> Result<Self, BadValue> {
        Part::of_value(value).map(Self::from)
    }

    /// The value that is the only part; it may borrow from the message. With the feature `postcard`.
    ///
    /// # Errors
    /// [`BadValue::Parts`] if there are several parts or none, and as [`Part::value`].
    pub fn value<'m, T: Deserialize<'m>>(&'m self) -> Result<T, BadValue> {
        match (self.len(), self.part(0)) {
            (1, Some(part)) => part.value(),
            (parts, _) => Err(BadValue::Parts(parts)),
        }
    }
}
