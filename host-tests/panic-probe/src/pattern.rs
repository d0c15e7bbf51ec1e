//! The patterns, high-water marks, subscriptions and routing ids.

use core::hint::black_box;

use zmtp_core::HighWater;
use zmtp_core::identity::{GeneratedIds, RouteTable, Routes, is_name};
use zmtp_core::pattern::{
    Envelope, Matching, Name, Notices, OutOfTurn, Pair, Rep, Reply, Req, ReqOptions, Router, RouterOptions,
    Stream, Turn, Upstream, Xpub, XpubOptions, Xsub, XsubOptions,
};
use zmtp_core::subscription::{SubscriptionTable, Subscriptions};

use crate::{number, octets, room};

pub(crate) fn drive() {
    req();
    rep();
    turn();
    mark();
    subscriptions();
    routes();
    router();
    stream();
    pair();
    xpub();
    xsub();
    black_box(black_box(&mut Envelope::default()).frame(number(), black_box(true)));
    black_box(Upstream::of_message(octets()));
    black_box(black_box(OutOfTurn::AwaitingReply).reason());
}

fn req() {
    let options = ReqOptions { relaxed: black_box(true), correlated: black_box(true) };
    let mut req = Req::new(options, number());
    let req = black_box(&mut req);
    black_box((req.request_id(), Req::default()));
    let _ = black_box((req.may_send(), req.may_receive(), req.accepts(number()), req.asked()));
    req.sent(number());
    black_box(black_box(&mut Reply::default()).frame(req, octets(), black_box(true)));
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
    let _ = black_box(black_box(&mut *table).hold(number(), octets()));
    black_box((table.wants(number(), octets()), table.held_by_another(number(), octets())));
    let matching = black_box(Matching::Inverted);
    matching.each_recipient(table, &number::<u32>(), octets(), &mut |peer| _ = black_box(peer));
}

fn routes() {
    let mut storage = [0; 64];
    let mut routes = RouteTable::new(room(&mut storage));
    let routes = black_box(&mut routes);
    let _ = black_box(routes.insert(number(), octets()));
    let _ = black_box(black_box(&mut *routes).hand_over(number(), number()));
    black_box(black_box(&mut *routes).remove(number()));
    let routes = black_box(routes);
    black_box((routes.find(octets()), routes.id_of(number()), is_name(octets())));
    routes.visit(&mut |peer, id| _ = black_box((peer, id.len())));
}

fn router() {
    let mut storage = [0; 64];
    let mut routes = RouteTable::new(room(&mut storage));
    let options = RouterOptions { mandatory: black_box(true), handover: black_box(true) };
    let mut router = Router::new(options, GeneratedIds::starting_at(number()));
    let router = black_box(&mut router);
    let _ = black_box(router.introduce(&mut routes, number(), Name::Announced(octets())));
    let _ = black_box(black_box(&mut *router).introduce(&mut routes, number(), Name::Preset(octets())));
    let _ = black_box(router.route(&routes, octets(), |peer| black_box(peer) == 0));
    router.configure(black_box(options));
    black_box((black_box(Notices::STREAM).on_connect(), black_box(Notices::default()).on_disconnect()));
}

fn stream() {
    let mut storage = [0; 64];
    let mut routes = RouteTable::new(room(&mut storage));
    let mut stream = Stream::new(GeneratedIds::starting_at(number()));
    let stream = black_box(&mut stream);
    let _ = black_box(stream.introduce(&mut routes, number(), black_box(Some(octets()))));
    let _ = black_box(stream.send(&routes, octets(), number(), |peer| black_box(peer) == 0));
}

fn pair() {
    let mut pair = Pair::default();
    let pair = black_box(&mut pair);
    let _ = black_box(pair.attach(number()));
    black_box(black_box(&mut *pair).detach(number()));
    black_box(black_box(pair).peer());
}

fn xpub() {
    let mut storage = [0; 64];
    let mut table = SubscriptionTable::new(room(&mut storage));
    let mut xpub = Xpub::new(black_box(XpubOptions::default()));
    let xpub = black_box(&mut xpub);
    let _ = black_box(xpub.subscribed(&mut table, number(), octets()));
    black_box(xpub.cancelled(&mut table, number(), octets()));
    xpub.received(number());
    let _ = black_box(black_box(&mut *xpub).grant(&mut table, octets()));
    let _ = black_box(black_box(&mut *xpub).withdraw(&mut table, octets()));
    black_box(&mut *xpub).lost(&mut table, number(), &mut |topic| _ = black_box(topic.len()));
    let xpub = black_box(xpub);
    xpub.each_recipient(&table, &number::<u32>(), octets(), &mut |peer| _ = black_box(peer));
    black_box(xpub.waits_for(&table, &number::<u32>(), octets(), |peer| black_box(peer) == 0));
    xpub.sent();
    black_box(xpub);
}

fn xsub() {
    let mut storage = [0; 64];
    let mut table = SubscriptionTable::new(room(&mut storage));
    let xsub = Xsub::new(black_box(XsubOptions::default()));
    let _ = black_box(black_box(xsub).send(&mut table, octets(), black_box(true)));
}
