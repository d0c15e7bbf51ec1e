//! Peers that are kept while they are away.

use std::time::Duration;

/// How many absent peers are kept, and for how long ([`Options::durable`](crate::Options::durable)).
///
/// ```
/// use zmtp_std::{Context, Durable, Event, Options};
///
/// let context = Context::new();
/// let publisher = context.with(Options { durable: Some(Durable::default()), ..Options::default() }).publisher();
/// let monitor = publisher.monitor();
/// let endpoint = publisher.bind("tcp://127.0.0.1:*")?;
/// let subscriber = || -> Result<_, Box<dyn std::error::Error>> {
///     let subscriber = context.with(Options { routing_id: "Hello".into(), ..Options::default() }).subscriber();
///     subscriber.subscribe("")?;
///     subscriber.connect(&endpoint)?;
///     Ok(subscriber)
/// };
///
/// let first = subscriber()?;
/// publisher.wait_for_subscribers(1)?;
/// drop(first);
/// while !matches!(monitor.recv(), Some(Event::Disconnected { .. })) {}
/// publisher.send("Update 1")?;
/// assert_eq!(subscriber()?.recv()?, "Update 1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Durable {
    /// The most peers that are kept at a time; one that leaves when there are so many is forgotten, and the event
    /// [`PeerForgotten`](crate::Event::PeerForgotten) tells of it. Default 100.
    pub peers: usize,
    /// How long a peer is kept, `None` for ever; then it is forgotten, which is told as well. Default 1 hour.
    pub absence: Option<Duration>,
    /// Where messages wait that are beyond the high-water mark of a durable peer, whether it is there or away. `None` drops them, or
    /// waits, as for any peer. With the feature `swap`. Default `None`.
    #[cfg(feature = "swap")]
    pub swap: Option<Swap>,
}

/// A file for messages beyond the high-water mark of durable peers (`ZMQ_SWAP` of ZeroMQ 2). It is made when the socket is bound, and gone
/// with the socket: it is no persistence. What is in it is in the clear, in a file that only its owner may read.
///
/// All messages of a peer keep their order. In memory wait those within the mark, and of each peer up to twice 64 KiB, and two
/// messages, of those beyond. A thread of its own reads and writes the file: neither peers nor senders wait for the disk. If that fails, or
/// is not fast enough, so that 4 MiB wait for it, messages beyond the mark are dropped, always the newest, or waited with; and the event
/// [`SwapFailed`](crate::Event::SwapFailed) tells of a failure. When nothing is beyond a mark any more, another file is begun, with an attempt
/// every second.
#[cfg(feature = "swap")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swap {
    /// The most octets of messages beyond the mark, of all peers of the socket together; each message counts 16 beside its parts. The
    /// file has the overhead of a database over that. Default 25,000,000, as in the Guide.
    pub octets: u64,
    /// The folder of the file. Default that of the system for temporary files.
    pub folder: std::path::PathBuf,
}

#[cfg(feature = "swap")]
impl Default for Swap {
    fn default() -> Self {
        Self { octets: 25_000_000, folder: std::env::temp_dir() }
    }
}

impl Default for Durable {
    fn default() -> Self {
        Self {
            peers: 100,
            absence: Some(Duration::from_secs(3600)),
            #[cfg(feature = "swap")]
            swap: None,
        }
    }
}
