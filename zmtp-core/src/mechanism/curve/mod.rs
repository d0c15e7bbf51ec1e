//! CURVE: everything is hidden and signed, both sides know each other's key (RFC 25 and 26).
//!
//! `boxes` is the cryptography, `keys` what people handle, `client` and `server` the two sides of the handshake over one
//! `handshake` memory, `message` the traffic. What is secret is wiped as soon as it is of no more use.

mod boxes;
mod client;
mod handshake;
mod keys;
mod message;
mod server;
#[cfg(test)]
mod tests;

pub use handshake::CurveHandshake;
pub use keys::{CurveKey, CurveKeyPair, CurveSecretKey, Entropy};

use core::borrow::BorrowMut;
use core::fmt;

use super::{Credentials, Introduction, Mechanism, Next, Sealed, Turn};
use crate::connection::Failure;
use crate::wire::{Command, Emit, FrameKind};
use message::Traffic;

/// Role and keys for [`Curve`].
///
/// ```
/// use zmtp_core::mechanism::{CurveKey, CurveKeyPair, CurveSecurity, Entropy};
/// use zmtp_core::{Config, SocketType};
///
/// fn rules<'c>(keys: &'c CurveKeyPair, server: &'c CurveKey) -> Config<'c, CurveSecurity<'c>> {
///     Config::new(SocketType::Push).with_security(CurveSecurity::Client { keys, server })
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub enum CurveSecurity<'c> {
    /// This side knows the key of the server, and shows its own.
    Client {
        /// Who we are.
        keys: &'c CurveKeyPair,
        /// Who the server has to be.
        server: &'c CurveKey,
    },
    /// This side lets in who has the key of the server; with [`Config::admission`](crate::Config::admission) the
    /// application chooses among them by their keys.
    Server {
        /// Who we are.
        keys: &'c CurveKeyPair,
    },
}

/// Encryption and authentication by keys.
///
/// The handshake takes some 350 octets of memory that the traffic does not need. `S` says where they are: in here, in a
/// `Box<CurveHandshake>`, or in a `&mut CurveHandshake` that is lent. It is wiped and let go when the handshake is over.
///
/// ```
/// use zmtp_core::mechanism::{Curve, CurveHandshake, CurveKeyPair, CurveSecurity, Entropy};
/// use zmtp_core::{Config, Connection, Instant, SocketType};
///
/// fn connect(entropy: &mut impl Entropy, keys: &CurveKeyPair) {
///     let config = Config::new(SocketType::Pull).with_security(CurveSecurity::Server { keys });
///     let memory = Box::new(CurveHandshake::new());
///     let connection = Connection::with(&config, Curve::new(memory, entropy), Instant::from_millis(0));
///     # let _ = connection;
/// }
/// ```
pub struct Curve<S: BorrowMut<CurveHandshake> = CurveHandshake> {
    state: State<S>,
}

enum State<S> {
    Handshake(S),
    Traffic(Traffic),
}

impl<S: BorrowMut<CurveHandshake>> Curve<S> {
    /// For one connection that just opened. All randomness it will need is taken from `entropy` here: 96 octets.
    #[must_use]
    pub fn new(mut memory: S, entropy: &mut (impl Entropy + ?Sized)) -> Self {
        memory.borrow_mut().start(entropy);
        Self { state: State::Handshake(memory) }
    }

    fn handshake(&mut self) -> Result<&mut CurveHandshake, Failure> {
        match &mut self.state {
            State::Handshake(memory) => Ok(memory.borrow_mut()),
            State::Traffic(_) => Err(Failure::Unexpected),
        }
    }

    /// The handshake is over: what it needed is wiped before its memory is let go.
    fn begin_traffic(&mut self, traffic: Traffic) {
        self.wipe();
        self.state = State::Traffic(traffic);
    }

    /// Out of line, for the sake of the stack: the keys of the traffic are not there yet when others are agreed on.
    #[inline(never)]
    fn hear_ready(&mut self, body: &mut [u8]) -> Result<(), Failure> {
        let traffic = self.handshake()?.hear_ready(body)?;
        self.begin_traffic(traffic);
        Ok(())
    }

    fn wipe(&mut self) {
        if let State::Handshake(memory) = &mut self.state {
            memory.borrow_mut().wipe();
        }
    }
}

impl<S: BorrowMut<CurveHandshake>> Drop for Curve<S> {
    fn drop(&mut self) {
        self.wipe();
    }
}

impl<S: BorrowMut<CurveHandshake>> fmt::Debug for Curve<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state {
            State::Handshake(memory) => f.debug_tuple("Curve").field(memory.borrow()).finish(),
            State::Traffic(_) => f.write_str("Curve(Traffic)"),
        }
    }
}

impl<S: BorrowMut<CurveHandshake>> Sealed for Curve<S> {}

impl<S: BorrowMut<CurveHandshake>> Mechanism for Curve<S> {
    type Security<'c> = CurveSecurity<'c>;

