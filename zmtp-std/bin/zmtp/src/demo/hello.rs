//! Hello world: a client asks, a server answers, one request at a time.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;
use indicatif::HumanCount;
use zmtp_std::{Context, Rep, Req};

use super::{BUDGET, LOOPBACK, Line, Outcome, Scenario, TerminateOnDrop, is_over, join};

const REQUESTS: u64 = 10_000;

pub(super) const SCENARIO: Scenario =
    Scenario { name: "hello world", sockets: "REQ-REP", steps: REQUESTS, run };

fn run(context: &Context, line: &Line) -> anyhow::Result<Outcome> {
    let server = context.rep();
    let endpoint = server.bind(LOOPBACK)?;
    let client = context.req();
    client.connect(endpoint)?;
    let (requests, (replies, elapsed)) = thread::scope(|scope| {
        let server = scope.spawn(|| {
            let _end = TerminateOnDrop(context);
            serve(&server)
        });
        let asked = ask(&client, line);
        // This is how the server, which waits for the next request, ends.
        context.terminate();
        // If the server failed, the client only noticed.
        Ok::<_, anyhow::Error>((join(server)?, asked?))
    })?;
    ensure!(replies == requests, "{replies} replies came for {requests} requests");
    let checked = format!("{} of {} replies", HumanCount(replies), HumanCount(requests));
    Ok(Outcome { messages: requests + replies, elapsed, checked, note: None })
}

/// Answers until the context is terminated; returns how many requests there were.
fn serve(server: &Rep) -> anyhow::Result<u64> {
    let mut requests = 0;
    while let Ok(request) = server.recv() {
        ensure!(request == "Hello", "the request is not Hello but {request:?}");
        if server.send("World").is_err() {
            break;
        }
        requests += 1;
    }
    Ok(requests)
}

/// Returns how many replies came in what time.
fn ask(client: &Req, line: &Line) -> anyhow::Result<(u64, Duration)> {
    let started = Instant::now();
    let mut replies = 0;
    while replies < REQUESTS && !is_over(started, BUDGET, replies) {
        client.send("Hello")?;
        let reply = client.recv()?;
        ensure!(reply == "World", "the reply is not World but {reply:?}");
        replies += 1;
        line.at(replies);
    }
    line.set_steps(replies);
    Ok((replies, started.elapsed()))
}
