//! Versions of the protocol.

/// The version of ZMTP that is spoken with a peer: the lower one of both sides'.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Version {
    /// ZMTP 1.0 (RFC 13), of ZeroMQ 2: another framing, no socket types, no subscriptions upstream.
    V1,
    /// ZMTP 2.0 (RFC 15), of ZeroMQ 3: no commands, subscriptions are messages.
    V2,
    /// ZMTP 3.0 (RFC 23): commands in the handshake only; subscriptions are messages.
    V3_0,
    /// ZMTP 3.1 (RFC 37), and everything after it.
    V3_1,
}

impl Version {
    /// The oldest that this build speaks: without the feature `old-versions` it is 3.0.
    pub(crate) const OLDEST: Self = if cfg!(feature = "old-versions") { Self::V1 } else { Self::V3_0 };

    /// Whether it is 1.0; where that is not spoken it never is, and the compiler knows.
    #[inline]
    pub(crate) fn is_v1(self) -> bool {
        cfg!(feature = "old-versions") && self == Self::V1
    }

    /// Whether it is 2.0, likewise.
    #[inline]
    pub(crate) fn is_v2(self) -> bool {
        cfg!(feature = "old-versions") && self == Self::V2
    }

    /// The name, such as `3.1`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1 => "1.0",
            Self::V2 => "2.0",
            Self::V3_0 => "3.0",
            Self::V3_1 => "3.1",
        }
    }
}

impl core::fmt::Display for Version {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}
