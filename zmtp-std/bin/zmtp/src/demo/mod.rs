//! `zmtp demo`: three patterns at work, each in a file of its own that reads like the program one would write with it.
//!
//! Each runs for at most [`BUDGET`], checks every message, and is given up by the [`watchdog`] if need be: the demo ends in good time on
//! a slow machine too, with smaller numbers.

mod hello;
mod progress;
mod table;
mod ventilator;
mod watchdog;
mod weather;

use std::io::{self, Write};
use std::panic::resume_unwind;
use std::sync::mpsc;
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use anyhow::{anyhow, bail};
use console::style;
use zmtp_std::{Context, Options};

use crate::{interrupt, log};
use progress::{Line, Progress};

pub(crate) const ABOUT: &str = "See three patterns at work over TCP, in a few seconds, each checked and measured

  hello world  a client asks, a server answers (REQ, REP)
  weather      a station publishes, three subscribers pick their zip code (PUB, SUB)
  ventilator   tasks go out to four workers, their results come in at a sink (PUSH, PULL)

All run in this process, over TCP on the loopback interface, on ports that are free. Every message is checked; the
demo fails if one is lost or wrong.";

/// How long a pattern may go on starting new work.
const BUDGET: Duration = Duration::from_millis(1500);

/// Where all patterns bind: a free port of the loopback interface.
const LOOPBACK: &str = "tcp://127.0.0.1:*";

/// A pattern to show.
struct Scenario {
    name: &'static str,
    sockets: &'static str,
    /// Steps until it is done, if time allows.
    steps: u64,
    run: fn(&Context, &Line) -> anyhow::Result<Outcome>,
}

/// What a pattern did, measured.
struct Outcome {
    messages: u64,
    elapsed: Duration,
    /// What was found right about them.
    checked: String,
    /// What else is worth telling.
    note: Option<String>,
}

const SCENARIOS: [Scenario; 3] = [hello::SCENARIO, weather::SCENARIO, ventilator::SCENARIO];

pub(crate) fn run() -> anyhow::Result<()> {
    let progress = Progress::new(SCENARIOS.iter().map(|scenario| scenario.name.len()).max().unwrap_or(0));
    let mut rows = Vec::new();
    for scenario in SCENARIOS {
        let done = scenario.run_in_time(&progress);
        if interrupt::happened() {
            bail!("during {}", scenario.name);
        }
        rows.push(table::Row { name: scenario.name, sockets: scenario.sockets, done });
    }
    log::tell("");
    let mut out = io::stdout().lock();
    writeln!(out, "{}", table::render(&rows))?;
    match rows.iter().filter(|row| row.done.is_err()).count() {
        0 => writeln!(out, "{}", style("Nothing was lost. To measure more: zmtp perf --help").dim())?,
        failed => bail!("{failed} of {} patterns failed", rows.len()),
    }
    Ok(())
}

impl Scenario {
    /// Runs it in a context of its own, until it is done or given up.
    fn run_in_time(&self, progress: &Progress) -> anyhow::Result<Outcome> {
        // After a failure nothing is worth waiting for.
        let context = Context::new().with(Options { linger: Some(Duration::ZERO), ..Options::default() });
        let _interruptible = interrupt::terminates(&context);
        let line = progress.line(self.name, self.steps);
        let (finished, waiting) = mpsc::channel::<()>();
        let context = &context;
        thread::scope(|scope| {
            let gauge = line.gauge();
            let watchdog = scope.spawn(move || watchdog::watch(&waiting, context, &gauge));
            let done = (self.run)(context, &line);
            drop(finished);
            let done = join(watchdog).map_or(done, |late| Err(anyhow!(late)));
            line.finish(&done);
            done
        })
    }
}

/// Whether `budget` is used up; looks at the clock only at some of the `step`s, for it is slow.
fn is_over(started: Instant, budget: Duration, step: u64) -> bool {
    step.is_multiple_of(64) && started.elapsed() > budget
}

/// What a thread returned; a panic in it goes on here.
fn join<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// Terminates the context at the end of a scope, also if that comes early: whoever waits on a socket of it ends, too.
struct TerminateOnDrop<'a>(&'a Context);

impl Drop for TerminateOnDrop<'_> {
    fn drop(&mut self) {
        self.0.terminate();
    }
}
