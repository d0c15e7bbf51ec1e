//! Child processes: output captured, stdin closed, progress shown, and an end to those that hang.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::Context;

/// No single command of ours takes near this long on two slow cores: past it, it hangs.
const HANG: Duration = Duration::from_secs(20 * 60);
/// How often a log file (as opposed to a terminal) is told that a step is still alive.
const HEARTBEAT: Duration = Duration::from_secs(30);
/// How long output is waited for after the process has ended: only a grandchild can still hold it open.
const DRAIN: Duration = Duration::from_secs(2);

/// The cargo that runs us, with these words.
pub(crate) fn cargo(words: &[&str]) -> Command {
    let mut command = program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(words);
    command
}

/// A `Command` at the root of the repository, without the variables by which cargo describes *this* crate: build scripts
/// that look at them would be run anew each time.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(crate::root());
    for (key, _) in std::env::vars_os() {
        let text = key.to_string_lossy();
        let ours =
            ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|prefix| text.starts_with(prefix));
        if ours || text == "CARGO_PRIMARY_PACKAGE" {
            command.env_remove(key);
        }
    }
    command
}

/// A command as one would type it, with the environment that it is given.
pub(crate) fn shown(command: &Command) -> String {
    let set = command.get_envs().filter_map(|(key, value)| Some((key, value?)));
    let set = set.filter(|(key, _)| *key != "CARGO_TERM_COLOR");
    let set = set.map(|(key, value)| format!("{}={}", key.display(), quoted(&value.to_string_lossy())));
    let program = Path::new(command.get_program());
    let inside = std::env::var_os("CARGO").is_some_and(|cargo| program == Path::new(&cargo));
    let name = if inside { "cargo".to_string() } else { program.display().to_string() };
    let args = command.get_args().map(|arg| quoted(&arg.to_string_lossy()));
    let words: Vec<_> = set.chain([name]).chain(args).collect();
    words.join(" ").replace(&format!("{}/", crate::root().display()), "")
}

fn quoted(word: &str) -> String {
    if word.is_empty() || word.contains([' ', '"', '$']) { format!("'{word}'") } else { word.to_string() }
}

/// Runs a command to its end. Returns whether it succeeded and what it wrote, stdout and stderr as they came.
pub(crate) fn run(command: &mut Command, watch: &Watch) -> anyhow::Result<(bool, String)> {
    let interactive = std::io::stdin().is_terminal();
    let (reader, writer) = std::io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    command.env("CARGO_TERM_COLOR", "never");
    #[cfg(unix)]
    if !interactive {
        // A group of its own, so that a hang ends with all it started. At a terminal Ctrl-C does that, and needs ours.
        std::os::unix::process::CommandExt::process_group(command, 0);
    }
    let child = command.spawn().with_context(|| format!("cannot start `{}`", shown(command)));
    command.stdout(Stdio::null()).stderr(Stdio::null()); // drops our ends of the pipe, or it would never close
    let mut child = child?;
    let (lines, received) = channel();
    std::thread::spawn(move || {
        let mut reader = BufReader::new(reader);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            if lines.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                break;
            }
            line.clear();
        }
    });
    follow(&mut child, &received, watch, interactive)
}

/// Collects what the child prints until it has ended, keeping whoever watches informed.
fn follow(
    child: &mut Child,
    lines: &Receiver<String>,
    watch: &Watch,
    interactive: bool,
) -> anyhow::Result<(bool, String)> {
    let started = Instant::now();
    let mut told = started;
    let mut ended: Option<(bool, Instant)> = None;
    let mut output = String::new();
    let mut last = String::new();
    loop {
        match lines.recv_timeout(Duration::from_millis(100)) {
            Ok(line) => {
                if !line.trim().is_empty() {
                    last = line.trim().to_string();
                }
                output += &line;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok((child.wait()?.success(), output)),
        }
        if ended.is_none() {
            ended = child.try_wait()?.map(|status| (status.success(), Instant::now()));
        }
        if let Some((success, at)) = ended
            && at.elapsed() > DRAIN
        {
            output += "(a process it started is still running and holds its output open)\n";
            return Ok((success, output));
        }
        if started.elapsed() > HANG {
            kill(child, interactive);
            print!("{output}");
            anyhow::bail!("hangs: ended after {} minutes; its last line: {last}", HANG.as_secs() / 60);
        }
        if told.elapsed() > tick() {
            told = Instant::now();
            watch.progress(&last);
        }
    }
}

fn kill(child: &mut Child, interactive: bool) {
    if !interactive {
        let group = format!("-{}", child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
    }
    let _ = child.kill();
    let _ = child.wait();
}

fn tick() -> Duration {
    if std::io::stdout().is_terminal() { Duration::from_millis(200) } else { HEARTBEAT }
}

/// The line of the step that runs, for whoever watches: rewritten in place at a terminal; in a log only its result, and
/// signs of life.
pub(crate) struct Watch {
    label: String,
    since: Instant,
}

impl Watch {
    /// Of no step, with nothing to show.
    pub(crate) fn idle() -> Self {
        Self { label: String::new(), since: Instant::now() }
    }

    /// Shows that the step `label` begins.
    pub(crate) fn start(label: String) -> Self {
        let watch = Self { label, ..Self::idle() };
        if std::io::stdout().is_terminal() {
            watch.progress("");
        }
        watch
    }

    /// Shows that it has ended, and how; returns how long it took.
    pub(crate) fn conclude(&self, verdict: &str) -> Duration {
        let took = self.since.elapsed();
        let clear = if std::io::stdout().is_terminal() { "\r\x1b[K" } else { "" };
        println!("{clear}{:<46} {:>7.1} s  {verdict}", self.label, took.as_secs_f64());
        let _ = std::io::stdout().flush();
        took
    }

    /// Shows how long it has run, and what it printed last.
    fn progress(&self, last: &str) {
        let last: String = last.chars().filter(|c| !c.is_control()).take(50).collect();
        let seconds = self.since.elapsed().as_secs();
        if std::io::stdout().is_terminal() {
            print!("\r\x1b[K{:<46} {seconds:>7}   s  {last}", self.label);
        } else {
            println!("{:<46} {seconds:>7}   s  ... {last}", self.label);
        }
        let _ = std::io::stdout().flush();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn sh(script: &str) -> anyhow::Result<(bool, String)> {
        run(Command::new("sh").args(["-c", script]), &Watch::idle())
    }

    #[test]
    fn both_outputs_are_captured_in_their_order() {
        assert_eq!(
            sh("echo one; echo two >&2; echo three").unwrap(),
            (true, "one\ntwo\nthree\n".to_string())
        );
    }

    #[test]
    fn an_exit_code_other_than_0_is_told_with_what_was_printed() {
        assert_eq!(sh("echo why; exit 3").unwrap(), (false, "why\n".to_string()));
    }

    #[test]
    fn a_program_that_does_not_exist_is_an_error() {
        let missing = run(&mut Command::new("no-such-program"), &Watch::idle());
        assert!(missing.unwrap_err().to_string().contains("no-such-program"));
    }

    #[test]
    fn standard_input_is_empty() {
        assert_eq!(sh("cat").unwrap(), (true, String::new()));
    }

    #[test]
    fn a_grandchild_that_holds_the_output_open_does_not_hold_us() {
        let (success, output) = sh("sleep 60 & echo $!").unwrap();
        let _ = Command::new("kill").arg(output.lines().next().unwrap()).status();
        assert!(success && output.contains("still running"), "{output}");
    }
}
