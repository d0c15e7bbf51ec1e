use super::*;

#[test]
fn good_endpoints_are_shown_as_they_were_written() {
    for text in [
        "tcp://127.0.0.1:5555",
        "tcp://*:0",
        "tcp://localhost:1",
        "tcp://[::1]:65535",
        "tcp://a-b.c_d:9",
        "tcp://[fe80::1%eth0]:9",
        "tcp://eth0:0;localhost:1",
        "tcp://[::1]:2;[::1]:1",
        "ipc:///tmp/a b",
        "ipc://@name",
        "ipc://*",
        "ipc://relative.ipc",
        "inproc://a name",
        "inproc://*",
        "udp://127.0.0.1:5555",
        "a+b://anything ://",
    ] {
        assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), text);
    }
    assert_eq!("tcp://*:*".parse::<Endpoint>().unwrap().to_string(), "tcp://*:0");
}

#[test]
fn a_bad_endpoint_is_told_with_its_text_and_what_would_be_right() {
    for (text, hint) in [
        ("", "begin with the transport"),
        ("127.0.0.1:5555", "begin with the transport"),
        ("://127.0.0.1:5555", "not supported"),
        ("udp://", "not supported"),
        ("tcp://127.0.0.1", "end with a port"),
        ("tcp://127.0.0.1:", "number from 0 to 65535"),
        ("tcp://127.0.0.1:65536", "number from 0 to 65535"),
        ("tcp://127.0.0.1:http", "number from 0 to 65535"),
        ("tcp://:5555", "the host is"),
        ("tcp://a b:5555", "the host is"),
        ("ipc://", "name the path"),
        ("ipc://@", "a name goes behind the @"),
        (&format!("ipc://{}", "x".repeat(108)), "at most 107"),
        ("ipc://a\0b", "no octet 0"),
        ("inproc://", "give the socket a name"),
        (&format!("inproc://{}", "x".repeat(257)), "at most 256"),
        ("tcp://::1:5555", "brackets"),
        ("tcp://[::g]:5555", "brackets"),
        ("tcp://[fe80::1%]:5555", "brackets"),
        ("tcp://[127.0.0.1%lo]:5555", "brackets"),
        ("tcp://127.0.0.1;127.0.0.1:1", "end with a port"),
        ("tcp://127.0.0.1:1;", "end with a port"),
    ] {
        let error = text.parse::<Endpoint>().unwrap_err().to_string();
        assert!(error.contains(text) && error.contains(hint), "{error}");
    }
}

#[test]
fn a_source_is_for_connecting_only() {
    let endpoint: Endpoint = "tcp://*:*;127.0.0.1:1".parse().unwrap();
    assert!(endpoint.check_for_connect().is_ok());
    let error = endpoint.check_for_bind().unwrap_err().to_string();
    assert!(error.contains("a source address is for connecting"), "{error}");
}

#[test]
fn the_endpoint_of_an_address_keeps_its_zone() {
    let zoned = SocketAddr::V6(std::net::SocketAddrV6::new("fe80::1".parse().unwrap(), 9, 0, 4));
    let endpoint = Endpoint::from(zoned);
    assert_eq!(endpoint.to_string(), "tcp://[fe80::1%4]:9");
    assert_eq!(endpoint.to_string().parse(), Ok(endpoint));
    let global = SocketAddr::V6(std::net::SocketAddrV6::new("fd00::2".parse().unwrap(), 9, 0, 0));
    assert_eq!(Endpoint::from(global).to_string(), "tcp://[fd00::2]:9");
}

#[test]
fn wildcards_are_for_binding_only() {
    for (text, good) in [
        ("tcp://*:1", false),
        ("tcp://h:0", false),
        ("tcp://h:*", false),
        ("tcp://h:1", true),
        ("ipc://*", false),
        ("ipc://h", true),
    ] {
        assert_eq!(text.parse::<Endpoint>().unwrap().check_for_connect().is_ok(), good, "{text}");
    }
}
