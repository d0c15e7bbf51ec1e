//! A socket of the program from its beginning to its end: what all subcommands that have one do.

use std::time::Duration;

use anyhow::{Context as _, anyhow, ensure};
use zmtp_std::{BindError, Context};

use crate::feed::Feed;
use crate::link::Link;
use crate::place::{Place, Way};
use crate::report::counted;
use crate::socket::{Sends, Socket};
use crate::watch::Watch;
use crate::{interrupt, log, reader};

/// A socket, watched, in a context of its own.
pub(crate) struct Session<S> {
    socket: S,
    watch: Watch,
    linger: Duration,
    _interruptible: interrupt::Terminates,
}

impl<S: Socket> Session<S> {
    /// Makes a socket and has it meet its peers, in the `usual` way where the command line says nothing else. `at_end` is called
    /// when it has ended, for whatever reason.
    pub(crate) fn open(
        link: &Link,
        usual: Way,
        make: impl FnOnce(&Context) -> S,
        at_end: impl FnOnce() + Send + 'static,
    ) -> anyhow::Result<Self> {
        Self::try_open(link, usual, |context| Ok(make(context)), at_end)
    }

    /// As [`open`](Self::open), of a socket that sends what there is in `feed`, which nobody waits for when it has ended.
    pub(crate) fn fed(
        link: &Link,
        usual: Way,
        make: impl FnOnce(&Context) -> S,
        feed: &Feed,
    ) -> anyhow::Result<Self> {
        let feed = feed.clone();
        Self::open(link, usual, make, move || feed.stop())
    }

    /// As [`open`](Self::open), of a socket that may not come about.
    pub(crate) fn try_open(
        link: &Link,
        usual: Way,
        make: impl FnOnce(&Context) -> anyhow::Result<S>,
        at_end: impl FnOnce() + Send + 'static,
    ) -> anyhow::Result<Self> {
        let context = link.context()?;
        let interruptible = interrupt::terminates(&context);
        let socket = make(&context)?;
        let watch = Watch::new(&context);
        watch.start(&socket, link.places(usual).count(), at_end);
        for (way, place) in link.places(usual) {
            meet(&socket, way, place)?;
        }
        Ok(Self { socket, watch, linger: link.linger(), _interruptible: interruptible })
    }

    /// Does the work, ends the socket, and says how it all went.
    pub(crate) fn run(self, work: impl FnOnce(&S) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let Self { socket, watch, linger, _interruptible } = self;
        let done = work(&socket).and_then(|()| deliver(&socket, linger));
        drop(socket);
        match watch.end() {
            Some(event) => Err(anyhow!("{event}")),
            None => done,
        }
    }

    /// Ends the work when nobody reads what it prints.
    pub(crate) fn for_reader(self) -> Self {
        reader::terminates(self.watch.context());
        self
    }
}

/// Binds or connects. Tells where peers can come, if the command line did not.
pub(crate) fn meet(socket: &impl Socket, way: Way, place: &Place) -> anyhow::Result<()> {
    match way {
        Way::Connect => socket.connect(&place.endpoint)?,
        Way::Bind => {
            let bound = socket.bind(&place.endpoint).map_err(or_connect)?;
            if bound != place.endpoint {
                log::tell(format_args!("bound to {bound}"));
            }
        }
    }
    Ok(())
}

/// Whoever cannot bind may have meant to connect, for which of both is usual depends on the type of the socket.
fn or_connect(error: BindError) -> anyhow::Error {
    match error {
        BindError::AddrInUse { .. } | BindError::UnknownHost { .. } | BindError::Io { .. } => {
            anyhow!("{error}; to connect there, put '>' in front")
        }
        error => error.into(),
    }
}

/// Waits until what was sent is out.
fn deliver(socket: &impl Socket, linger: Duration) -> anyhow::Result<()> {
    let undelivered = socket.close(linger).undelivered;
    let lost = counted(undelivered, "message");
    ensure!(!interrupt::happened() || undelivered == 0, "before {lost} left");
    ensure!(undelivered == 0, "not delivered in the time of --linger: {lost}");
    Ok(())
}

/// Waits for those who are to get something; says so, because nothing moves meanwhile.
pub(crate) fn wait_for<S: Sends>(socket: &S, count: usize, timeout: Option<Duration>) -> anyhow::Result<()> {
    let wait = format!("waiting for {}", counted(count as u64, S::PEERS));
    if socket.audience() < count {
        log::tell(&wait);
    }
    socket.wait_for(count, timeout.unwrap_or(Duration::MAX)).with_context(|| format!("while {wait}"))
}
