//! What the two ends of a meeting say, and have to understand.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use zmtp_std::SocketType::{self, Dealer, Pub, Push, Rep, Req, Router, XPub};

use super::end::{End, Parts, routing_id};
use crate::libzmq::PATIENCE;

/// How long an end looks whether something has come before it is asked once more, and how often that is.
const LOOK: Duration = Duration::from_millis(20);
const LOOKS: usize = 1_000;

type Side<'a> = (SocketType, &'a mut dyn End);

/// Has them talk. `ours` is first.
pub(super) fn talk(ours: Side<'_>, theirs: Side<'_>) -> Result<()> {
    let client = |kind| matches!(kind, Req | Dealer);
    match (ours.0, theirs.0) {
        (Router, Router) => name(ours.1, theirs.1),
        (Push, _) => push(ours.1, theirs.1),
        (_, Push) => push(theirs.1, ours.1),
        (Pub | XPub, _) => publish(ours.1, theirs.1),
        (_, Pub | XPub) => publish(theirs.1, ours.1),
        (kind, Rep | Router) if client(kind) => ask(ours, theirs),
        (Rep | Router, _) => ask(theirs, ours),
        _ => exchange(ours.1, theirs.1),
    }
}

/// Small and large, of one part and of several, empty ones among them.
fn messages() -> [Parts; 5] {
    let pattern = |size: usize| (0..size).map(|at| (at % 251) as u8).collect();
    [
        vec![b"x".to_vec()],
        vec![Vec::new()],
        vec![b"topic".to_vec(), Vec::new(), pattern(300)],
        vec![pattern(255), pattern(256)],
        vec![pattern(70_000)],
    ]
}

fn turned(message: &Parts) -> Parts {
    message.iter().rev().cloned().collect()
}

fn receive(from: &mut dyn End) -> Result<Parts> {
    from.recv(PATIENCE)?.context("nothing came")
}

fn expect(from: &mut dyn End, expected: &Parts) -> Result<()> {
    same(&receive(from)?, expected)
}

fn same(message: &Parts, expected: &Parts) -> Result<()> {
    let sizes = |parts: &Parts| parts.iter().map(Vec::len).collect::<Vec<_>>();
    ensure!(
        message == expected,
        "parts of {:?} octets came, {:?} were sent",
        sizes(message),
        sizes(expected)
    );
    Ok(())
}

fn push(from: &mut dyn End, to: &mut dyn End) -> Result<()> {
    for message in &messages() {
        from.send(message)?;
        expect(to, message)?;
    }
    Ok(())
}

/// Each answers the other.
fn exchange(left: &mut dyn End, right: &mut dyn End) -> Result<()> {
    for message in &messages() {
        left.send(message)?;
        expect(right, message)?;
        right.send(&turned(message))?;
        expect(left, &turned(message))?;
    }
    Ok(())
}

/// A publisher drops what nobody has subscribed to yet, so it tries until somebody has.
fn publish(publisher: &mut dyn End, subscriber: &mut dyn End) -> Result<()> {
    let probe: Parts = vec![b"probe".to_vec()];
    let mut subscribed = false;
    for _ in 0..LOOKS {
        publisher.send(&probe)?;
        subscribed = subscriber.recv(LOOK)?.is_some();
        if subscribed {
            break;
        }
    }
    ensure!(subscribed, "the subscription did not arrive");
    for message in &messages() {
        publisher.send(message)?;
        let mut received = receive(subscriber)?;
        while received == probe {
            received = receive(subscriber)?;
        }
        same(&received, message)?;
    }
    Ok(())
}

/// A client asks, a server answers with what it was asked, turned round.
fn ask((client_type, client): Side<'_>, (server_type, server): Side<'_>) -> Result<()> {
    // A REQ puts a delimiter in front and takes it away, so does a REP: others do it by hand (RFC 28).
    let delimits = client_type == Dealer && server_type == Rep;
    for message in &messages() {
        client.send(&delimited(delimits, message.clone()))?;
        let envelope = take_request(client_type, (server_type, &mut *server), message)?;
        server.send(&[envelope, turned(message)].concat())?;
        expect(client, &delimited(delimits, turned(message)))?;
    }
    Ok(())
}

/// Has the server receive a request; returns its envelope.
fn take_request(client: SocketType, (kind, server): Side<'_>, expected: &Parts) -> Result<Parts> {
    let mut request = receive(server)?;
    let mut envelope = Parts::new();
    if kind == Router {
        let parts = if client == Req { 2 } else { 1 };
        ensure!(request.len() > parts, "a request without its envelope");
        envelope = request.drain(..parts).collect();
    }
    same(&request, expected)?;
    Ok(envelope)
}

/// A REQ asks once, and waits for no answer.
pub(super) fn request(req: &mut dyn End, server: Side<'_>) -> Result<()> {
    let [.., message] = messages();
    req.send(&message)?;
    take_request(Req, server, &message).map(drop)
}

fn delimited(delimits: bool, message: Parts) -> Parts {
    if delimits { [vec![Vec::new()], message].concat() } else { message }
}

/// Two ROUTERs call each other by the names that they have, once they know each other.
fn name(ours: &mut dyn End, theirs: &mut dyn End) -> Result<()> {
    let [us, them] = [true, false].map(|ours| routing_id(ours).as_bytes().to_vec());
    for message in &messages() {
        let mut sent = ours.send(&[vec![them.clone()], message.clone()].concat());
        for _ in 0..LOOKS {
            if sent.is_ok() {
                break;
            }
            if theirs.recv(LOOK)?.is_some() {
                bail!("something came that was not sent");
            }
            sent = ours.send(&[vec![them.clone()], message.clone()].concat());
        }
        sent.context("they do not get to know each other")?;
        expect(theirs, &[vec![us.clone()], message.clone()].concat())?;
        theirs.send(&[vec![us.clone()], turned(message)].concat())?;
        expect(ours, &[vec![them.clone()], turned(message)].concat())?;
    }
    Ok(())
}
