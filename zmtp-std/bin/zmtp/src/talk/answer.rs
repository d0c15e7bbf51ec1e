//! Answers to requests: what a command makes of them, the same again, what the command line says, or the next line.

use std::io::Write;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::Args;
use zmtp_std::Message;

use crate::feed::Feed;
use crate::interrupt;
use crate::log;
use crate::message::Format;

/// How often to look for a signal while a command runs.
const LOOK: Duration = Duration::from_millis(20);

/// See the module.
#[derive(Debug, Args)]
pub(crate) struct Answer {
    /// Answer with this instead of lines of standard input; given several times, with one after the other
    #[arg(short, long = "message", value_name = "TEXT", allow_hyphen_values = true)]
    messages: Vec<String>,
    /// Answer with what was asked
    #[arg(short, long, conflicts_with_all = ["exec", "messages"])]
    echo: bool,
    /// Answer with what this command of the shell prints, less a newline at its end; the request is on its standard input
    #[arg(long, value_name = "COMMAND", conflicts_with = "messages")]
    exec: Option<String>,
}

impl Answer {
    /// The answers that do not follow from requests.
    pub(super) fn feed(&self, format: &Format) -> anyhow::Result<Feed> {
        if self.needs_feed() { Feed::cycle(&self.messages, format) } else { Ok(Feed::nothing()) }
    }

    pub(super) fn needs_feed(&self) -> bool {
        !self.echo && self.exec.is_none()
    }

    /// The answer, if it follows from the request.
    pub(super) fn to(&self, request: &Message, format: &Format) -> anyhow::Result<Option<Message>> {
        if self.echo {
            return Ok(Some(request.clone()));
        }
        let Some(command) = &self.exec else { return Ok(None) };
        let said = ask(command, format.parts(request)).with_context(|| format!("cannot run {command}"))?;
        format
            .parse(&said)
            .map(Some)
            .map_err(anyhow::Error::msg)
            .with_context(|| format!("what {command} says"))
    }
}

/// Runs a command; returns what it says.
fn ask(command: &str, question: Vec<u8>) -> anyhow::Result<Vec<u8>> {
    let mut child =
        Command::new("sh").args(["-c", command]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut stdin = child.stdin.take().context("it has no standard input")?;
    // Beside the reading of what it says: pipes have little room. A command that does not read all of it may say something nevertheless.
    let writer = thread::spawn(move || drop(stdin.write_all(&question)));
    let output = wait(child)?;
    ensure!(writer.join().is_ok(), "the thread that writes the request has panicked");
    if !output.status.success() {
        log::tell(format_args!("{command}: {}; the answer is what it said", output.status));
    }
    let mut said = output.stdout;
    said.pop_if(|octet| *octet == b'\n');
    Ok(said)
}

/// Waits for the end of a command, but not beyond that of ours: it may go on by itself, and our sockets have an end in good order.
fn wait(child: Child) -> anyhow::Result<Output> {
    let (ended, waiting) = mpsc::channel();
    thread::spawn(move || ended.send(child.wait_with_output()));
    loop {
        match waiting.recv_timeout(LOOK) {
            Err(RecvTimeoutError::Timeout) if !interrupt::happened() => {}
            ended => return Ok(ended.context("it has not ended yet")??),
        }
    }
}
