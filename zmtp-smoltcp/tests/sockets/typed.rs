//! Values as messages.

use crate::common::{Net, peers};
use serde::{Deserialize, Serialize};
use zmtp_smoltcp::{Config, Dealer, RecvError, SocketType, TypedError, encode};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Reading<'b> {
    sensor: &'b str,
    celsius: i16,
}

#[test]
fn values_pass_and_what_is_none_is_an_error_and_gone() {
    let config = Config::new(SocketType::Dealer);
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5555, 256), net.connect(5555, 256));
    let (mut a, mut b) = (Dealer::new(config, peers(1, 256)), Dealer::new(config, peers(1, 256)));
    let reading = Reading { sensor: "attic", celsius: -12 };
    assert_eq!(
        a.send_typed(&reading, &mut [0; 4]),
        Err(nb::Error::Other(TypedError::Value)),
        "no room to encode it"
    );
    net.run(|net| {
        net.poll("a", &mut client, &mut a);
        net.poll("b", &mut server, &mut b);
        a.send_typed(&reading, &mut [0; 32]).is_ok()
    });
    let octets = encode::<RecvError>(&reading, &mut [0; 32]).unwrap().to_vec();
    for wrong in [&[&b"\xFF"[..]][..], &[&octets, b""], &[&[octets.clone(), vec![0]].concat()], &[&[0; 40]]] {
        a.send(wrong).unwrap();
    }
    a.send(&[&octets]).unwrap();
    let mut results = Vec::new();
    net.run(|net| {
        net.poll("a", &mut client, &mut a);
        net.poll("b", &mut server, &mut b);
        let mut buffer = [0; 32];
        match b.recv_typed::<Reading<'_>>(&mut buffer) {
            Ok(value) => results.push(value == reading),
            Err(nb::Error::Other(error)) => {
                assert_eq!(error, TypedError::Value);
                results.push(false);
            }
            Err(nb::Error::WouldBlock) => {}
        }
        results.len() == 6
    });
    assert_eq!(results, [true, false, false, false, false, true]);
    assert_eq!(receive!(b), None);
}
