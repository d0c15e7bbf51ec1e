//! What peers say, to the octet.

use zmtp_core::{Config, Connection, Event, Instant, SocketType, Step};

/// A greeting of ZMTP 3.1 with NULL.
pub const GREETING: &[u8; 64] = b"\xFF\0\0\0\0\0\0\0\0\x7F\x03\x01NULL\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
    \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
/// The metadata of a SUB.
pub const READY_SUB: &[u8] = b"\x04\x19\x05READY\x0BSocket-Type\0\0\0\x03SUB";
const READY_PUSH: &[u8] = b"\x04\x1A\x05READY\x0BSocket-Type\0\0\0\x04PUSH";

pub const NOW: Instant = Instant::from_millis(1);

pub static PULL: Config<'static> = Config::new(SocketType::Pull);

/// A PULL whose PUSH has introduced itself.
pub fn pull() -> Connection {
    let mut connection = Connection::new(&PULL, NOW);
    let mut command = [0; 64];
    let used = connection.receive(&PULL, GREETING, NOW).expect("a greeting").used;
    assert_eq!(used, GREETING.len());
    connection.poll_transmit(&PULL, &mut [0; 128], NOW);
    let head = connection.receive(&PULL, READY_PUSH, NOW).expect("a head");
    let Step::Frame(frame) = head.step else { panic!("READY begins") };
    let body = &mut command[..frame.len as usize];
    body.copy_from_slice(&READY_PUSH[head.used..]);
    connection.take_body(body.len(), NOW).expect("its body");
    assert_eq!(connection.receive(&PULL, &[], NOW).map(|progress| progress.step), Ok(Step::Command));
    assert!(matches!(connection.handle_command(&PULL, body, NOW), Ok(Event::Established(_))));
    connection
}
