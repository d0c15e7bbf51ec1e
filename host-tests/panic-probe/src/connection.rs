//! One peer: every method, in any order, on a connection of any state.

use core::hint::black_box;
use core::time::Duration;

use zmtp_core::wire::FrameHead;
use zmtp_core::{Budget, Config, Connection, Failure, Heartbeat, Instant, SocketType};

use crate::{now, number, octets, room};

pub(crate) fn drive() {
    let mut config = Config::new(black_box(SocketType::Sub));
    config.identity = octets();
    config.heartbeat = Heartbeat::every(Duration::from_millis(number()));
    let config = black_box(&config);
    let mut connection = Connection::new(config, now());
    let connection = black_box(&mut connection);
    receive(connection, config);
    send(black_box(connection), config);
    time(black_box(connection), config);
    black_box((
        connection.is_established(),
        connection.may_send(),
        connection.version(),
        connection.body_left(),
    ));
    black_box(&mut *connection).abort(black_box(Failure::Misuse));
    if let Some(failure) = connection.failure() {
        black_box((failure.blame(), failure.reason()));
    }
}

fn receive(connection: &mut Connection, config: &Config<'_>) {
    let _ = black_box(connection.receive(config, octets(), now()));
    let _ = black_box(black_box(&mut *connection).take_body(number(), now()));
    let mut storage = [0; 64];
    let body = room(&mut storage);
    let _ = black_box(black_box(&mut *connection).handle_command(config, body, now()));
    let budget = Budget { messages: number(), octets: number() };
    black_box(black_box(connection).scan(&config.limits, octets(), budget, now()));
}

fn send(connection: &mut Connection, config: &Config<'_>) {
    let mut storage = [0; 64];
    black_box(connection.poll_transmit(config, room(&mut storage), now()));
    let _ = black_box(black_box(&mut *connection).begin_frame(black_box(true), number()));
    let _ = black_box(black_box(&mut *connection).begin(FrameHead::command(number())));
    let _ = black_box(black_box(&mut *connection).begin_octets(number()));
    black_box(&mut *connection).sent_body(number());
    black_box(connection.body_to_send());
}

fn time(connection: &mut Connection, config: &Config<'_>) {
    let _ = black_box(connection.handle_timeout(config, now()));
    black_box(connection.poll_timeout());
    black_box((now().since(now()), now().after(Duration::from_micros(number())), now().as_micros()));
    black_box(Instant::from_millis(number()));
}
