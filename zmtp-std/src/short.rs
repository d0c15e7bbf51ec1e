//! A few octets in place, laid out for being moved.
//!
//! A message is moved a few times on its way from a socket to the application. A processor hands on what it has just
//! stored only to a load that lies within one store; so octets and length are whole words, and what else a part can be
//! is told by lengths that do not exist, instead of a tag in front that everything would stand askew behind.

/// The longest that is kept in place.
pub(crate) const LONGEST: usize = 32;

/// Up to [`LONGEST`] octets.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub(crate) struct Short {
    octets: [u8; LONGEST],
    len: Len,
}

impl Short {
    pub(crate) const EMPTY: Self = Self { octets: [0; LONGEST], len: Len::L0 };

    /// Copies `source`, if it is short enough.
    #[inline]
    pub(crate) fn copy_of(source: &[u8]) -> Option<Self> {
        let len = Len::of(source.len())?;
        let mut octets = [0; LONGEST];
        octets.get_mut(..source.len())?.copy_from_slice(source);
        Some(Self { octets, len })
    }

    /// The first `len` octets of `octets`, if those are few enough; the others are copied, too, which takes less time than
    /// to leave them out, and are never looked at.
    #[inline]
    pub(crate) fn first_of(octets: &[u8; LONGEST], len: usize) -> Option<Self> {
        Some(Self { octets: *octets, len: Len::of(len)? })
    }

    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.octets[..self.len as usize]
    }

    /// Appends the octets to `buffer`.
    #[inline]
    pub(crate) fn append_to(&self, buffer: &mut Vec<u8>) {
        // As in `first_of`.
        let end = buffer.len() + self.len as usize;
        buffer.extend_from_slice(&self.octets);
        buffer.truncate(end);
    }
}

/// 0 to [`LONGEST`], in a word that has other values to spare.
#[derive(Clone, Copy)]
#[repr(u64)]
#[rustfmt::skip]
enum Len {
    L0, L1, L2, L3, L4, L5, L6, L7, L8, L9, L10, L11, L12, L13, L14, L15, L16,
    L17, L18, L19, L20, L21, L22, L23, L24, L25, L26, L27, L28, L29, L30, L31, L32,
}

impl Len {
    #[rustfmt::skip]
    const ALL: [Self; LONGEST + 1] = {
        use Len::*;
        [
            L0, L1, L2, L3, L4, L5, L6, L7, L8, L9, L10, L11, L12, L13, L14, L15, L16,
            L17, L18, L19, L20, L21, L22, L23, L24, L25, L26, L27, L28, L29, L30, L31, L32,
        ]
    };

    #[inline]
    fn of(len: usize) -> Option<Self> {
        Self::ALL.get(len).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_itself_and_keeps_its_octets() {
        let source: [u8; LONGEST + 1] = std::array::from_fn(|at| at as u8 + 1);
        for len in 0..=LONGEST {
            let expected = &source[..len];
            let short = Short::copy_of(expected).unwrap();
            assert_eq!(short.as_slice(), expected);
            let first = source.first_chunk().unwrap();
            assert_eq!(Short::first_of(first, len).unwrap().as_slice(), expected);
            let mut buffer = vec![0];
            short.append_to(&mut buffer);
            assert_eq!(buffer[1..], *expected);
        }
        assert!(Short::copy_of(&source).is_none());
        assert!(Short::first_of(source.first_chunk().unwrap(), LONGEST + 1).is_none());
    }
}
