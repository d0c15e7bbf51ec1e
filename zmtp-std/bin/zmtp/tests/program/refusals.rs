//! What is said when something cannot be done: what it was, and what to do next.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;

use super::talk::{ANYWHERE, bind};
use super::{Folder, end, run, signal, start};

/// Checks the code, and that these are in what is said.
fn says(args: &[&str], code: i32, words: &[&str]) {
    let ended = run(args);
    assert_eq!((ended.code, &*ended.stdout), (Some(code), ""), "{args:?}: {}", ended.stderr);
    for word in words {
        assert!(ended.stderr.contains(word), "{args:?}: no {word:?} in {}", ended.stderr);
    }
}

#[test]
fn whoever_cannot_bind_is_told_how_to_connect() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = format!("tcp://{}", listener.local_addr().unwrap());
    let connect = "to connect there, put '>' in front";
    says(&["pull", &taken], 1, &["in use; choose another port", connect]);
    says(&["pull", "tcp://192.0.2.1:5555"], 1, &["bind to an address of this machine", connect]);
    says(&["rep", "tcp://no-such-host.invalid:5555"], 1, &["the host is unknown", connect]);
    says(&["proxy", "queue", ANYWHERE, &taken], 1, &["in use", connect]);
}

#[cfg(unix)]
#[test]
fn a_path_that_cannot_be_bound_is_named_with_what_to_do() {
    let folder = Folder::new("paths");
    let (file, nowhere) = (folder.path("file"), folder.path("no/such"));
    fs::write(&file, "no socket").unwrap();
    says(&["pull", &format!("ipc://{file}")], 1, &[&file, "choose another path"]);
    says(&["pull", &format!("ipc://{nowhere}")], 1, &[&nowhere, "make the folder"]);
    let long = format!("ipc://{}", folder.path(&"x".repeat(120)));
    says(&["pull", &long], 2, &["at most 107 octets"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "no socket");
}

#[test]
fn keys_and_passwords_that_are_not_there_are_named_with_their_option_and_how_to_make_them() {
    let folder = Folder::new("missing");
    let (missing, server, text) = (folder.path("missing"), folder.path("server"), folder.path("text"));
    fs::write(&text, "neither a key nor a name and its password").unwrap();
    assert_eq!(run(&["keygen", &server]).code, Some(0));
    let pull = ["pull", ANYWHERE, "--curve-server"];
    let push = ["push", "tcp://127.0.0.1:1", "-m", "x"];
    let with = |args: &[&'static str], more: &[&str], words: &[&str]| {
        says(&[args, more].concat(), 1, words);
    };
    with(&pull, &[], &["zmtp keygen FILE", "--curve-cert FILE"]);
    with(&pull, &["--curve-cert", &missing], &["--curve-cert: cannot read", "zmtp keygen", "makes one"]);
    with(&pull, &["--curve-cert", &text], &["--curve-cert", &text, "has no line public-key"]);
    with(&pull, &["--curve-cert", &server, "--curve-allow", &missing], &["--curve-allow", &missing]);
    with(&push, &["--curve-serverkey", &missing], &["--curve-serverkey", "40 characters of Z85", &missing]);
    with(&push, &["--curve-serverkey", &text], &["--curve-serverkey", "has no line public-key"]);
    with(&push, &["--curve-cert", &server], &["--curve-cert needs a role", "--curve-serverkey"]);
    with(&push, &["--plain-username", "ann"], &["--plain-password-file", "ZMTP_PLAIN_PASSWORD"]);
    let password = ["--plain-username", "ann", "--plain-password-file", &missing];
    with(&push, &password, &["--plain-password-file", &missing]);
    with(&["pull", ANYWHERE], &["--plain-server", &missing], &["--plain-server", &missing]);
    with(&["pull", ANYWHERE], &["--plain-server", &text], &["line 1 of", "is not NAME=PASSWORD"]);
    says(&["keygen", &folder.path("no/such")], 1, &["make its folder first"]);
    fs::remove_file(folder.path("server_secret")).unwrap();
    with(&pull, &["--curve-cert", &server], &["has no secret key", "server_secret"]);
}

#[test]
fn a_time_that_is_over_names_its_option() {
    let nobody = format!("tcp://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let soon = ["--timeout", "10ms"];
    for (args, words) in [
        (&["pull", ANYWHERE][..], &["after 0 messages: no message came in time", "raise --timeout"][..]),
        (&["req", &nobody, "-m", "x"], &["after 0 replies: no message came in time", "raise --timeout"]),
        (&["pub", ANYWHERE, "-m", "x"], &["while waiting for 1 subscriber: 0 of 1 were there in time"]),
        (
            &["push", &nobody, "-m", "a", "-m", "b", "--hwm", "1"],
            &["after 1 message: nobody had room in time"],
        ),
    ] {
        says(&[args, &soon].concat(), 124, words);
    }
    says(&["push", &nobody, "-m", "x", "--linger", "10ms"], 1, &["--linger: 1 message\n"]);
}

#[test]
fn a_peer_that_is_none_says_why_and_which_it_is() {
    let publisher = bind(&["pub", "-m", "x"]);
    says(&["pull", "-c", &publisher.endpoint], 1, &["type does not go with ours", "refused us"]);
    signal(publisher.child.id(), "INT");
    let ended = publisher.end();
    assert_eq!(ended.code, Some(130));
    assert!(ended.stderr.contains("interrupted while waiting for 1 subscriber\n"), "{}", ended.stderr);
}

#[test]
fn a_signal_tells_how_many_have_not_left() {
    let nobody = format!("tcp://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    // That nobody is there may be known before the message waits, and before it is known to be the last.
    let told = (0..500).map(|_| interrupted(&["push", &nobody, "-m", "x"]));
    let told = told.into_iter().find(|told| !told.contains("interrupted after "));
    assert!(
        told.as_ref().is_some_and(|told| told.contains("interrupted before 1 message left\n")),
        "{told:?}"
    );
}

/// What a program tells that is interrupted when it has told one line.
fn interrupted(args: &[&str]) -> String {
    let mut child = start(args);
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    lines.next().unwrap();
    signal(child.id(), "INT");
    let rest = lines.map(|line| line + "\n").collect();
    assert_eq!(end(child).code, Some(130));
    rest
}
