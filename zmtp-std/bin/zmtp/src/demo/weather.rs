//! Weather: a station publishes updates of many zip codes, three subscribers each pick one and average it.
//!
//! The publisher knows what it sent to whom, so that each subscriber's count and average can be checked.

use std::fmt::Write;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use indicatif::HumanCount;
use zmtp_std::{Context, Options, Pub, Sub};

use super::{BUDGET, LOOPBACK, Line, Outcome, Scenario, TerminateOnDrop, is_over, join};

const UPDATES: u64 = 5_000_000;
/// The station's zip codes: from 10000 up to this one, not included.
const ZIP_CODES_END: u32 = 15_000;
/// What the subscribers pick.
const PICKED: [u32; 3] = [10_001, 12_345, 14_850];

pub(super) const SCENARIO: Scenario = Scenario { name: "weather", sockets: "PUB-SUB", steps: UPDATES, run };

/// Temperatures of one zip code, as they were sent or received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Temperatures {
    readings: u64,
    sum: i64,
}

impl Temperatures {
    fn add(&mut self, temperature: i64) {
        self.readings += 1;
        self.sum += temperature;
    }

    fn average(self) -> f64 {
        self.sum as f64 / self.readings as f64
    }
}

fn run(context: &Context, line: &Line) -> anyhow::Result<Outcome> {
    // A publisher drops what a subscriber at its high-water mark does not take. To see that nothing else gets lost, even
    // if this machine leaves a subscriber without time, there is no mark here.
    let station = context.with(Options { sndhwm: 0, ..Options::default() }).publisher();
    let endpoint = station.bind(LOOPBACK)?;
    thread::scope(|scope| {
        let _end = TerminateOnDrop(context);
        let subscribers = PICKED.map(|zip_code| {
            let (context, endpoint) = (context.clone(), endpoint.clone());
            scope.spawn(move || {
                let updates = context.subscriber();
                updates.subscribe(format!("{zip_code} "))?;
                updates.connect(endpoint)?;
                average(&updates)
            })
        });
        // Who is not there yet misses what is published.
        station.wait_for_subscribers(PICKED.len())?;
        let started = Instant::now();
        let (published, sent) = publish(&station, line, started)?;
        let mut received = [Temperatures::default(); PICKED.len()];
        for (received, subscriber) in received.iter_mut().zip(subscribers) {
            *received = join(subscriber)?;
        }
        compare(published, sent, received, started.elapsed())
    })
}

/// Publishes random weather, and an end for each zip code picked. Returns how many updates that were, and what was
/// sent of the zip codes picked.
fn publish(
    station: &Pub,
    line: &Line,
    started: Instant,
) -> anyhow::Result<(u64, [Temperatures; PICKED.len()])> {
    let mut sent = [Temperatures::default(); PICKED.len()];
    let mut updates = 0;
    let mut text = String::new();
    while updates < UPDATES && !is_over(started, BUDGET, updates) {
        let zip_code = fastrand::u32(10_000..ZIP_CODES_END);
        let (temperature, humidity) = (fastrand::i64(-80..135), fastrand::u32(10..60));
        text.clear();
        write!(text, "{zip_code} {temperature} {humidity}")?;
        station.send(&text)?;
        if let Some(index) = PICKED.iter().position(|&picked| picked == zip_code) {
            sent[index].add(temperature);
        }
        updates += 1;
        line.at(updates);
    }
    for zip_code in PICKED {
        station.send(format!("{zip_code} end"))?;
    }
    line.set_steps(updates);
    Ok((updates, sent))
}

/// Receives the temperatures of one zip code, up to the end.
fn average(updates: &Sub) -> anyhow::Result<Temperatures> {
    let mut received = Temperatures::default();
    loop {
        let update = updates.recv()?.to_text();
        let field = update.split_whitespace().nth(1);
        match field.with_context(|| format!("an update without temperature: {update:?}"))? {
            "end" => return Ok(received),
            temperature => received.add(temperature.parse()?),
        }
    }
}

fn compare(
    published: u64,
    sent: [Temperatures; PICKED.len()],
    received: [Temperatures; PICKED.len()],
    elapsed: Duration,
) -> anyhow::Result<Outcome> {
    let readings = |all: [Temperatures; PICKED.len()]| all.iter().map(|one| one.readings).sum::<u64>();
    let (expected, arrived) = (readings(sent), readings(received));
    ensure!(arrived == expected, "{} of {} readings arrived", HumanCount(arrived), HumanCount(expected));
    ensure!(received == sent, "readings arrived at the wrong subscriber, or changed");
    let averages = PICKED.iter().zip(received).map(|(zip_code, temperatures)| {
        let average = temperatures.average();
        format!("{average:.1}F at {zip_code}")
    });
    let note = format!("average temperatures {}", averages.collect::<Vec<_>>().join(", "));
    let checked = format!("{} of {} readings", HumanCount(arrived), HumanCount(expected));
    Ok(Outcome { messages: published, elapsed, checked, note: Some(note) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const READING: Temperatures = Temperatures { readings: 2, sum: 50 };

    #[test]
    fn a_reading_that_is_missing_or_wrong_fails_the_demo() {
        let missing = [READING, READING, Temperatures { readings: 1, sum: 50 }];
        let error = compare(9, [READING; 3], missing, Duration::ZERO).err().unwrap();
        assert_eq!(error.to_string(), "5 of 6 readings arrived");
        let wrong = [READING, READING, Temperatures { readings: 2, sum: 51 }];
        assert!(compare(9, [READING; 3], wrong, Duration::ZERO).is_err());
    }

    #[test]
    fn averages_are_told() {
        let outcome = compare(9, [READING; 3], [READING; 3], Duration::ZERO).unwrap();
        assert_eq!(outcome.checked, "6 of 6 readings");
        let note = "average temperatures 25.0F at 10001, 25.0F at 12345, 25.0F at 14850";
        assert_eq!(outcome.note.as_deref(), Some(note));
    }
}
