//! Messages as octets, as they arrived: handed over by the thousand, cut into [`Message`]s by the thread that receives.

use std::ops::Range;

use bytes::Bytes;
use zmtp_core::pattern::{self, Envelope, Reply, ReplyPart, Req};
use zmtp_core::wire::{FrameHead, FrameKind};

use crate::{Message, Part};

/// A run of whole messages in the form of the wire.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    pub(crate) octets: Bytes,
    pub(crate) messages: usize,
    /// Octets in the bodies of the messages, envelopes included.
    pub(crate) bodies: usize,
    /// How far it has been cut.
    pub(crate) at: usize,
    /// The routing id of the peer, of a socket that shows it.
    pub(crate) from: Bytes,
}

/// A message cut from a parcel.
#[derive(Debug)]
pub(crate) struct Slice {
    pub(crate) message: Message,
    /// Octets in the bodies of the frames, envelope included.
    pub(crate) bodies: usize,
}

/// A request or reply cut from a parcel.
#[derive(Debug)]
pub(crate) struct Enveloped {
    /// The frames up to the delimiter, as they arrived; `None` if there is no delimiter.
    pub(crate) envelope: Option<Bytes>,
    pub(crate) slice: Slice,
}

impl Parcel {
    pub(crate) fn new(octets: Bytes, messages: usize, bodies: usize) -> Self {
        Self { octets, messages, bodies, at: 0, from: Bytes::new() }
    }

    /// The next message; `None` at the end.
    #[inline]
    pub(crate) fn cut(&mut self) -> Option<Slice> {
        let (body, more) = self.frame()?;
        let mut bodies = body.len();
        let mut message = Message::from(self.part(body));
        if more {
            bodies += self.rest(&mut message)?;
        }
        Some(Slice { message, bodies })
    }

    /// The next message, taken out of its envelope; `None` at the end.
    pub(crate) fn cut_enveloped(&mut self) -> Option<Enveloped> {
        let start = self.at;
        let mut walk = Envelope::default();
        let mut bodies = 0;
        loop {
            let (body, more) = self.frame()?;
            bodies += body.len();
            match walk.frame(body.len() as u64, more) {
                pattern::Part::Address | pattern::Part::Body => {}
                pattern::Part::Missing => {
                    return Some(Enveloped {
                        envelope: None,
                        slice: Slice { message: Message::new(), bodies },
                    });
                }
                pattern::Part::Delimiter => {
                    let envelope = Some(self.octets.slice(start..self.at));
                    let mut slice = self.cut()?;
                    slice.bodies += bodies;
                    return Some(Enveloped { envelope, slice });
                }
            }
        }
    }

    /// The next message, if it is the reply that `req` awaits from its peer, without what stands in front; and the octets
    /// in the bodies of all its frames. `None` at the end.
    pub(crate) fn cut_reply(&mut self, req: &Req) -> Option<(Option<Message>, usize)> {
        let (mut walk, mut reply, mut bodies) = (Reply::default(), None, 0);
        loop {
            let (body, more) = self.frame()?;
            bodies += body.len();
            if walk.frame(req, self.octets.get(body.clone())?, more) == ReplyPart::Body {
                let part = self.part(body);
                match &mut reply {
                    None => reply = Some(Message::from(part)),
                    Some(reply) => reply.push_back(part),
                }
            }
            if !more {
                return Some((reply, bodies));
            }
        }
    }

    #[cold]
    fn rest(&mut self, message: &mut Message) -> Option<usize> {
        let mut bodies = 0;
        loop {
            let (body, more) = self.frame()?;
            bodies += body.len();
            message.push_back(self.part(body));
            if !more {
                return Some(bodies);
            }
        }
    }

    /// Where the body of the next frame is, and whether another follows. The parcel was checked when it was made.
    #[inline]
    fn frame(&mut self) -> Option<(Range<usize>, bool)> {
        let (head, head_len) = FrameHead::decode(self.octets.get(self.at..)?).ok()??;
        let FrameKind::Message { more } = head.kind else { return None };
        let from = self.at + head_len;
        let to = from.checked_add(usize::try_from(head.len).ok()?).filter(|&to| to <= self.octets.len())?;
        self.at = to;
        Some((from..to, more))
    }

    #[inline]
    fn part(&self, body: Range<usize>) -> Part {
        Part::of_run(&self.octets, body.start, body.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parcel(octets: &'static [u8]) -> Parcel {
        Parcel::new(Bytes::from_static(octets), 0, 0)
    }

    #[test]
    fn messages_are_cut_one_by_one_whatever_their_parts() {
        let mut parcel = parcel(b"\0\x01a\x01\0\x01\x01b\0\x02cd\x02\0\0\0\0\0\0\0\x01e");
        assert_eq!(parcel.cut().unwrap().message, "a");
        let slice = parcel.cut().unwrap();
        assert_eq!((slice.message, slice.bodies), (Message::from(["", "b", "cd"]), 3));
        assert_eq!(parcel.cut().unwrap().message, "e");
        assert!(parcel.cut().is_none());
    }

    #[test]
    fn z28_013_017_an_envelope_is_kept_to_the_octet_and_its_lack_is_told() {
        let mut parcel = parcel(b"\x01\x01X\x01\x01Y\x01\0\0\x01q\x01\x01X\0\0\x01\0\0\x01r");
        let first = parcel.cut_enveloped().unwrap();
        assert_eq!(first.envelope.unwrap(), &b"\x01\x01X\x01\x01Y\x01\0"[..]);
        assert_eq!((first.slice.message, first.slice.bodies), (Message::from("q"), 3));
        assert!(parcel.cut_enveloped().unwrap().envelope.is_none());
        let last = parcel.cut_enveloped().unwrap();
        assert_eq!((last.envelope.unwrap(), last.slice.message), (b"\x01\0"[..].into(), "r".into()));
        assert!(parcel.cut_enveloped().is_none());
    }
}
