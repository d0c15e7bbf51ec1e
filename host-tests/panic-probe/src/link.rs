//! The facade for boards: everything at once, on a link of any state.

use core::hint::black_box;

use zmtp_core::link::{Link, Oversize, Storage};
use zmtp_core::mechanism::{Mechanism, Null, Plain, PlainSecurity, Verdict};
use zmtp_core::{Config, Failure, SocketType};

use crate::{now, number, octets, room};

pub(crate) fn drive() {
    let config = Config::new(black_box(SocketType::Pub));
    with(black_box(&config), || Null);
    let security = PlainSecurity::Client { username: black_box("a"), password: black_box("b") };
    with(black_box(&config.with_security(security)), Plain::new);
    #[cfg(feature = "curve")]
    curve(&config);
}

#[cfg(feature = "curve")]
fn curve(config: &Config<'_>) {
    use zmtp_core::mechanism::{Curve, CurveHandshake, CurveKeyPair, CurveSecurity};

    let mut random = |octets: &mut [u8]| octets.fill(number());
    let keys = CurveKeyPair::generate(&mut random);
    let security = CurveSecurity::Server { keys: black_box(&keys) };
    let mechanism = || Curve::new(CurveHandshake::new(), &mut |octets: &mut [u8]| octets.fill(number()));
    with(black_box(&config.with_security(security)), mechanism);
}

fn with<M: Mechanism>(config: &Config<'_, M::Security<'_>>, mechanism: impl Fn() -> M) {
    let mut rooms = [[0; 64]; 3];
    let [command, incoming, outgoing] = &mut rooms;
    let storage = Storage {
        command: room(command),
        incoming: room(incoming),
        outgoing: room(outgoing),
        messages: number(),
    };
    let mut link = Link::with(config, mechanism(), storage, now());
    let link = black_box(&mut link);
    link.set_oversize(black_box(Oversize::Stream));
    receive(link, config);
    send(black_box(link), config);
    let _ = black_box(black_box(&mut *link).handle_timeout(config, now()));
    black_box((link.connection().version(), link.poll_timeout()));
    black_box(black_box(&mut *link).restart(config, mechanism(), now()));
    black_box(black_box(&mut *link).abort(black_box(Failure::Misuse)));
    black_box(link);
}

fn receive<M: Mechanism>(link: &mut Link<'_, M>, config: &Config<'_, M::Security<'_>>) {
    let _ = black_box(link.receive(config, octets(), now()));
    black_box(link.credentials());
    let _ = black_box(black_box(&mut *link).admit(black_box(Verdict::Accept)));
    let mut body = [0; 64];
    let _ = black_box(black_box(&mut *link).take_frame(room(&mut body)));
    let _ = black_box(black_box(&mut *link).take_piece(room(&mut body)));
    black_box(&mut *link).skip_message();
    black_box((link.can_receive(), link.is_streaming(), link.next_frame()));
}

fn send<M: Mechanism>(link: &mut Link<'_, M>, config: &Config<'_, M::Security<'_>>) {
    let parts = [octets(), octets(), octets()];
    let _ = black_box(link.send(black_box(parts.get(..number()).unwrap_or_default())));
    let _ = black_box(black_box(&mut *link).begin(black_box(&parts), black_box(true), number()));
    black_box(black_box(&mut *link).write(octets()));
    let _ = black_box(black_box(&mut *link).subscribe(black_box(true), octets()));
    let mut out = [0; 64];
    black_box(black_box(&mut *link).transmit(config, room(&mut out), now()));
    black_box((link.may_send(), link.left_to_write(), link.is_flushed()));
}
