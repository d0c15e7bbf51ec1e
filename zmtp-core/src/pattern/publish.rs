//! PUB: what comes up from subscribers (RFC 29, "The PUB Socket Type").

/// What a message from a subscriber means to a publisher.
///
/// 3.1 subscribers use commands, 3.0 ones messages; deployed publishers take both from both (LZ-021).
///
/// ```
/// use zmtp_core::pattern::Upstream;
///
/// assert_eq!(Upstream::of_message(b"\x01weather"), Upstream::Subscribe(b"weather"));
/// assert_eq!(Upstream::of_message(b"\x00"), Upstream::Cancel(b""));
/// assert_eq!(Upstream::of_message(b"hello"), Upstream::Data);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upstream<'b> {
    /// Subscribes to the topic.
    Subscribe(&'b [u8]),
    /// Cancels the subscription.
    Cancel(&'b [u8]),
    /// Of the application; a PUB drops it (Z29-004).
    Data,
}

impl<'b> Upstream<'b> {
    /// Reads the only frame of a message (RFC 23: `01` and `00` in front of the topic).
    #[must_use]
    pub fn of_message(body: &'b [u8]) -> Self {
        match body.split_first() {
            Some((1, topic)) => Self::Subscribe(topic),
            Some((0, topic)) => Self::Cancel(topic),
            _ => Self::Data,
        }
    }
}
