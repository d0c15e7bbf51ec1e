//! Messages as octets, as they arrived: handed over by the thousand, cut into [`Message`]s by the thread that receives.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use zmtp_core::pattern::{self, Envelope, Reply, ReplyPart, Req};
use zmtp_core::wire::{FrameHead, FrameKind};

use crate::{Message, Part, Properties};

/// A run of whole messages in the form of the wire.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    pub(crate) octets: Bytes,
    pub(crate) messages: usize,
    /// Octets in the bodies of the messages, envelopes included.
    pub(crate) bodies: usize,
    /// Whether the marks of the receiver count it: not what a closed peer has left behind, for which there was no room.
    pub(crate) counted: bool,
    /// How far it has been cut.
    pub(crate) at: usize,
    /// Octets in the bodies that have been cut, which nobody has [taken](Self::take_cut) yet.
    cut: usize,
    /// The routing id of the peer, of a socket that shows it.
    pub(crate) from: Bytes,
    /// Who sent the messages; `None` before it is known.
    pub(crate) properties: Option<Arc<Properties>>,
    /// Long bodies that were not copied into `octets`, each with its place: so many of them come before it.
    chain: Option<Arc<[(usize, Bytes)]>>,
    /// Which of them is next.
    link: usize,
}

/// Where the body of a frame is.
#[derive(Debug)]
enum Body {
    Run(Range<usize>),
    Chained(Bytes),
}

impl Body {
    #[inline]
    fn len(&self) -> usize {
        match self {
            Self::Run(run) => run.len(),
            Self::Chained(octets) => octets.len(),
        }
    }
}

/// A request or reply cut from a parcel.
#[derive(Debug)]
pub(crate) struct Enveloped {
    /// The frames up to the delimiter, as they arrived; `None` if there is no delimiter.
    pub(crate) envelope: Option<Bytes>,
    pub(crate) message: Message,
}

impl Parcel {
    pub(crate) fn new(octets: Bytes, messages: usize, bodies: usize) -> Self {
        Self {
            octets,
            messages,
            bodies,
            counted: true,
            at: 0,
            cut: 0,
            from: Bytes::new(),
            properties: None,
            chain: None,
            link: 0,
        }
    }

    /// As [`new`](Self::new), with long bodies that stay where they are.
    pub(crate) fn chained(octets: Bytes, chain: &[(usize, Bytes)], messages: usize, bodies: usize) -> Self {
        let chain = (!chain.is_empty()).then(|| Arc::from(chain));
        Self { chain, ..Self::new(octets, messages, bodies) }
    }

    /// The last message alone.
    pub(crate) fn into_newest(mut self) -> Self {
        let (mut start, mut bodies, mut ended) = ((self.at, self.link), 0, true);
        while self.at < self.octets.len() {
            if std::mem::take(&mut ended) {
                (start, bodies) = ((self.at, self.link), 0);
            }
            let Some((body, more)) = self.frame() else { break };
            bodies += body.len();
            ended = !more;
        }
        let (at, link) = start;
        Self { octets: self.octets.slice(..self.at), messages: 1, bodies, at, link, ..self }
    }

    /// Octets in the bodies that have been cut since this was asked last, envelopes included.
    #[inline]
    pub(crate) fn take_cut(&mut self) -> usize {
        std::mem::take(&mut self.cut)
    }

    /// The next message; `None` at the end.
    #[inline]
    pub(crate) fn cut(&mut self) -> Option<Message> {
        match self.cut_short() {
            None => self.cut_any(),
            short => short,
        }
    }

    /// The next message if it is short and of one part, as most are.
    #[inline]
    fn cut_short(&mut self) -> Option<Message> {
        let octets = self.octets.get(self.at..).filter(|_| self.chain.is_none())?;
        let (head, head_len) = FrameHead::decode(octets).ok()??;
        let (FrameKind::Message { more: false }, len) = (head.kind, usize::try_from(head.len).ok()?) else {
            return None;
        };
        let part = Part::first_of(octets.get(head_len..)?, len)?;
        self.at += head_len + len;
        self.cut += len;
        Some(Message::from(part))
    }

    #[inline(never)]
    fn cut_any(&mut self) -> Option<Message> {
        let (body, mut more) = self.frame()?;
        let mut message = Message::from(self.part(body));
        while more {
            let body;
            (body, more) = self.frame()?;
            message.push_back(self.part(body));
        }
        Some(message)
    }

    /// The next message, taken out of its envelope; `None` at the end.
    pub(crate) fn cut_enveloped(&mut self) -> Option<Enveloped> {
        let start = (self.at, self.link);
        let mut walk = Envelope::default();
        loop {
            let (body, more) = self.frame()?;
            match walk.frame(body.len() as u64, more) {
                pattern::Part::Address | pattern::Part::Body => {}
                pattern::Part::Missing => return Some(Enveloped { envelope: None, message: Message::new() }),
                pattern::Part::Delimiter => {
                    let envelope = Some(self.since(start));
                    return Some(Enveloped { envelope, message: self.cut()? });
                }
            }
        }
    }

    /// The next message, if it is the reply that `req` awaits from its peer, without what stands in front. `None` at the end.
    pub(crate) fn cut_reply(&mut self, req: &Req) -> Option<Option<Message>> {
        let (mut walk, mut reply) = (Reply::default(), None);
        loop {
            let (body, more) = self.frame()?;
            if walk.frame(req, self.octets_of(&body)?, more) == ReplyPart::Body {
                let part = self.part(body);
                match &mut reply {
                    None => reply = Some(Message::from(part)),
                    Some(reply) => reply.push_back(part),
                }
            }
            if !more {
                return Some(reply);
            }
        }
    }

