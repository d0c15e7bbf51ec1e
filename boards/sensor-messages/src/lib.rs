//! What the sensor firmware says and understands, for the firmware and for its hosts.
//!
//! Readings come from a PUB at port [`READINGS_PORT`] as two frames: [`TOPIC`], then a [`Reading`]. Commands go to a
//! REP at port [`COMMANDS_PORT`]: a [`Command`] in one frame, answered by an [`Answer`] in one frame. All three are
//! encoded by postcard.
//!
//! ```
//! use sensor_messages::{Command, LARGEST, decode, encode};
//!
//! let mut buffer = [0; LARGEST];
//! let start = Command::Start { count: 1_000, interval: 500 };
//! let frame = encode(&start, &mut buffer).unwrap();
//! assert_eq!(decode::<Command>(frame), Ok(start));
//! ```

#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

use serde::{Deserialize, Serialize};

/// TCP port of the PUB.
pub const READINGS_PORT: u16 = 5556;

/// TCP port of the REP.
pub const COMMANDS_PORT: u16 = 5555;

/// First frame of every published message.
pub const TOPIC: &[u8] = b"temperature";

/// Octets of the largest message when encoded.
pub const LARGEST: usize = 32;

/// One measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Counts up by one from 0, from each [`Command::Start`] on: a gap is a reading lost on the way.
    pub sequence: u32,
    /// Microseconds since the board started.
    pub taken_at: u64,
    /// Thousandths of a degree Celsius.
    pub millicelsius: i32,
}

/// What the sensor is told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Publish so many readings, one every `interval` microseconds; in place of what is being published.
    Start {
        /// Readings to publish.
        count: u32,
        /// Microseconds from one reading to the next. With 0 they leave as fast as the subscribers take them.
        interval: u32,
    },
    /// Publish no more.
    Stop,
    /// Tell how it goes.
    Status,
}

/// What the sensor answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// The command is carried out, or begun.
    Done,
    /// To [`Command::Status`].
    Status(Status),
    /// The request is no [`Command`]: nothing was done.
    Unknown,
}

/// How it goes with the sensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Commands answered so far, this one included.
    pub answered: u32,
    /// Readings published so far, whether or not anybody listened.
    pub published: u32,
    /// Copies of readings that a subscriber was too slow for.
    pub dropped: u32,
    /// Subscribers connected now.
    pub subscribers: u8,
}

/// The message could not be decoded, or the buffer is shorter than [`LARGEST`].
pub use postcard::Error;

/// Encodes a message at the start of `buffer`.
///
/// # Errors
///
/// [`Error`] if `buffer` is too short; [`LARGEST`] octets never are.
pub fn encode<'b>(message: &impl Serialize, buffer: &'b mut [u8]) -> Result<&'b [u8], Error> {
    postcard::to_slice(message, buffer).map(|encoded| &*encoded)
}

/// Decodes a message.
///
/// # Errors
///
/// [`Error`] if `frame` is anything but one message, whole.
pub fn decode<'f, T: Deserialize<'f>>(frame: &'f [u8]) -> Result<T, Error> {
    match postcard::take_from_bytes(frame)? {
        (message, []) => Ok(message),
        _ => Err(Error::DeserializeBadEncoding),
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Command, LARGEST, Reading, Status, decode, encode};

    #[test]
    fn the_largest_messages_fit() {
        let mut buffer = [0; LARGEST];
        let status =
            Status { answered: u32::MAX, published: u32::MAX, dropped: u32::MAX, subscribers: u8::MAX };
        assert!(encode(&Answer::Status(status), &mut buffer).is_ok());
        let reading = Reading { sequence: u32::MAX, taken_at: u64::MAX, millicelsius: i32::MIN };
        assert!(encode(&reading, &mut buffer).is_ok());
        assert!(encode(&Command::Start { count: u32::MAX, interval: u32::MAX }, &mut buffer).is_ok());
    }

    #[test]
    fn cut_and_padded_messages_are_refused() {
        let mut buffer = [0; LARGEST];
        let start = Command::Start { count: 1_000, interval: 500 };
        let length = encode(&start, &mut buffer).unwrap().len();
        assert_eq!(decode(&buffer[..length]), Ok(start));
        assert!(decode::<Command>(&buffer[..length - 1]).is_err());
        assert!(decode::<Command>(&buffer[..length + 1]).is_err());
    }
}
