//! Runs a plan: one line per step, progress while it lasts, everything it printed when it fails, a table at the end.

use std::fs;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::exec::{self, Watch};
use crate::tally::Tally;

type Action = Box<dyn FnOnce(&mut Run) -> anyhow::Result<String>>;

/// One thing to do, with the name that people see. It answers with a short note for the table, such as a count.
pub(crate) struct Step {
    name: String,
    action: Action,
}

impl Step {
    /// A step called `name`.
    pub(crate) fn new(
        name: impl Into<String>,
        action: impl FnOnce(&mut Run) -> anyhow::Result<String> + 'static,
    ) -> Self {
        Self { name: name.into(), action: Box::new(action) }
    }

    /// A step that succeeds when one command does.
    pub(crate) fn command(name: impl Into<String>, mut command: Command) -> Self {
        Self::new(name, move |run| run.exec(&mut command).map(|_| String::new()))
    }
}

/// What the steps of one plan share, and where the output of the current one is kept.
pub(crate) struct Run {
    /// Tests counted so far.
    pub(crate) tally: Tally,
    /// The firmware image, once its step has built it: a stale one is never tested.
    pub(crate) image: Option<PathBuf>,
    /// What the current step printed so far, with the commands that were run.
    output: String,
    watch: Watch,
}

impl Run {
    /// Runs a command to its end and returns all it printed; an exit code other than 0 is an error.
    pub(crate) fn exec(&mut self, command: &mut Command) -> anyhow::Result<String> {
        let (status, output) = self.exec_any(command)?;
        anyhow::ensure!(status, "`{}` failed", exec::shown(command));
        Ok(output)
    }

    /// The same for a command that may fail: whether it succeeded, and what it printed.
    pub(crate) fn exec_any(&mut self, command: &mut Command) -> anyhow::Result<(bool, String)> {
        self.output += &format!("$ {}\n", exec::shown(command));
        let (success, output) = exec::run(command, &self.watch)?;
        self.output += &output;
        Ok((success, output))
    }
}

struct Outcome {
    name: String,
    took: Duration,
    result: Result<String, String>,
}

/// Runs all steps (or, `fail_fast`, up to the first failure), prints as it goes, and tells whether all were ok.
pub(crate) fn run(steps: Vec<Step>, fail_fast: bool) -> bool {
    let logs = crate::target("xtask");
    let total = steps.len();
    let mut run = Run { tally: Tally::default(), image: None, output: String::new(), watch: Watch::idle() };
    let mut outcomes = Vec::new();
    for (index, step) in steps.into_iter().enumerate() {
        run.output.clear();
        run.watch = Watch::start(format!("[{:>2}/{total}] {}", index + 1, step.name));
        let result = (step.action)(&mut run).map_err(|error| format!("{error:#}"));
        let took = run.watch.conclude(&verdict(&result));
        let log = logs.join(format!("{}.log", step.name.replace(|c: char| !c.is_alphanumeric(), "-")));
        let kept = fs::create_dir_all(&logs).and_then(|()| fs::write(&log, &run.output));
        if let Err(error) = &result {
            println!("{}", indent(&run.output));
            println!("    {} {}: {error}", red("FAILED"), step.name);
            if kept.is_ok() {
                println!("    all of it: {}\n", log.strip_prefix(crate::root()).unwrap_or(&log).display());
            }
        }
        let stop = fail_fast && result.is_err();
        outcomes.push(Outcome { name: step.name, took, result });
        if stop {
            break;
        }
    }
    summarize(&outcomes, total, &run.tally)
}

fn summarize(outcomes: &[Outcome], planned: usize, tally: &Tally) -> bool {
    let failed = outcomes.iter().filter(|outcome| outcome.result.is_err()).count();
    if outcomes.len() > 1 {
        println!("\n{:<38} {:>9}  result", "step", "time");
        for outcome in outcomes {
            let took = outcome.took.as_secs_f64();
            println!("{:<38} {took:>7.1} s  {}", outcome.name, verdict(&outcome.result));
        }
        let sum: Duration = outcomes.iter().map(|outcome| outcome.took).sum();
        let left_out = planned - outcomes.len();
        let tail = if left_out == 0 { String::new() } else { format!(", {left_out} not run") };
        println!(
            "{:<38} {:>7.1} s  {} ok, {failed} failed{tail}",
            "total",
            sum.as_secs_f64(),
            outcomes.len() - failed
        );
    }
    if !tally.is_empty() {
        println!("\n{tally}");
    }
    let _ = std::io::stdout().flush();
    failed == 0
}

fn verdict(result: &Result<String, String>) -> String {
    match result {
        Ok(note) => format!("{}  {note}", green("ok")).trim_end().to_string(),
        Err(_) => red("FAILED"),
    }
}

/// The end of a text, indented: where what went wrong is told.
fn indent(text: &str) -> String {
    const MOST: usize = 300;
    let left_out = text.lines().count().saturating_sub(MOST);
    let cut = (left_out > 0).then(|| format!("... {left_out} lines before these"));
    let lines = cut.iter().map(String::as_str).chain(text.lines().skip(left_out));
    lines.map(|line| format!("    | {line}")).collect::<Vec<_>>().join("\n")
}

fn green(text: &str) -> String {
    painted(text, 32)
}

fn red(text: &str) -> String {
    painted(text, 31)
}

fn painted(text: &str, code: u8) -> String {
    if std::io::stdout().is_terminal() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
}
