//! Our end.

use std::time::Duration;

use anyhow::Result;
use zmtp_std::security::Rules;
use zmtp_std::{Options, RecvError, Socket, SocketType};

use super::end::{End, Parts, Role, routing_id};
use crate::meeting::{message, ours, parts};
use crate::pyzmq::{Scheme, keys};

/// A socket of ours.
pub(super) struct Ours(Socket);

impl Ours {
    pub(super) fn open(socket_type: SocketType, scheme: Scheme, role: Role) -> Result<Self> {
        let options = Options { routing_id: routing_id(true).into(), ..ours().options().clone() };
        let socket = ours().with(secured(options, scheme, role)).socket(socket_type);
        if matches!(socket_type, SocketType::Sub | SocketType::XSub) {
            socket.subscribe("")?;
        }
        Ok(Self(socket))
    }
}

fn secured(options: Options, scheme: Scheme, role: Role) -> Options {
    let rules = Rules::new().anonymous().user("admin", "secret").key(keys().client.public);
    match (scheme, role) {
        (Scheme::Null, _) => options,
        (Scheme::Plain, Role::Server) => {
            Options { plain_server: true, admission: Some(rules.into()), ..options }
        }
        (Scheme::Plain, Role::Client) => {
            Options { plain_username: Some("admin".into()), plain_password: "secret".into(), ..options }
        }
        (Scheme::Curve, Role::Server) => Options {
            curve_server: true,
            curve_secretkey: Some(keys().server.secret.clone()),
            admission: Some(rules.into()),
            ..options
        },
        (Scheme::Curve, Role::Client) => Options {
            curve_secretkey: Some(keys().client.secret.clone()),
            curve_serverkey: Some(keys().server.public),
            ..options
        },
    }
}

impl End for Ours {
    fn bind(&mut self, endpoint: &str) -> Result<String> {
        Ok(self.0.bind(endpoint)?.to_string())
    }

    fn connect(&mut self, endpoint: &str) -> Result<()> {
        Ok(self.0.connect(endpoint)?)
    }

    fn send(&mut self, parts: &[Vec<u8>]) -> Result<()> {
        Ok(self.0.send(message(parts))?)
    }

    fn recv(&mut self, within: Duration) -> Result<Option<Parts>> {
        match self.0.recv_timeout(within) {
            Ok(message) => Ok(Some(parts(&message))),
            Err(RecvError::TimedOut) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
