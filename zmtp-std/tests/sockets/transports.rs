//! A transport that the crate does not have: pairs of sockets, with names for those who listen.

use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use crate::common::{PATIENCE, await_event, disconnected, handshake, options};
use crate::errors::says;
use zmtp_std::security::curve_keypair;
use zmtp_std::{
    Accept, Address, Closed, Connection, Context, Endpoint, Event, Message, Options, Pending, ReconnectStop,
    SocketType, Transport,
};

/// Who listens, by name: connections that wait, and who waits for them.
#[derive(Clone, Debug, Default)]
struct Board(Arc<Mutex<HashMap<String, Desk>>>);

#[derive(Debug, Default)]
struct Desk {
    came: VecDeque<OwnedFd>,
    waker: Option<Waker>,
}

/// Who listens; not any more when it is dropped.
#[derive(Debug)]
struct Listens {
    board: Board,
    name: String,
}

impl Transport for Board {
    fn listen(&self, address: &str) -> io::Result<(Box<dyn Accept>, String)> {
        let mut board = self.0.lock().unwrap();
        let name = if address == "*" { format!("desk-{}", board.len()) } else { address.to_owned() };
        if board.contains_key(&name) {
            return Err(ErrorKind::AddrInUse.into());
        }
        board.insert(name.clone(), Desk::default());
        Ok((Box::new(Listens { board: self.clone(), name: name.clone() }), name))
    }

    fn connect<'t>(&'t self, address: &'t str) -> Pending<'t, Connection> {
        Box::pin(async move {
            let mut board = self.0.lock().unwrap();
            let desk = board.get_mut(address).ok_or(ErrorKind::ConnectionRefused)?;
            let (ours, theirs) = UnixStream::pair()?;
            desk.came.push_back(theirs.into());
            desk.waker.take().into_iter().for_each(Waker::wake);
            Ok(ours.into())
        })
    }
}

impl Accept for Listens {
    fn accept(&self) -> Pending<'_, (Connection, String)> {
        Box::pin(poll_fn(|cx| {
            let mut board = self.board.0.lock().unwrap();
            let desk = board.get_mut(&self.name).expect("it listens");
            desk.waker = Some(cx.waker().clone());
            match desk.came.pop_front() {
                Some(fd) => Poll::Ready(Ok((fd.into(), "a caller".to_owned()))),
                None => Poll::Pending,
            }
        }))
    }
}

impl Drop for Listens {
    fn drop(&mut self) {
        self.board.0.lock().unwrap().remove(&self.name);
    }
}

fn context() -> Context {
    Context::builder().transport("board", Board::default()).build().unwrap().with(options())
}

#[test]
fn every_pattern_works_over_a_transport_of_the_application_whoever_comes_first() {
    use SocketType::{Dealer, Pair, Pull, Push, Rep, Req, Router};
    let context = context();
    for (sends, receives) in [(Push, Pull), (Req, Rep), (Dealer, Router), (Pair, Pair), (Dealer, Dealer)] {
        for bound_first in [true, false] {
            let (from, to) = (context.socket(sends), context.socket(receives));
            let monitor = from.monitor();
            if bound_first {
                to.bind("board://here").unwrap();
                from.connect("board://here").unwrap();
            } else {
                from.connect("board://here").unwrap();
                await_event(&monitor, |event| matches!(event, Event::ConnectRetried { .. }).then_some(()));
                to.bind("board://here").unwrap();
            }
            let message = Message::from([vec![1; 3], vec![2; 300_000]]);
            from.send(message.clone()).unwrap();
            let skip = usize::from(receives == Router);
            let received: Message = to.recv().unwrap().into_iter().skip(skip).collect();
            assert!(received == message, "{sends} {receives}");
            to.unbind("board://here").unwrap();
        }
    }
    let publisher = context.publisher();
    let subscriber = crate::common::subscriber(&context, &publisher.bind("board://here").unwrap(), "news");
    publisher.wait_for_subscribers(1).unwrap();
    publisher.send("news").unwrap();
    assert_eq!(subscriber.recv().unwrap(), "news");
}

