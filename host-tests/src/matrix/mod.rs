//! Every legal pair of socket types, ours at one end and libzmq's at the other, over every transport that both have and with
//! every mechanism, either side binding. Ours are sockets of the library, or the commands of the program.

mod end;
mod ours;
mod program;
mod python;
mod talk;
mod theirs;

use std::fmt;

use anyhow::Result;
use zmtp_std::SocketType::{self, Dealer, Pair, Pub, Pull, Push, Rep, Req, Router, Sub, XPub, XSub};

use self::end::{End, Role};
use self::python::Python;
use crate::meeting::{BOTH, Binds};
use crate::program::Secrets;
use crate::pyzmq::{Scheme, is_there, keys};

/// Who may talk to whom (RFC 28 to 31), each pair once.
const LEGAL: [(SocketType, SocketType); 12] = [
    (Req, Rep),
    (Req, Router),
    (Dealer, Rep),
    (Dealer, Router),
    (Dealer, Dealer),
    (Router, Router),
    (Pub, Sub),
    (Pub, XSub),
    (XPub, Sub),
    (XPub, XSub),
    (Push, Pull),
    (Pair, Pair),
];

/// What is under the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transport {
    Tcp,
    Ipc,
}

impl Transport {
    const ALL: [Self; 2] = [Self::Tcp, Self::Ipc];

    /// Where to bind; the real endpoint follows from it.
    const fn anywhere(self) -> &'static str {
        match self {
            Self::Tcp => "tcp://127.0.0.1:*",
            Self::Ipc => "ipc://*",
        }
    }
}

/// Who has our sockets.
#[derive(Debug)]
enum Us {
    Library,
    /// With keys of its own.
    Program(Secrets),
}

impl Us {
    fn open(&self, socket_type: SocketType, scheme: Scheme, role: Role) -> Result<Box<dyn End + '_>> {
        Ok(match self {
            Self::Library => Box::new(ours::Ours::open(socket_type, scheme, role)?),
            Self::Program(secrets) => Box::new(program::Program::new(secrets, socket_type, scheme, role)),
        })
    }
}

/// Who the peer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Peer {
    /// libzmq in this process. It has no cryptography, and nobody who would answer for PLAIN.
    Libzmq,
    /// A program in Python, on the libzmq that pyzmq brings.
    Pyzmq,
}

/// Who the peer is, and how it is proven.
const COLUMNS: [(Peer, Scheme); 4] = [
    (Peer::Libzmq, Scheme::Null),
    (Peer::Pyzmq, Scheme::Null),
    (Peer::Pyzmq, Scheme::Plain),
    (Peer::Pyzmq, Scheme::Curve),
];

/// What became of one meeting.
#[derive(Debug)]
enum Outcome {
    Understood,
    /// The request arrived; the reply is not looked for: see [`loses_replies`].
    Half,
    /// There is no such peer on this machine.
    Missing,
    /// The reason.
    Failed(String),
}

/// One row: a pair of types, ours first, and its outcomes in the order of transports, columns, and who binds.
#[derive(Debug)]
struct Row {
    pair: (SocketType, SocketType),
    outcomes: Vec<Outcome>,
}

/// The whole table; it is printed by its [`Display`](fmt::Display).
#[derive(Debug)]
pub struct Matrix {
    rows: Vec<Row>,
}

/// All pairs, ours first.
fn pairs() -> Vec<(SocketType, SocketType)> {
    let turned =
        |(left, right)| if left == right { vec![(left, right)] } else { vec![(left, right), (right, left)] };
    LEGAL.into_iter().flat_map(turned).collect()
}

impl Matrix {
    /// Has all of them meet; `each` is told of every row that is done.
    ///
    /// # Errors
    /// If Python is there, and does not start.
    pub fn run(each: impl FnMut(usize, usize)) -> Result<Self> {
        let python = is_there().then(|| Python::start(keys())).transpose()?;
        Self::fill(&Us::Library, python, each)
    }

    /// The same with the commands of the program.
    ///
    /// # Errors
    /// If the program cannot be built, or Python is there, and does not start.
    pub fn run_program(each: impl FnMut(usize, usize)) -> Result<Self> {
        let secrets = Secrets::new()?;
        let keys = secrets.keys()?;
        let python = is_there().then(|| Python::start(&keys)).transpose()?;
        Self::fill(&Us::Program(secrets), python, each)
    }

    fn fill(us: &Us, mut python: Option<Python>, mut each: impl FnMut(usize, usize)) -> Result<Self> {
        let pairs = pairs();
        let count = pairs.len();
        let mut rows = Vec::new();
        for pair in pairs {
            let mut outcomes = Vec::new();
            for transport in Transport::ALL {
                for column in COLUMNS {
                    outcomes
                        .extend(BOTH.map(|binds| meet(us, pair, transport, column, binds, python.as_mut())));
                }
            }
            rows.push(Row { pair, outcomes });
            each(rows.len(), count);
        }
        Ok(Self { rows })
    }

