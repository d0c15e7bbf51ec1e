//! libzmq with PLAIN and CURVE, as a peer: a process of Python, whose pyzmq brings one that has them.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use crate::libzmq::python;
use zmtp_std::security::{CurveKeyPair, curve_keypair};

/// The keys of both sides.
#[derive(Debug)]
pub struct Keys {
    /// Of the client.
    pub client: CurveKeyPair,
    /// Of the server.
    pub server: CurveKeyPair,
}

/// The same keys for all tests of a program.
pub fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| Keys { client: curve_keypair(), server: curve_keypair() })
}

/// How the peers prove who they are. The user of PLAIN is `admin`, with the password `secret`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Not at all.
    Null,
    /// By name and password.
    Plain,
    /// By keys.
    Curve,
}

impl Scheme {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Null, Self::Plain, Self::Curve];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Plain => "PLAIN",
            Self::Curve => "CURVE",
        }
    }
}

/// A process that is libzmq, and does what a play of `tests/interop/peer.py` says.
#[derive(Debug)]
pub struct Libzmq {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Libzmq {
    fn start(play: &str, scheme: Scheme, port: Option<u16>) -> Self {
        let text = |text: [u8; 40]| String::from_utf8(text.to_vec()).expect("text");
        let mut command = Command::new(python().expect("looked for before"));
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/peer.py"));
        command.args([play, scheme.name()]);
        command.args(port.map(|port| port.to_string()));
        command.env("SERVER_PUBLIC", text(keys().server.public.to_z85()));
        command.env("SERVER_SECRET", text(keys().server.secret.to_z85()));
        command.env("CLIENT_PUBLIC", text(keys().client.public.to_z85()));
        command.env("CLIENT_SECRET", text(keys().client.secret.to_z85()));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python3");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        Self { child, lines }
    }

    /// The next line that it prints.
    ///
    /// # Panics
    /// If it ends before.
    pub fn line(&mut self) -> String {
        self.lines.next().expect("it says something").expect("text")
    }

    /// A server, and the port that it is bound to.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn serve(play: &str, scheme: Scheme) -> (Self, u16) {
        let mut server = Self::start(play, scheme, None);
        let port = server.line().parse().expect("a port");
        (server, port)
    }

    /// A client that connects to this port.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn connect(play: &str, scheme: Scheme, port: u16) -> Self {
        Self::start(play, scheme, Some(port))
    }

    /// Waits until it is done.
    ///
    /// # Panics
    /// If it says something else, or fails.
    pub fn end(mut self) {
        assert_eq!(self.line(), "done");
        assert!(self.child.wait().expect("an end").success());
    }
}

impl Drop for Libzmq {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether there is a libzmq with CURVE; says so if not.
#[must_use]
pub fn is_there() -> bool {
    let there = python().is_some();
    if !there {
        println!("SKIPPED: no python3 with pyzmq and CURVE here (Debian: apt-get install python3-zmq)");
    }
    there
}
