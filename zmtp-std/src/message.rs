//! Messages: one or more parts, cheap to make, to clone and to pass on.

use std::collections::VecDeque;
use std::fmt;
use std::ops::Deref;

use bytes::Bytes;

/// The longest part that is kept in place, without allocation or reference count.
const INLINE_MAX: usize = 38;

/// A message: parts that travel together, all or none.
///
/// Most messages have one part; `Message::from` makes one of text, slices, `Vec<u8>` and [`Bytes`]. An array makes one
/// of several parts:
///
/// ```
/// use zmtp_std::Message;
///
/// let hello = Message::from("Hello");
/// assert_eq!(hello, "Hello");
///
/// let order = Message::from(["client-7", "", "two teas"]);
/// assert_eq!(order.len(), 3);
/// assert_eq!(order.part(2).map(|part| part.to_text()), Some("two teas".into()));
/// ```
///
/// A message of no parts, as [`Message::new`] makes it, is sent as one empty part: there is no emptier message on the
/// wire.
#[derive(Clone, Default)]
pub struct Message {
    parts: Parts,
}

#[derive(Clone)]
enum Parts {
    One(Part),
    Many(VecDeque<Part>),
}

impl Default for Parts {
    fn default() -> Self {
        Self::Many(VecDeque::new())
    }
}

impl Message {
    /// A message of no parts, to be filled with [`push_back`](Self::push_back).
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many parts there are.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        match &self.parts {
            Parts::One(_) => 1,
            Parts::Many(parts) => parts.len(),
        }
    }

    /// Whether there is no part at all; a message of one empty part is not empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Octets in all parts together.
    #[must_use]
    #[inline]
    pub fn octets(&self) -> u64 {
        match &self.parts {
            Parts::One(part) => part.len() as u64,
            Parts::Many(parts) => parts.iter().map(|part| part.len() as u64).sum(),
        }
    }

    /// The part at `index`, counted from 0.
    #[must_use]
    #[inline]
    pub fn part(&self, index: usize) -> Option<&Part> {
        match &self.parts {
            Parts::One(part) => (index == 0).then_some(part),
            Parts::Many(parts) => parts.get(index),
        }
    }

    /// The parts, first to last.
    pub fn parts(&self) -> impl ExactSizeIterator<Item = &Part> + DoubleEndedIterator {
        (0..self.len()).map(|index| self.part(index).unwrap_or(Part::NONE))
    }

    /// Adds a part behind the others.
    pub fn push_back(&mut self, part: impl Into<Part>) {
        self.many().push_back(part.into());
    }

    /// Adds a part in front of the others.
    pub fn push_front(&mut self, part: impl Into<Part>) {
        self.many().push_front(part.into());
    }

    /// Takes the first part off.
    pub fn pop_front(&mut self) -> Option<Part> {
        match std::mem::take(&mut self.parts) {
            Parts::One(part) => Some(part),
            Parts::Many(mut parts) => {
                let part = parts.pop_front();
                self.parts = Parts::Many(parts);
                part
            }
        }
    }

    /// Takes the last part off.
    pub fn pop_back(&mut self) -> Option<Part> {
        match std::mem::take(&mut self.parts) {
            Parts::One(part) => Some(part),
            Parts::Many(mut parts) => {
                let part = parts.pop_back();
                self.parts = Parts::Many(parts);
                part
            }
        }
    }

    /// The text of the first part; octets that are not UTF-8 become replacement characters. For several parts, see
    /// [`Part::to_text`].
    ///
    /// ```
    /// assert_eq!(zmtp_std::Message::from(b"caf\xC3\xA9").to_text(), "café");
    /// ```
    #[must_use]
    pub fn to_text(&self) -> String {
        self.part(0).map(Part::to_text).unwrap_or_default()
    }

    fn many(&mut self) -> &mut VecDeque<Part> {
        if let Parts::One(_) = self.parts
            && let Parts::One(part) = std::mem::take(&mut self.parts)
        {
            self.parts = Parts::Many(VecDeque::from([part]));
        }
        match &mut self.parts {
            Parts::Many(parts) => parts,
            Parts::One(_) => unreachable!("made many above"),
        }
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.parts()).finish()
    }
}

impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.parts().eq(other.parts())
    }
}