    /// Where the body of the next frame is, and whether another follows. The parcel was checked when it was made.
    #[inline]
    fn frame(&mut self) -> Option<(Body, bool)> {
        let (head, head_len) = FrameHead::decode(self.octets.get(self.at..)?).ok()??;
        let FrameKind::Message { more } = head.kind else { return None };
        let from = self.at + head_len;
        if self.chain.is_some()
            && let Some(body) = self.next_in_chain(from, head.len)
        {
            self.at = from;
            self.cut += body.len();
            return Some((Body::Chained(body), more));
        }
        let to = from.checked_add(usize::try_from(head.len).ok()?).filter(|&to| to <= self.octets.len())?;
        self.at = to;
        self.cut += to - from;
        Some((Body::Run(from..to), more))
    }

    /// The body of `len` octets whose head ends at `place`, if it is not among the octets.
    #[cold]
    fn next_in_chain(&mut self, place: usize, len: u64) -> Option<Bytes> {
        let (next, body) = self.chain.as_deref()?.get(self.link)?;
        let here = *next == place && len > 0;
        here.then(|| {
            self.link += 1;
            body.clone()
        })
    }

    #[inline]
    fn part(&self, body: Body) -> Part {
        match body {
            Body::Run(run) => Part::of_run(&self.octets, run.start, run.end),
            Body::Chained(octets) => Part::from(octets),
        }
    }

    fn octets_of<'b>(&'b self, body: &'b Body) -> Option<&'b [u8]> {
        match body {
            Body::Run(run) => self.octets.get(run.clone()),
            Body::Chained(octets) => Some(octets),
        }
    }

    /// The frames since a place, in one piece.
    fn since(&self, (at, link): (usize, usize)) -> Bytes {
        if link == self.link {
            return self.octets.slice(at..self.at);
        }
        let (mut whole, mut start) = (Vec::new(), at);
        for (place, body) in self.chain.iter().flat_map(|chain| &chain[link..self.link]) {
            whole.extend_from_slice(&self.octets[start..*place]);
            whole.extend_from_slice(body);
            start = *place;
        }
        whole.extend_from_slice(&self.octets[start..self.at]);
        whole.into()
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
        assert_eq!((parcel.cut().unwrap(), parcel.take_cut()), ("a".into(), 1));
        assert_eq!((parcel.cut().unwrap(), parcel.take_cut()), (["", "b", "cd"].into(), 3));
        assert_eq!((parcel.cut().unwrap(), parcel.take_cut()), ("e".into(), 1));
        assert!(parcel.cut().is_none());
    }

    #[test]
    fn api_011_the_newest_message_is_the_last_with_all_its_parts() {
        let mut parcel = parcel(b"\0\x01a\0\x01b\x01\x02xy\x01\0\0\x01c").into_newest();
        assert_eq!((parcel.messages, parcel.bodies, parcel.octets.len() - parcel.at), (1, 3, 9));
        assert_eq!(parcel.cut().unwrap(), Message::from(["xy", "", "c"]));
        assert!(parcel.cut().is_none());
    }

    #[test]
    fn long_bodies_are_cut_from_where_they_are_also_out_of_an_envelope() {
        let long = Bytes::from(vec![7; 300]);
        let octets = Bytes::from_static(b"\x03\0\0\0\0\0\0\x01\x2C\x01\0\x02\0\0\0\0\0\0\x01\x2C\0\x01z");
        let parcel = Parcel::chained(octets, &[(9, long.clone()), (20, long.clone())], 2, 601);
        let mut whole = parcel.clone();
        let enveloped = whole.cut_enveloped().unwrap();
        let envelope = [b"\x03\0\0\0\0\0\0\x01\x2C", &long[..], b"\x01\0"].concat();
        assert_eq!((&enveloped.envelope.unwrap()[..], whole.take_cut()), (&envelope[..], 600));
        let mut parts = enveloped.message.parts().cloned();
        assert_eq!(parts.next().unwrap().into_bytes().as_ptr(), long.as_ptr());
        let mut whole = parcel.clone();
        assert_eq!(whole.cut().unwrap().len(), 3);
        assert_eq!(whole.cut().unwrap(), "z");
        assert!(whole.cut().is_none());
        assert_eq!(parcel.into_newest().cut().unwrap(), "z");
    }

    #[test]
    fn z28_013_017_an_envelope_is_kept_to_the_octet_and_its_lack_is_told() {
        let mut parcel = parcel(b"\x01\x01X\x01\x01Y\x01\0\0\x01q\x01\x01X\0\0\x01\0\0\x01r");
        let first = parcel.cut_enveloped().unwrap();
        assert_eq!(first.envelope.unwrap(), &b"\x01\x01X\x01\x01Y\x01\0"[..]);
        assert_eq!((first.message, parcel.take_cut()), (Message::from("q"), 3));
        assert!(parcel.cut_enveloped().unwrap().envelope.is_none());
        let last = parcel.cut_enveloped().unwrap();
        assert_eq!((last.envelope.unwrap(), last.message), (b"\x01\0"[..].into(), "r".into()));
        assert!(parcel.cut_enveloped().is_none());
    }
}
