//! The program `zmtp` as a process: what it is told on standard input, and what it says.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use zmtp_std::security::{Certificate, CurveKeyPair};

use crate::built;
use crate::libzmq::PATIENCE;
use crate::pyzmq::Keys;

/// See the module. It is killed when this is dropped.
#[derive(Debug)]
pub struct Zmtp {
    child: Child,
    stdin: Option<ChildStdin>,
    printed: Receiver<String>,
    told: Receiver<String>,
}

impl Zmtp {
    /// Starts it with these arguments.
    ///
    /// # Errors
    /// If it cannot be built or started.
    pub fn start<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Result<Self> {
        let mut command = Command::new(built::zmtp()?);
        command.args(arguments).env_remove("RUST_LOG");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let printed = lines(child.stdout.take().context("its output")?);
        let told = lines(child.stderr.take().context("its errors")?);
        Ok(Self { stdin: child.stdin.take(), child, printed, told })
    }

    /// The endpoint that it has bound, which it tells if it is not the one that it was given.
    ///
    /// # Errors
    /// If it says something else.
    pub fn bound(&self) -> Result<String> {
        let line = self.told()?;
        Ok(line.strip_prefix("bound to ").with_context(|| line.clone())?.to_owned())
    }

    /// The next line on its standard error.
    ///
    /// # Errors
    /// If there is none.
    pub fn told(&self) -> Result<String> {
        self.told.recv_timeout(PATIENCE).context("zmtp tells nothing")
    }

    /// The next line that it prints; `None` if there is none within that time.
    ///
    /// # Errors
    /// If it has ended.
    pub fn printed_within(&self, within: Duration) -> Result<Option<String>> {
        match self.printed.recv_timeout(within) {
            Ok(line) => Ok(Some(line)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => {
                bail!("zmtp has ended: {}", self.told.iter().collect::<Vec<_>>().join("; "))
            }
        }
    }

    /// The next line that it prints.
    ///
    /// # Errors
    /// If there is none.
    pub fn printed(&self) -> Result<String> {
        self.printed_within(PATIENCE)?.context("zmtp prints nothing")
    }

    /// Writes a line to its standard input.
    ///
    /// # Errors
    /// If it has ended.
    pub fn write(&mut self, line: &str) -> Result<()> {
        let stdin = self.stdin.as_mut().context("its standard input is at its end")?;
        Ok(stdin.write_all(format!("{line}\n").as_bytes())?)
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// If there is no way to do so.
    pub fn signal(&self, name: &str) -> Result<()> {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status()?;
        ensure!(status.success(), "cannot send {name}");
        Ok(())
    }

    /// Waits for its end after what it has been told; its exit code, and the lines that it has still printed.
    ///
    /// # Errors
    /// If it does not end by itself.
    pub fn end(mut self) -> Result<(Option<i32>, Vec<String>)> {
        drop(self.stdin.take());
        let mut printed = Vec::new();
        loop {
            match self.printed.recv_timeout(PATIENCE) {
                Ok(line) => printed.push(line),
                Err(RecvTimeoutError::Disconnected) => return Ok((self.child.wait()?.code(), printed)),
                Err(RecvTimeoutError::Timeout) => bail!("zmtp does not end"),
            }
        }
    }
}

impl Drop for Zmtp {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Its lines, read as they come, so that it never finds a pipe full.
fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (line, lines) = channel();
    thread::spawn(move || {
        for read in BufReader::new(from).lines().map_while(Result::ok) {
            // Nobody may want them any more.
            let _ = line.send(read);
        }
    });
    lines
}

/// What the program needs to prove who it is: files in a folder, which goes with this. The keys are of `zmtp keygen`.
#[derive(Debug)]
pub struct Secrets(PathBuf);

impl Secrets {
    /// Makes them.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn new() -> Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("zmtp-secrets-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("clients"))?;
        let secrets = Self(folder);
        fs::write(secrets.path("users"), "admin=secret\n")?;
        fs::write(secrets.path("password"), "secret\n")?;
        for name in ["server", "client"] {
            let (code, _) = Zmtp::start(["keygen", &secrets.path(name)])?.end()?;
            ensure!(code == Some(0), "zmtp keygen fails");
        }
        fs::copy(secrets.path("client"), secrets.path("clients/client"))?;
        Ok(secrets)
    }

    /// The path of a file: `users`, `password`, the certificates `server` and `client`, those of both with `_secret` behind, or the folder `clients`.
    #[must_use]
    pub fn path(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }

    /// The keys, for others.
    ///
    /// # Errors
    /// If the files are not what they should be.
    pub fn keys(&self) -> Result<Keys> {
        Ok(Keys { client: self.pair("client")?, server: self.pair("server")? })
    }

    fn pair(&self, name: &str) -> Result<CurveKeyPair> {
        let Certificate { public, secret } = Certificate::read(self.path(&format!("{name}_secret")))?;
        Ok(CurveKeyPair { public, secret: secret.context("a secret key")? })
    }
}

impl Drop for Secrets {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
