//! Our end as a process of the program, which is told by lines of digits.

use std::time::Duration;

use anyhow::{Context as _, Result};
use zmtp_std::SocketType;

use super::end::{End, Parts, Role, hex, octets, routing_id};
use crate::program::{Secrets, Zmtp};
use crate::pyzmq::Scheme;

/// A command, which runs when it is known where.
pub(super) struct Program {
    socket_type: SocketType,
    security: Vec<String>,
    running: Option<Zmtp>,
}

impl Program {
    pub(super) fn new(secrets: &Secrets, socket_type: SocketType, scheme: Scheme, role: Role) -> Self {
        Self { socket_type, security: security(secrets, scheme, role), running: None }
    }

    fn start(&mut self, place: String) -> Result<&Zmtp> {
        let mut arguments = vec![self.socket_type.name().to_lowercase(), "--hex".into(), place];
        match self.socket_type {
            SocketType::Router => {
                arguments.extend(["--identity", routing_id(true), "--wait", "1"].map(Into::into));
            }
            SocketType::XSub => arguments.push(format!("--message={}\t", hex(b"subscribe"))),
            // So that a publisher drops what it has no subscriber for, as others do.
            SocketType::Pub => arguments.extend(["--wait", "0"].map(Into::into)),
            _ => {}
        }
        arguments.extend_from_slice(&self.security);
        Ok(self.running.insert(Zmtp::start(arguments)?))
    }

    fn running(&mut self) -> Result<&mut Zmtp> {
        self.running.as_mut().context("neither bound nor connected")
    }
}

/// The options that prove who we are, and ask others who they are.
fn security(secrets: &Secrets, scheme: Scheme, role: Role) -> Vec<String> {
    let words: &[&str] = match (scheme, role) {
        (Scheme::Null, _) => &[],
        (Scheme::Plain, Role::Server) => &["--plain-server", "=users"],
        (Scheme::Plain, Role::Client) => &["--plain-username", "admin", "--plain-password-file", "=password"],
        (Scheme::Curve, Role::Server) => {
            &["--curve-server", "--curve-cert", "=server", "--curve-allow", "=clients"]
        }
        (Scheme::Curve, Role::Client) => &["--curve-cert", "=client", "--curve-serverkey", "=server"],
    };
    let word = |word: &&str| word.strip_prefix('=').map_or((*word).into(), |name| secrets.path(name));
    words.iter().map(word).collect()
}

impl End for Program {
    fn bind(&mut self, endpoint: &str) -> Result<String> {
        self.start(format!("@{endpoint}"))?.bound()
    }

    fn connect(&mut self, endpoint: &str) -> Result<()> {
        self.start(format!(">{endpoint}")).map(drop)
    }

    fn send(&mut self, parts: &[Vec<u8>]) -> Result<()> {
        let mut words: Vec<String> = parts.iter().map(|part| hex(part)).collect();
        if self.socket_type == SocketType::Router {
            words[0].insert_str(0, "0x");
        }
        self.running()?.write(&words.join("\t"))
    }

    fn recv(&mut self, within: Duration) -> Result<Option<Parts>> {
        let Some(line) = self.running()?.printed_within(within)? else { return Ok(None) };
        let named = self.socket_type == SocketType::Router;
        let part = |(at, word): (usize, &str)| match word.strip_prefix("0x") {
            Some(digits) => octets(digits),
            None if named && at == 0 => Ok(word.as_bytes().to_vec()),
            None => octets(word),
        };
        line.split('\t').enumerate().map(part).collect::<Result<_>>().map(Some)
    }
}
