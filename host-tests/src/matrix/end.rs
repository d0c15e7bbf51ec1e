//! One end of a meeting, whoever it is.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::Result;

/// The parts of a message.
pub(super) type Parts = Vec<Vec<u8>>;

/// Which side of the mechanism it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Client,
    Server,
}

/// A socket. Those that subscribe have subscribed to everything, and a ROUTER has its own type's name for a routing id at
/// each end: see [`routing_id`].
pub(super) trait End {
    /// Returns the real endpoint.
    fn bind(&mut self, endpoint: &str) -> Result<String>;

    fn connect(&mut self, endpoint: &str) -> Result<()>;

    /// A ROUTER fails if it does not know the peer.
    fn send(&mut self, parts: &[Vec<u8>]) -> Result<()>;

    /// `None` if nothing comes within that time.
    fn recv(&mut self, within: Duration) -> Result<Option<Parts>>;
}

/// What a ROUTER at our end, or at theirs, is called.
pub(super) const fn routing_id(ours: bool) -> &'static str {
    if ours { "ours" } else { "theirs" }
}

/// As digits.
pub(super) fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    })
}

/// Of digits.
pub(super) fn octets(hex: &str) -> Result<Vec<u8>> {
    let digits = hex.as_bytes().chunks(2);
    digits.map(|pair| Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?)).collect()
}
