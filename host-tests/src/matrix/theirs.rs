//! Their end, in this process.

use std::time::Duration;

use anyhow::{Context as _, Result};
use zmtp_std::SocketType;

use super::end::{End, Parts, routing_id};
use crate::libzmq;

/// A socket of libzmq.
pub(super) struct Theirs(zmq::Socket);

impl Theirs {
    pub(super) fn open(socket_type: SocketType) -> Result<Self> {
        let socket = libzmq::socket(&zmq::Context::new(), kind(socket_type));
        match socket_type {
            SocketType::Sub => socket.set_subscribe(b"")?,
            SocketType::XSub => socket.send(&[1][..], 0)?,
            SocketType::Router => {
                socket.set_identity(routing_id(false).as_bytes())?;
                socket.set_router_mandatory(true)?;
            }
            _ => {}
        }
        Ok(Self(socket))
    }
}

const fn kind(socket_type: SocketType) -> zmq::SocketType {
    match socket_type {
        SocketType::Req => zmq::REQ,
        SocketType::Rep => zmq::REP,
        SocketType::Dealer => zmq::DEALER,
        SocketType::Router => zmq::ROUTER,
        SocketType::Pub => zmq::PUB,
        SocketType::Sub => zmq::SUB,
        SocketType::XPub => zmq::XPUB,
        SocketType::XSub => zmq::XSUB,
        SocketType::Push => zmq::PUSH,
        SocketType::Pull => zmq::PULL,
        SocketType::Pair => zmq::PAIR,
    }
}

impl End for Theirs {
    fn bind(&mut self, endpoint: &str) -> Result<String> {
        self.0.bind(endpoint)?;
        self.0.get_last_endpoint()?.ok().context("an endpoint that is text")
    }

    fn connect(&mut self, endpoint: &str) -> Result<()> {
        Ok(self.0.connect(endpoint)?)
    }

    fn send(&mut self, parts: &[Vec<u8>]) -> Result<()> {
        Ok(self.0.send_multipart(parts, 0)?)
    }

    fn recv(&mut self, within: Duration) -> Result<Option<Parts>> {
        let ready = self.0.poll(zmq::POLLIN, i64::try_from(within.as_millis())?)?;
        Ok(if ready == 0 { None } else { Some(self.0.recv_multipart(0)?) })
    }
}
