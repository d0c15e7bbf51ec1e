//! Known names in one string, each behind its length as on the wire: a table of slices would take twice the memory.

/// Which of `names` this one is, from 0.
#[inline(never)]
pub(super) fn position(names: &[u8], name: &[u8]) -> Option<usize> {
    let mut rest = names;
    let mut at: usize = 0;
    loop {
        let (&len, behind) = rest.split_first()?;
        let (each, behind) = behind.split_at_checked(usize::from(len))?;
        if each.len() == name.len() && each.iter().zip(name).all(|(one, other)| one == other) {
            return Some(at);
        }
        (rest, at) = (behind, at.wrapping_add(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_whole_and_nothing_else_is() {
        let names = b"\x01A\x03ABC\x02BC";
        assert_eq!(
            [b"A".as_slice(), b"ABC", b"BC"].map(|name| position(names, name)),
            [Some(0), Some(1), Some(2)]
        );
        assert_eq!([b"".as_slice(), b"AB", b"C", b"ABCD"].map(|name| position(names, name)), [None; 4]);
    }
}
