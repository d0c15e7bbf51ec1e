//! `zmtp proxy` between libzmq's sockets, and `zmtp monitor` beside them. What the other commands say to libzmq is in the matrix.

use host_tests::libzmq;
use host_tests::program::Zmtp;

const ANYWHERE: &str = "tcp://127.0.0.1:*";

fn connected(context: &zmq::Context, kind: zmq::SocketType, endpoint: &str) -> zmq::Socket {
    let socket = libzmq::socket(context, kind);
    socket.connect(endpoint).unwrap();
    socket
}

fn bound(context: &zmq::Context, kind: zmq::SocketType) -> (zmq::Socket, String) {
    let socket = libzmq::socket(context, kind);
    let place = format!(">{}", libzmq::bind(&socket));
    (socket, place)
}

/// Its end, after TERM.
fn end(proxy: Zmtp) {
    proxy.signal("TERM").unwrap();
    assert_eq!(proxy.end().unwrap(), (Some(143), vec![]));
}

#[test]
fn a_queue_brings_every_reply_of_libzmq_to_its_client_and_is_steered_by_a_req_of_libzmq() {
    let proxy =
        Zmtp::start(["proxy", "queue", ANYWHERE, ANYWHERE, "--capture", ANYWHERE, "--control", ANYWHERE]);
    let proxy = proxy.unwrap();
    let [front, back, capture, control] = [(); 4].map(|()| proxy.bound().unwrap());
    let context = zmq::Context::new();
    let watcher = libzmq::socket(&context, zmq::SUB);
    watcher.set_subscribe(b"").unwrap();
    watcher.connect(&capture).unwrap();
    let services = [(); 2].map(|()| connected(&context, zmq::REP, &back));
    let clients = [(); 3].map(|()| connected(&context, zmq::REQ, &front));
    for round in 0..20 {
        for (number, client) in clients.iter().enumerate() {
            client.send_multipart(&[format!("{number}"), String::new(), format!("{round}")], 0).unwrap();
        }
        let mut asked = 0;
        while asked < clients.len() {
            let mut items = services.each_ref().map(|service| service.as_poll_item(zmq::POLLIN));
            zmq::poll(&mut items, libzmq::PATIENCE.as_millis().try_into().unwrap()).unwrap();
            let ready = items.each_ref().map(zmq::PollItem::is_readable);
            assert!(ready.contains(&true), "no request comes");
            for (service, _) in services.iter().zip(ready).filter(|(_, ready)| *ready) {
                service.send_multipart(service.recv_multipart(0).unwrap(), 0).unwrap();
                asked += 1;
            }
        }
        for (number, client) in clients.iter().enumerate() {
            let expected = [format!("{number}"), String::new(), format!("{round}")].map(String::into_bytes);
            assert_eq!(client.recv_multipart(0).unwrap(), expected);
        }
    }
    assert!(watcher.recv_multipart(0).unwrap().len() > 3, "an envelope, and what is in it");
    let steering = connected(&context, zmq::REQ, &control);
    steering.send("STATISTICS", 0).unwrap();
    assert_eq!(steering.recv_multipart(0).unwrap().len(), 8, "as zmq_proxy_steerable answers");
    steering.send("TERMINATE", 0).unwrap();
    steering.recv_multipart(0).unwrap();
    assert!(proxy.told().unwrap().starts_with("frontend: 60 in "), "what has gone through");
    assert_eq!(proxy.end().unwrap().0, Some(0));
}

#[test]
fn a_forwarder_passes_subscriptions_and_publications_of_libzmq_on() {
    let context = zmq::Context::new();
    let (publisher, north) = bound(&context, zmq::XPUB);
    let proxy = Zmtp::start(["proxy", "forwarder", &north, ANYWHERE]).unwrap();
    let back = proxy.bound().unwrap();
    let subscriber = libzmq::socket(&context, zmq::SUB);
    subscriber.set_subscribe(b"B").unwrap();
    subscriber.connect(&back).unwrap();
    assert_eq!(publisher.recv_bytes(0).unwrap(), b"\x01B");
    for number in 0..100 {
        publisher.send_multipart(["A", "not for us"], 0).unwrap();
        publisher.send_multipart(["B", "", &number.to_string()], 0).unwrap();
    }
    for number in 0..100 {
        let expected = ["B", "", &number.to_string()].map(|part| part.as_bytes().to_vec());
        assert_eq!(subscriber.recv_multipart(0).unwrap(), expected);
    }
    drop(subscriber);
    assert_eq!(publisher.recv_bytes(0).unwrap(), b"\0B");
    end(proxy);
}

