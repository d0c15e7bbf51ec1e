//! Live progress on standard error: on a terminal one line a pattern, redrawn in place; elsewhere plain lines.

use std::cell::Cell;
use std::fmt;
use std::time::{Duration, Instant};

use console::style;
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Outcome;
use crate::{interrupt, log};

/// How often a pattern tells where it is if lines are plain.
const PLAIN_INTERVAL: Duration = Duration::from_millis(500);

/// Makes lines whose columns are aligned.
pub(super) struct Progress {
    name_width: usize,
}

/// The line of one pattern.
pub(super) struct Line {
    name: String,
    bar: ProgressBar,
    plain: Option<Cell<Instant>>,
}

/// How far a pattern is.
pub(super) struct Gauge(ProgressBar);

impl Progress {
    pub(super) fn new(name_width: usize) -> Self {
        Self { name_width }
    }

    pub(super) fn line(&self, name: &str, steps: u64) -> Line {
        let name = format!("{name:<width$}", width = self.name_width);
        let target = ProgressDrawTarget::stderr_with_hz(20);
        // Log lines would tear a line that is redrawn.
        let is_plain = target.is_hidden() || log::is_talkative();
        let target = if is_plain { ProgressDrawTarget::hidden() } else { target };
        let bar = ProgressBar::with_draw_target(Some(steps), target).with_prefix(name.clone());
        let template = "{prefix:.bold}  {bar:24.cyan/dim}  {human_pos:>9} of {human_len:<9}  {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        bar.tick();
        Line { name, bar, plain: is_plain.then(|| Cell::new(Instant::now())) }
    }
}

impl Line {
    /// Tells that `step` steps are done; cheap enough for each of them.
    pub(super) fn at(&self, step: u64) {
        // A bar looks at the clock each time, which costs as much as a message.
        if !step.is_multiple_of(64) {
            return;
        }
        self.bar.set_position(step);
        if let Some(told) = &self.plain
            && told.get().elapsed() >= PLAIN_INTERVAL
        {
            told.set(Instant::now());
            log::tell(format_args!("{}  {}", self.name, self.gauge()));
        }
    }

    /// How many steps there will be, if not as many as planned.
    pub(super) fn set_steps(&self, steps: u64) {
        self.bar.set_length(steps);
    }

    /// For another thread, to see how far the pattern is.
    pub(super) fn gauge(&self) -> Gauge {
        Gauge(self.bar.clone())
    }

    pub(super) fn finish(&self, done: &anyhow::Result<Outcome>) {
        let message = match done {
            Ok(outcome) => format!("{:.2} s", outcome.elapsed.as_secs_f64()),
            Err(_) if interrupt::happened() => "interrupted".to_owned(),
            Err(_) => style("failed").for_stderr().red().to_string(),
        };
        if done.is_ok() {
            self.bar.set_position(self.gauge().steps());
        }
        self.bar.abandon_with_message(message.clone());
        if self.plain.is_some() {
            log::tell(format_args!("{}  {}  {message}", self.name, self.gauge()));
        } else {
            // A bar leaves the cursor behind its end.
            log::tell("");
        }
    }
}

impl Gauge {
    /// The last step told.
    pub(super) fn position(&self) -> u64 {
        self.0.position()
    }

    /// How many steps there will be.
    pub(super) fn steps(&self) -> u64 {
        self.0.length().unwrap_or(0)
    }
}

impl fmt::Display for Gauge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", HumanCount(self.position()), HumanCount(self.steps()))
    }
}
