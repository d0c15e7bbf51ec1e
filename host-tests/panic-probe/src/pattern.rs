//! The patterns, high-water marks and subscriptions.

use core::hint::black_box;

use zmtp_core::HighWater;
use zmtp_core::pattern::{Envelope, OutOfTurn, Rep, Req, Turn, Upstream};
use zmtp_core::subscription::{SubscriptionTable, Subscriptions};

use crate::{number, octets, room};

pub(crate) fn drive() {
    req();
    rep();
    turn();
    mark();
    subscriptions();
    black_box(black_box(&mut Envelope::default()).frame(number(), black_box(true)));
    black_box(Upstream::of_message(octets()));
    black_box(black_box(OutOfTurn::AwaitingReply).reason());
}

fn req() {
    let mut req = Req::default();
    let req = black_box(&mut req);
    let _ = black_box((req.may_send(), req.may_receive(), req.accepts(number()), req.asked()));
    req.sent(number());
    black_box(&mut *req).received();
    black_box(req);
}

fn rep() {
    let mut rep = Rep::default();
    let rep = black_box(&mut rep);
    let _ = black_box((rep.may_send(), rep.may_receive()));
    rep.received(number());
    black_box(&mut *rep).lost(number());
    black_box(black_box(&mut *rep).replied());
    black_box(rep);
}

fn turn() {
    let mut turn = Turn::default();
    let turn = black_box(&mut turn);
    let ready = [true; 8];
    let ready = ready.get(..number()).unwrap_or_default();
    black_box(turn.next(black_box(ready)));
    black_box(turn.next(&number::<u32>()));
    turn.served(number());
    black_box(turn);
}

fn mark() {
    let mut mark = HighWater::new(number(), number());
    let mark = black_box(&mut mark);
    let _ = black_box(mark.admit(number()));
    black_box(&mut *mark).admit_run(number(), number());
    black_box(&mut *mark).release(number(), number());
    let mark = black_box(mark);
    black_box((mark.room(), mark.held(), mark.is_full(), mark.is_low()));
}

fn subscriptions() {
    let mut storage = [0; 64];
    let mut table = SubscriptionTable::new(room(&mut storage));
    let table = black_box(&mut table);
    let _ = black_box(table.subscribe(number(), octets()));
    black_box(black_box(&mut *table).cancel(number(), octets()));
    black_box(black_box(&mut *table).forget(number(), octets()));
    black_box(&mut *table).forget_holder(number());
    let table = black_box(table);
    table.each_match(octets(), &mut |holder| _ = black_box(holder));
    table.each_topic(number(), &mut |topic| _ = black_box(topic.len()));
}
