//! The facade for boards: everything at once, on a link of any state.

use core::hint::black_box;

use zmtp_core::link::{Link, Storage};
use zmtp_core::{Config, SocketType};

use crate::{now, number, octets, room};

pub(crate) fn drive() {
    let config = Config::new(black_box(SocketType::Pub));
    let config = black_box(&config);
    let mut rooms = [[0; 64]; 3];
    let [command, incoming, outgoing] = &mut rooms;
    let storage = Storage {
        command: room(command),
        incoming: room(incoming),
        outgoing: room(outgoing),
        messages: number(),
    };
    let mut link = Link::new(config, storage, now());
    let link = black_box(&mut link);
    receive(link, config);
    send(black_box(link), config);
    let _ = black_box(black_box(&mut *link).handle_timeout(config, now()));
    black_box((link.connection().version(), link.poll_timeout()));
    black_box(black_box(&mut *link).restart(config, now()));
    black_box(link);
}

fn receive(link: &mut Link<'_>, config: &Config<'_>) {
    let _ = black_box(link.receive(config, octets(), now()));
    let mut body = [0; 64];
    let _ = black_box(black_box(&mut *link).take_frame(room(&mut body)));
    black_box(&mut *link).skip_message();
    black_box((link.can_receive(), link.next_frame()));
}

fn send(link: &mut Link<'_>, config: &Config<'_>) {
    let parts = [octets(), octets(), octets()];
    let _ = black_box(link.send(black_box(parts.get(..number()).unwrap_or_default())));
    let _ = black_box(black_box(&mut *link).subscribe(black_box(true), octets()));
    let mut out = [0; 64];
    black_box(black_box(&mut *link).transmit(config, room(&mut out), now()));
    black_box((link.may_send(), link.is_flushed()));
}