#[test]
fn its_endpoints_and_addresses_are_told_as_it_names_them() {
    let context = context();
    let (pull, push) = (context.pull(), context.push());
    let monitors = (pull.monitor(), push.monitor());
    let bound = pull.bind("board://*").unwrap();
    assert_eq!(bound.to_string(), "board://desk-0");
    assert_eq!((pull.last_endpoint(), bound.port()), (Some(bound.clone()), None));
    push.connect(&bound).unwrap();
    assert_eq!(push.endpoints().connected, vec![bound.clone()]);
    let address = |event: &Event| match event {
        Event::HandshakeSucceeded { address, .. } => Some(address.clone()),
        _ => None,
    };
    assert_eq!(await_event(&monitors.0, address), Address::Custom("board://a caller".into()));
    assert_eq!(await_event(&monitors.1, address).to_string(), "board://desk-0");
    push.send("task").unwrap();
    let properties = pull.recv_from().unwrap().properties;
    assert_eq!(properties.get("Peer-Address").as_deref(), Some(&b"board://a caller"[..]));
    says(context.pull().bind(&bound), "cannot bind board://desk-0: the address is in use", "another address");
    pull.unbind(&bound).unwrap();
    context.pull().bind(&bound).unwrap();
}

#[test]
fn a_connection_that_is_lost_is_made_again_and_what_waits_is_delivered() {
    let context = context();
    let push = context.push();
    let monitor = push.monitor();
    push.connect("board://work").unwrap();
    for round in 0..3 {
        let pull = context.pull();
        pull.bind("board://work").unwrap();
        await_event(&monitor, handshake);
        push.send(round.to_string()).unwrap();
        assert_eq!(pull.recv().unwrap(), round.to_string());
        drop(pull);
        await_event(&monitor, disconnected);
    }
    push.send("last").unwrap();
    let pull = context.pull();
    pull.bind("board://work").unwrap();
    assert_eq!(push.close(PATIENCE), Closed { undelivered: 0 });
    assert_eq!(pull.recv().unwrap(), "last");
}

#[test]
fn options_of_reconnection_and_security_hold_as_over_tcp() {
    let context = context();
    let reconnect_stop = ReconnectStop { conn_refused: true, ..ReconnectStop::default() };
    let push = context.with(Options { reconnect_stop, ..options() }).push();
    let monitor = push.monitor();
    push.connect("board://nobody").unwrap();
    await_event(&monitor, |event| matches!(event, Event::Closed { why: Some(_), .. }).then_some(()));

    let (server, client) = (curve_keypair(), curve_keypair());
    let curve = Options { curve_server: true, curve_secretkey: Some(server.secret), ..options() };
    let (curve_secretkey, curve_serverkey) = (Some(client.secret), Some(server.public));
    let knows = Options { curve_secretkey, curve_serverkey, ..options() };
    let (pull, push) = (context.with(curve).pull(), context.with(knows).push());
    push.connect(pull.bind("board://safe").unwrap()).unwrap();
    push.send("secret").unwrap();
    assert_eq!(pull.recv().unwrap(), "secret");
}

#[test]
fn a_stream_speaks_plainly_over_it() {
    let context = context();
    let (server, client) = (context.stream(), context.stream());
    client.connect_routing_id(server.bind("board://plain").unwrap(), "server").unwrap();
    client.send(["server", "octets"]).unwrap();
    let received = std::iter::from_fn(|| server.recv().ok())
        .find(|message| message.part(1).is_some_and(|part| !part.is_empty()));
    assert_eq!(received.unwrap().part(1), Some(&"octets".into()));
}

/// Where the first to come fails.
#[derive(Clone, Debug, Default)]
struct Once(Board, Arc<Mutex<bool>>);

#[derive(Debug)]
struct Stumbles(Box<dyn Accept>, Arc<Mutex<bool>>);

impl Transport for Once {
    fn listen(&self, address: &str) -> io::Result<(Box<dyn Accept>, String)> {
        let (accept, real) = self.0.listen(address)?;
        Ok((Box::new(Stumbles(accept, Arc::clone(&self.1))), real))
    }

    fn connect<'t>(&'t self, address: &'t str) -> Pending<'t, Connection> {
        self.0.connect(address)
    }
}

impl Accept for Stumbles {
    fn accept(&self) -> Pending<'_, (Connection, String)> {
        let stumbled = std::mem::replace(&mut *self.1.lock().unwrap(), true);
        if stumbled { self.0.accept() } else { Box::pin(async { Err(io::Error::other("out of luck")) }) }
    }
}