#[test]
fn a_streamer_passes_every_task_of_libzmq_on_in_order() {
    let context = zmq::Context::new();
    let ((ventilator, front), (sink, back)) = (bound(&context, zmq::PUSH), bound(&context, zmq::PULL));
    let proxy = Zmtp::start(["proxy", "streamer", &front, &back]).unwrap();
    for number in 0..500 {
        ventilator.send_multipart(&[number.to_string(), "x".repeat(number * 10)], 0).unwrap();
    }
    for number in 0..500 {
        let expected = [number.to_string(), "x".repeat(number * 10)].map(String::into_bytes);
        assert!(sink.recv_multipart(0).unwrap() == expected, "{number}");
    }
    end(proxy);
}

#[test]
fn a_stream_exchanges_octets_with_one_of_libzmq() {
    let (theirs, place) = bound(&zmq::Context::new(), zmq::STREAM);
    let mut ours = Zmtp::start(["stream", &place]).unwrap();
    let come = theirs.recv_multipart(0).unwrap();
    assert_eq!(come[1], b"");
    let known = ours.printed().unwrap();
    ours.write(&format!("{known}00ff")).unwrap();
    assert_eq!(theirs.recv_multipart(0).unwrap(), [&come[0][..], b"\0\xff"]);
    theirs.send_multipart([&come[0][..], b"bye"], 0).unwrap();
    assert_eq!(ours.printed().unwrap(), format!("{known}627965"));
    drop(theirs);
    assert_eq!(ours.printed().unwrap(), known, "it has gone");
}

#[test]
fn a_monitor_tells_of_a_publisher_of_libzmq_that_goes_and_comes_back() {
    let context = zmq::Context::new();
    let (publisher, place) = bound(&context, zmq::PUB);
    let endpoint = place.trim_start_matches('>');
    let monitor = Zmtp::start(["monitor", "sub", &place]).unwrap();
    let expect = |begin: &str, has: &str| loop {
        let line = monitor.printed().unwrap();
        if line.starts_with(begin) {
            assert!(line.contains(has), "{line}");
            break;
        }
    };
    expect("connected to", endpoint);
    expect("PUB 127.0.0.1:", "(NULL)");
    publisher.unbind(endpoint).unwrap();
    drop(publisher);
    expect("lost 127.0.0.1:", endpoint); // closed or reset: that is up to the system
    let again = libzmq::socket(&context, zmq::XPUB);
    while again.bind(endpoint).is_err() {
        std::thread::yield_now();
    }
    expect("connected to", endpoint);
    expect("XPUB 127.0.0.1:", "(NULL)");
}

#[test]
fn a_monitor_tells_as_json_who_of_libzmq_comes_and_goes() {
    let monitor = Zmtp::start(["monitor", "router", &format!("@{ANYWHERE}"), "--json", "-n", "4"]).unwrap();
    let endpoint = monitor.bound().unwrap();
    let expect = |words: &[&str]| {
        let line = monitor.printed().unwrap();
        assert!(words.iter().all(|word| line.contains(word)), "no {words:?} in {line}");
    };
    expect(&[r#""event":"listening""#, &endpoint]);
    let context = zmq::Context::new();
    let dealer = libzmq::socket(&context, zmq::DEALER);
    dealer.set_identity(b"client-7").unwrap();
    dealer.connect(&endpoint).unwrap();
    expect(&[r#""event":"accepted""#, r#""address":"127.0.0.1:"#]);
    expect(&[r#""event":"handshake_succeeded""#, r#""socket_type":"DEALER""#, r#""routing_id":"client-7""#]);
    drop(dealer);
    expect(&[r#""event":"disconnected""#, r#""address":"127.0.0.1:"#]);
    assert_eq!(monitor.end().unwrap(), (Some(0), vec![]));
}