impl Eq for Message {}

impl FromIterator<Part> for Message {
    fn from_iter<I: IntoIterator<Item = Part>>(parts: I) -> Self {
        let mut parts: VecDeque<Part> = parts.into_iter().collect();
        match parts.len() {
            1 => parts.pop_front().map(Self::from).unwrap_or_default(),
            _ => Self { parts: Parts::Many(parts) },
        }
    }
}

impl Extend<Part> for Message {
    fn extend<I: IntoIterator<Item = Part>>(&mut self, parts: I) {
        self.many().extend(parts);
    }
}

impl IntoIterator for Message {
    type Item = Part;
    type IntoIter = std::collections::vec_deque::IntoIter<Part>;

    fn into_iter(mut self) -> Self::IntoIter {
        std::mem::take(self.many()).into_iter()
    }
}

impl<P: Into<Part>, const N: usize> From<[P; N]> for Message {
    fn from(parts: [P; N]) -> Self {
        parts.into_iter().map(Into::into).collect()
    }
}

impl<P: Into<Part>> From<P> for Message {
    fn from(part: P) -> Self {
        Self { parts: Parts::One(part.into()) }
    }
}

/// One part of a message: octets that are cheap to clone and read like a `&[u8]`.
///
/// Up to 38 octets are kept in place; more are shared ([`Bytes`]).
#[derive(Clone)]
pub struct Part(Repr);

#[derive(Clone)]
enum Repr {
    Inline { len: u8, octets: [u8; INLINE_MAX] },
    Shared(Bytes),
}

impl Part {
    const NONE: &'static Self = &Self(Repr::Inline { len: 0, octets: [0; INLINE_MAX] });

    /// Copies `octets`.
    #[must_use]
    #[inline]
    pub fn copy_of(octets: &[u8]) -> Self {
        Self::inline(octets).unwrap_or_else(|| Self(Repr::Shared(Bytes::copy_from_slice(octets))))
    }

    /// The part at `from..to` of `shared`, without copying if it is long.
    #[inline]
    pub(crate) fn of_run(shared: &Bytes, from: usize, to: usize) -> Self {
        let len = to - from;
        if len <= INLINE_MAX
            && let Some(octets) = shared.get(from..).and_then(<[u8]>::first_chunk)
        {
            // Copying what follows, too, is faster than a copy of varying length; it is never looked at.
            return Self(Repr::Inline { len: len as u8, octets: *octets });
        }
        Self::inline(&shared[from..to]).unwrap_or_else(|| Self(Repr::Shared(shared.slice(from..to))))
    }

    /// Appends the octets to `buffer`.
    #[inline]
    pub(crate) fn append_to(&self, buffer: &mut Vec<u8>) {
        match &self.0 {
            Repr::Inline { len, octets } => {
                // As in `of_run`.
                let end = buffer.len() + usize::from(*len);
                buffer.extend_from_slice(octets);
                buffer.truncate(end);
            }
            Repr::Shared(octets) => buffer.extend_from_slice(octets),
        }
    }

    #[inline]
    fn inline(source: &[u8]) -> Option<Self> {
        let mut octets = [0; INLINE_MAX];
        octets.get_mut(..source.len())?.copy_from_slice(source);
        Some(Self(Repr::Inline { len: source.len() as u8, octets }))
    }

    /// The octets.
    #[must_use]
    #[inline]
    pub fn as_slice(&self) -> &[u8] {
        match &self.0 {
            Repr::Inline { len, octets } => &octets[..usize::from(*len)],
            Repr::Shared(octets) => octets,
        }
    }

    /// The octets as text; those that are not UTF-8 become replacement characters.
    #[must_use]
    pub fn to_text(&self) -> String {
        String::from_utf8_lossy(self).into_owned()
    }

    /// The octets as [`Bytes`], without copying if they are shared already.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        match self.0 {
            Repr::Shared(octets) => octets,
            Repr::Inline { .. } => Bytes::copy_from_slice(&self),
        }
    }

    /// The shared octets, if they are shared.
    pub(crate) fn shared(&self) -> Option<&Bytes> {
        match &self.0 {
            Repr::Shared(octets) => Some(octets),
            Repr::Inline { .. } => None,
        }
    }
}

