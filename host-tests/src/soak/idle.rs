//! What a peer takes that says nothing, beside what it takes in libzmq.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use zmtp_std::SocketType::{self, Pull, Router, XPub};

use super::crowd::Crowd;
use super::{Seen, resident, this_program};

const PEERS: usize = 10_000;
/// Octets that one shall take.
const GOAL: u64 = 2_560;
/// Octets that one takes at most as things are: more is a step back, and fails.
const KEPT: u64 = 2_700;

/// Socket types, with that of the peers and what these say first, in hexadecimal digits: a subscription to `A`.
const KINDS: [(SocketType, &str, &str); 3] =
    [(Pull, "PUSH", ""), (Router, "DEALER", ""), (XPub, "SUB", "00020141")];

pub(super) fn run() -> Result<Seen> {
    let (mut lines, mut good) = (Vec::new(), true);
    for (kind, peers, then) in KINDS {
        let ours = measure("ours", kind, peers, then)?;
        let theirs = measure("libzmq", kind, peers, then)?;
        good &= ours <= KEPT;
        let met = if ours <= GOAL { "met" } else { "missed" };
        let name = kind.name();
        lines.push(format!(
            "{name:<7} {ours:>6} octets a peer (goal {GOAL} {met}, bound {KEPT}), libzmq {theirs:>6}: {:.1} x less",
            theirs as f64 / ours.max(1) as f64
        ));
    }
    Ok(Seen { lines, good })
}

/// Octets that a peer takes.
fn measure(whose: &str, kind: SocketType, peers: &str, then: &str) -> Result<u64> {
    let mut server = Server::start(whose, kind)?;
    // The first ones pay for what all share.
    let _first = Crowd::gather(&server.address, 100, peers, then)?;
    let before = server.resident()?;
    let _crowd = Crowd::gather(&server.address, PEERS, peers, then)?;
    let after = server.resident()?;
    Ok(after.saturating_sub(before) / PEERS as u64)
}

/// A process with one bound socket.
struct Server {
    child: Child,
    orders: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    address: String,
}

impl Server {
    fn start(whose: &str, kind: SocketType) -> Result<Self> {
        let mut command = this_program(&["server", whose, kind.name()])?;
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let orders = child.stdin.take().context("its input")?;
        let mut lines = BufReader::new(child.stdout.take().context("its output")?).lines();
        let endpoint = lines.next().context("the server ended")??;
        let address = endpoint.strip_prefix("tcp://").context("an endpoint")?.to_string();
        Ok(Self { child, orders, lines, address })
    }

    fn resident(&mut self) -> Result<u64> {
        writeln!(self.orders)?;
        Ok(self.lines.next().context("the server ended")??.parse()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The part of that process: whose socket, and its type. It prints its endpoint, and for every line what it has in memory.
///
/// # Errors
/// If there is no such socket.
pub fn serve(arguments: &[String]) -> Result<()> {
    let [whose, kind] = arguments else { bail!("two arguments") };
    let (kind, theirs) = match kind.as_str() {
        "PULL" => (Pull, zmq::PULL),
        "ROUTER" => (Router, zmq::ROUTER),
        "XPUB" => (XPub, zmq::XPUB),
        other => bail!("no server is a {other}"),
    };
    if whose == "ours" {
        let socket = zmtp_std::Context::new().socket(kind);
        println!("{}", socket.bind("tcp://127.0.0.1:*")?);
        // What a publisher is shown has to be taken, or it would be in memory, too.
        return answer(|| {
            if kind == XPub {
                while socket.try_recv().is_ok() {}
            }
        });
    }
    let context = zmq::Context::new();
    let socket = context.socket(theirs)?;
    println!("{}", crate::libzmq::bind(&socket));
    answer(|| {
        if kind == XPub {
            while socket.recv_bytes(zmq::DONTWAIT).is_ok() {}
        }
    })
}

fn answer(take: impl Fn()) -> Result<()> {
    for line in std::io::stdin().lines() {
        ensure!(line?.is_empty(), "an empty line");
        take();
        println!("{}", resident()?);
    }
    Ok(())
}
