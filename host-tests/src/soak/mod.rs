//! What only shows after a while, or with many peers: each soak says what it saw, and fails if it should not be so.

mod churn;
mod crowd;
mod idle;
mod silent;
mod slow;

use std::process::Command;

use anyhow::{Context as _, Result};

pub use self::crowd::play as crowd;
pub use self::idle::serve;

/// A soak: its name, what it holds, and what runs it.
pub type Soak = (&'static str, &'static str, fn() -> Result<Seen>);

/// All of them.
pub const ALL: [Soak; 4] = [
    ("idle", "10,000 peers that say nothing take little memory each", idle::run),
    ("churn", "10,000 peers that come and are killed leave nothing behind", churn::run),
    ("silent", "1,000 connections without a handshake do not hurt a client", silent::run),
    ("slow", "a subscriber that reads nothing does not hurt one that reads", slow::run),
];

/// What was seen, line by line, and whether it is as it should be.
#[derive(Debug)]
pub struct Seen {
    /// For people.
    pub lines: Vec<String>,
    /// Every bound is kept.
    pub good: bool,
}

/// This program once more, in another part.
fn this_program(part: &[&str]) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe().context("this program")?);
    command.args(part);
    Ok(command)
}

/// Octets of this process that are in memory and its own (`RssAnon` of proc(5)).
fn resident() -> Result<u64> {
    let status =
        std::fs::read_to_string("/proc/self/status").context("this soak needs Linux: /proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).context("RssAnon")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024)
}
