//! What all sockets of the program have in common on the command line: where their peers are, limits and times.

use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use zmtp_std::{Context, Options};

use crate::place::{Place, Way};
use crate::security::Security;

/// See the module.
#[derive(Debug, Args)]
pub(crate) struct Link {
    /// Where the peers are; in front @ to bind, or '>' to connect (quote it)
    #[arg(required = true, value_name = "ENDPOINT")]
    places: Vec<Place>,
    /// Bind the endpoints that have no prefix
    #[arg(short, long, conflicts_with = "connect")]
    bind: bool,
    /// Connect to the endpoints that have no prefix
    #[arg(short, long)]
    connect: bool,
    /// What a ROUTER shall call this socket
    #[arg(short, long, value_name = "NAME", value_parser = identity)]
    identity: Option<String>,
    /// End with code 124 when this long nothing comes, or nobody takes what is sent: 2, 0.5, 500ms, 1m
    #[arg(long, value_name = "SECONDS", value_parser = duration)]
    timeout: Option<Duration>,
    /// How long to wait at the end for messages to leave [default: for ever]
    #[arg(long, value_name = "SECONDS", value_parser = duration)]
    linger: Option<Duration>,
    /// The most messages that wait for a peer, and of one; 0 is no mark
    #[arg(long, value_name = "MESSAGES", default_value_t = 1000)]
    hwm: u32,
    /// Ask peers so often whether they live, and give up connections without an answer
    #[arg(long, value_name = "SECONDS", value_parser = duration)]
    heartbeat: Option<Duration>,
    /// Refuse larger parts from peers, and the peers with them [default: no limit]
    #[arg(long, value_name = "OCTETS")]
    max_size: Option<u64>,
    /// Let * bind IPv6 as well
    #[arg(long)]
    ipv6: bool,
    #[command(flatten)]
    security: Security,
}

impl Link {
    /// Makes the context for the socket.
    pub(crate) fn context(&self) -> anyhow::Result<Context> {
        let context = Context::builder().build().context("cannot start the I/O thread")?;
        Ok(context.with(self.options()?))
    }

    fn options(&self) -> anyhow::Result<Options> {
        let options = Options {
            sndhwm: self.hwm,
            rcvhwm: self.hwm,
            sndtimeo: self.timeout,
            rcvtimeo: self.timeout,
            // Who succeeds closes the socket, and waits; after an error or Ctrl-C nothing is worth waiting for.
            linger: Some(Duration::ZERO),
            heartbeat_ivl: self.heartbeat.unwrap_or_default(),
            routing_id: self.identity.clone().unwrap_or_default().into(),
            maxmsgsize: self.max_size,
            ipv6: self.ipv6,
            ..Options::default()
        };
        self.security.apply_to(options)
    }

    pub(crate) fn places(&self, usual: Way) -> impl Iterator<Item = (Way, &Place)> {
        let flag = self.bind.then_some(Way::Bind).or(self.connect.then_some(Way::Connect));
        self.places.iter().map(move |place| (place.way(flag, usual), place))
    }

    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// How long messages may take to leave at the end.
    pub(crate) fn linger(&self) -> Duration {
        self.linger.unwrap_or(Duration::MAX)
    }
}

/// A time: seconds, or with a unit.
pub(crate) fn duration(text: &str) -> Result<Duration, &'static str> {
    let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
    let (number, unit) =
        units.iter().find_map(|(name, unit)| Some((text.strip_suffix(name)?, *unit))).unwrap_or((text, 1.0));
    let seconds = number.trim_end().parse::<f64>().map(|number| number * unit);
    let seconds =
        seconds.map_err(|_| "a time is a number of seconds, or one with a unit: 2, 0.5, 500ms, 1m, 1h")?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "a time is not negative, and not for ever")
}

fn identity(text: &str) -> Result<String, &'static str> {
    match text.as_bytes() {
        [] | [0, ..] => Err("a name has a first octet, which is not 0"),
        octets if octets.len() > 255 => Err("a name has at most 255 octets"),
        _ => Ok(text.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_or_have_a_unit() {
        for (text, millis) in
            [("2", 2000), ("0.5", 500), ("500ms", 500), ("2s", 2000), ("1.5m", 90_000), ("1h", 3_600_000)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "s", "soon", "-1", "inf", "1d"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_is_what_a_router_can_use() {
        assert!(identity("worker-7").is_ok());
        assert!(identity("").is_err() && identity("\0x").is_err() && identity(&"x".repeat(256)).is_err());
    }
}