impl Deref for Part {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl AsRef<[u8]> for Part {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 64;
        match self.get(..SHOWN) {
            Some(shown) => write!(f, "\"{}\"... ({} octets)", shown.escape_ascii(), self.len()),
            None => write!(f, "\"{}\"", self.escape_ascii()),
        }
    }
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Part {}

impl From<Bytes> for Part {
    fn from(octets: Bytes) -> Self {
        Self::inline(&octets).unwrap_or(Self(Repr::Shared(octets)))
    }
}

impl From<Vec<u8>> for Part {
    fn from(octets: Vec<u8>) -> Self {
        Self::inline(&octets).unwrap_or_else(|| Self(Repr::Shared(octets.into())))
    }
}

impl From<String> for Part {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

impl From<&String> for Part {
    fn from(text: &String) -> Self {
        Self::copy_of(text.as_bytes())
    }
}

impl From<&str> for Part {
    #[inline]
    fn from(text: &str) -> Self {
        Self::copy_of(text.as_bytes())
    }
}

impl From<&[u8]> for Part {
    #[inline]
    fn from(octets: &[u8]) -> Self {
        Self::copy_of(octets)
    }
}

impl<const N: usize> From<&[u8; N]> for Part {
    #[inline]
    fn from(octets: &[u8; N]) -> Self {
        Self::copy_of(octets)
    }
}

impl From<&Part> for Part {
    fn from(part: &Part) -> Self {
        part.clone()
    }
}

/// A message equals text or octets if that is its only part.
macro_rules! compare {
    ($($other:ty => $octets:expr),* $(,)?) => {$(
        impl PartialEq<$other> for Part {
            fn eq(&self, other: &$other) -> bool {
                let octets: for<'a> fn(&'a $other) -> &'a [u8] = $octets;
                **self == *octets(other)
            }
        }

        impl PartialEq<$other> for Message {
            fn eq(&self, other: &$other) -> bool {
                self.len() == 1 && self.part(0).is_some_and(|part| part == other)
            }
        }
    )*};
}

compare! {
    str => |text| text.as_bytes(),
    &str => |text| text.as_bytes(),
    String => |text| text.as_bytes(),
    [u8] => |octets| octets,
    &[u8] => |octets| octets,
    Vec<u8> => |octets| octets,
    Bytes => |octets| octets,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_up_to_38_octets_is_kept_in_place_and_a_message_is_no_larger_than_its_part() {
        assert!(Part::from(vec![7; INLINE_MAX]).shared().is_none());
        assert!(Part::from(vec![7; INLINE_MAX + 1]).shared().is_some());
        assert_eq!(size_of::<Message>(), 40);
    }

    #[test]
    fn parts_come_off_as_they_were_put_on() {
        let mut message = Message::from("body");
        message.push_front("");
        message.push_front("address");
        message.push_back(vec![9; 100]);
        assert_eq!(
            message,
            Message::from(["address".into(), "".into(), "body".into(), Part::from(vec![9; 100])])
        );
        assert_eq!(message.pop_front().unwrap(), "address");
        assert_eq!(message.pop_back().unwrap(), vec![9; 100]);
        assert_eq!(message.len(), 2);
        assert_eq!(message.octets(), 4);
        assert_eq!(message.into_iter().map(|part| part.to_text()).collect::<Vec<_>>(), ["", "body"]);
    }

    #[test]
    fn a_single_part_taken_off_leaves_a_message_of_no_parts() {
        let mut message = Message::from("only");
        assert_eq!(message.pop_front().unwrap(), "only");
        assert!(message.is_empty() && message.pop_front().is_none() && message.pop_back().is_none());
    }

    #[test]
    fn text_equals_only_a_message_of_that_one_part() {
        assert_eq!(Message::from("a"), "a");
        assert_ne!(Message::from(["a", "b"]), "a");
        assert_ne!(Message::new(), "");
        assert_eq!(Message::from(""), "");
    }

    #[test]
    fn what_is_not_printable_is_escaped_and_what_is_long_is_cut_when_shown() {
        assert_eq!(format!("{:?}", Message::from(b"a\0\"")), r#"["a\x00\""]"#);
        assert!(format!("{:?}", Message::from(vec![b'x'; 1000])).ends_with("... (1000 octets)]"));
    }
}
