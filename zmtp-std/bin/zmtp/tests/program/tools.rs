//! The proxy, the monitor, keys and completions.

use std::fs;
use std::io::{BufRead, BufReader};

use super::talk::{ANYWHERE, bind, bind_with, succeeded};
use super::{Folder, end, run, signal, start};

#[test]
fn a_proxy_passes_tasks_on_and_tells_how_many() {
    let pull = bind(&["pull", "-n", "2"]);
    let capture = bind(&["sub"]);
    let front = bind(&["push", "-m", "one", "-m", "two"]);
    let to = |endpoint: &str| format!(">{endpoint}");
    let proxy = start(&[
        "proxy",
        "streamer",
        &to(&front.endpoint),
        &to(&pull.endpoint),
        "--capture",
        &to(&capture.endpoint),
    ]);
    succeeded(&front.end());
    assert_eq!(succeeded(&pull.end()), "one\ntwo\n");
    signal(proxy.id(), "INT");
    let ended = end(proxy);
    assert_eq!(ended.code, Some(130));
    assert!(ended.stderr.contains("frontend: 2 in (6 octets)"), "{}", ended.stderr);
    signal(capture.child.id(), "INT");
    capture.end();
}

#[test]
fn a_monitor_tells_what_happens_in_lines_and_as_json() {
    let publisher = bind_with(&["xpub"], b"");
    let ended = run(&["monitor", "sub", &publisher.endpoint, "--count", "2"]);
    let printed = succeeded(&ended);
    assert!(printed.starts_with(&format!("connected to {}", publisher.endpoint)), "{printed}");
    assert!(printed.contains("XPUB") && printed.contains("(NULL)"), "{printed}");
    let ended = run(&["monitor", "sub", &publisher.endpoint, "--count", "2", "--json"]);
    assert!(succeeded(&ended).contains(r#""event":"handshake_succeeded""#), "{}", ended.stdout);
    let ended = run(&["monitor", "sub", &publisher.endpoint, "--timeout", "0.2"]);
    assert_eq!(ended.code, Some(124));
    // A peer that is none for a PULL.
    let ended = run(&["monitor", "pull", &publisher.endpoint, "--count", "2"]);
    assert!(succeeded(&ended).contains("handshake with"), "{}", ended.stdout);
    signal(publisher.child.id(), "INT");
    publisher.end();
}

#[test]
fn keys_let_in_who_has_a_certificate_and_nobody_else() {
    let folder = Folder::new("keygen");
    let (server, clients) = (folder.path("server"), folder.path("clients"));
    fs::create_dir(&clients).unwrap();
    succeeded(&run(&["keygen", &server, "--name", "the server"]));
    let (ann, ann_secret) = (folder.path("ann"), folder.path("ann_secret"));
    succeeded(&run(&["keygen", &ann]));
    fs::rename(&ann, folder.0.join("clients/ann")).unwrap();

    let pull =
        bind(&["pull", "-n", "1", "--curve-server", "--curve-cert", &server, "--curve-allow", &clients]);
    let push = ["push", &pull.endpoint, "-m", "hello", "--curve-serverkey", &server];
    let stranger = run(&push);
    assert_eq!(stranger.code, Some(1), "{}", stranger.stderr);
    assert!(stranger.stderr.contains("it does not know us"), "{}", stranger.stderr);
    succeeded(&run(&[&push[..], &["--curve-cert", &ann_secret]].concat()));
    assert_eq!(succeeded(&pull.end()), "hello\n");
}

#[test]
fn a_certificate_is_for_its_owner_and_never_replaced_by_accident() {
    let folder = Folder::new("certificate");
    let file = folder.path("key");
    succeeded(&run(&["keygen", &file]));
    let before = fs::read_to_string(&file).unwrap();
    assert!(before.contains("    public-key = \"") && !before.contains("secret-key"), "{before}");
    let secret = folder.path("key_secret");
    assert!(fs::read_to_string(&secret).unwrap().contains("    secret-key = \""));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&secret).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let again = run(&["keygen", &file]);
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("is there already"), "{}", again.stderr);
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
    succeeded(&run(&["keygen", &file, "--force"]));
    assert_ne!(fs::read_to_string(&file).unwrap(), before);
}

#[test]
fn shells_are_told_what_there_is() {
    for shell in ["bash", "zsh", "fish"] {
        let ended = run(&["completions", shell]);
        let script = succeeded(&ended);
        for word in ["proxy", "forwarder", "xpub", "frames"] {
            assert!(script.contains(word), "no {word} for {shell}");
        }
    }
}

#[test]
fn a_proxy_is_steered_by_requests() {
    let mut proxy = start(&["proxy", "queue", ANYWHERE, ANYWHERE, "--control", ANYWHERE]);
    let mut lines = BufReader::new(proxy.stderr.take().unwrap()).lines().map(Result::unwrap);
    let control = lines.nth(2).unwrap();
    let control = control.strip_prefix("bound to ").unwrap();
    assert_eq!(succeeded(&run(&["req", control, "-m", "PAUSE", "-m", "TERMINATE"])), "\n\n");
    assert_eq!(end(proxy).code, Some(0));
}
