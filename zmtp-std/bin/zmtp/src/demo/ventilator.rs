//! Ventilator, workers, sink: tasks go out to four workers, one after the other; results come in as they are done.
//!
//! A task is a number, its result the steps of its Collatz sequence down to 1: some tasks take longer than others. The
//! ventilator tells the sink how many tasks there were, the sink sees whether each came back, once, and right.

use std::thread;
use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use indicatif::HumanCount;
use zmtp_std::{Context, Event, Monitor, Pull, Push};

use super::{LOOPBACK, Line, Outcome, PATIENCE, Scenario, TerminateOnDrop, is_over_budget, join};

const TASKS: u64 = 500_000;
const WORKERS: usize = 4;

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
            workers.push(scope.spawn(move || work(name, &input, &output)));
        }
        // Tasks are shared out among those who are there.
        wait_for_peers(&arrivals, WORKERS)?;
        let started = Instant::now();
        let ventilator = scope.spawn(move || hand_out(&ventilator, &to_sink, started));
        let collected = collect(&sink, line);
        let elapsed = started.elapsed();
        drop(end);

        // An error of those who send comes first: at the sink something is missing then.
        join(ventilator)?;
        workers.into_iter().try_for_each(join)?;
        let Collected { tasks, results, shares } = collected?;
        let (count, total) = (HumanCount(results), HumanCount(tasks));
        let checked = format!("{count} of {total} results; {}", describe(shares));
        Ok(Outcome { messages: tasks + results, elapsed, checked })
    })
}

/// Waits until `count` peers have come to the socket that `arrivals` watches.
fn wait_for_peers(arrivals: &Monitor, count: usize) -> anyhow::Result<()> {
    let mut peers = 0;
    while peers < count {
        match arrivals.recv_timeout(PATIENCE) {
            Some(Event::HandshakeSucceeded { .. }) => peers += 1,
            Some(_) => {}
            None => bail!("{peers} of {count} workers came"),
        }
    }
    Ok(())
}

/// Sends the tasks out, then their number to the sink.
fn hand_out(workers: &Push, sink: &Push, started: Instant) -> anyhow::Result<()> {
    let mut tasks = 0;
    while tasks < TASKS && !is_over_budget(started, tasks) {
        tasks += 1;
        workers.send(tasks.to_string())?;
    }
    sink.send(format!("tasks {tasks}"))?;
    Ok(())
}

/// Does tasks until the context is terminated.
fn work(name: usize, tasks: &Pull, results: &Push) -> anyhow::Result<()> {
    while let Ok(task) = tasks.recv() {
        let task: u64 = task.to_text().parse()?;
        results.send(format!("{name} {task} {}", collatz_steps(task)))?;
    }
    Ok(())
}

/// What arrived at the sink.
struct Collected {
    tasks: u64,
    results: u64,
    /// How many results each worker sent.
    shares: [u64; WORKERS],
}

/// Receives results until there are as many as tasks.
fn collect(sink: &Pull, line: &Line) -> anyhow::Result<Collected> {
    let mut done = vec![false; TASKS as usize + 1];
    let mut collected = Collected { tasks: u64::MAX, results: 0, shares: [0; WORKERS] };
    while collected.results < collected.tasks {
        let message = sink.recv()?.to_text();
        if let Some(tasks) = message.strip_prefix("tasks ") {
            collected.tasks = tasks.parse()?;
            line.set_steps(collected.tasks);
            continue;
        }
        let (worker, task, steps) = parse(&message).with_context(|| format!("bad result {message:?}"))?;
        ensure!(steps == collatz_steps(task), "task {task} has a wrong result: {steps}");
        let done = done.get_mut(task as usize).with_context(|| format!("there was no task {task}"))?;
        ensure!(!std::mem::replace(done, true), "task {task} was done twice");
        *collected.shares.get_mut(worker).context("an unknown worker")? += 1;
        collected.results += 1;
        line.at(collected.results);
    }
    Ok(collected)
}

fn parse(result: &str) -> Option<(usize, u64, u64)> {
    let mut fields = result.split(' ');
    let worker = fields.next()?.parse().ok()?;
    let task = fields.next()?.parse().ok()?;
    let steps = fields.next()?.parse().ok()?;
    fields.next().is_none().then_some((worker, task, steps))
}

fn collatz_steps(task: u64) -> u64 {
    let next = |n: &u64| Some(if n.is_multiple_of(2) { n / 2 } else { 3 * n + 1 });
    std::iter::successors(Some(task), next).take_while(|&n| n > 1).count() as u64
}

/// Who did how much.
fn describe(shares: [u64; WORKERS]) -> String {
    let (least, most) = shares.iter().fold((u64::MAX, 0), |(least, most), &s| (least.min(s), most.max(s)));
    if least == most {
        format!("{WORKERS} workers, {} each", HumanCount(least))
    } else {
        format!("{WORKERS} workers, {} to {} each", HumanCount(least), HumanCount(most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collatz_sequences_have_their_known_lengths() {
        assert_eq!([1, 2, 3, 27].map(collatz_steps), [0, 1, 7, 111]);
    }

    #[test]
    fn a_result_has_three_numbers() {
        assert_eq!(parse("3 27 111"), Some((3, 27, 111)));
        for bad in ["", "3 27", "3 27 x", "3 27 111 4"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn shares_are_told_as_one_number_only_if_equal() {
        assert_eq!(describe([2_500; 4]), "4 workers, 2,500 each");
        assert_eq!(describe([1, 2, 3, 4]), "4 workers, 1 to 4 each");
    }
}