    fn name(&self) -> &'static str {
        "CURVE"
    }

    fn is_server(security: &CurveSecurity<'_>) -> bool {
        matches!(security, CurveSecurity::Server { .. })
    }

    fn begin(&mut self, security: &CurveSecurity<'_>, _asks: bool) -> Result<Next<'static>, Failure> {
        match security {
            CurveSecurity::Client { server, .. } => {
                self.handshake()?.prepare_hello(server)?;
                Ok(Next::Say)
            }
            CurveSecurity::Server { .. } => Ok(Next::Wait),
        }
    }

    fn handle<'b>(
        &mut self,
        security: &CurveSecurity<'_>,
        asks: bool,
        body: &'b mut [u8],
    ) -> Result<Next<'b>, Failure> {
        let handshake = self.handshake()?;
        let name = match Command::parse(body)? {
            Command::Error { .. } => return Err(Failure::Refused),
            Command::Ready { .. } => Turn::Ready,
            Command::Other { name: b"HELLO", .. } => Turn::Hello,
            Command::Other { name: b"WELCOME", .. } => Turn::Welcome,
            Command::Other { name: b"INITIATE", .. } => Turn::Initiate,
            _ => return Err(Failure::Unexpected),
        };
        match (security, handshake.turn, name) {
            (CurveSecurity::Server { keys }, Turn::Hello, Turn::Hello) => {
                handshake.hear_hello(keys, body)?;
                Ok(Next::Say)
            }
            (CurveSecurity::Client { keys, server }, Turn::Welcome, Turn::Welcome) => {
                handshake.hear_welcome(keys, server, body)?;
                Ok(Next::Say)
            }
            (CurveSecurity::Server { keys }, Turn::Initiate, Turn::Initiate) => {
                handshake.hear_initiate(keys, body)?;
                if asks { Ok(Next::Ask) } else { server::introduction(body) }
            }
            // Once more, now that the application has let the peer in: it is open already.
            (CurveSecurity::Server { .. }, Turn::Ready, Turn::Initiate) => server::introduction(body),
            (CurveSecurity::Client { .. }, Turn::Ready, Turn::Ready) => {
                self.hear_ready(body)?;
                client::introduction(body)
            }
            _ => Err(Failure::Unexpected),
        }
    }

    fn put(&self, security: &CurveSecurity<'_>, introduction: &Introduction<'_>, emit: &mut Emit<'_>) {
        let State::Handshake(memory) = &self.state else { return };
        let handshake = memory.borrow();
        match (handshake.turn, security) {
            (Turn::Hello, _) => handshake.put_hello(emit),
            (Turn::Welcome, _) => handshake.put_welcome(emit),
            (Turn::Initiate, CurveSecurity::Client { keys, .. }) => {
                handshake.put_initiate(keys, introduction, emit);
            }
            _ => handshake.put_ready(introduction, emit),
        }
    }

    fn was_sent(&mut self, _: &CurveSecurity<'_>) {
        let Ok(handshake) = self.handshake() else { return };
        match handshake.turn {
            Turn::Hello => handshake.turn = Turn::Welcome,
            Turn::Welcome => handshake.welcome_was_sent(),
            Turn::Initiate => handshake.turn = Turn::Ready,
            Turn::Ready => {
                let traffic = handshake.traffic_of_server();
                self.begin_traffic(traffic);
            }
        }
    }

    fn credentials<'b>(&self, command: &'b [u8]) -> Option<Credentials<'b>> {
        server::key_of_client(command).map(|key| Credentials::Curve { key })
    }

    fn admitted(&mut self) -> Next<'static> {
        Next::Again
    }

    fn may_refuse(security: &CurveSecurity<'_>) -> bool {
        // Z26-009: a client never says ERROR.
        Self::is_server(security)
    }

    fn has_roles(&self) -> bool {
        true
    }

    fn overhead(&self) -> usize {
        message::OVERHEAD
    }

    fn seal(&self, kind: FrameKind, octets: &mut [u8]) -> Result<(), Failure> {
        match &self.state {
            State::Traffic(traffic) => traffic.seal(kind, octets),
            State::Handshake(_) => Err(Failure::Misuse),
        }
    }

    fn put_sealed(&self, kind: FrameKind, body: [&[u8]; 2], emit: &mut Emit<'_>) -> Result<(), Failure> {
        match &self.state {
            State::Traffic(traffic) => traffic.put_sealed(kind, body, emit),
            State::Handshake(_) => Err(Failure::Misuse),
        }
    }

    fn was_sealed(&mut self) {
        if let State::Traffic(traffic) = &mut self.state {
            traffic.was_sealed();
        }
    }

    fn open<'b>(&mut self, body: &'b mut [u8]) -> Result<(FrameKind, &'b [u8]), Failure> {
        match &mut self.state {
            State::Traffic(traffic) => traffic.open(body),
            State::Handshake(_) => Err(Failure::Unexpected),
        }
    }
}
