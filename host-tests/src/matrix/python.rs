//! Their end, in Python: one process for all meetings, told by lines what to do.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use zmtp_std::SocketType;

use super::end::{End, Parts, Role, hex, octets, routing_id};
use crate::libzmq::{PATIENCE, python};
use crate::pyzmq::{Keys, Scheme};

/// The process. It has one socket at a time.
#[derive(Debug)]
pub(super) struct Python {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Python {
    /// With these keys of both sides.
    pub(super) fn start(keys: &Keys) -> Result<Self> {
        let text = |text: [u8; 40]| String::from_utf8(text.to_vec()).expect("text");
        let mut command = Command::new(python().context("python3")?);
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/src/matrix/peer.py"));
        command.env("SERVER_PUBLIC", text(keys.server.public.to_z85()));
        command.env("SERVER_SECRET", text(keys.server.secret.to_z85()));
        command.env("CLIENT_PUBLIC", text(keys.client.public.to_z85()));
        command.env("CLIENT_SECRET", text(keys.client.secret.to_z85()));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let orders = child.stdin.take().context("its input")?;
        let answers = BufReader::new(child.stdout.take().context("its output")?);
        Ok(Self { child, orders, answers })
    }

    /// A new socket, instead of the one before.
    pub(super) fn open(
        &mut self,
        socket_type: SocketType,
        scheme: Scheme,
        role: Role,
    ) -> Result<PythonEnd<'_>> {
        let role = if role == Role::Server { "server" } else { "client" };
        let patience = PATIENCE.as_millis();
        let id = routing_id(false);
        self.ask(&format!("open {} {} {role} {id} {patience}", socket_type.name(), scheme.name()))?;
        Ok(PythonEnd(self))
    }

    fn ask(&mut self, order: &str) -> Result<String> {
        writeln!(self.orders, "{order}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        match answer.trim_end_matches('\n').split_once(' ') {
            Some(("ok", answer)) => Ok(answer.to_string()),
            Some(("error", why)) => bail!("pyzmq: {why}"),
            _ => bail!("pyzmq said {answer:?} to {:?}", order.split(' ').next()),
        }
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Its socket.
pub(super) struct PythonEnd<'a>(&'a mut Python);

impl End for PythonEnd<'_> {
    fn bind(&mut self, endpoint: &str) -> Result<String> {
        self.0.ask(&format!("bind {endpoint}"))
    }

    fn connect(&mut self, endpoint: &str) -> Result<()> {
        self.0.ask(&format!("connect {endpoint}")).map(drop)
    }

    fn send(&mut self, parts: &[Vec<u8>]) -> Result<()> {
        let parts: Vec<String> = parts.iter().map(|part| hex(part)).collect();
        self.0.ask(&format!("send {}", parts.join(","))).map(drop)
    }

    fn recv(&mut self, within: Duration) -> Result<Option<Parts>> {
        let answer = self.0.ask(&format!("recv {}", within.as_millis()))?;
        if answer == "none" {
            return Ok(None);
        }
        answer.split(',').map(octets).collect::<Result<_>>().map(Some)
    }
}
