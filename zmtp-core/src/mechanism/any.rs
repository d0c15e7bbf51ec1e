//! A mechanism that is chosen at run time.

use core::borrow::BorrowMut;

use super::{
    Credentials, Curve, CurveHandshake, CurveSecurity, Entropy, Introduction, Mechanism, Next, Null, Plain,
    PlainSecurity, Sealed,
};
use crate::connection::Failure;
use crate::wire::{Emit, FrameKind};

/// Role and credentials for [`AnyMechanism`].
#[derive(Clone, Copy, Debug, Default)]
pub enum AnySecurity<'c> {
    /// No security.
    #[default]
    Null,
    /// Name and password.
    Plain(PlainSecurity<'c>),
    /// Encryption.
    Curve(CurveSecurity<'c>),
}

/// The mechanism that the configuration says, for hosts: all of them are in the program, and connections are as large as
/// with [`Curve`]. `S` is where a handshake of it has its memory.
///
/// ```
/// use zmtp_core::mechanism::{AnyMechanism, AnySecurity, CurveHandshake, Entropy};
/// use zmtp_core::{Config, Connection, Instant, SocketType};
///
/// fn connection(
///     config: &Config<'_, AnySecurity<'_>>,
///     entropy: &mut impl Entropy,
///     now: Instant,
/// ) -> Connection<AnyMechanism<Box<CurveHandshake>>> {
///     let mechanism = AnyMechanism::new(&config.security, || Box::new(CurveHandshake::new()), entropy);
///     Connection::with(config, mechanism, now)
/// }
/// ```
#[derive(Debug)]
pub enum AnyMechanism<S: BorrowMut<CurveHandshake> = CurveHandshake> {
    /// No security.
    Null(Null),
    /// Name and password.
    Plain(Plain),
    /// Encryption.
    Curve(Curve<S>),
}

impl<S: BorrowMut<CurveHandshake>> AnyMechanism<S> {
    /// The mechanism that `security` is for. Memory and randomness are only asked for if it is [`Curve`].
    pub fn new(
        security: &AnySecurity<'_>,
        memory: impl FnOnce() -> S,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Self {
        match security {
            AnySecurity::Null => Self::Null(Null),
            AnySecurity::Plain(_) => Self::Plain(Plain::new()),
            AnySecurity::Curve(_) => Self::Curve(Curve::new(memory(), entropy)),
        }
    }
}

/// The same for whichever it is. A connection whose configuration is for another one than its mechanism is misused.
macro_rules! either {
    ($self:ident, $security:ident, $otherwise:expr, $mechanism:ident, $rules:ident => $what:expr) => {
        match ($self, $security) {
            (AnyMechanism::Null($mechanism), AnySecurity::Null) => {
                let $rules = &();
                $what
            }
            (AnyMechanism::Plain($mechanism), AnySecurity::Plain($rules)) => $what,
            (AnyMechanism::Curve($mechanism), AnySecurity::Curve($rules)) => $what,
            _ => $otherwise,
        }
    };
    ($self:ident, $mechanism:ident => $what:expr) => {
        match $self {
            AnyMechanism::Null($mechanism) => $what,
            AnyMechanism::Plain($mechanism) => $what,
            AnyMechanism::Curve($mechanism) => $what,
        }
    };
}

impl<S: BorrowMut<CurveHandshake>> Sealed for AnyMechanism<S> {}

impl<S: BorrowMut<CurveHandshake>> Mechanism for AnyMechanism<S> {
    type Security<'c> = AnySecurity<'c>;

    #[inline(never)]
    fn name(&self) -> &'static str {
        either!(self, mechanism => mechanism.name())
    }

    fn is_server(security: &AnySecurity<'_>) -> bool {
        match security {
            AnySecurity::Null => false,
            AnySecurity::Plain(security) => Plain::is_server(security),
            AnySecurity::Curve(security) => Curve::<S>::is_server(security),
        }
    }

    fn begin(&mut self, security: &AnySecurity<'_>, asks: bool) -> Result<Next<'static>, Failure> {
        either!(self, security, Err(Failure::Misuse), mechanism, rules => mechanism.begin(rules, asks))
    }

    #[inline(never)]
    fn handle<'b>(
        &mut self,
        security: &AnySecurity<'_>,
        asks: bool,
        body: &'b mut [u8],
    ) -> Result<Next<'b>, Failure> {
        either!(self, security, Err(Failure::Misuse), mechanism, rules => mechanism.handle(rules, asks, body))
    }

    #[inline(never)]
    fn put(&self, security: &AnySecurity<'_>, introduction: &Introduction<'_>, emit: &mut Emit<'_>) {
        either!(self, security, (), mechanism, rules => mechanism.put(rules, introduction, emit));
    }

    fn was_sent(&mut self, security: &AnySecurity<'_>) {
        either!(self, security, (), mechanism, rules => mechanism.was_sent(rules));
    }

    fn credentials<'b>(&self, command: &'b [u8]) -> Option<Credentials<'b>> {
        either!(self, mechanism => mechanism.credentials(command))
    }

    fn admitted(&mut self) -> Next<'static> {
        either!(self, mechanism => mechanism.admitted())
    }

    fn may_refuse(security: &AnySecurity<'_>) -> bool {
        match security {
            AnySecurity::Null => true,
            AnySecurity::Plain(security) => Plain::may_refuse(security),
            AnySecurity::Curve(security) => Curve::<S>::may_refuse(security),
        }
    }

    fn has_roles(&self) -> bool {
        either!(self, mechanism => mechanism.has_roles())
    }

    fn overhead(&self) -> usize {
        either!(self, mechanism => mechanism.overhead())
    }

    fn seal(&self, kind: FrameKind, octets: &mut [u8]) -> Result<(), Failure> {
        either!(self, mechanism => mechanism.seal(kind, octets))
    }

    fn put_sealed(&self, kind: FrameKind, body: [&[u8]; 2], emit: &mut Emit<'_>) -> Result<(), Failure> {
        either!(self, mechanism => mechanism.put_sealed(kind, body, emit))
    }

    fn was_sealed(&mut self) {
        either!(self, mechanism => mechanism.was_sealed());
    }

    fn open<'b>(&mut self, body: &'b mut [u8]) -> Result<(FrameKind, &'b [u8]), Failure> {
        either!(self, mechanism => mechanism.open(body))
    }
}
