//! PLAIN and CURVE between boards.

use crate::common::{Net, lend};
use zmtp_smoltcp::{
    Config, Credentials, Event, Failure, Fresh, Peer, Places, Plain, PlainSecurity, Pull, Push, Reason,
    Refusal, SocketType, Storage, Verdict,
};

fn peer<M: Fresh>() -> Peer<'static, M> {
    let storage = Storage { command: lend(400), incoming: lend(256), outgoing: lend(256), messages: 0 };
    Peer::secure(storage)
}

fn place<M: Fresh<Source<'static> = ()>>() -> Places<'static, 'static, M> {
    Places::try_from(Vec::leak(vec![peer()])).unwrap()
}

const CLIENT: PlainSecurity<'static> = PlainSecurity::Client { username: "admin", password: "secret" };

#[test]
fn z24_011_a_plain_server_lets_in_whom_its_application_lets_in() {
    for verdict in [Verdict::Accept, Verdict::Refuse(Refusal::Denied)] {
        let mut net = Net::new();
        let (mut server, mut client) = (net.bind::<1>(5555, 256), net.connect(5555, 256));
        let config = Config::new(SocketType::Pair);
        let mut push = Push::<Plain>::new(config.with_security(CLIENT), place());
        let mut pull = Pull::<Plain>::new(config.with_security(PlainSecurity::Server), place());
        let (mut asked, mut sent) = (0, false);
        net.run(|net| {
            net.poll("pull", &mut server, &mut pull);
            net.poll("push", &mut client, &mut push);
            sent = sent || push.send(&[b"let me in"]).is_ok();
            if let Some((peer, credentials)) = pull.next_admission() {
                let shown = Credentials::Plain { username: b"admin", password: b"secret" };
                assert_eq!((peer, credentials), (0, shown));
                asked += 1;
                let answered = pull.admit(peer, verdict);
                assert_eq!(answered.is_ok(), verdict == Verdict::Accept);
            }
            let received = receive!(pull).is_some();
            let refused = |reason| Event::Disconnected { peer: 0, reason: Reason::Failed(reason) };
            match verdict {
                Verdict::Accept => received,
                Verdict::Refuse(refusal) => {
                    assert!(!received && !sent);
                    net.saw("pull", refused(Failure::Admission(refusal)))
                        && net.saw("push", refused(Failure::Refused))
                }
            }
        });
        assert_eq!(asked, 1);
    }
}

#[test]
fn who_is_not_answered_waits_and_is_sent_away_when_it_is_late() {
    let mut net = Net::new();
    let (mut server, mut client) = (net.bind::<1>(5555, 256), net.connect(5555, 256));
    let config = Config::new(SocketType::Pair);
    let mut push = Push::<Plain>::new(config.with_security(CLIENT), place());
    let mut pull = Pull::<Plain>::new(config.with_security(PlainSecurity::Server), place());
    net.run(|net| {
        net.poll("pull", &mut server, &mut pull);
        net.poll("push", &mut client, &mut push);
        assert!(push.send(&[b"too early"]).is_err());
        let late = Reason::Failed(Failure::HandshakeTimeout);
        net.saw("pull", Event::Disconnected { peer: 0, reason: late })
    });
    assert!(net.now.as_micros() > 30_000_000);
}

#[cfg(feature = "curve")]
mod curve {
    use super::*;
    use zmtp_smoltcp::{Curve, CurveKeyPair, CurveSecurity, Dealer, Pub, Sub};

    /// A test's: that of a product comes from a source made for keys.
    fn dice(seed: u64) -> impl FnMut(&mut [u8]) {
        let mut state = seed;
        move |octets: &mut [u8]| {
            for octet in octets {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                *octet = (state >> 56) as u8;
            }
        }
    }

