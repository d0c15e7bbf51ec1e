//! Where programs of the Guide play: a folder, ports and a pace of their own, so that several plays may run at once.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Context as _, Result};

use super::actor::Actor;
use crate::built;
use crate::libzmq::python;

/// See the module. Its folder goes with it.
#[derive(Debug)]
pub struct Stage {
    folder: PathBuf,
    /// The first three digits of all ports.
    ports: u16,
    /// Nobody else has these ports as long as this one is held.
    _reserved: TcpListener,
    /// Whether figures are of full size, and built for it.
    pub full: bool,
    speed: u32,
}

impl Stage {
    /// A stage on which a second of the Guide takes a twentieth.
    ///
    /// # Errors
    /// If there are no ports, or no folder.
    pub fn new(full: bool) -> Result<Self> {
        let (ports, reserved) = reserve().context("ports for the programs")?;
        let folder = env::temp_dir().join(format!("zmtp-guide-{ports}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        Ok(Self { folder, ports, _reserved: reserved, full, speed: 20 })
    }

    /// The programs that start from now on pass their time so many times as fast as in the Guide.
    #[must_use]
    pub fn at_speed(mut self, speed: u32) -> Self {
        self.speed = speed;
        self
    }

    /// An endpoint of the Guide, on this stage.
    #[must_use]
    pub fn at(&self, port: u16) -> String {
        format!("tcp://127.0.0.1:{}{:02}", self.ports, port % 100)
    }

    /// An ipc endpoint that programs name by a file of their own folder.
    #[must_use]
    pub fn ipc(&self, name: &str) -> String {
        format!("ipc://{}", self.folder.join(name).display())
    }

    /// Starts a program of ours.
    ///
    /// # Errors
    /// If it is not there.
    pub fn start(&self, program: &str, arguments: &[&str]) -> Result<Actor> {
        self.act(program, Command::new(built::guide()?.join(program)).args(arguments))
    }

    /// Starts its counterpart in Python, which is libzmq.
    ///
    /// # Errors
    /// If there is no Python with pyzmq.
    pub fn start_python(&self, program: &str, arguments: &[&str]) -> Result<Actor> {
        let mut command = Command::new(python().context("no python3 with pyzmq here")?);
        // Without files of Python's own beside the sources.
        command.arg("-B").arg(concat!(env!("CARGO_MANIFEST_DIR"), "/src/guide/peer.py"));
        self.act(&format!("{program}.py"), command.arg(program).args(arguments))
    }

    /// Starts this program once more, in another part.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start_part(&self, part: &str, arguments: &[&str]) -> Result<Actor> {
        self.act(part, Command::new(env::current_exe()?).arg(part).args(arguments))
    }

    fn act(&self, name: &str, command: &mut Command) -> Result<Actor> {
        command.current_dir(&self.folder);
        command.env("GUIDE_PORTS", self.ports.to_string()).env("GUIDE_SPEED", self.speed.to_string());
        Actor::start(name, command)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A hundred ports below those that systems give to outgoing connections.
fn reserve() -> Option<(u16, TcpListener)> {
    const FROM: u16 = 101;
    const COUNT: u16 = 226;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    (0..COUNT).find_map(|_| {
        let next = NEXT.fetch_add(1, Ordering::Relaxed) + std::process::id() as u16 % COUNT;
        let ports = FROM + next % COUNT;
        Some((ports, TcpListener::bind(("127.0.0.1", ports * 100 + 1)).ok()?))
    })
}
