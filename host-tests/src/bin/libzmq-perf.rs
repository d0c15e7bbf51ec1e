//! libzmq's side of a measurement: takes the arguments of `zmtp perf`, prints the same lines, and is all libzmq inside.

use std::time::Instant;

use anyhow::{Context as _, Result, bail};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [role, endpoint, size, count] = arguments.as_slice() else {
        bail!("usage: libzmq-perf local-thr|remote-thr|local-lat|remote-lat ENDPOINT SIZE COUNT");
    };
    let size: usize = size.parse().context("SIZE is a number of octets")?;
    let count: u64 = count.parse().context("COUNT is a number of messages")?;
    match role.as_str() {
        "local-thr" => local_throughput(endpoint, size, count),
        "remote-thr" => remote_throughput(endpoint, size, count),
        "local-lat" => local_latency(endpoint, size, count),
        "remote-lat" => remote_latency(endpoint, size, count),
        other => bail!("no such role: {other}"),
    }
}

/// Binds, and says where, so that a port of `*` can be found.
fn bind(socket: &zmq::Socket, endpoint: &str) -> Result<()> {
    socket.bind(endpoint).with_context(|| format!("cannot bind {endpoint}"))?;
    if let Ok(real) = socket.get_last_endpoint()? {
        eprintln!("listening at {real}");
    }
    Ok(())
}

fn receive(socket: &zmq::Socket, message: &mut zmq::Message, size: usize) -> Result<()> {
    socket.recv(message, 0)?;
    if message.len() != size {
        bail!("a message of {} octets where {size} were due", message.len());
    }
    Ok(())
}

fn local_throughput(endpoint: &str, size: usize, count: u64) -> Result<()> {
    let context = zmq::Context::new();
    let pull = context.socket(zmq::PULL)?;
    bind(&pull, endpoint)?;
    let mut message = zmq::Message::new();
    receive(&pull, &mut message, size)?;
    let start = Instant::now();
    for _ in 1..count {
        receive(&pull, &mut message, size)?;
    }
    let seconds = start.elapsed().as_secs_f64();
    let rate = count as f64 / seconds;
    println!("message size: {size} [B]");
    println!("message count: {count}");
    println!("mean throughput: {rate:.0} [msg/s]");
    println!("mean throughput: {:.3} [Mb/s]", rate * size as f64 * 8.0 / 1e6);
    Ok(())
}

fn remote_throughput(endpoint: &str, size: usize, count: u64) -> Result<()> {
    let context = zmq::Context::new();
    let push = context.socket(zmq::PUSH)?;
    push.connect(endpoint)?;
    for _ in 0..count {
        push.send(zmq::Message::with_size(size), 0)?;
    }
    Ok(())
}

fn local_latency(endpoint: &str, size: usize, count: u64) -> Result<()> {
    let context = zmq::Context::new();
    let rep = context.socket(zmq::REP)?;
    bind(&rep, endpoint)?;
    let mut message = zmq::Message::new();
    for _ in 0..count {
        receive(&rep, &mut message, size)?;
        rep.send(std::mem::replace(&mut message, zmq::Message::new()), 0)?;
    }
    Ok(())
}

fn remote_latency(endpoint: &str, size: usize, count: u64) -> Result<()> {
    let context = zmq::Context::new();
    let req = context.socket(zmq::REQ)?;
    req.connect(endpoint)?;
    let mut message = zmq::Message::with_size(size);
    let start = Instant::now();
    for _ in 0..count {
        req.send(std::mem::replace(&mut message, zmq::Message::new()), 0)?;
        receive(&req, &mut message, size)?;
    }
    let latency = start.elapsed().as_secs_f64() * 1e6 / (count as f64 * 2.0);
    println!("message size: {size} [B]");
    println!("roundtrip count: {count}");
    println!("average latency: {latency:.3} [us]");
    Ok(())
}
