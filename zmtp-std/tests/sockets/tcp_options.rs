//! What users may choose about TCP, and what they are told if it cannot be had.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

use crate::common::{await_event, context, free_endpoint, handshake, options};
use zmtp_std::{Endpoint, Event, Options};

fn accepted_from(event: &Event) -> Option<String> {
    match event {
        Event::Accepted { address, .. } => Some(address.to_string()),
        _ => None,
    }
}

fn failed(event: &Event) -> Option<String> {
    match event {
        Event::ConnectRetried { why: Some(why), .. } => Some(why.to_string()),
        _ => None,
    }
}

#[test]
fn a_connection_comes_from_its_source() {
    let context = context();
    let (pull, push) = (context.pull(), context.push());
    let monitor = pull.monitor();
    let endpoint = pull.bind("tcp://127.0.0.1:*").unwrap();
    let source = free_endpoint().port().unwrap();
    let text = format!("tcp://127.0.0.1:{source};127.0.0.1:{}", endpoint.port().unwrap());
    push.connect(&text).unwrap();
    push.send("hello").unwrap();
    assert_eq!(pull.recv().unwrap(), "hello");
    assert_eq!(await_event(&monitor, accepted_from), format!("127.0.0.1:{source}"));
    assert_eq!(push.last_endpoint().unwrap().to_string(), text);
    push.disconnect(&text).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_source_may_be_an_interface_or_a_name_and_so_may_where_to_bind() {
    let context = context();
    let (pull, push) = (context.pull(), context.push());
    let endpoint = pull.bind("tcp://lo:*").unwrap();
    assert!(endpoint.to_string().starts_with("tcp://127."), "{endpoint}");
    push.connect(format!("tcp://lo:*;127.0.0.1:{}", endpoint.port().unwrap())).unwrap();
    push.send("hello").unwrap();
    assert_eq!(pull.recv().unwrap(), "hello");
    let named = context.push();
    named.connect(format!("tcp://localhost:*;127.0.0.1:{}", endpoint.port().unwrap())).unwrap();
    named.send("by name").unwrap();
    assert_eq!(pull.recv().unwrap(), "by name");
}

#[test]
fn a_source_that_is_not_ours_is_told_and_tried_again() {
    let push = context().push();
    let monitor = push.monitor();
    push.connect("tcp://[::1]:*;127.0.0.1:5555").unwrap();
    let why = await_event(&monitor, failed);
    assert!(why.contains("the source [::1] has no address of the kind that 127.0.0.1:5555 is"), "{why}");
}

#[test]
fn to_bind_a_source_is_an_error() {
    let error = context().push().bind("tcp://127.0.0.1:1;127.0.0.1:2").unwrap_err();
    assert_eq!(
        error.to_string(),
        "bad endpoint \"tcp://127.0.0.1:1;127.0.0.1:2\": a source address is for connecting; to bind, name one address"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_device_that_is_not_there_is_an_error_that_names_the_option() {
    let context = context().with(Options { bindtodevice: "no-such-device".to_owned(), ..options() });
    let error = context.push().bind("tcp://127.0.0.1:*").unwrap_err().to_string();
    assert!(
        error.starts_with("cannot bind tcp://127.0.0.1:0: the system refuses the option bindtodevice: "),
        "{error}"
    );
    let push = context.push();
    let monitor = push.monitor();
    push.connect(free_endpoint()).unwrap();
    let why = await_event(&monitor, failed);
    assert!(why.starts_with("the system refuses the option bindtodevice: "), "{why}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_peer_that_cannot_be_served_as_an_option_wants_is_told_with_its_name_and_the_next_is_served() {
    // No system asks after no time at all.
    let never = Options { tcp_keepalive: Some(true), tcp_keepalive_idle: Some(Duration::ZERO), ..options() };
    let context = context();
    let pull = context.with(never).pull();
    let monitor = pull.monitor();
    let bound = pull.bind("tcp://127.0.0.1:*").unwrap();
    let refused = crate::common::raw(&bound);
    let why = await_event(&monitor, |event| match event {
        Event::AcceptFailed { endpoint, why } if *endpoint == bound.to_string() => Some(why.to_string()),
        _ => None,
    });
    assert!(why.starts_with("the system refuses the option tcp_keepalive: "), "{why}");
    drop(refused);
    pull.set_options(|options| options.tcp_keepalive_idle = None).unwrap();
    let push = context.push();
    push.connect(pull.bind("tcp://127.0.0.1:*").unwrap()).unwrap();
    push.send("served").unwrap();
    assert_eq!(pull.recv().unwrap(), "served");
}

#[test]
fn with_ipv6_a_wildcard_is_every_interface_of_both_kinds() {
    if TcpListener::bind("[::1]:0").is_err() {
        println!("SKIPPED: this machine has no IPv6");
        return;
    }
    let plain = context();
    let pull = plain.with(Options { ipv6: true, ..options() }).pull();
    let endpoint = pull.bind("tcp://*:*").unwrap();
    let port = endpoint.port().unwrap();
    assert_eq!(endpoint.to_string(), format!("tcp://[::]:{port}"));
    for host in ["127.0.0.1", "[::1]", "localhost"] {
        let push = plain.push();
        push.connect(format!("tcp://{host}:{port}")).unwrap();
        push.send(host).unwrap();
        assert_eq!(pull.recv().unwrap(), host);
    }
    // An address of one kind is of that kind.
    let v4 = plain.pull().bind("tcp://*:*").unwrap();
    assert!(TcpStream::connect(("::1", v4.port().unwrap())).is_err());
}

#[test]
fn a_listener_that_is_handed_over_is_served_from() {
    let context = context();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let (pull, push) = (context.pull(), context.push());
    // Peers that came before wait in it.
    let monitor = push.monitor();
    push.connect(Endpoint::from(address)).unwrap();
    await_event(&monitor, |event| matches!(event, Event::Connected { .. }).then_some(()));
    let endpoint = pull.bind_listener(listener).unwrap();
    assert_eq!(endpoint, Endpoint::from(address));
    assert_eq!(pull.last_endpoint(), Some(endpoint.clone()));
    await_event(&monitor, handshake);
    push.send("hello").unwrap();
    assert_eq!(pull.recv().unwrap(), "hello");
    pull.unbind(&endpoint).unwrap();
    assert!(TcpListener::bind(address).is_ok());
}

#[cfg(unix)]
#[test]
fn a_file_descriptor_that_is_handed_over_may_be_of_ipc_and_its_file_stays() {
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixListener;

    let path = std::env::temp_dir().join(format!("zmtp-handed-{}.ipc", std::process::id()));
    let listener = UnixListener::bind(&path).unwrap();
    let context = context();
    let (pull, push) = (context.pull(), context.push());
    let endpoint = pull.bind_listener(OwnedFd::from(listener)).unwrap();
    assert_eq!(endpoint.to_string(), format!("ipc://{}", path.display()));
    push.connect(&endpoint).unwrap();
    push.send("hello").unwrap();
    assert_eq!(pull.recv().unwrap(), "hello");
    pull.unbind(&endpoint).unwrap();
    std::fs::remove_file(&path).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_descriptor_that_does_not_listen_is_an_error() {
    use std::os::fd::OwnedFd;

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let file = std::fs::File::open("/proc/self/status").unwrap();
    for fd in [OwnedFd::from(stream), OwnedFd::from(file)] {
        let error = context().pull().bind_listener(fd).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot bind the listener: the file descriptor is no socket that listens; call listen on it, or look which one it is"
        );
    }
}

/// The addresses of this machine that need a zone, with their zones, as the system lists them: those in use, and none that is tried out.
#[cfg(target_os = "linux")]
fn zoned() -> Vec<String> {
    let list = std::fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
    let of_link = |line: &str| {
        let [digits, _, _, scope, flags, interface] = line.split_whitespace().collect::<Vec<_>>()[..] else {
            return None;
        };
        let address = std::net::Ipv6Addr::from(u128::from_str_radix(digits, 16).ok()?);
        (scope == "20" && flags == "80").then(|| format!("[{address}%{interface}]"))
    };
    list.lines().filter_map(of_link).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn every_address_that_needs_a_zone_is_bound_and_connected_with_it() {
    for host in zoned() {
        let context = context();
        let (pull, push) = (context.pull(), context.push());
        let port = pull.bind(format!("tcp://{host}:*")).unwrap().port().unwrap();
        push.connect(format!("tcp://{host}:{port}")).unwrap();
        push.send("zoned").unwrap();
        assert_eq!(pull.recv().unwrap(), "zoned");
        // The real endpoint has one, too: it can be connected to, and left.
        let other = context.pull();
        let bound = other.bind(format!("tcp://{host}:*")).unwrap();
        let push = context.push();
        push.connect(&bound).unwrap();
        push.send("as it was told").unwrap();
        assert_eq!(other.recv().unwrap(), "as it was told");
        other.unbind(bound.to_string()).unwrap();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_address_that_needs_a_zone_and_has_none_says_what_is_missing() {
    if TcpListener::bind("[::1]:0").is_err() {
        println!("SKIPPED: this machine has no IPv6");
        return;
    }
    let push = context().push();
    let error = push.bind("tcp://[fe80::1]:5555").unwrap_err().to_string();
    assert!(
        error.contains("cannot bind tcp://[fe80::1]:5555: ") && error.contains("as in [fe80::1%eth0]"),
        "{error}"
    );
    let monitor = push.monitor();
    push.connect("tcp://[fe80::1]:5555").unwrap();
    let why = await_event(&monitor, failed);
    assert!(why.contains("needs its interface, as in [fe80::1%eth0]"), "{why}");
}
