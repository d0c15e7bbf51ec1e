//! Ventilator, workers, sink: tasks go out to four workers, one after the other; results come in as they are done.
//!
//! A task is a number, its result the square. The ventilator tells the sink how many tasks there were, and what the
//! results come to; the sink sees whether each task came back, once, and right.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use indicatif::HumanCount;
use zmtp_std::{Context, Event, Monitor, Pull, Push};

use super::{BUDGET, LOOPBACK, Line, Outcome, Scenario, TerminateOnDrop, is_over, join};

const TASKS: u64 = 500_000;
const WORKERS: usize = 4;
/// What is on its way when the last task goes out takes its time, too.
const HAND_OUT: Duration = BUDGET.checked_div(2).unwrap();
/// How long the next worker may take to come.
const ARRIVAL: Duration = Duration::from_secs(2);

pub(super) const SCENARIO: Scenario =
    Scenario { name: "ventilator", sockets: "PUSH-PULL", steps: TASKS, run };

fn run(context: &Context, line: &Line) -> anyhow::Result<Outcome> {
    let ventilator = context.push();
    let arrivals = ventilator.monitor();
    let tasks = ventilator.bind(LOOPBACK)?;
    let sink = context.pull();
    let results = sink.bind(LOOPBACK)?;
    let to_sink = context.push();
    to_sink.connect(&results)?;

    thread::scope(|scope| {
        let end = TerminateOnDrop(context);
        let mut workers = Vec::new();
        for name in 0..WORKERS {
            let (input, output) = (context.pull(), context.push());
            input.connect(&tasks)?;
            output.connect(&results)?;
            workers.push(scope.spawn(move || {
                let _end = TerminateOnDrop(context);
                work(name, &input, &output)
            }));
        }
        // Tasks are shared out among those who are there.
        wait_for_peers(&arrivals, WORKERS)?;
        let started = Instant::now();
        let ventilator = scope.spawn(move || hand_out(&ventilator, &to_sink, started));
        let collected = collect(&sink, line);
        let elapsed = started.elapsed();
        drop(end);

        // If a worker failed, the others only noticed.
        workers.into_iter().try_for_each(join)?;
        let collected = collected?;
        join(ventilator)?;
        collected.check(elapsed)
    })
}

/// Waits until `count` peers have come to the socket that `arrivals` watches.
fn wait_for_peers(arrivals: &Monitor, count: usize) -> anyhow::Result<()> {
    let mut peers = 0;
    while peers < count {
        match arrivals.recv_timeout(ARRIVAL) {
            Some(Event::HandshakeSucceeded { .. }) => peers += 1,
            Some(_) => {}
            None => bail!("{peers} of {count} workers came"),
        }
    }
    Ok(())
}

/// Sends the tasks out, then their number and the sum of their results to the sink.
fn hand_out(workers: &Push, sink: &Push, started: Instant) -> anyhow::Result<()> {
    let (mut tasks, mut sum) = (0, 0);
    while tasks < TASKS && !is_over(started, HAND_OUT, tasks) {
        tasks += 1;
        sum += tasks * tasks;
        workers.send(tasks.to_string())?;
    }
    sink.send(format!("total {tasks} {sum}"))?;
    Ok(())
}

/// Does tasks until the context is terminated.
fn work(name: usize, tasks: &Pull, results: &Push) -> anyhow::Result<()> {
    while let Ok(task) = tasks.recv() {
        let task: u64 = task.to_text().parse().with_context(|| format!("no task: {task:?}"))?;
        if results.send(format!("{name} {task} {}", task * task)).is_err() {
            break;
        }
    }
    Ok(())
}

/// Receives results until there are as many as tasks.
fn collect(sink: &Pull, line: &Line) -> anyhow::Result<Collected> {
    let mut collected = Collected::new();
    while !collected.is_whole() {
        let message = sink.recv()?.to_text();
        collected.add(&message).with_context(|| format!("the sink got {message:?}"))?;
        if let Some((tasks, _)) = collected.total {
            line.set_steps(tasks);
        }
        line.at(collected.results);
    }
    Ok(collected)
}

