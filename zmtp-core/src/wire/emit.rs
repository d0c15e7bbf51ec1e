//! Rendering octets into whatever room there is, and going on later where it ended.

/// Where octets are put, piece by piece.
pub(crate) trait Sink {
    /// Appends `octets`.
    fn put(&mut self, octets: &[u8]);
}

impl Sink for Emit<'_> {
    fn put(&mut self, octets: &[u8]) {
        Emit::put(self, octets);
    }
}

/// A sink for octets that skips those sent before and stops where the room ends.
///
/// An item (a greeting, a command) is rendered from its start every time; `skip` says how much of it has
/// already gone out. So nothing owed is ever stored as octets, and any cut of the output is possible.
///
/// ```
/// use zmtp_core::wire::Emit;
///
/// let mut room = [0; 3];
/// let mut emit = Emit::new(&mut room, 2);
/// emit.put(b"abc");
/// emit.put(b"defgh");
/// assert_eq!(emit.written(), 3);
/// assert!(!emit.is_whole());
/// assert_eq!(&room, b"cde");
/// ```
#[derive(Debug)]
pub struct Emit<'o> {
    room: &'o mut [u8],
    skip: usize,
    written: usize,
    cut: bool,
}

impl<'o> Emit<'o> {
    /// Renders into `room`, leaving out the first `skip` octets of what is put.
    #[must_use]
    pub fn new(room: &'o mut [u8], skip: usize) -> Self {
        Self { room, skip, written: 0, cut: false }
    }

    /// Appends `octets`, as far as they were not sent before and there is room.
    #[inline(never)]
    pub fn put(&mut self, octets: &[u8]) {
        for octet in octets {
            if self.skip > 0 {
                self.skip = self.skip.wrapping_sub(1);
            } else if let Some(slot) = self.room.get_mut(self.written) {
                *slot = *octet;
                self.written = self.written.wrapping_add(1);
            } else {
                self.cut = true;
            }
        }
    }

    /// How many octets now lie in the room.
    #[must_use]
    pub fn written(&self) -> usize {
        self.written
    }

    /// Whether the room was enough for everything that was put.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        !self.cut
    }
}
