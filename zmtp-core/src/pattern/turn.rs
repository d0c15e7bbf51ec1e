//! Whose turn it is: round robin when sending, fair queueing when receiving.

/// The peers that can be served now. The embedder keeps it, in whatever form suits the number of its peers.
pub trait Ready {
    /// The first peer that can be served whose number is `from` or more.
    fn next_ready(&self, from: usize) -> Option<usize>;
}

impl Ready for [bool] {
    fn next_ready(&self, from: usize) -> Option<usize> {
        // No counter that could overflow, as that of `enumerate`.
        let first = self.get(from..)?.iter().position(|ready| *ready)?;
        from.checked_add(first)
    }
}

/// One bit a peer, for up to 32 of them.
impl Ready for u32 {
    fn next_ready(&self, from: usize) -> Option<usize> {
        let from = u32::try_from(from).ok()?;
        let rest = self & u32::MAX.checked_shl(from)?;
        (rest != 0).then_some(rest.trailing_zeros() as usize)
    }
}

/// Serves peers in a circle: next is the first ready one behind the last that was served.
///
/// Both of ZeroMQ's distribution rules are this one: round robin, when ready means that a message can be queued to
/// the peer (RFC 28 and 30), and fair queueing, when it means that one from it waits. A peer that is not
/// ready is passed over, and takes its place again when it is.
///
/// ```
/// use zmtp_core::pattern::Turn;
///
/// let mut turn = Turn::default();
/// let ready = [true, false, true];
/// for expected in [0, 2, 0, 2] {
///     let peer = turn.next(&ready[..]).unwrap();
///     assert_eq!(peer, expected);
///     turn.served(peer);
/// }
/// assert_eq!(turn.next(&[false, false][..]), None);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Turn {
    /// Where to look first: behind the peer that was served last.
    from: usize,
}

impl Turn {
    /// Whose turn it is; `None` if nobody is ready. Asking does not pass the turn on.
    #[inline]
    pub fn next(&self, ready: &(impl Ready + ?Sized)) -> Option<usize> {
        // None ready from here on: once around.
        ready.next_ready(self.from).or_else(|| ready.next_ready(0))
    }

    /// Passes the turn on: `peer` has had a whole message.
    #[inline]
    pub fn served(&mut self, peer: usize) {
        self.from = peer.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nobody_is_served_twice_before_all_who_are_ready_were_served_once(mask in 1u32.., start in 0usize..40) {
            let mut turn = Turn::default();
            turn.served(start);
            let mut served = 0u32;
            for _ in 0..mask.count_ones() {
                let peer = turn.next(&mask).unwrap();
                prop_assert!(mask & (1 << peer) != 0, "{peer} was not ready");
                prop_assert!(served & (1 << peer) == 0, "{peer} came twice");
                served |= 1 << peer;
                turn.served(peer);
            }
            prop_assert_eq!(served, mask);
        }

        #[test]
        fn masks_and_slices_agree(mask in any::<u32>(), from in 0usize..40) {
            let slice: Vec<bool> = (0..32).map(|peer| mask & (1 << peer) != 0).collect();
            prop_assert_eq!(mask.next_ready(from), slice[..].next_ready(from));
        }
    }

    #[test]
    fn a_peer_that_becomes_ready_again_rejoins_at_its_place() {
        let mut turn = Turn::default();
        turn.served(0);
        assert_eq!(turn.next(&0b101u32), Some(2));
        assert_eq!(turn.next(&0b111u32), Some(1));
    }
}
