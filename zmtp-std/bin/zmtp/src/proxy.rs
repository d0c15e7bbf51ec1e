//! `zmtp proxy`: stands between sockets and passes messages on.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use clap::{Args, ValueEnum};
use zmtp_std::device::{Proxy as Device, Statistics};
use zmtp_std::{Context, Options, Pub, Rep};

use crate::link::duration;
use crate::place::{Place, Way};
use crate::report::{counted, so_far};
use crate::security::Security;
use crate::session::meet;
use crate::signals::Signals;
use crate::socket::Socket;
use crate::watch::Watch;
use crate::{interrupt, log};

pub(crate) const EXAMPLES: &str =
    "Both sides bind, if nothing says otherwise. Each may have several endpoints, with commas between.

  queue      requests of clients (frontend) for services (backend)
  forwarder  what publishers (frontend) publish for subscribers (backend)
  streamer   tasks of pushers (frontend) for pullers (backend)

Examples:
  Clients and services that need to know one address only:
    zmtp proxy queue tcp://*:5559 tcp://*:5560
  One place to subscribe to two publishers, with what has gone through every ten seconds:
    zmtp proxy forwarder '>tcp://north:5556,>tcp://south:5556' tcp://*:5557 --stats 10
  Watch the requests and replies that go through:
    zmtp proxy queue tcp://*:5559 tcp://*:5560 --capture tcp://127.0.0.1:5561
    zmtp sub tcp://127.0.0.1:5561
  How much has gone through until now, on its standard error:
    kill -USR1 PID
  Pause and resume one that has a --control tcp://127.0.0.1:5562:
    zmtp req tcp://127.0.0.1:5562 -m PAUSE";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// ROUTER and DEALER
    Queue,
    /// XSUB and XPUB
    Forwarder,
    /// PULL and PUSH
    Streamer,
}

/// See the module.
#[derive(Debug, Args)]
pub(crate) struct Proxy {
    /// What it passes on
    #[arg(value_enum)]
    kind: Kind,
    /// Where clients, publishers or pushers are
    #[arg(value_name = "FRONTEND", value_parser = places)]
    frontend: Places,
    /// Where services, subscribers or pullers are
    #[arg(value_name = "BACKEND", value_parser = places)]
    backend: Places,
    /// Publish a copy of everything that is passed on
    #[arg(long, value_name = "ENDPOINT")]
    capture: Option<Place>,
    /// Obey PAUSE, RESUME, TERMINATE and STATISTICS, which a REQ asks for there
    #[arg(long, value_name = "ENDPOINT")]
    control: Option<Place>,
    /// Tell so often on standard error what has gone through; the signal USR1 asks for it once
    #[arg(long, value_name = "SECONDS", value_parser = duration)]
    stats: Option<Duration>,
    /// The most messages that wait for a peer, and of one; 0 is no mark
    #[arg(long, value_name = "MESSAGES", default_value_t = 1000)]
    hwm: u32,
    /// Let * bind IPv6 as well
    #[arg(long)]
    ipv6: bool,
    #[command(flatten)]
    security: Security,
}

type Places = std::sync::Arc<[Place]>;

fn places(text: &str) -> Result<Places, crate::place::BadPlace> {
    text.split(',').map(str::parse).collect()
}

impl Proxy {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let context = Context::builder().build().context("cannot start the I/O thread")?;
        let context = context.with(self.security.apply_to(Options {
            sndhwm: self.hwm,
            rcvhwm: self.hwm,
            ipv6: self.ipv6,
            linger: Some(Duration::ZERO),
            ..Options::default()
        })?);
        let _interruptible = interrupt::terminates(&context);
        match self.kind {
            Kind::Queue => self.between(&context, &context.router(), &context.dealer(), Device::queue),
            Kind::Forwarder => self.between(&context, &context.xsub(), &context.xpub(), Device::forwarder),
            Kind::Streamer => self.between(&context, &context.pull(), &context.push(), Device::streamer),
        }
    }

    fn between<'s, F: Socket, B: Socket>(
        &self,
        context: &Context,
        frontend: &'s F,
        backend: &'s B,
        device: fn(&'s F, &'s B) -> Device<'s>,
    ) -> anyhow::Result<()> {
        // Before anybody can know that we are there, and ask.
        let asking = Signals::asking()?;
        let watches = [Watch::new(context), Watch::new(context)];
        watches[0].start(frontend, self.frontend.len(), || ());
        watches[1].start(backend, self.backend.len(), || ());
        self.frontend.iter().try_for_each(|place| meet(frontend, place.way(None, Way::Bind), place))?;
        self.backend.iter().try_for_each(|place| meet(backend, place.way(None, Way::Bind), place))?;
        let capture = self.capture.as_ref().map(|place| capture(context, place)).transpose()?;
        let control = self.control.as_ref().map(|place| control(context, place)).transpose()?;
        // The device may live shorter than the sockets beside it.
        let mut device: Device<'_> = device(frontend, backend);
        if let Some(capture) = &capture {
            device = device.capture(capture)?;
        }
        if let Some(control) = &control {
            device = device.control(control)?;
        }
        let steering = device.steering();
        asking.each(move |_| tell(&steering.statistics()))?;
        let passed_on = self.drive(&device);
        context.terminate();
        match watches.into_iter().find_map(Watch::end) {
            Some(event) => Err(anyhow!("{event}")),
            None if interrupt::happened() => Err(anyhow!(so_far(passed_on, "message"))),
            None => Ok(()),
        }
    }

    /// Passes messages on until that is over; then tells what has gone through, and returns how many.
    fn drive(&self, device: &Device<'_>) -> u64 {
        let steering = device.steering();
        thread::scope(|scope| {
            let (over, waiting) = mpsc::channel::<()>();
            if let Some(interval) = self.stats {
                let steering = steering.clone();
                scope.spawn(move || {
                    while waiting.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                        tell(&steering.statistics());
                    }
                });
            }
            let ended = device.run();
            drop(over);
            tell(&steering.statistics());
            let lost = [ended.for_frontend, ended.for_backend].iter().flatten().count() as u64;
            if lost > 0 {
                log::tell(format_args!("lost, for they waited for room: {}", counted(lost, "message")));
            }
        });
        let Statistics { frontend, backend, .. } = steering.statistics();
        frontend.sent + backend.sent
    }
}

fn capture(context: &Context, place: &Place) -> anyhow::Result<Pub> {
    let socket = context.publisher();
    meet(&socket, place.way(None, Way::Bind), place)?;
    Ok(socket)
}

fn control(context: &Context, place: &Place) -> anyhow::Result<Rep> {
    let socket = context.rep();
    meet(&socket, place.way(None, Way::Bind), place)?;
    Ok(socket)
}

fn tell(statistics: &Statistics) {
    let Statistics { frontend, backend, dropped, not_captured, .. } = statistics;
    log::tell(format_args!(
        "frontend: {} in ({} octets), {} out ({} octets); backend: {} in ({} octets), {} out ({} octets); {dropped} dropped, {not_captured} not captured",
        frontend.received,
        frontend.received_octets,
        frontend.sent,
        frontend.sent_octets,
        backend.received,
        backend.received_octets,
        backend.sent,
        backend.sent_octets,
    ));
}
