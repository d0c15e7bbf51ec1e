//! The machines of REQ, REP, PAIR and of turns, driven by a list of operations, against the rules in other words.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zmtp_core::pattern::{
    Envelope, Occupied, OutOfTurn, Pair, Part, Ready, Rep, Reply, ReplyPart, Req, ReqOptions, Turn,
};
use zmtp_core_fuzz::Control;

fuzz_target!(|data: &[u8]| {
    let mut control = Control::all(data);
    match control.octet() % 4 {
        0 => turn(&mut control),
        1 => req(&mut control),
        2 => rep(&mut control),
        _ => pair(&mut control),
    }
});

/// Next is the ready peer that is the fewest places behind the last one; with all ready everybody is served equally.
fn turn(control: &mut Control<'_>) {
    let mut turn = Turn::default();
    let mut last = 31;
    while !control.is_over() {
        let mask = u32::from_be_bytes([control.octet(), control.octet(), control.octet(), control.octet()]);
        let peers: [bool; 32] = core::array::from_fn(|peer| mask >> peer & 1 == 1);
        let from = control.size() % 40;
        assert_eq!(mask.next_ready(from), peers[..].next_ready(from));
        let expected = (1..=32).map(|behind| (last + behind) % 32).find(|&peer| peers[peer]);
        assert_eq!(turn.next(&mask), expected);
        assert_eq!(turn.next(&peers[..]), expected);
        if let Some(peer) = expected
            && !from.is_multiple_of(4)
        {
            turn.served(peer);
            last = peer;
        }
    }
}

fn req(control: &mut Control<'_>) {
    let options = control.octet();
    let options = ReqOptions { relaxed: options & 1 == 1, correlated: options & 2 == 2 };
    let start = u32::from(control.octet()).wrapping_sub(2);
    let mut req = Req::new(options, start);
    let (mut reply, mut asked, mut number) = (Reply::default(), None, start);
    while !control.is_over() {
        let (operation, peer) = (control.octet(), control.size() % 3);
        let may_send =
            if asked.is_none() || options.relaxed { Ok(()) } else { Err(OutOfTurn::AwaitingReply) };
        assert_eq!(req.may_send(), may_send);
        assert_eq!(req.may_receive(), asked.map(|_| ()).ok_or(OutOfTurn::NothingAsked));
        assert_eq!(req.asked(), asked);
        assert_eq!(req.accepts(peer), asked == Some(peer));
        let next = number.wrapping_add(1).to_be_bytes();
        assert_eq!(req.request_id(), options.correlated.then_some(next));
        if operation % 2 == 0 && may_send.is_ok() {
            req.sent(peer);
            (asked, number) = (Some(peer), number.wrapping_add(1));
        } else if asked.is_some() && message(control, &req, &mut reply, options.correlated.then_some(number))
        {
            req.received();
            asked = None;
        }
    }
}

/// A whole message of frames from the control stream; returns whether it was the reply.
fn message(control: &mut Control<'_>, req: &Req, reply: &mut Reply, number: Option<u32>) -> bool {
    let mut prefix = number.map(|number| number.to_be_bytes().to_vec()).into_iter().chain([Vec::new()]);
    let (mut good, mut bodies) = (true, 0);
    for _ in 0..8 {
        let shape = control.octet();
        let expected = prefix.next();
        let frame = match (shape % 8, &expected) {
            (0..=5, Some(right)) => right.clone(),
            (6, _) => Vec::new(),
            _ => control.octets(usize::from(shape >> 4)).to_vec(),
        };
        let more = shape & 8 == 0;
        let part = reply.frame(req, &frame, more);
        match expected {
            _ if !good => assert_eq!(part, ReplyPart::Skip),
            Some(right) => {
                good = frame == right && more;
                assert_eq!(part, if good { ReplyPart::Prefix } else { ReplyPart::Skip });
            }
            None => {
                bodies += 1;
                assert_eq!(part, ReplyPart::Body);
            }
        }
        if !more {
            return good && bodies > 0;
        }
    }
    // The last frame of all: the machine starts anew behind it.
    let part = reply.frame(req, b"end", false);
    assert_eq!(part, if good && prefix.next().is_none() { ReplyPart::Body } else { ReplyPart::Skip });
    good
}

fn rep(control: &mut Control<'_>) {
    let (mut rep, mut envelope) = (Rep::default(), Envelope::default());
    // Outside: whether a request waits; inside: who made it, if still there.
    let mut waiting: Option<Option<usize>> = None;
    while !control.is_over() {
        let (operation, peer) = (control.octet(), control.size() % 3);
        assert_eq!(rep.may_receive().is_ok(), waiting.is_none());
        assert_eq!(rep.may_send().is_ok(), waiting.is_some());
        match operation % 4 {
            0 if waiting.is_none() => {
                rep.received(peer);
                waiting = Some(Some(peer));
            }
            1 if waiting.is_some() => assert_eq!(rep.replied(), waiting.take().flatten()),
            2 => {
                rep.lost(peer);
                waiting = waiting.map(|who| who.filter(|&who| who != peer));
            }
            _ => frames(control, &mut envelope),
        }
    }
}

/// A message through the envelope: addresses, the first empty frame that has one behind it, bodies.
fn frames(control: &mut Control<'_>, envelope: &mut Envelope) {
    let lens: Vec<u64> = (0..control.octet() % 5 + 1).map(|_| u64::from(control.octet() % 3)).collect();
    let last = lens.len() - 1;
    let delimiter = lens[..last].iter().position(|&len| len == 0);
    for (at, &len) in lens.iter().enumerate() {
        let expected = match delimiter {
            Some(delimiter) if at > delimiter => Part::Body,
            Some(delimiter) if at == delimiter => Part::Delimiter,
            None if at == last => Part::Missing,
            _ => Part::Address,
        };
        assert_eq!(envelope.frame(len, at < last), expected);
    }
}

fn pair(control: &mut Control<'_>) {
    let (mut pair, mut first) = (Pair::default(), None);
    while !control.is_over() {
        let (operation, peer) = (control.octet(), control.size() % 3);
        if operation % 2 == 0 {
            let expected = if first.is_none_or(|first| first == peer) { Ok(()) } else { Err(Occupied) };
            assert_eq!(pair.attach(peer), expected);
            if expected.is_ok() {
                first = Some(peer);
            }
        } else {
            assert_eq!(pair.detach(peer), first == Some(peer));
            first = first.filter(|&first| first != peer);
        }
        assert_eq!(pair.peer(), first);
    }
}
