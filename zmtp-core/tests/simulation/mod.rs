//! Two connections and the network between them, in virtual time: octets are cut and delayed, and connections are lost.
#![allow(unreachable_pub, reason = "not of the crate")]

use std::collections::VecDeque;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use zmtp_core::mechanism::Mechanism;
use zmtp_core::wire::FrameKind;
use zmtp_core::{Failure, Heartbeat, Instant, Limits};

use super::driver::{Driver, parts};

/// What happens, and the limits of both sides.
#[derive(Clone, Debug)]
pub struct Script {
    limits: Limits,
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    /// A side sends a message with parts of these lengths, if it may.
    Send(usize, Vec<usize>),
    /// So many octets that are on their way to a side arrive, if it is their time.
    Arrive(usize, usize),
    /// Milliseconds pass.
    Pass(u64),
    /// The connection is lost, and a new one made.
    Drop,
}

/// A PING every 100 ms, and a peer is silent for longer than octets are ever on their way.
const HEARTBEAT: Heartbeat =
    Heartbeat { interval: Duration::from_millis(100), timeout: Duration::from_secs(3600), ttl: 0 };
/// How long octets are on their way.
const DELAY: Duration = Duration::from_millis(20);

impl Script {
    pub fn any() -> impl Strategy<Value = Self> {
        let len = prop_oneof![4 => 0usize..20, 1 => 240usize..300];
        let step = prop_oneof![
            4 => (0usize..2, vec(len, 1..4)).prop_map(|(side, lens)| Step::Send(side, lens)),
            8 => (0usize..2, 1usize..400).prop_map(|(side, octets)| Step::Arrive(side, octets)),
            4 => (0u64..60).prop_map(Step::Pass),
            1 => Just(Step::Drop),
        ];
        let limits = (200u64..400, 200u64..900, 2u32..5).prop_map(|(frame, message, parts)| Limits {
            frame,
            message,
            parts,
            handshake: Duration::ZERO,
            ..Limits::new()
        });
        (limits, vec(step, 0..60)).prop_map(|(limits, steps)| Self { limits, steps })
    }
}

type Message = Vec<Vec<u8>>;

struct Side<M: Mechanism> {
    driver: Driver<'static, M>,
    /// Octets on their way to this side, and when they arrive.
    coming: VecDeque<(Instant, VecDeque<u8>)>,
    /// Messages that the other side has sent on this connection.
    expected: Vec<Message>,
}

impl<M: Mechanism> Side<M> {
    fn new(driver: Driver<'static, M>) -> Self {
        Self { driver, coming: VecDeque::new(), expected: Vec::new() }
    }

    /// The messages that have come, whole, and whether there is the beginning of another one.
    fn messages(&self) -> (Vec<Message>, bool) {
        let (mut whole, mut open) = (Vec::new(), Vec::new());
        for (more, body) in parts(&self.driver.seen) {
            open.push(body);
            if !more {
                whole.push(std::mem::take(&mut open));
            }
        }
        (whole, !open.is_empty())
    }
}

/// Plays the script, and holds what has to hold at each loss of a connection and at the end.
pub fn simulate<M: Mechanism>(
    script: &Script,
    make: impl Fn(Limits, Heartbeat, bool) -> Driver<'static, M>,
) -> Result<(), TestCaseError> {
    let mut now = Instant::from_millis(1);
    let pair = |now| {
        [false, true].map(|server| {
            let mut side = Side::new(make(script.limits, HEARTBEAT, server));
            side.driver.now = now;
            side
        })
    };
    let mut sides = pair(now);
    let mut number = 0;
    for step in &script.steps {
        match step {
            Step::Send(side, lens) => send(&mut sides, *side, lens, &mut number),
            Step::Arrive(side, octets) => arrive(&mut sides[*side], *octets, now),
            Step::Pass(millis) => {
                now = now.after(Duration::from_millis(*millis));
                for side in &mut sides {
                    side.driver.now = now;
                    let timeout = side.driver.connection.handle_timeout(&side.driver.config, now);
                    prop_assert_eq!(timeout.err(), side.driver.failure());
                }
            }
            Step::Drop => {
                sides.iter().try_for_each(|side| judge(side, &script.limits, false))?;
                sides = pair(now);
            }
        }
        transmit(&mut sides, now);
    }
    // Everything that is on its way arrives, and what it is answered with.
    while sides.iter().any(|side| !side.coming.is_empty()) {
        now = now.after(DELAY);
        for side in &mut sides {
            side.driver.now = now;
            arrive(side, usize::MAX, now);
        }
        transmit(&mut sides, now);
    }
    sides.iter().try_for_each(|side| judge(side, &script.limits, true))
}

/// All messages that are here were sent, in this order and once; with nothing on its way any more, all that may come are here.
fn judge<M: Mechanism>(side: &Side<M>, limits: &Limits, all: bool) -> Result<(), TestCaseError> {
    let (messages, open) = side.messages();
    prop_assert!(side.expected.starts_with(&messages), "{messages:?} of {:?}", side.expected);
    let allowed = side.expected.iter().take_while(|message| within(message, limits)).count();
    prop_assert!(messages.len() <= allowed);
    if all {
        prop_assert_eq!(messages.len(), allowed);
        let refused = allowed < side.expected.len();
        prop_assert!(refused || !open);
        let limit = matches!(
            side.driver.failure(),
            Some(Failure::FrameLimit | Failure::MessageLimit | Failure::PartsLimit)
        );
        prop_assert_eq!((limit, side.driver.failure().is_some()), (refused, refused));
    }
    Ok(())
}

fn within(message: &Message, limits: &Limits) -> bool {
    let octets: usize = message.iter().map(Vec::len).sum();
    message.len() <= limits.parts as usize
        && message.iter().all(|part| part.len() as u64 <= limits.frame)
        && octets as u64 <= limits.message
}

fn send<M: Mechanism>(sides: &mut [Side<M>; 2], from: usize, lens: &[usize], number: &mut u8) {
    let [first, second] = sides;
    let (from, to) = if from == 0 { (first, second) } else { (second, first) };
    from.driver.transmit();
    if !from.driver.connection.may_send() {
        return;
    }
    *number = number.wrapping_add(1);
    let message: Message = lens.iter().map(|&len| vec![*number; len]).collect();
    for (at, part) in message.iter().enumerate() {
        let more = at + 1 < message.len();
        assert!(from.driver.send(FrameKind::Message { more }, part));
    }
    to.expected.push(message);
}

fn transmit<M: Mechanism>(sides: &mut [Side<M>; 2], now: Instant) {
    let sent = [sides[0].driver.sent(), sides[1].driver.sent()];
    for (from, octets) in sent.into_iter().enumerate() {
        if !octets.is_empty() {
            sides[1 - from].coming.push_back((now.after(DELAY), octets.into()));
        }
    }
}

/// Up to `octets` of those whose time has come.
fn arrive<M: Mechanism>(side: &mut Side<M>, mut octets: usize, now: Instant) {
    while octets > 0
        && let Some((at, front)) = side.coming.front_mut()
        && *at <= now
    {
        let count = octets.min(front.len());
        let piece: Vec<u8> = front.drain(..count).collect();
        octets -= count;
        if front.is_empty() {
            side.coming.pop_front();
        }
        side.driver.feed(&piece);
    }
}
