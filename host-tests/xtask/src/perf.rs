//! Our throughput and latency beside libzmq's, in the same run, with both implementations at either end.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::exec;

/// Rounds of each measurement; the median of them counts. Odd.
const ROUNDS: usize = 5;
/// Sizes of messages, with how many of them take about a second.
const THROUGHPUT: [(usize, u64); 2] = [(16, 6_000_000), (1024, 1_500_000)];
const LATENCY: (usize, u64) = (16, 20_000);

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Ours,
    /// Without tokio.
    Plain,
    Libzmq,
}

impl Side {
    const fn name(self) -> &'static str {
        match self {
            Self::Ours => "zmtp",
            Self::Plain => "zmtp, no tokio",
            Self::Libzmq => "libzmq",
        }
    }

    fn command(self) -> Command {
        let release = crate::target("release");
        let ours = |program| {
            let mut command = exec::program(program);
            command.arg("perf");
            command
        };
        match self {
            Self::Ours => ours(release.join("zmtp")),
            Self::Plain => ours(plain()),
            Self::Libzmq => exec::program(release.join("libzmq-perf")),
        }
    }
}

/// All four pairs of sender and receiver, and ours without tokio; libzmq with itself, the reference, is last.
const PAIRS: [(Side, Side); 5] = [
    (Side::Ours, Side::Ours),
    (Side::Plain, Side::Plain),
    (Side::Ours, Side::Libzmq),
    (Side::Libzmq, Side::Ours),
    (Side::Libzmq, Side::Libzmq),
];

/// Builds both ends, measures and prints the table.
pub(crate) fn run() -> Result<()> {
    build(&["-p", "zmtp", "--no-default-features"])?;
    std::fs::copy(crate::target("release").join("zmtp"), plain())?;
    build(&["-p", "zmtp", "-p", "host-tests"])?;
    println!("Median of {ROUNDS} rounds over TCP loopback; each round measures every row once, in turn.\n");
    println!("{:<34} {:>14} {:>14} {:>16}", "PUSH -> PULL", "sender", "receiver", "messages/s");
    for (size, count) in THROUGHPUT {
        let rates = rounds(|(sender, receiver)| throughput(sender, receiver, size, count))?;
        print_rows(&format!("{size} octets"), &rates, 0);
    }
    println!("\n{:<34} {:>14} {:>14} {:>16}", "REQ -> REP, one way", "client", "server", "us");
    let (size, count) = LATENCY;
    let latencies = rounds(|(client, server)| latency(client, server, size, count))?;
    print_rows(&format!("{size} octets"), &latencies, 2);
    Ok(())
}

fn build(words: &[&str]) -> Result<()> {
    let build = exec::cargo(&["build", "--release", "--quiet", "--bins"]).args(words).status()?;
    ensure!(build.success(), "the build failed");
    Ok(())
}

/// Where the program without tokio is.
fn plain() -> PathBuf {
    crate::target("release").join("zmtp-plain")
}

/// Measures every pair once a round, so that whatever else the machine does hits all of them alike.
fn rounds(measure: impl Fn((Side, Side)) -> Result<f64>) -> Result<[f64; PAIRS.len()]> {
    let mut figures = [const { Vec::new() }; PAIRS.len()];
    for _ in 0..ROUNDS {
        for (figures, pair) in figures.iter_mut().zip(PAIRS) {
            figures.push(measure(pair)?);
        }
    }
    Ok(figures.map(|mut figures| {
        figures.sort_by(f64::total_cmp);
        figures[ROUNDS / 2]
    }))
}

fn print_rows(what: &str, figures: &[f64; PAIRS.len()], decimals: usize) {
    let reference = figures[PAIRS.len() - 1];
    for (figure, (from, to)) in figures.iter().zip(PAIRS) {
        let ratio = figure / reference;
        println!(
            "{what:<34} {:>14} {:>14} {figure:>16.decimals$}   {ratio:>5.2} x libzmq",
            from.name(),
            to.name()
        );
    }
}

fn throughput(sender: Side, receiver: Side, size: usize, count: u64) -> Result<f64> {
    let (local, endpoint) = listen(receiver, "local-thr", size, count)?;
    connect(sender, "remote-thr", &endpoint, size, count)?;
    figure(&finish(local)?, "mean throughput: ")
}

fn latency(client: Side, server: Side, size: usize, count: u64) -> Result<f64> {
    let (local, endpoint) = listen(server, "local-lat", size, count)?;
    let printed = connect(client, "remote-lat", &endpoint, size, count)?;
    finish(local)?;
    figure(&printed, "average latency: ")
}

/// Starts the side that binds; returns it with the endpoint, which it writes to stderr.
fn listen(side: Side, role: &str, size: usize, count: u64) -> Result<(Child, String)> {
    let mut command = side.command();
    command.args([role, "tcp://127.0.0.1:*", &size.to_string(), &count.to_string()]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let stderr = child.stderr.take().context("stderr is a pipe")?;
    let line = BufReader::new(stderr).lines().map_while(Result::ok).find(|line| line.contains("tcp://"));
    let line = line.context("the binding side did not say where it listens")?;
    let at = line.find("tcp://").unwrap_or_default();
    let endpoint = line[at..].split_whitespace().next().unwrap_or_default().to_string();
    Ok((child, endpoint))
}

/// Runs the side that connects to its end; returns what it printed.
fn connect(side: Side, role: &str, endpoint: &str, size: usize, count: u64) -> Result<String> {
    let mut command = side.command();
    command.args([role, endpoint, &size.to_string(), &count.to_string()]);
    finish(command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?)
}

fn finish(mut child: Child) -> Result<String> {
    let mut printed = String::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_string(&mut printed)?;
    }
    ensure!(child.wait()?.success(), "a side of the measurement failed: {printed}");
    Ok(printed)
}

fn figure(printed: &str, label: &str) -> Result<f64> {
    let rest = printed.lines().find_map(|line| line.strip_prefix(label));
    let word = rest.and_then(|rest| rest.split_whitespace().next());
    word.with_context(|| format!("no '{label}' in: {printed}"))?.parse().context("not a number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_read_from_its_first_line() {
        let printed = "message size: 16 [B]\nmean throughput: 123 [msg/s]\nmean throughput: 4.5 [Mb/s]\n";
        assert_eq!(figure(printed, "mean throughput: ").unwrap(), 123.0);
        assert!(figure(printed, "average latency: ").is_err());
    }
}
