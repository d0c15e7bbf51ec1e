//! Records behind each other in a lent slice, without gaps: what the fixed tables have in common.

/// Writes a record, `head` and then `body`, at `used`; returns where it ends, or `None` and has written nothing if it
/// does not fit.
pub(crate) fn append(octets: &mut [u8], used: usize, head: &[u8], body: &[u8]) -> Option<usize> {
    let end = used.checked_add(head.len())?.checked_add(body.len())?;
    let room = octets.get_mut(used..end)?;
    for (to, from) in room.iter_mut().zip(head.iter().chain(body)) {
        *to = *from;
    }
    Some(end)
}

/// Removes `len` octets at `at` from the first `used` ones, and closes the gap; returns how many are left.
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
