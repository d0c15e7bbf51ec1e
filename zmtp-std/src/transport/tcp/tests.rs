use std::time::Duration;

use super::*;
use crate::io::run;

fn local(options: &Options) -> (std::net::TcpListener, SocketAddr) {
    let listener = listen_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), false, options).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Both ends of a connection, the accepted one first.
async fn connection(options: &Options) -> (TcpStream, TcpStream) {
    let (listener, address) = local(options);
    let connected = reach_address(address, None, options).await.unwrap();
    let (accepted, _) = listener.accept().unwrap();
    accepted.set_nonblocking(true).unwrap();
    let Stream::Tcp(accepted) = adopt(accepted, options).unwrap() else { panic!("no TCP") };
    (accepted, connected)
}

#[test]
fn options_of_tcp_are_set_on_both_ends_of_a_connection() {
    run(async {
        let options = Options {
            tcp_keepalive: Some(true),
            tcp_keepalive_idle: Some(Duration::from_secs(11)),
            tcp_keepalive_intvl: Some(Duration::from_secs(12)),
            tcp_keepalive_cnt: Some(13),
            sndbuf: Some(20_000),
            rcvbuf: Some(30_000),
            ..Options::default()
        };
        let (accepted, connected) = connection(&options).await;
        for stream in [accepted, connected] {
            assert!(SockRef::from(&stream).tcp_nodelay().unwrap());
            let socket = SockRef::from(&stream);
            assert!(socket.keepalive().unwrap());
            assert_eq!(socket.tcp_keepalive_time().unwrap(), Duration::from_secs(11));
            assert_eq!(socket.tcp_keepalive_interval().unwrap(), Duration::from_secs(12));
            assert_eq!(socket.tcp_keepalive_retries().unwrap(), 13);
            // Linux doubles them, for what it needs itself.
            assert!([20_000, 40_000].contains(&socket.send_buffer_size().unwrap()));
            assert!([30_000, 60_000].contains(&socket.recv_buffer_size().unwrap()));
        }
    });
}

#[cfg(target_os = "linux")]
#[test]
fn options_that_linux_has_are_set_on_both_ends_of_a_connection() {
    run(async {
        let options =
            Options { tcp_maxrt: Duration::from_millis(4321), tos: 0x28, priority: 5, ..Options::default() };
        let (accepted, connected) = connection(&options).await;
        for stream in [accepted, connected] {
            let socket = SockRef::from(&stream);
            assert_eq!(socket.tcp_user_timeout().unwrap(), Some(Duration::from_millis(4321)));
            assert_eq!(socket.tos_v4().unwrap(), 0x28);
            assert_eq!(socket.priority().unwrap(), 5);
        }
        let device = Options { bindtodevice: "lo".to_owned(), ..Options::default() };
        let (accepted, connected) = connection(&device).await;
        assert_eq!(SockRef::from(&connected).device().unwrap().unwrap(), b"lo");
        drop(accepted);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn over_ipv6_the_type_of_service_is_the_traffic_class() {
    run(async {
        let options = Options { tos: 0x28, ..Options::default() };
        let Ok(listener) = listen_at(SocketAddr::from((Ipv6Addr::LOCALHOST, 0)), false, &options) else {
            println!("SKIPPED: this machine has no IPv6");
            return;
        };
        let connected = reach_address(listener.local_addr().unwrap(), None, &options).await.unwrap();
        let (accepted, _) = listener.accept().unwrap();
        assert_eq!(SockRef::from(&connected).tclass_v6().unwrap(), 0x28);
        assert_eq!(SockRef::from(&accepted).tclass_v6().unwrap(), 0x28);
    });
}

#[test]
fn by_default_the_system_decides_and_keep_alive_can_be_switched_off() {
    run(async {
        for tcp_keepalive in [None, Some(false)] {
            let (accepted, connected) = connection(&Options { tcp_keepalive, ..Options::default() }).await;
            for stream in [accepted, connected] {
                assert!(!SockRef::from(&stream).keepalive().unwrap());
            }
        }
    });
}

/// Nobody accepts, so that the queue stays full.
#[cfg(target_os = "linux")]
#[test]
fn no_more_peers_than_the_backlog_wait_to_be_accepted() {
    run(async {
        for (backlog, all) in [(1, false), (100, true)] {
            let options =
                Options { backlog, connect_timeout: Duration::from_millis(300), ..Options::default() };
            let (_listener, address) = local(&options);
            let mut reached = Vec::new();
            for _ in 0..8 {
                match reach_address(address, None, &options).await {
                    Ok(stream) => reached.push(stream),
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::TimedOut);
                        break;
                    }
                }
            }
            assert_eq!(reached.len() == 8, all, "{} with a backlog of {backlog}", reached.len());
        }
    });
}

#[test]
fn a_name_is_that_of_an_interface_before_it_is_that_of_a_host() {
    let interface = if_addrs::get_if_addrs().unwrap().into_iter().find(|each| each.ip().is_loopback());
    let interface = interface.expect("a loopback interface");
    let found = local_addresses(&interface.name, 7, &Options::default()).unwrap();
    assert!(found.contains(&SocketAddr::from((interface.ip(), 7))));
    assert!(local_addresses("no-such-interface.invalid", 7, &Options::default()).is_err());
}

/// Those of links among them: without a zone the system binds none of them.
#[cfg(target_os = "linux")]
#[test]
fn every_address_of_every_interface_can_be_bound_as_it_is_found_by_name() {
    let options = Options::default();
    for interface in if_addrs::get_if_addrs().unwrap().iter().filter(|each| each.is_oper_up()) {
        let found = local_addresses(&interface.name, 0, &options).unwrap();
        assert!(found.iter().any(|address| address.ip() == interface.ip()), "{interface:?}");
        for address in found {
            let error = listen_at(address, false, &options).err().map(|error| error.kind());
            // One that is still being looked for in the network cannot be had yet.
            assert!(matches!(error, None | Some(ErrorKind::AddrNotAvailable)), "{address}: {error:?}");
        }
    }
}

#[test]
fn without_ipv6_addresses_of_ipv4_are_tried_first_and_all_others_after_them() {
    let (v4, v6) = (SocketAddr::from((Ipv4Addr::LOCALHOST, 1)), SocketAddr::from((Ipv6Addr::LOCALHOST, 1)));
    let order = |ipv6| in_order(vec![v6, v4], &Options { ipv6, ..Options::default() });
    assert_eq!(order(false), [v4, v6]);
    assert_eq!(order(true), [v6, v4]);
}

#[test]
fn each_address_is_tried_in_turn_until_one_is_good_and_the_last_failure_is_told() {
    let addresses: Vec<_> = (1..4).map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port))).collect();
    let refuse = |address: SocketAddr| io::Error::other(address.to_string());
    let good = |port| {
        let attempt =
            |address: SocketAddr| if address.port() == port { Ok(port) } else { Err(refuse(address)) };
        first(addresses.clone(), attempt)
    };
    assert_eq!(good(2).unwrap(), 2);
    assert_eq!(good(9).unwrap_err().to_string(), "127.0.0.1:3");
    assert_eq!(first(Vec::new(), |_| Ok(())).unwrap_err().to_string(), "the host has no address");
}

#[test]
fn a_source_of_the_wrong_kind_is_told() {
    run(async {
        let source = Source { host: Host::Ip(Ipv6Addr::LOCALHOST.into()), port: 0 };
        let (_listener, address) = local(&Options::default());
        let error = reach_address(address, Some(&source), &Options::default()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrNotAvailable);
        assert!(error.to_string().contains("the source [::1] has no address of the kind that 127.0.0.1:"));
    });
}
