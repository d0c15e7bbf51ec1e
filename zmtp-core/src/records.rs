//! Records behind each other in a lent slice, without gaps: what the fixed tables have in common.

/// Writes a record, `head` and then `body`, at `used`; returns where it ends, or `None` and has written nothing if it
/// does not fit.
pub(crate) fn append(octets: &mut [u8], used: usize, head: &[u8], body: &[u8]) -> Option<usize> {
    let (to_head, rest) = octets.get_mut(used..)?.split_at_mut_checked(head.len())?;
    let to_body = rest.get_mut(..body.len())?;
    to_head.iter_mut().zip(head).for_each(|(to, from)| *to = *from);
    copy(to_body, body);
    Some(used.wrapping_add(head.len()).wrapping_add(body.len()))
}

/// Removes `len` octets at `at` from the first `used` ones, and closes the gap; returns how many are left.
#[inline(never)]
pub(crate) fn remove(octets: &mut [u8], used: usize, at: usize, len: usize) -> usize {
    let left = used.saturating_sub(len);
    for to in at..left {
        let from = octets.get(to.saturating_add(len)).copied().unwrap_or_default();
        if let Some(slot) = octets.get_mut(to) {
            *slot = from;
        }
    }
    left
}

/// Copies `one` and then `other`, as far as there is room.
#[cfg(feature = "curve")]
#[inline(never)]
pub(crate) fn copy_both(to: &mut [u8], one: &[u8], other: &[u8]) {
    let copied = copy(to, one);
    copy(to.get_mut(copied..).unwrap_or_default(), other);
}

/// Copies as many octets as there are and fit; returns how many.
#[inline(never)]
pub(crate) fn copy(to: &mut [u8], from: &[u8]) -> usize {
    let count = to.len().min(from.len());
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
    count
}