    fn place(seed: u64) -> Places<'static, 'static, Curve> {
        let peers: &'static mut [Peer<'static, Curve>; 1] = Box::leak(Box::new([peer()]));
        Places::with_entropy(peers, Box::leak(Box::new(dice(seed))))
    }

    fn keys() -> &'static [CurveKeyPair; 2] {
        Box::leak(Box::new([1, 2].map(|seed| CurveKeyPair::generate(&mut dice(seed)))))
    }

    #[test]
    fn encrypted_messages_pass_both_ways_and_again_after_the_stream_was_cut() {
        let [client_keys, server_keys] = keys();
        let config = Config::new(SocketType::Pair);
        let client_config =
            config.with_security(CurveSecurity::Client { keys: client_keys, server: &server_keys.public });
        let server_config =
            Config { admission: true, ..config.with_security(CurveSecurity::Server { keys: server_keys }) };
        let mut net = Net::new();
        let (mut server, mut client) = (net.bind::<1>(5555, 64), net.connect(5555, 64));
        let mut a = Dealer::<Curve>::new(client_config, place(3));
        let mut b = Dealer::<Curve>::new(server_config, place(4));
        for life in 0..3_u8 {
            let (mut sent, mut answered) = (0_u8, 0_u8);
            net.run(|net| {
                net.poll("a", &mut client, &mut a);
                net.poll("b", &mut server, &mut b);
                if let Some((peer, credentials)) = b.next_admission() {
                    let known = credentials == Credentials::Curve { key: client_keys.public.as_octets() };
                    b.admit(peer, if known { Verdict::Accept } else { Verdict::Refuse(Refusal::Denied) })
                        .unwrap();
                }
                if sent < 20 && a.send(&[&[life, sent], &[7; 100]]).is_ok() {
                    sent += 1;
                }
                if let Some(message) = receive!(b) {
                    b.send(&[&message[0]]).unwrap();
                }
                if let Some(message) = receive!(a) {
                    assert_eq!(message, [[life, answered]]);
                    answered += 1;
                }
                answered == 20
            });
            let handle = net.sockets.iter().last().unwrap().0;
            net.raw(handle).abort();
            net.run(|net| {
                net.poll("a", &mut client, &mut a);
                net.poll("b", &mut server, &mut b);
                net.events.iter().filter(|(_, event)| matches!(event, Event::Disconnected { .. })).count()
                    >= 2 * (usize::from(life) + 1)
            });
        }
    }

    #[test]
    fn subscriptions_are_encrypted_as_well() {
        let [client_keys, server_keys] = keys();
        let config = Config::new(SocketType::Pair);
        let mut net = Net::new();
        let (mut server, mut client) = (net.bind::<1>(5556, 64), net.connect(5556, 64));
        let security = CurveSecurity::Server { keys: server_keys };
        let mut publisher = Pub::<Curve>::new(config.with_security(security), place(5), lend(64));
        let security = CurveSecurity::Client { keys: client_keys, server: &server_keys.public };
        let mut sub = Sub::<Curve>::new(config.with_security(security), place(6), lend(64));
        sub.subscribe(b"a").unwrap();
        net.run(|net| {
            net.poll("pub", &mut server, &mut publisher);
            net.poll("sub", &mut client, &mut sub);
            publisher.send(&[b"b"]);
            publisher.send(&[b"abc"]);
            receive!(sub).is_some_and(|message| message == [b"abc"])
        });
        sub.cancel(b"a").unwrap();
        net.run(|net| {
            net.poll("pub", &mut server, &mut publisher);
            net.poll("sub", &mut client, &mut sub);
            publisher.subscribers() == 0
        });
    }

    #[test]
    fn a_client_with_the_wrong_key_of_the_server_is_not_let_in() {
        let [client_keys, server_keys] = keys();
        let config = Config::new(SocketType::Pair);
        let mut net = Net::new();
        let (mut server, mut client) = (net.bind::<1>(5555, 256), net.connect(5555, 256));
        let security = CurveSecurity::Client { keys: client_keys, server: &client_keys.public };
        let mut push = Push::<Curve>::new(config.with_security(security), place(7));
        let security = CurveSecurity::Server { keys: server_keys };
        let mut pull = Pull::<Curve>::new(config.with_security(security), place(8));
        net.run(|net| {
            net.poll("pull", &mut server, &mut pull);
            net.poll("push", &mut client, &mut push);
            assert!(push.send(&[b"secret"]).is_err());
            net.saw("pull", Event::Disconnected { peer: 0, reason: Reason::Failed(Failure::Box) })
        });
    }
}
