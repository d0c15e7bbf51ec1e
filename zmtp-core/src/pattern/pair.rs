//! PAIR: one peer, and no other (RFC 31).

/// The state of a PAIR socket. There is no turn to take: both directions are open while there is a peer.
///
/// ```
/// use zmtp_core::pattern::{Occupied, Pair};
///
/// let mut pair = Pair::default();
/// assert_eq!(pair.attach(3), Ok(()));
/// assert_eq!(pair.attach(4), Err(Occupied));
/// assert_eq!(pair.peer(), Some(3));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Pair {
    peer: Option<usize>,
}

/// The socket has its peer: close the new connection; the first goes on undisturbed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Occupied;

impl Pair {
    /// Takes `peer` as the only one. Taking it again, after it has been connected again, changes nothing.
    ///
    /// # Errors
    /// [`Occupied`] while there is another, also one whose connection is still closing (Z31-002).
    pub fn attach(&mut self, peer: usize) -> Result<(), Occupied> {
        if self.peer.is_some_and(|first| first != peer) {
            return Err(Occupied);
        }
        self.peer = Some(peer);
        Ok(())
    }

    /// The connection with `peer` is closed for good; returns whether it was the one.
    pub fn detach(&mut self, peer: usize) -> bool {
        let attached = self.peer == Some(peer);
        if attached {
            self.peer = None;
        }
        attached
    }

    /// To whom messages go, and from whom they are taken (Z31-007); with `None` sending waits (Z31-006).
    #[must_use]
    pub const fn peer(&self) -> Option<usize> {
        self.peer
    }
}

impl core::fmt::Display for Occupied {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("a PAIR has one peer, and it is there")
    }
}

impl core::error::Error for Occupied {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn z31_002_a_second_peer_is_refused_until_the_first_is_closed_and_does_not_disturb_it() {
        let mut pair = Pair::default();
        assert_eq!(pair.attach(0), Ok(()));
        assert_eq!(pair.attach(1), Err(Occupied));
        assert!(!pair.detach(1), "who was refused takes nobody along");
        assert_eq!(pair.peer(), Some(0));
        assert_eq!(pair.attach(0), Ok(()));
        assert!(pair.detach(0));
        assert_eq!(pair.peer(), None);
        assert_eq!(pair.attach(1), Ok(()));
    }
}
