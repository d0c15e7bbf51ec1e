//! The sockets at a terminal, with programs of ours at both ends.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::{Ended, end, run, signal, start};

pub(super) const ANYWHERE: &str = "tcp://127.0.0.1:*";

fn start_piped(args: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_zmtp"))
        .args(args)
        .env_remove("RUST_LOG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Starts a program that finds this on its standard input.
fn start_with(args: &[&str], input: &'static [u8]) -> Child {
    let mut child = start_piped(args);
    let mut stdin = child.stdin.take().unwrap();
    // One that ends early does not read all of it.
    thread::spawn(move || drop(stdin.write_all(input)));
    child
}

/// A program that has told where it is bound.
pub(super) struct Bound {
    pub(super) child: Child,
    pub(super) endpoint: String,
    rest: thread::JoinHandle<String>,
}

impl Bound {
    fn of(mut child: Child) -> Self {
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        let endpoint = line.trim().strip_prefix("bound to ").expect(&line).to_owned();
        let rest = thread::spawn(move || {
            let mut rest = String::new();
            stderr.read_to_string(&mut rest).unwrap();
            rest
        });
        Self { child, endpoint, rest }
    }

    pub(super) fn end(self) -> Ended {
        let ended = end(self.child);
        Ended { stderr: self.rest.join().unwrap(), ..ended }
    }
}

pub(super) fn bind(args: &[&str]) -> Bound {
    Bound::of(start(&[args, &[ANYWHERE, "--bind"]].concat()))
}

pub(super) fn bind_with(args: &[&str], input: &'static [u8]) -> Bound {
    Bound::of(start_with(&[args, &[ANYWHERE, "--bind"]].concat(), input))
}

pub(super) fn succeeded(ended: &Ended) -> &str {
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    &ended.stdout
}

#[test]
fn what_is_published_reaches_a_subscriber_of_its_topic_and_no_other_does() {
    let publisher = bind_with(&["pub", "-f", ":"], b"weather:fine\nnews:none\nweather:rain\n");
    let ended = run(&["sub", &publisher.endpoint, "-t", "weather", "--count", "2", "--frames", ", "]);
    assert_eq!(succeeded(&ended), "weather, fine\nweather, rain\n");
    succeeded(&publisher.end());
}

#[test]
fn a_publisher_waits_for_a_subscriber_and_gives_up_in_time() {
    let ended = run(&["pub", ANYWHERE, "-m", "hello", "--timeout", "50ms"]);
    assert_eq!(ended.code, Some(124));
    assert!(ended.stderr.contains("waiting for 1 subscriber"), "{}", ended.stderr);
    let ended = run(&["pub", ANYWHERE, "-m", "hello", "--wait", "0"]);
    succeeded(&ended);
}

#[test]
fn lines_are_pushed_and_pulled_and_the_prefix_says_who_binds() {
    let pull = Bound::of(start(&["pull", &format!("@{ANYWHERE}"), "-n", "3"]));
    let push = end(start_with(&["push", &format!(">{}", pull.endpoint)], b"a\n\nlast without an end"));
    succeeded(&push);
    assert_eq!(succeeded(&pull.end()), "a\n\nlast without an end\n");
}

#[test]
fn octets_that_are_no_text_come_through_as_digits_as_json_and_whole() {
    for (format, input, printed) in [
        ("--hex", &b"00 FF 0a\t61\n"[..], "00ff0a\t61\n"),
        ("--whole", b"\0a\nb", "\0a\nb"),
        ("--null", b"a\nb\0", "a\nb\0"),
    ] {
        let pull = bind(&["pull", "-n", "1", format]);
        succeeded(&end(start_with(&["push", &pull.endpoint, format], input)));
        assert_eq!(succeeded(&pull.end()), printed, "{format}");
    }
    let pull = bind(&["pull", "-n", "1", "--json"]);
    let line = br#"{"parts": ["a\nb", {"hex": "00ff"}], "from": "is not looked at"}"#;
    succeeded(&end(start_with(&["push", &pull.endpoint, "--json"], line)));
    let ended = pull.end();
    let printed = succeeded(&ended);
    assert!(
        printed.starts_with(r#"{"parts":["a\nb",{"hex":"00ff"}],"from":{"address":"127.0.0.1:"#),
        "{printed}"
    );
    assert!(printed.contains(r#""socket_type":"PUSH""#), "{printed}");
}

#[test]
fn a_line_that_cannot_be_understood_is_named_and_ends_the_program() {
    let pull = bind(&["pull"]);
    let ended = end(start_with(&["push", &pull.endpoint, "--hex"], b"00\nhello\n"));
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("line 2 of standard input: not pairs"), "{}", ended.stderr);
    signal(pull.child.id(), "INT");
    assert_eq!(pull.end().code, Some(130));
}

#[test]
fn requests_are_answered_by_lines_by_the_command_line_by_themselves_and_by_commands() {
    for (args, answers) in [
        (&[][..], "first\nsecond\n"),
        (&["-m", "World"], "World\nWorld\n"),
        (&["--echo"], "hello\nyou\n"),
        (&["--exec", "tr a-z A-Z"], "HELLO\nYOU\n"),
    ] {
        let rep = bind_with(&[&["rep", "-n", "2"], args].concat(), b"first\nsecond\n");
        let req = end(start_with(&["req", &rep.endpoint], b"hello\nyou\n"));
        assert_eq!(succeeded(&req), answers, "{args:?}");
        assert_eq!(succeeded(&rep.end()), "hello\nyou\n", "{args:?}");
    }
}

#[test]
fn a_request_that_nobody_answers_is_over_in_time() {
    // Bound, but at the end of its answers only after the request.
    let router = bind(&["router", "-n", "1"]);
    let ended = run(&["req", &router.endpoint, "-m", "hello", "--timeout", "0.1"]);
    assert_eq!(ended.code, Some(124));
    assert!(ended.stderr.contains("no message came in time"), "{}", ended.stderr);
    assert_eq!(
        succeeded(&router.end()).matches('\t').count(),
        2,
        "a routing id, an empty part, and the request"
    );
}

#[test]
fn a_router_calls_its_peers_by_their_names_and_tells_whom_it_does_not_know() {
    // All that the command line says is sent, though the answer may come first.
    let router = bind(&["router", "-w", "1", "-n", "1", "-f", ":", "-m", "bob:who?", "-m", "ann:hello"]);
    let dealer = run(&["dealer", &router.endpoint, "-i", "ann", "-m", "thanks", "-n", "1"]);
    assert_eq!(succeeded(&dealer), "hello\n");
    let ended = router.end();
    assert_eq!(succeeded(&ended), "ann:thanks\n");
    assert!(ended.stderr.contains("no peer has the routing id \"bob\""), "{}", ended.stderr);
}

#[test]
fn a_stream_talks_to_plain_tcp_and_closes_a_connection() {
    let mut stream = start_piped(&["stream", ANYWHERE]);
    let mut stdin = stream.stdin.take().unwrap();
    let mut lines = BufReader::new(stream.stdout.take().unwrap()).lines().map(Result::unwrap);
    let bound = Bound::of(stream);
    let mut peer = TcpStream::connect(bound.endpoint.trim_start_matches("tcp://")).unwrap();
    let come = lines.next().unwrap();
    let id = come.strip_suffix('\t').expect(&come);
    assert!(id.starts_with("0x"), "{id}");
    peer.write_all(b"\0\n").unwrap();
    assert_eq!(lines.next().unwrap(), format!("{id}\t000a"));
    stdin.write_all(format!("{id}\t4f 4b\n{id}\t\n").as_bytes()).unwrap();
    let mut answer = String::new();
    peer.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "OK", "and then it is closed");
    signal(bound.child.id(), "INT");
    assert_eq!(bound.end().code, Some(130));
}

#[test]
fn a_pair_talks_both_ways_and_an_echo_comes_back() {
    let one = bind(&["pair", "-m", "ping", "-n", "1"]);
    assert_eq!(succeeded(&run(&["pair", &one.endpoint, "-m", "pong", "-n", "1"])), "ping\n");
    assert_eq!(succeeded(&one.end()), "pong\n");
    let router = bind(&["router", "--echo", "-n", "3"]);
    let dealer = end(start_with(&["dealer", &router.endpoint, "-n", "3"], b"a\nb\nc\n"));
    assert_eq!(succeeded(&dealer), "a\nb\nc\n");
    succeeded(&router.end());
}

#[test]
fn an_xpub_prints_the_words_that_an_xsub_reads() {
    let xpub = bind(&["xpub", "-n", "2", "-f", " "]);
    let xsub = start_with(&["xsub", &xpub.endpoint], b"subscribe\tweather\nmessage\thello\n");
    assert_eq!(succeeded(&xpub.end()), "subscribe weather\nmessage hello\n");
    signal(xsub.id(), "INT");
    assert_eq!(end(xsub).code, Some(130));
}

/// `zmtp sub ... | head -1`: the program ends with its reader, though nothing more is published.
#[cfg(unix)]
#[test]
fn a_program_whose_reader_has_gone_ends_without_another_message() {
    let mut publisher = bind_with(&["xpub", "-w", "1"], b"one\n");
    let mut subscriber = start(&["sub", &publisher.endpoint]);
    let mut line = String::new();
    BufReader::new(subscriber.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "one\n");
    // The pipe was closed with its reader.
    let ended = end(subscriber);
    assert_eq!((ended.code, &*ended.stderr), (Some(0), ""));
    publisher.child.kill().unwrap();
    publisher.end();
}

/// Much more than pipes, buffers and marks take is written only once somebody takes it.
#[test]
fn standard_input_is_not_read_while_the_peer_has_no_room() {
    const LINE: &[u8] = &[b'x'; 1 << 16];
    let lines = 500;
    let mut push = Command::new(env!("CARGO_BIN_EXE_zmtp"))
        .args(["push", ANYWHERE, "--bind", "--hwm", "1"])
        .env_remove("RUST_LOG")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = push.stdin.take().unwrap();
    let written = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&written);
    let writer = thread::spawn(move || {
        for _ in 0..lines {
            stdin.write_all(LINE).unwrap();
            stdin.write_all(b"\n").unwrap();
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    let push = Bound::of(push);
    // Nobody is there: a line waits to be sent, two are read ahead, and a pipe has room for one or two.
    assert!(written.load(Ordering::SeqCst) < lines / 10);
    let pull = start(&["pull", "-c", &push.endpoint, "-n", &lines.to_string()]);
    let pulled = end(pull);
    assert_eq!(succeeded(&pulled).len(), lines * (LINE.len() + 1));
    writer.join().unwrap();
    succeeded(&push.end());
}

#[test]
fn names_and_passwords_come_from_files_and_a_stranger_is_refused() {
    let folder = std::env::temp_dir().join(format!("zmtp-program-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let users = folder.join("users");
    writeln!(File::create(&users).unwrap(), "ann=secret").unwrap();
    let (users, password) = (users.to_str().unwrap(), folder.join("password"));
    writeln!(File::create(&password).unwrap(), "secret").unwrap();

    let pull = bind(&["pull", "-n", "1", "--plain-server", users, "--json"]);
    let client = ["push", &pull.endpoint, "-m", "hello", "--plain-username", "ann", "--plain-password-file"];
    let refused = run(&[&client[..], &[users]].concat());
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    assert!(refused.stderr.contains("refused us"), "{}", refused.stderr);
    succeeded(&run(&[&client[..], &[password.to_str().unwrap()]].concat()));
    let ended = pull.end();
    assert!(succeeded(&ended).contains(r#""user_id":"ann""#), "{}", ended.stdout);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn an_endpoint_that_makes_no_sense_is_an_error_of_usage() {
    for (args, hint) in [
        (&["sub", "localhost:5556"][..], "begin with the transport"),
        (&["sub", "inproc://here"], "one program"),
        (&["push", "-c", "tcp://*:5555"], "name a host instead of *"),
        (&["sub", "tcp://localhost:5556", "--timeout", "soon"], "number of seconds"),
        (&["push", "tcp://localhost:5556", "--rate", "0"], "more than 0"),
    ] {
        let ended = run(args);
        assert_eq!((ended.code, &*ended.stdout), (Some(2), ""), "{args:?}");
        assert!(ended.stderr.contains(hint), "{}", ended.stderr);
    }
}