#[test]
fn an_accept_that_fails_is_told_and_the_next_peer_is_taken() {
    let context = Context::builder().transport("once", Once::default()).build().unwrap().with(options());
    let (pull, push) = (context.pull(), context.push());
    let monitor = pull.monitor();
    push.connect(pull.bind("once://here").unwrap()).unwrap();
    let text =
        await_event(&monitor, |event| matches!(event, Event::AcceptFailed { .. }).then(|| event.to_string()));
    assert_eq!(text, "cannot accept a peer at once://here: out of luck");
    push.send("task").unwrap();
    assert_eq!(pull.recv().unwrap(), "task");
}

/// To where nobody ever answers; counts those who wait.
#[derive(Clone, Debug, Default)]
struct Silence(Arc<()>);

impl Transport for Silence {
    fn listen(&self, _: &str) -> io::Result<(Box<dyn Accept>, String)> {
        Err(ErrorKind::Unsupported.into())
    }

    fn connect<'t>(&'t self, _: &'t str) -> Pending<'t, Connection> {
        let waits = Arc::clone(&self.0);
        Box::pin(async move {
            std::future::pending::<()>().await;
            drop(waits);
            Err(ErrorKind::Other.into())
        })
    }
}

#[test]
fn an_attempt_that_takes_too_long_is_given_up_and_one_that_nobody_waits_for_any_more_is_dropped() {
    let silence = Silence::default();
    let context = Context::builder().transport("silence", silence.clone()).build().unwrap();
    let soon = Options { connect_timeout: std::time::Duration::from_millis(5), ..options() };
    let push = context.with(soon).push();
    let monitor = push.monitor();
    push.connect("silence://here").unwrap();
    let why = await_event(&monitor, |event| match event {
        Event::ConnectRetried { why: Some(why), .. } => Some(why.kind()),
        _ => None,
    });
    assert_eq!(why, ErrorKind::TimedOut);
    assert_eq!(push.close(PATIENCE), Closed { undelivered: 0 });
    let patient = context.with(options()).push();
    patient.connect("silence://here").unwrap();
    drop((push, patient));
    // With the context goes its transport, and before that whatever waited: this one alone is left.
    drop(context);
    assert_eq!(Arc::strong_count(&silence.0), 1);
}

/// To a port of this machine, by its number alone.
#[derive(Debug)]
struct Ports;

impl Transport for Ports {
    fn listen(&self, _: &str) -> io::Result<(Box<dyn Accept>, String)> {
        Err(io::Error::new(ErrorKind::Unsupported, "ports are only connected to"))
    }

    fn connect<'t>(&'t self, address: &'t str) -> Pending<'t, Connection> {
        Box::pin(async move {
            let port = address.parse().map_err(|_| io::Error::other("name a port"))?;
            Ok(TcpStream::connect(("127.0.0.1", port))?.into())
        })
    }
}

#[test]
fn what_a_transport_cannot_do_is_told_and_its_streams_may_be_of_tcp() {
    let context = Context::builder().transport("port", Ports).build().unwrap().with(options());
    let (pull, push) = (context.pull(), context.push());
    says(pull.bind("port://1"), "cannot bind port://1", "ports are only connected to");
    let port = pull.bind("tcp://127.0.0.1:*").unwrap().port().unwrap();
    push.connect(format!("port://{port}")).unwrap();
    push.send("task").unwrap();
    assert_eq!(pull.recv().unwrap(), "task");
    let monitor = push.monitor();
    push.connect("port://http").unwrap();
    let why = await_event(&monitor, |event| match event {
        Event::ConnectRetried { why: Some(why), .. } => Some(why.to_string()),
        _ => None,
    });
    assert_eq!(why, "name a port");
}

#[test]
fn an_endpoint_of_a_transport_that_nobody_has_says_which_there_are() {
    let context = context();
    for endpoint in ["udp://127.0.0.1:5555", "boards://here"] {
        let endpoint: Endpoint = endpoint.parse().unwrap();
        says(
            context.pull().bind(&endpoint),
            &format!("bad endpoint \"{endpoint}\""),
            "use tcp://, ipc:// or inproc://",
        );
        says(context.pull().connect(&endpoint), "the transport is not supported", "use tcp://");
    }
}

#[test]
fn a_name_that_is_taken_or_none_is_refused_when_the_context_is_built() {
    for name in ["tcp", "ipc", "inproc", "", "1st", "a b", "a:"] {
        let error = Context::builder().transport(name, Ports).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(&format!("{name:?} is no name for a transport")), "{error}");
    }
    Context::builder().transport("vsock", Ports).transport("coap+tcp", Ports).build().unwrap();
}
