//! `zmtp monitor`: what happens to the connections of a socket.

use std::io::{self, Write};

use anyhow::Context as _;
use clap::Args;
use serde_json::{Map, Value, json};
use zmtp_std::{Event, Monitor as Events, RecvError, SocketType};

use crate::link::Link;
use crate::place::Way;
use crate::report::so_far;
use crate::session::meet;
use crate::{interrupt, reader};

pub(crate) const EXAMPLES: &str = "Connects, if nothing says otherwise, as a socket of the type that is named: one that the peer talks to. It subscribes to nothing and prints
no message; but a PULL, a REP or a PAIR would be given messages that others wait for, so better ask a PUSH with a PULL of its own.

Examples:
  Is the publisher there, and what does it say of itself?
    zmtp monitor sub tcp://localhost:5556 --count 2 --timeout 5
  Who comes to an endpoint, as JSON:
    zmtp monitor router @tcp://*:5555 --json | jq -r 'select(.event == \"handshake_succeeded\") | .address'";

/// See the module.
#[derive(Debug, Args)]
pub(crate) struct Monitor {
    /// What socket meets the peers: req, rep, dealer, router, pub, sub, xpub, xsub, push, pull or pair
    #[arg(value_name = "TYPE", value_parser = socket_type)]
    socket_type: SocketType,
    /// End after so many events
    #[arg(short = 'n', long, value_name = "N")]
    count: Option<u64>,
    /// A line is a JSON object, with the kind of event in "event"
    #[arg(short, long)]
    json: bool,
    #[command(flatten)]
    link: Link,
}

fn socket_type(text: &str) -> Result<SocketType, &'static str> {
    let found = SocketType::from_name(text.to_ascii_uppercase().as_bytes());
    found.ok_or("there are req, rep, dealer, router, pub, sub, xpub, xsub, push, pull and pair")
}

impl Monitor {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let context = self.link.context()?;
        let _interruptible = interrupt::terminates(&context);
        reader::terminates(&context);
        let socket = context.socket(self.socket_type);
        let events = socket.monitor();
        for (way, place) in self.link.places(Way::Connect) {
            meet(&socket, way, place)?;
        }
        for told in 0..self.count.unwrap_or(u64::MAX) {
            let event = self.next(&events).with_context(|| so_far(told, "event"))?;
            self.tell(&event)?;
        }
        Ok(())
    }

    fn next(&self, events: &Events) -> Result<Event, RecvError> {
        let event = match self.link.timeout() {
            Some(timeout) => events.recv_timeout(timeout),
            None => events.recv(),
        };
        event.ok_or(RecvError::TimedOut)
    }

    fn tell(&self, event: &Event) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if self.json { writeln!(out, "{}", as_json(event)) } else { writeln!(out, "{event}") }
    }
}

fn as_json(event: &Event) -> Value {
    let name = match event {
        Event::Listening { .. } => "listening",
        Event::AcceptFailed { .. } => "accept_failed",
        Event::Accepted { .. } => "accepted",
        Event::Connected { .. } => "connected",
        Event::ConnectRetried { .. } => "connect_retried",
        Event::HandshakeSucceeded { .. } => "handshake_succeeded",
        Event::HandshakeFailed { .. } => "handshake_failed",
        Event::Disconnected { .. } => "disconnected",
        Event::Closed { .. } => "closed",
        _ => "other",
    };
    let details = match event {
        Event::Listening { endpoint } => json!({ "endpoint": endpoint }),
        Event::AcceptFailed { endpoint, why } => json!({ "endpoint": endpoint, "why": why.to_string() }),
        Event::Accepted { endpoint, address } | Event::Connected { endpoint, address } => {
            json!({ "endpoint": endpoint, "address": address.to_string() })
        }
        Event::ConnectRetried { endpoint, after, why } => json!({
            "endpoint": endpoint, "after_seconds": after.as_secs_f64(),
            "why": why.as_ref().map(ToString::to_string),
        }),
        Event::HandshakeSucceeded {
            endpoint, address, socket_type, routing_id, mechanism, user_id, ..
        } => json!({
            "endpoint": endpoint, "address": address.to_string(),
            "socket_type": socket_type.map(SocketType::name), "mechanism": mechanism.name(),
            "routing_id": routing_id.escape_ascii().to_string(), "user_id": user_id,
        }),
        Event::HandshakeFailed { endpoint, address, mechanism, why } => json!({
            "endpoint": endpoint, "address": address.to_string(), "mechanism": mechanism.name(),
            "why": why.to_string(),
        }),
        Event::Disconnected { endpoint, address, why, dropped } => json!({
            "endpoint": endpoint, "address": address.to_string(), "why": why.to_string(), "dropped": dropped,
        }),
        Event::Closed { endpoint, refused, why, dropped } => json!({
            "endpoint": endpoint, "refused": refused, "why": why.as_ref().map(ToString::to_string),
            "dropped": dropped,
        }),
        _ => json!({}),
    };
    let mut all =
        Map::from_iter([("event".to_owned(), json!(name)), ("text".to_owned(), json!(event.to_string()))]);
    if let Value::Object(details) = details {
        all.extend(details);
    }
    Value::Object(all)
}
