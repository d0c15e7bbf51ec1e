//! The program as its user sees it: what it prints where, and its exit codes.

mod refusals;
#[cfg(unix)]
mod signals;
mod talk;
mod tools;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Turns a program that hangs into a failure.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a program left behind.
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("zmtp-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).into_os_string().into_string().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn start(args: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_zmtp"))
        .args(args)
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn end(child: Child) -> Ended {
    let id = child.id();
    let (ended, waiting) = mpsc::channel();
    thread::spawn(move || ended.send(child.wait_with_output()));
    let Ok(output) = waiting.recv_timeout(PATIENCE) else {
        signal(id, "KILL");
        panic!("the program hangs");
    };
    let output = output.unwrap();
    let text = |octets: Vec<u8>| String::from_utf8(octets).unwrap();
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn run(args: &[&str]) -> Ended {
    end(start(args))
}

fn signal(id: u32, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &id.to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Starts a tool that binds to a free port; returns the endpoint that it tells.
fn start_local(tool: &str, size: &str, count: &str) -> (Child, String) {
    let mut child = start(&["perf", tool, "tcp://127.0.0.1:*", size, count]);
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    let endpoint = line.trim().strip_prefix("bound to ").expect(&line).to_owned();
    // Read on, so that the child never finds its pipe full or closed.
    thread::spawn(move || {
        let mut rest = String::new();
        let _ = stderr.read_to_string(&mut rest);
        eprint!("{rest}");
    });
    (child, endpoint)
}

/// The number in a line such as `mean throughput: 17 [msg/s]`.
fn number(line: &str, label: &str, unit: &str) -> f64 {
    let number = line.strip_prefix(label).and_then(|rest| rest.strip_suffix(unit));
    number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no {label}N{unit} in {line:?}"))
}

#[test]
fn the_demo_shows_three_patterns_in_which_nothing_is_lost() {
    let demo = run(&["demo"]);
    assert_eq!(demo.code, Some(0), "{}{}", demo.stdout, demo.stderr);
    for (name, sockets, checked) in [
        ("hello world", "REQ-REP", "replies"),
        ("weather", "PUB-SUB", "readings"),
        ("ventilator", "PUSH-PULL", "results"),
    ] {
        let row = demo.stdout.lines().find(|line| line.starts_with(name)).expect(&demo.stdout);
        let words: Vec<_> = row.split_whitespace().collect();
        assert!(words.contains(&sockets), "{row}");
        // COUNT of COUNT replies
        let at = words.iter().position(|word| *word == checked).expect(row);
        assert_eq!(words[at - 3], words[at - 1], "{row}");
        assert!(demo.stderr.contains(name), "no progress of {name} in {}", demo.stderr);
    }
    assert!(!demo.stdout.contains('\x1b') && !demo.stderr.contains('\x1b'), "colours in a pipe");
}

#[test]
fn throughput_is_measured_and_told_in_the_lines_of_libzmq() {
    let (local, endpoint) = start_local("local-thr", "16", "10000");
    let remote = run(&["perf", "remote-thr", &endpoint, "16", "10000"]);
    assert_eq!((remote.code, &*remote.stdout, &*remote.stderr), (Some(0), "", ""));
    let local = end(local);
    assert_eq!(local.code, Some(0));
    let lines: Vec<_> = local.stdout.lines().collect();
    assert_eq!(lines[..2], ["message size: 16 [B]", "message count: 10000"]);
    let rate = number(lines[2], "mean throughput: ", " [msg/s]");
    let megabits = number(lines[3], "mean throughput: ", " [Mb/s]");
    assert!((megabits - rate * 16.0 * 8.0 / 1e6).abs() < 0.002, "{megabits} Mb/s at {rate} messages/s");
    assert_eq!(lines.len(), 4);
}

#[test]
fn latency_is_measured_and_told_in_the_lines_of_libzmq() {
    let (local, endpoint) = start_local("local-lat", "1", "100");
    let remote = run(&["perf", "remote-lat", &endpoint, "1", "100"]);
    assert_eq!(remote.code, Some(0), "{}", remote.stderr);
    let lines: Vec<_> = remote.stdout.lines().collect();
    assert_eq!(lines[..2], ["message size: 1 [B]", "roundtrip count: 100"]);
    assert!(number(lines[2], "average latency: ", " [us]") > 0.0);
    assert_eq!(lines.len(), 3);
    let local = end(local);
    assert_eq!((local.code, &*local.stdout), (Some(0), ""));
}

#[test]
fn an_end_that_was_started_with_another_size_is_a_failure() {
    let (local, endpoint) = start_local("local-lat", "2", "1");
    let remote = start(&["perf", "remote-lat", &endpoint, "1", "1"]);
    assert_eq!(end(local).code, Some(1));
    signal(remote.id(), "INT");
    assert_eq!(end(remote).code, Some(130));
}

#[test]
fn a_bad_endpoint_is_an_error_of_usage_that_says_what_would_be_right() {
    for (endpoint, hint) in [
        ("127.0.0.1:5555", "begin with the transport, as in tcp://127.0.0.1:5555"),
        ("udp://127.0.0.1:5555", "use tcp://"),
        ("tcp://*:5555", "name a host instead of *"),
        ("tcp://127.0.0.1:0", "name a port"),
    ] {
        let ended = run(&["perf", "remote-thr", endpoint, "1", "1"]);
        assert_eq!((ended.code, &*ended.stdout), (Some(2), ""), "{endpoint}");
        assert!(ended.stderr.contains(endpoint) && ended.stderr.contains(hint), "{}", ended.stderr);
    }
}

#[test]
fn a_port_in_use_is_a_failure_that_says_what_to_do() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("tcp://{}", listener.local_addr().unwrap());
    let ended = run(&["perf", "local-thr", &endpoint, "1", "1"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.starts_with(&format!("error: cannot bind {endpoint}: ")), "{}", ended.stderr);
    assert!(ended.stderr.contains("in use; choose another port"), "{}", ended.stderr);
}

#[test]
fn a_peer_of_the_wrong_type_is_a_failure_and_not_a_silent_loss() {
    let (local, endpoint) = start_local("local-lat", "1", "1");
    let ended = run(&["perf", "remote-thr", &endpoint, "1", "3"]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("error: ") && ended.stderr.contains("the peer refused us"),
        "{}",
        ended.stderr
    );
    signal(local.id(), "INT");
    assert_eq!(end(local).code, Some(130));
}

#[test]
fn ctrl_c_ends_a_tool_that_waits_and_tells_how_far_it_came() {
    let (local, _) = start_local("local-thr", "1", "7");
    signal(local.id(), "INT");
    assert_eq!(end(local).code, Some(130));

    // Nobody listens there: at most as many messages wait as the high-water mark allows, and do not keep the program.
    let endpoint = format!("tcp://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let mut remote = start(&["perf", "remote-thr", &endpoint, "1", "5000"]);
    let mut stderr = BufReader::new(remote.stderr.take().unwrap()).lines().map(Result::unwrap);
    let line = stderr.next().unwrap();
    assert!(line.starts_with(&format!("cannot connect to {endpoint} yet")), "{line}");
    signal(remote.id(), "INT");
    assert_eq!(end(remote).code, Some(130));
    let rest: Vec<_> = stderr.collect();
    let interrupted = rest.iter().find_map(|line| line.strip_prefix("interrupted after "));
    let sent = interrupted.and_then(|rest| rest.strip_suffix(" of 5000 messages")).expect("how far it came");
    assert!(sent.parse::<u32>().is_ok_and(|sent| sent <= 1000), "{rest:?}");
    assert!(
        rest.iter().any(|line| line.contains(&format!("{sent} messages were not delivered"))),
        "{rest:?}"
    );
}

#[test]
fn help_teaches_and_no_argument_at_all_is_an_error_of_usage() {
    let help = run(&["--help"]);
    assert_eq!((help.code, &*help.stderr), (Some(0), ""));
    for taught in ["zmtp demo", "zmtp perf local-thr", "Exit codes", "REQ asks", "tcp://*:5555"] {
        assert!(help.stdout.contains(taught), "no {taught} in {}", help.stdout);
    }
    let nothing = run(&[]);
    assert_eq!((nothing.code, &*nothing.stdout), (Some(2), ""));
    assert!(nothing.stderr.contains("Begin with: zmtp demo"), "{}", nothing.stderr);
}

#[test]
fn both_ends_of_a_measurement_over_inproc_are_in_one_process() {
    let throughput = run(&["perf", "inproc-thr", "16", "10000"]);
    assert_eq!(throughput.code, Some(0), "{}", throughput.stderr);
    let lines: Vec<&str> = throughput.stdout.lines().collect();
    assert_eq!(lines[..2], ["message size: 16 [B]", "message count: 10000"]);
    assert!(number(lines[2], "mean throughput: ", " [msg/s]") > 0.0);
    let latency = run(&["perf", "inproc-lat", "16", "100"]);
    assert_eq!(latency.code, Some(0), "{}", latency.stderr);
    let line = latency.stdout.lines().last().unwrap();
    assert!(number(line, "average latency: ", " [us]") > 0.0);
}
