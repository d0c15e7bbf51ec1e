//! PLAIN: a name and a password, in the clear (RFC 24).

use super::{Credentials, Introduction, Mechanism, Next, Sealed, Turn};
use crate::connection::Failure;
use crate::wire::{Command, Emit, put_command};

#[cfg(test)]
mod tests;

/// The longest name or password, in octets.
const TEXT_MAX: usize = 255;

/// Role and credentials for [`Plain`].
#[derive(Clone, Copy)]
pub enum PlainSecurity<'c> {
    /// This side proves who it is.
    Client {
        /// 0 to 255 printable characters; with more, connections fail with [`Failure::Misuse`].
        username: &'c str,
        /// As the name.
        password: &'c str,
    },
    /// This side asks the application whether name and password are good, at every connection.
    Server,
}

impl core::fmt::Debug for PlainSecurity<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Client { username, .. } => {
                f.debug_struct("Client").field("username", username).finish_non_exhaustive()
            }
            Self::Server => f.write_str("Server"),
        }
    }
}

/// Authentication by name and password; nothing is hidden from who listens in.
///
/// ```
/// use zmtp_core::mechanism::{Plain, PlainSecurity};
/// use zmtp_core::{Config, Connection, Instant, SocketType};
///
/// let security = PlainSecurity::Client { username: "admin", password: "secret" };
/// let config = Config::new(SocketType::Push).with_security(security);
/// let connection = Connection::with(&config, Plain::new(), Instant::from_millis(0));
/// # let _ = connection;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Plain {
    turn: Turn,
}

impl Plain {
    /// For a connection that just opened.
    #[must_use]
    pub const fn new() -> Self {
        Self { turn: Turn::Hello }
    }
}

impl Sealed for Plain {}

impl Mechanism for Plain {
    type Security<'c> = PlainSecurity<'c>;

    fn name(&self) -> &'static str {
        "PLAIN"
    }

    fn is_server(security: &PlainSecurity<'_>) -> bool {
        matches!(security, PlainSecurity::Server)
    }

    fn begin(&mut self, security: &PlainSecurity<'_>, _asks: bool) -> Result<Next<'static>, Failure> {
        match security {
            PlainSecurity::Client { username, password } => {
                if username.len() > TEXT_MAX || password.len() > TEXT_MAX {
                    return Err(Failure::Misuse);
                }
                Ok(Next::Say)
            }
            PlainSecurity::Server => Ok(Next::Wait),
        }
    }

    fn handle<'b>(
        &mut self,
        security: &PlainSecurity<'_>,
        _asks: bool,
        body: &'b mut [u8],
    ) -> Result<Next<'b>, Failure> {
        let command = Command::parse(body)?;
        match (security, self.turn, command) {
            (_, _, Command::Error { .. }) => Err(Failure::Refused),
            (PlainSecurity::Server, Turn::Hello, Command::Other { name: b"HELLO", data }) => {
                // Z24-011; the application asks for the credentials itself.
                credentials(data).map(|_| Next::Ask).ok_or(Failure::Command)
            }
            (PlainSecurity::Client { .. }, Turn::Welcome, Command::Other { name: b"WELCOME", data }) => {
                if !data.is_empty() {
                    return Err(Failure::Command);
                }
                self.turn = Turn::Initiate;
                Ok(Next::Say)
            }
            (PlainSecurity::Server, Turn::Initiate, Command::Other { name: b"INITIATE", data }) => {
                self.turn = Turn::Ready;
                Ok(Next::Ready { metadata: data, say: true })
            }
            (PlainSecurity::Client { .. }, Turn::Ready, Command::Ready { metadata }) => {
                Ok(Next::Ready { metadata, say: false })
            }
            _ => Err(Failure::Unexpected),
        }
    }

    fn put(&self, security: &PlainSecurity<'_>, introduction: &Introduction<'_>, emit: &mut Emit<'_>) {
        match (self.turn, security) {
            (Turn::Hello, PlainSecurity::Client { username, password }) => {
                let len = |text: &str| [u8::try_from(text.len()).unwrap_or(u8::MAX)];
                let (of_name, of_password) = (len(username), len(password));
                let data = [&of_name, username.as_bytes(), &of_password, password.as_bytes()];
                put_command(
                    emit,
                    b"\x05HELLO",
                    data.iter().map(|part| part.len()).fold(0, usize::saturating_add),
                );
                data.iter().for_each(|part| emit.put(part));
            }
            (Turn::Welcome, _) => put_command(emit, b"\x07WELCOME", 0),
            (Turn::Initiate, _) => put_introduction(b"\x08INITIATE", introduction, emit),
            _ => put_introduction(b"\x05READY", introduction, emit),
        }
    }

    fn was_sent(&mut self, _: &PlainSecurity<'_>) {
        self.turn = match self.turn {
            Turn::Hello => Turn::Welcome,
            Turn::Welcome => Turn::Initiate,
            Turn::Initiate | Turn::Ready => Turn::Ready,
        };
    }

    fn credentials<'b>(&self, command: &'b [u8]) -> Option<Credentials<'b>> {
        match Command::parse(command) {
            Ok(Command::Other { name: b"HELLO", data }) => credentials(data),
            _ => None,
        }
    }

    fn admitted(&mut self) -> Next<'static> {
        self.turn = Turn::Welcome;
        Next::Say
    }

    fn may_refuse(security: &PlainSecurity<'_>) -> bool {
        // Z24-001: ERROR is the server's to say.
        Self::is_server(security)
    }

    fn has_roles(&self) -> bool {
        true
    }
}

/// What a HELLO says behind its name (Z24-002).
fn credentials(data: &[u8]) -> Option<Credentials<'_>> {
    let (username, rest) = text(data)?;
    let (password, rest) = text(rest)?;
    rest.is_empty().then_some(Credentials::Plain { username, password })
}

fn text(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&len, rest) = octets.split_first()?;
    rest.split_at_checked(usize::from(len))
}

fn put_introduction(name: &[u8], introduction: &Introduction<'_>, emit: &mut Emit<'_>) {
    put_command(emit, name, introduction.len());
    introduction.put(emit);
}
