//! Signals other than that of Ctrl-C.

use std::io::{BufRead, BufReader};
use std::path::Path;

use super::talk::ANYWHERE;
use super::{Folder, end, signal, start};

/// Every command that waits for peers, with its code, and the file of its endpoint gone.
#[test]
fn term_ends_every_command_as_ctrl_c_does_and_leaves_no_file_behind() {
    let folder = Folder::new("term");
    for (name, code) in [("TERM", 143), ("INT", 130)] {
        for words in [
            &["pub", "-m", "x"][..],
            &["sub"],
            &["push", "-m", "x"],
            &["pull"],
            &["req", "-m", "x"],
            &["rep", "--echo"],
            &["dealer"],
            &["router", "--echo"],
            &["pair"],
            &["xpub"],
            &["xsub", "-m", "subscribe\tx"],
            &["monitor", "router"],
        ] {
            let path = folder.path(words[0]);
            let place = format!("@ipc://{path}");
            // With -v it tells when it is bound.
            let mut child = start(&[&["-v"], words, &[&place]].concat());
            let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
            while !Path::new(&path).exists() {
                lines.next().unwrap().unwrap();
            }
            signal(child.id(), name);
            assert_eq!(end(child).code, Some(code), "{words:?}");
            assert!(!Path::new(&path).exists(), "{words:?}");
        }
    }
}

#[test]
fn a_command_that_takes_long_keeps_no_file_of_an_endpoint() {
    let folder = Folder::new("exec");
    let path = folder.path("rep");
    let endpoint = format!("ipc://{path}");
    let mut rep = start(&["rep", &endpoint, "--exec", "echo begun >&2; sleep 5"]);
    let req = start(&["req", &endpoint, "-m", "x"]);
    let mut lines = BufReader::new(rep.stderr.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "begun");
    signal(rep.id(), "TERM");
    assert_eq!(end(rep).code, Some(143));
    assert!(!Path::new(&path).exists());
    signal(req.id(), "INT");
    assert_eq!(end(req).code, Some(130));
}

#[test]
fn a_proxy_tells_on_usr1_what_has_gone_through_and_goes_on() {
    let mut proxy = start(&["proxy", "queue", ANYWHERE, ANYWHERE]);
    let mut lines = BufReader::new(proxy.stderr.take().unwrap()).lines().map(Result::unwrap);
    for bound in lines.by_ref().take(2) {
        assert!(bound.starts_with("bound to "), "{bound}");
    }
    for _ in 0..2 {
        signal(proxy.id(), "USR1");
        let told = lines.next().unwrap();
        assert!(told.starts_with("frontend: 0 in (0 octets)"), "{told}");
    }
    signal(proxy.id(), "TERM");
    assert_eq!(end(proxy).code, Some(143));
}
