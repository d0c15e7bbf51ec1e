//! Our sockets meet libzmq's: who binds, and what is said.

use std::time::Duration;

use zmtp_std::{Context, Message, Options, Part};

use crate::libzmq::PATIENCE;

/// Who waits for the other.
#[derive(Clone, Copy, Debug)]
pub enum Binds {
    /// Ours binds.
    Ours,
    /// Theirs binds.
    Theirs,
}

/// Each of them.
pub const BOTH: [Binds; 2] = [Binds::Ours, Binds::Theirs];

/// A context whose sockets fail instead of waiting for ever, and do not linger.
#[must_use]
pub fn ours() -> Context {
    let (sndtimeo, rcvtimeo, linger) = (Some(PATIENCE), Some(PATIENCE), Some(Duration::ZERO));
    Context::new().with(Options { sndtimeo, rcvtimeo, linger, ..Options::default() })
}

/// Ties a socket of ours to one of libzmq's.
#[macro_export]
macro_rules! tie {
    ($binds:expr, $ours:expr, $theirs:expr) => {
        match $binds {
            $crate::meeting::Binds::Ours => {
                let endpoint = $ours.bind("tcp://127.0.0.1:*").unwrap();
                $theirs.connect(&endpoint.to_string()).unwrap();
            }
            $crate::meeting::Binds::Theirs => $ours.connect($crate::libzmq::bind(&$theirs).as_str()).unwrap(),
        }
    };
}

/// Messages around every size at which the framing, the storage or the way through changes.
#[must_use]
pub fn messages() -> Vec<Vec<Vec<u8>>> {
    let sizes = [
        0,
        1,
        29,
        30,
        31,
        32,
        33,
        64,
        254,
        255,
        256,
        1_000,
        4_095,
        4_096,
        4_097,
        8_191,
        8_192,
        8_193,
        65_535,
        65_536,
        70_000,
        300_000,
        1 << 20,
    ];
    let pattern = |size: usize| (0..size).map(|at| (at % 251) as u8).collect::<Vec<u8>>();
    let mut messages: Vec<_> = sizes.iter().map(|&size| vec![pattern(size)]).collect();
    messages.push(vec![b"topic".to_vec(), Vec::new(), pattern(300)]);
    messages.push(vec![Vec::new(), Vec::new(), Vec::new()]);
    messages.push((0..100).map(pattern).collect());
    messages
}

/// A message of ours.
#[must_use]
pub fn message(parts: &[Vec<u8>]) -> Message {
    parts.iter().cloned().map(Part::from).collect()
}

/// The parts of a message of ours.
#[must_use]
pub fn parts(message: &Message) -> Vec<Vec<u8>> {
    message.parts().map(|part| part.as_slice().to_vec()).collect()
}
