//! The envelope of a request: addresses, an empty frame as delimiter, then the body (RFC 28).

/// Walks over the frames of a message and says what each one is.
///
/// ```
/// use zmtp_core::pattern::{Envelope, Part};
///
/// let mut envelope = Envelope::default();
/// assert_eq!(envelope.frame(5, true), Part::Address);
/// assert_eq!(envelope.frame(0, true), Part::Delimiter);
/// assert_eq!(envelope.frame(0, false), Part::Body);
/// // The next message; its last frame is no delimiter, and nothing follows.
/// assert_eq!(envelope.frame(5, false), Part::Missing);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Envelope {
    /// Behind the delimiter of the message that is open.
    in_body: bool,
}

/// What a frame is in its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Part {
    /// In front of the delimiter: belongs to whoever forwarded the message.
    Address,
    /// The first empty frame: the end of the envelope.
    Delimiter,
    /// Behind the delimiter: the application's.
    Body,
    /// The last frame, and there was no delimiter with something behind it: the message is to be dropped (Z28-017).
    Missing,
}

impl Envelope {
    /// Judges the next frame, of `len` octets, with another one behind it if `more`.
    pub fn frame(&mut self, len: u64, more: bool) -> Part {
        let part = match (self.in_body, len, more) {
            (true, ..) => Part::Body,
            (false, _, false) => Part::Missing,
            (false, 0, true) => Part::Delimiter,
            (false, _, true) => Part::Address,
        };
        self.in_body = more && (self.in_body || part == Part::Delimiter);
        part
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(lens: &[u64]) -> Vec<Part> {
        let mut envelope = Envelope::default();
        lens.iter().enumerate().map(|(at, &len)| envelope.frame(len, at + 1 < lens.len())).collect()
    }

    #[test]
    fn z28_013_the_envelope_ends_with_the_first_empty_frame_at_any_depth() {
        use Part::{Address, Body, Delimiter};
        assert_eq!(parts(&[0, 1]), [Delimiter, Body]);
        assert_eq!(parts(&[3, 3, 3, 0, 0, 1, 0]), [Address, Address, Address, Delimiter, Body, Body, Body]);
    }

    #[test]
    fn z28_017_without_a_delimiter_the_last_frame_tells() {
        use Part::{Address, Missing};
        assert_eq!(parts(&[0]), [Missing]);
        assert_eq!(parts(&[3, 3, 0]), [Address, Address, Missing]);
        assert_eq!(parts(&[3, 3]), [Address, Missing]);
    }
}