/// What arrived at the sink.
#[derive(Debug)]
struct Collected {
    done: Vec<bool>,
    results: u64,
    sum: u64,
    /// How many results each worker sent.
    shares: [u64; WORKERS],
    /// Tasks, and the sum of their results, once that is known.
    total: Option<(u64, u64)>,
}

impl Collected {
    fn new() -> Self {
        Self { done: vec![false; TASKS as usize + 1], results: 0, sum: 0, shares: [0; WORKERS], total: None }
    }

    fn is_whole(&self) -> bool {
        self.total.is_some_and(|(tasks, _)| self.results >= tasks)
    }

    /// Adds a message of the ventilator (`total TASKS SUM`) or of a worker (`NAME TASK RESULT`).
    fn add(&mut self, message: &str) -> anyhow::Result<()> {
        let mut fields = message.split(' ');
        let (from, task, result) = (fields.next(), fields.next(), fields.next());
        let number = |field: Option<&str>| anyhow::Ok(field.context("three fields are due")?.parse()?);
        let (task, result) = (number(task)?, number(result)?);
        if from == Some("total") {
            self.total = Some((task, result));
            return Ok(());
        }
        let worker: u64 = number(from)?;
        let done = self.done.get_mut(task as usize).context("there is no such task")?;
        ensure!(!std::mem::replace(done, true), "this task was done before");
        *self.shares.get_mut(worker as usize).context("there is no such worker")? += 1;
        self.results += 1;
        self.sum += result;
        Ok(())
    }

    fn check(self, elapsed: Duration) -> anyhow::Result<Outcome> {
        let (tasks, sum) = self.total.context("the sink was not told how many tasks there were")?;
        ensure!(self.results == tasks, "{} results of {tasks} tasks came", self.results);
        ensure!(self.sum == sum, "the results come to {}, not to {sum}", self.sum);
        let checked = format!("{} of {} results", HumanCount(self.results), HumanCount(tasks));
        Ok(Outcome { messages: tasks + self.results, elapsed, checked, note: Some(describe(self.shares)) })
    }
}

/// Who did how much.
fn describe(shares: [u64; WORKERS]) -> String {
    let (least, most) = shares.iter().fold((u64::MAX, 0), |(least, most), &s| (least.min(s), most.max(s)));
    if least == most {
        format!("{WORKERS} workers did {} tasks each", HumanCount(least))
    } else {
        format!("{WORKERS} workers did {} to {} tasks each", HumanCount(least), HumanCount(most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_that_are_whole_and_right_pass() {
        let mut collected = Collected::new();
        for message in ["3 2 4", "total 2 5", "0 1 1"] {
            assert!(!collected.is_whole());
            collected.add(message).unwrap();
        }
        assert!(collected.is_whole());
        let outcome = collected.check(Duration::ZERO).unwrap();
        assert_eq!(outcome.messages, 4);
        assert_eq!(outcome.checked, "2 of 2 results");
    }

    #[test]
    fn a_result_that_is_wrong_repeated_or_senseless_fails_the_demo() {
        let mut collected = Collected::new();
        collected.add("1 1 2").unwrap();
        for bad in ["0 1 1", "0 9999999 1", "4 2 4", "0 2", "", "total x 1"] {
            assert!(collected.add(bad).is_err(), "{bad}");
        }
        collected.add("total 1 1").unwrap();
        let error = collected.check(Duration::ZERO).err().unwrap();
        assert_eq!(error.to_string(), "the results come to 2, not to 1");
    }

    #[test]
    fn shares_are_told_as_one_number_only_if_equal() {
        assert_eq!(describe([2_500; 4]), "4 workers did 2,500 tasks each");
        assert_eq!(describe([1, 2, 3, 4]), "4 workers did 1 to 4 tasks each");
    }
}
