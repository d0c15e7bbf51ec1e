//! Files of keys: those of `zmtp keygen` are read by pyzmq and CZMQ, and theirs by us.

use std::process::{Command, Stdio};

use host_tests::libzmq::python;
use host_tests::program::{Secrets, Zmtp};
use host_tests::pyzmq::is_there;
use zmtp_std::security::Certificate;

/// Those that are on this machine; says so of one that is not.
fn libraries() -> impl Iterator<Item = &'static str> {
    let pyzmq = is_there();
    let czmq = pyzmq && {
        let mut probe = Command::new(python().unwrap());
        probe.args(["-c", "import ctypes; ctypes.CDLL('libczmq.so.4')"]).stderr(Stdio::null());
        probe.status().is_ok_and(|status| status.success())
    };
    if pyzmq && !czmq {
        println!("SKIPPED: no CZMQ here (Debian: apt-get install libczmq4)");
    }
    [("pyzmq", pyzmq), ("czmq", czmq)].into_iter().filter(|(_, there)| *there).map(|(name, _)| name)
}

/// The public and the secret key that another library says; `None` for a key that is not there.
fn ask(library: &str, words: &[&str]) -> [Option<String>; 2] {
    let mut command = Command::new(python().expect("looked for before"));
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/certificates.py")).arg(library);
    let output = command.args(words).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{library} {words:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let keys: Vec<_> = text.lines().map(|key| (key != "None").then(|| key.to_owned())).collect();
    keys.try_into().unwrap()
}

/// The same of ours.
fn read(file: &str) -> [Option<String>; 2] {
    let Certificate { public, secret } = Certificate::read(file).unwrap();
    let secret = secret.map(|secret| String::from_utf8(secret.to_z85().to_vec()).unwrap());
    [Some(public.to_string()), secret]
}

#[test]
fn certificates_of_zmtp_keygen_are_read_by_others() {
    let secrets = Secrets::new().unwrap();
    let (public, secret) = (secrets.path("clients/named.key"), secrets.path("clients/named.key_secret"));
    let keygen = Zmtp::start(["keygen", &public, "--name", "Ann of Arbor"]).unwrap();
    assert_eq!(keygen.end().unwrap().0, Some(0));
    for library in libraries() {
        assert_eq!(ask(library, &["load", &secret]), read(&secret), "{library}");
        // CZMQ looks for the secret part by itself, as our --curve-cert does.
        let with_secret = if library == "czmq" { &secret } else { &public };
        assert_eq!(ask(library, &["load", &public]), read(with_secret), "{library}");
    }
    if is_there() {
        // The certificate `client` is there, too, but pyzmq wants them to end so.
        assert_eq!(ask("pyzmq", &["admit", &secrets.path("clients")]), read(&public));
    }
}

#[test]
fn certificates_of_others_let_in_who_has_them_and_nobody_else() {
    for library in libraries() {
        let secrets = Secrets::new().unwrap();
        let (folder, clients) = (secrets.path(""), secrets.path("clients"));
        assert_eq!(ask(library, &["save", &folder, "judge"]), read(&secrets.path("judge.key_secret")));
        assert_eq!(
            ask(library, &["save", &clients, "guest"]),
            read(&secrets.path("clients/guest.key_secret"))
        );
        let (judge, guest) = (secrets.path("judge.key"), secrets.path("clients/guest.key"));
        assert_eq!(read(&judge)[1], None, "the public part has no secret");

        let pull = ["pull", "tcp://127.0.0.1:*", "--curve-server", "--curve-cert", &judge];
        let pull = Zmtp::start([&pull[..], &["--curve-allow", &clients, "-n", "1"]].concat()).unwrap();
        let place = format!(">{}", pull.bound().unwrap());
        let push = ["push", &place, "-m", library, "--curve-serverkey", &judge];
        let stranger = Zmtp::start([&push[..], &["--curve-cert", &secrets.path("server")]].concat()).unwrap();
        assert_eq!(stranger.end().unwrap().0, Some(1), "{library}");
        let guest = Zmtp::start([&push[..], &["--curve-cert", &guest]].concat()).unwrap();
        assert_eq!(guest.end().unwrap().0, Some(0), "{library}");
        assert_eq!(pull.end().unwrap(), (Some(0), vec![library.to_owned()]));
    }
}
