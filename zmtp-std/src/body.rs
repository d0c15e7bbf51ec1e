//! What of a message goes to a peer: all of it, or what is behind the routing id that says to which.

use crate::{Message, Part};

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Body<'m> {
    message: &'m Message,
    /// The first part that goes.
    from: usize,
}

impl<'m> Body<'m> {
    /// All but the first part.
    pub(crate) fn behind_id(message: &'m Message) -> Self {
        Self { message, from: 1 }
    }

    /// How many parts there are.
    #[inline]
    pub(crate) fn len(self) -> usize {
        self.message.len().saturating_sub(self.from)
    }

    /// Octets in all parts together.
    #[inline]
    pub(crate) fn octets(self) -> usize {
        let skipped: u64 =
            (0..self.from).filter_map(|at| self.message.part(at)).map(|part| part.len() as u64).sum();
        usize::try_from(self.message.octets() - skipped).unwrap_or(usize::MAX)
    }

    #[inline]
    pub(crate) fn parts(self) -> impl Iterator<Item = &'m Part> {
        (self.from..self.message.len()).filter_map(move |at| self.message.part(at))
    }
}

impl<'m> From<&'m Message> for Body<'m> {
    #[inline]
    fn from(message: &'m Message) -> Self {
        Self { message, from: 0 }
    }
}