    fn count(&self, which: fn(&Outcome) -> bool) -> usize {
        self.rows.iter().flat_map(|row| &row.outcomes).filter(|outcome| which(outcome)).count()
    }

    /// Meetings in which both sides understood each other.
    #[must_use]
    pub fn understood(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Understood))
    }

    /// Meetings in which only requests can be understood, for a fault of libzmq.
    #[must_use]
    pub fn halved(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Half))
    }

    /// Meetings in which they did not.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Failed(_)))
    }

    /// Meetings for which the peer is not on this machine.
    #[must_use]
    pub fn missing(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Missing))
    }
}

/// A REQ of libzmq that is the server of PLAIN or CURVE drops every reply, also that of a REP of its own (seen with 4.3.4).
fn loses_replies(theirs: SocketType, scheme: Scheme, role: Role) -> bool {
    theirs == Req && scheme != Scheme::Null && role == Role::Server
}

fn meet(
    us: &Us,
    (ours, theirs): (SocketType, SocketType),
    transport: Transport,
    (peer, scheme): (Peer, Scheme),
    binds: Binds,
    python: Option<&mut Python>,
) -> Outcome {
    // Who binds is the server of the mechanism.
    let (our_role, their_role) = match binds {
        Binds::Ours => (Role::Server, Role::Client),
        Binds::Theirs => (Role::Client, Role::Server),
    };
    let met = || -> Result<Outcome> {
        let mut us = us.open(ours, scheme, our_role)?;
        let mut them: Box<dyn End> = match (peer, python) {
            (Peer::Libzmq, _) => Box::new(theirs::Theirs::open(theirs)?),
            (Peer::Pyzmq, None) => return Ok(Outcome::Missing),
            (Peer::Pyzmq, Some(python)) => Box::new(python.open(theirs, scheme, their_role)?),
        };
        match binds {
            Binds::Ours => them.connect(&us.bind(transport.anywhere())?)?,
            Binds::Theirs => us.connect(&them.bind(transport.anywhere())?)?,
        }
        if loses_replies(theirs, scheme, their_role) {
            talk::request(&mut *them, (ours, &mut *us))?;
            return Ok(Outcome::Half);
        }
        talk::talk((ours, &mut *us), (theirs, &mut *them))?;
        Ok(Outcome::Understood)
    };
    met().unwrap_or_else(|error| {
        Outcome::Failed(format!("{transport:?} {peer:?} {scheme:?}, {binds:?} binds: {error:#}"))
    })
}

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<16}| {:^39} | {:^39}", "", "tcp", "ipc")?;
        write!(f, "{:<8}{:<8}", "ours", "theirs")?;
        for _ in Transport::ALL {
            write!(f, "|")?;
            for (peer, scheme) in COLUMNS {
                let title =
                    if peer == Peer::Libzmq { "libzmq".into() } else { format!("py {}", scheme.name()) };
                write!(f, " {title:<9}")?;
            }
            write!(f, " ")?;
        }
        writeln!(f)?;
        for row in &self.rows {
            write!(f, "{:<8}{:<8}", row.pair.0.name(), row.pair.1.name())?;
            let cells: Vec<_> = row.outcomes.chunks(BOTH.len()).collect();
            for transport in cells.chunks(COLUMNS.len()) {
                write!(f, "|")?;
                for outcomes in transport {
                    let text: Vec<_> = outcomes.iter().map(Outcome::word).collect();
                    write!(f, " {:<9}", text.join(" "))?;
                }
                write!(f, " ")?;
            }
            writeln!(f)?;
        }
        writeln!(
            f,
            "\nFirst when ours binds, then when theirs binds. Who binds is the server of PLAIN and CURVE."
        )?;
        writeln!(
            f,
            "rq: the request arrives; as such a server, libzmq's REQ drops the reply even of its own REP.\n"
        )?;
        for row in &self.rows {
            for outcome in &row.outcomes {
                if let Outcome::Failed(why) = outcome {
                    writeln!(f, "FAILED: {} with {}: {why}", row.pair.0.name(), row.pair.1.name())?;
                }
            }
        }
        write!(f, "{} understood each other, {} requests arrived, ", self.understood(), self.halved())?;
        write!(f, "{} failed", self.failed())?;
        match self.missing() {
            0 => Ok(()),
            missing => write!(f, ", {missing} had no peer here"),
        }
    }
}

impl Outcome {
    const fn word(&self) -> &'static str {
        match self {
            Self::Understood => "ok",
            Self::Half => "rq",
            Self::Missing => "--",
            Self::Failed(_) => "NO",
        }
    }
}
