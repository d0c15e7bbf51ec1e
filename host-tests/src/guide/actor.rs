//! A program that plays: what it prints is awaited, its end too.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

/// Turns a hang into a failure; nothing takes so long otherwise.
const PATIENCE: Duration = Duration::from_secs(120);

/// See the module. It is killed when this is dropped.
#[derive(Debug)]
pub struct Actor {
    name: String,
    child: Child,
    stdin: Option<ChildStdin>,
    printed: Arc<Printed>,
    /// So many octets of that have been read.
    read: usize,
}

#[derive(Debug, Default)]
struct Printed {
    text: Mutex<Text>,
    more: Condvar,
}

#[derive(Debug, Default)]
struct Text {
    text: String,
    ended: bool,
}

impl Actor {
    pub(super) fn start(name: &str, command: &mut Command) -> Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        let mut stdout = child.stdout.take().context("its output")?;
        let printed = Arc::<Printed>::default();
        let to = Arc::clone(&printed);
        thread::spawn(move || {
            let mut octets = [0; 4096];
            while let Ok(count @ 1..) = stdout.read(&mut octets) {
                to.text.lock().unwrap().text += &String::from_utf8_lossy(&octets[..count]);
                to.more.notify_all();
            }
            to.text.lock().unwrap().ended = true;
            to.more.notify_all();
        });
        Ok(Self { name: name.into(), stdin: child.stdin.take(), child, printed, read: 0 })
    }

    /// Waits until what it has printed, and was not read yet, has what is `wanted`: how many octets that takes, and the find.
    fn find<T>(&mut self, what: &str, wanted: impl Fn(&str) -> Option<(usize, T)>) -> Result<T> {
        let deadline = Instant::now() + PATIENCE;
        let mut text = self.printed.text.lock().unwrap();
        loop {
            if let Some((octets, found)) = wanted(&text.text[self.read..]) {
                self.read += octets;
                return Ok(found);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if text.ended || left.is_zero() {
                let end = if text.ended { "ended" } else { "has waited" };
                bail!("{} {end} without {what}; it printed:\n{}", self.name, end_of(&text.text));
            }
            text = self.printed.more.wait_timeout(text, left).unwrap().0;
        }
    }

    /// The next line that it prints.
    ///
    /// # Errors
    /// If it ends before.
    pub fn line(&mut self) -> Result<String> {
        self.find("another line", |text| {
            text.find('\n').map(|end| (end + 1, text[..end].trim_end().to_owned()))
        })
    }

    /// Waits until it prints `text`, and reads everything up to it.
    ///
    /// # Errors
    /// If it ends before.
    pub fn says(&mut self, text: &str) -> Result<()> {
        self.find(text, |printed| printed.find(text).map(|start| (start + text.len(), ())))
    }

    /// Waits until it has printed `text` so often, in all.
    ///
    /// # Errors
    /// If it ends before.
    pub fn says_times(&mut self, text: &str, times: usize) -> Result<()> {
        self.read = 0;
        self.find(text, |printed| (printed.matches(text).count() >= times).then_some((0, ())))
    }

    /// All that it has printed so far.
    #[must_use]
    pub fn printed(&self) -> String {
        self.printed.text.lock().unwrap().text.clone()
    }

    /// Presses Enter.
    ///
    /// # Errors
    /// If it has ended.
    pub fn enter(&mut self) -> Result<()> {
        self.stdin.as_mut().context("its input")?.write_all(b"\n").context("it reads nothing any more")
    }

    /// Presses Ctrl-C.
    ///
    /// # Errors
    /// If there is no way to do so.
    pub fn interrupt(&self) -> Result<()> {
        let status = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status()?;
        ensure!(status.success(), "cannot interrupt {}", self.name);
        Ok(())
    }

    /// Waits for its end: how it ended, and all that it has printed.
    ///
    /// # Errors
    /// If it does not end.
    pub fn ended(&mut self) -> Result<(ExitStatus, String)> {
        let deadline = Instant::now() + PATIENCE;
        let mut text = self.printed.text.lock().unwrap();
        while !text.ended {
            let left = deadline.saturating_duration_since(Instant::now());
            ensure!(!left.is_zero(), "{} does not end; it printed:\n{}", self.name, end_of(&text.text));
            text = self.printed.more.wait_timeout(text, left).unwrap().0;
        }
        Ok((self.child.wait()?, text.text.clone()))
    }

    /// Waits for its good end: all that it has printed.
    ///
    /// # Errors
    /// If it fails, or does not end.
    pub fn finish(mut self) -> Result<String> {
        let (status, printed) = self.ended()?;
        ensure!(status.success(), "{} failed ({status}); it printed:\n{}", self.name, end_of(&printed));
        Ok(printed)
    }

    /// Kills it: all that it has printed.
    ///
    /// # Errors
    /// If it cannot be killed.
    pub fn kill(mut self) -> Result<String> {
        self.child.kill()?;
        Ok(self.ended()?.1)
    }
}

/// The last lines.
fn end_of(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

impl Drop for Actor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
