//! What the sensor does: it carries out commands, and publishes readings while it is told to.

use core::time::Duration;

use sensor_messages::{Answer, Command, LARGEST, Reading, Status, TOPIC, decode, encode};
use zmtp_smoltcp::{Instant, Pub, Rep};

/// Readings published in one step when they are to leave as fast as possible: commands are answered in between.
const READINGS_PER_STEP: u32 = 16;

#[derive(Default)]
pub(crate) struct Application {
    series: Option<Series>,
    answered: u32,
    published: u32,
    dropped: u32,
}

/// Readings that are still to be published.
struct Series {
    next: u32,
    count: u32,
    interval: Duration,
    due: Instant,
}

impl Application {
    /// Does what is due; returns whether anything was sent.
    pub(crate) fn step(&mut self, rep: &mut Rep<'_, '_>, publisher: &mut Pub<'_, '_>, now: Instant) -> bool {
        let answered = self.answer(rep, publisher, now);
        let published = self.publish(publisher, now);
        answered || published
    }

    /// When the next reading is due. Readings as fast as possible wait for subscribers, not for the clock.
    pub(crate) fn poll_timeout(&self, publisher: &Pub<'_, '_>) -> Option<Instant> {
        let series = self.series.as_ref()?;
        (publisher.is_flushed() || !series.interval.is_zero()).then_some(series.due)
    }

    fn answer(&mut self, rep: &mut Rep<'_, '_>, publisher: &Pub<'_, '_>, now: Instant) -> bool {
        let mut buffer = [0; LARGEST];
        let command = match rep.recv(&mut buffer) {
            Ok(frame) if !frame.more => decode(frame.octets).ok(),
            Err(nb::Error::WouldBlock) => return false,
            // Commands are one frame, and a short one.
            Ok(_) | Err(nb::Error::Other(_)) => {
                rep.skip();
                None
            }
        };
        self.answered = self.answered.wrapping_add(1);
        let answer = match command {
            Some(command) => self.carry_out(command, publisher, now),
            None => Answer::Unknown,
        };
        let answer = encode(&answer, &mut buffer).unwrap_or_default();
        // Its queue has room for one answer, and holds no other: a requester waits for each.
        let _ = rep.send(&[answer]);
        true
    }

    fn carry_out(&mut self, command: Command, publisher: &Pub<'_, '_>, now: Instant) -> Answer {
        match command {
            Command::Start { count, interval } => {
                let interval = Duration::from_micros(interval.into());
                self.series = Some(Series { next: 0, count, interval, due: now });
                Answer::Done
            }
            Command::Stop => {
                self.series = None;
                Answer::Done
            }
            Command::Status => Answer::Status(Status {
                answered: self.answered,
                published: self.published,
                dropped: self.dropped,
                subscribers: publisher.subscribers() as u8,
            }),
        }
    }

    fn publish(&mut self, publisher: &mut Pub<'_, '_>, now: Instant) -> bool {
        let mut published = false;
        for _ in 0..READINGS_PER_STEP {
            let Some(series) = self.series.as_mut() else { break };
            let must_wait =
                if series.interval.is_zero() { !publisher.is_flushed() } else { now < series.due };
            if series.next >= series.count {
                self.series = None;
                break;
            }
            if must_wait {
                break;
            }
            let mut buffer = [0; LARGEST];
            let reading = encode(&measure(series.next, now), &mut buffer).unwrap_or_default();
            let delivery = publisher.send(&[TOPIC, reading]);
            self.dropped = self.dropped.wrapping_add((delivery.dropped + delivery.too_large) as u32);
            self.published = self.published.wrapping_add(1);
            series.next += 1;
            series.due = series.due.after(series.interval);
            published = true;
        }
        published
    }
}

/// The board has no thermometer: a triangle between 20 and 22 degrees, a degree a minute, stands in for one.
fn measure(sequence: u32, now: Instant) -> Reading {
    let taken_at = now.as_micros();
    let phase = (taken_at / 60_000 % 4_000) as i32;
    Reading { sequence, taken_at, millicelsius: 20_000 + phase.min(4_000 - phase) }
}
