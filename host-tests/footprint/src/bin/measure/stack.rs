//! Stack of the calls that make a handshake and the traffic behind it: of the deepest of them.

use footprint::publisher::Publisher;

use crate::deepest::Deepest;
use crate::script::{GREETING, NOW, READY_SUB};

/// A PUB and a SUB: handshake, subscription, PING, and a message.
pub fn null() -> usize {
    let (mut incoming, mut outgoing, mut table) = ([0; 64], [0; 64], [0; 64]);
    let mut deepest = Deepest::default();
    let mut publisher = deepest.of(|| Publisher::new(&mut incoming, &mut outgoing, &mut table, NOW));
    let mut sent = [0; 128];
    for octets in
        [&GREETING[..], READY_SUB, b"\x04\x0B\x09SUBSCRIBEA", b"\x04\x08\x04PING\0\0!", b"\0\x02\x01B"]
    {
        assert_eq!(deepest.of(|| publisher.receive(octets, NOW)), Ok(octets.len()));
        deepest.of(|| publisher.transmit(&mut sent, NOW));
        assert_eq!(deepest.of(|| publisher.handle_timeout(NOW)), Ok(()));
    }
    assert_eq!(deepest.of(|| publisher.publish(b"A message")), Ok(true));
    assert_eq!(deepest.of(|| publisher.publish(b"B and another")), Ok(true));
    assert_eq!(deepest.of(|| publisher.publish(b"C")), Ok(false));
    assert_eq!(deepest.of(|| publisher.transmit(&mut sent, NOW)), 11 + 15);
    deepest.0
}
