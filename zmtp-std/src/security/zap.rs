//! ZAP 1.0, the requests and replies by which a socket asks a handler who may come in (RFC 27), as messages.
//!
//! A handler is a REP or ROUTER at [`ENDPOINT`]. It reads what it receives with [`Request::read`] or
//! [`Request::read_enveloped`], and sends what [`Request::reply`] makes. Whoever asks is a REQ or DEALER; it sends
//! [`request`], and reads the reply with [`verdict`]. Only a REQ or REP adds and takes off the delimiter in front
//! (Z27-012); a DEALER has to.
//!
//! The sockets of a context without [`Options::admission`](crate::Options::admission) ask the handler that is bound there, if there
//! is one: for each peer with PLAIN or CURVE, and where [`Options::zap_domain`](crate::Options::zap_domain) is set also with NULL. So
//! bind it before them. A handler that goes away before it has replied is as good as the status 300, and one that replies with what is
//! no reply as 500.
//!
//! ```
//! use zmtp_std::security::{Rules, zap};
//! use zmtp_std::{Context, Options};
//!
//! let context = Context::new();
//! let handler = context.rep();
//! handler.bind(zap::ENDPOINT)?;
//!
//! let pull = context.with(Options { plain_server: true, ..Options::default() }).pull();
//! let admin = Options { plain_username: Some("admin".into()), plain_password: "secret".into(), ..Options::default() };
//! let push = context.with(admin).push();
//! push.connect(pull.bind("tcp://127.0.0.1:*")?)?;
//!
//! let request = zap::Request::read(&handler.recv()?)?;
//! let verdict = request.judge(&Rules::new().user("admin", "secret").into());
//! handler.send(request.reply(&verdict))?;
//! push.send("let in")?;
//! assert_eq!(pull.recv()?, "let in");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod client;

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use zmtp_core::mechanism::Refusal;
use zmtp_core::wire::{IDENTITY_MAX, Properties};

use super::{Admission, Admitted, Applicant, CurveKey, Judging, Mechanism, Proof, Verdict};
use crate::{Address, Message, Part};

pub(crate) use client::ask;

/// Where the handler of a context is (Z27-001).
pub const ENDPOINT: &str = "inproc://zeromq.zap.01";

const VERSION: &[u8] = b"1.0";

/// The domain of sockets that have none: the frame must not be empty (Z27-004).
const NO_DOMAIN: &str = "global";

/// The longest text, in characters of ASCII (Z27-011).
const TEXT_MAX: usize = 255;

/// A request as a handler sees it.
#[derive(Clone, Debug)]
pub struct Request {
    /// Routing ids and the delimiter, as they came: they go in front of the reply (Z27-013).
    envelope: Vec<Part>,
    id: Part,
    /// Who wants in. Of the address there is no port.
    pub applicant: Applicant,
}

/// A message that is no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadRequest {
    /// There are not as many frames as the mechanism has.
    #[error(
        "the request has another number of frames than its mechanism; nobody but a ZeroMQ server should ask"
    )]
    Frames,
    /// Another version than 1.0, or no delimiter where there has to be one.
    #[error("the request is not one of ZAP 1.0")]
    Version,
    /// A field that is not what it has to be, by its name.
    #[error("the field \"{0}\" of the request is malformed")]
    Field(&'static str),
    /// A mechanism that is none of ours.
    #[error("the request is for a mechanism that is unknown here")]
    Mechanism,
}

/// A message that is no reply to the request (Z27-014). The peer that was asked about is to be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadReply {
    /// There are not six frames.
    #[error("the reply of the ZAP handler does not have six frames")]
    Frames,
    /// Another version than 1.0.
    #[error("the reply of the ZAP handler is not one of ZAP 1.0")]
    Version,
    /// The reply to another request.
    #[error("the reply of the ZAP handler is to another request")]
    RequestId,
    /// A status that is not 200, 300, 400 or 500.
    #[error("the reply of the ZAP handler has a status that there is not")]
    Status,
    /// A status text or user id that is too long or not ASCII, or a user id of a peer that is not let in.
    #[error("the reply of the ZAP handler has a status text or user id that is not allowed")]
    Text,
    /// Metadata that cannot be read.
    #[error("the reply of the ZAP handler has malformed metadata")]
    Metadata,
}

/// The request with which a server asks about `applicant`, as a REQ sends it (Z27-002). `id` is to be given back by the
/// reply; each request has another.
#[must_use]
pub fn request(id: &[u8], applicant: &Applicant) -> Message {
    let domain = if applicant.domain.is_empty() { NO_DOMAIN } else { &applicant.domain };
    // Z27-005. Over ipc there is none.
    let address = applicant.address.ip().map(|ip| ip.to_canonical().to_string()).unwrap_or_default();
    let mut message = Message::from([
        Part::from(VERSION),
        Part::from(id),
        Part::from(domain),
        Part::from(address),
        Part::from(applicant.routing_id.clone()),
        Part::from(applicant.proof.mechanism().name()),
    ]);
    // Z27-007.
    match &applicant.proof {
        Proof::Null => {}
        Proof::Plain { username, password } => {
            message.push_back(username.as_str());
            message.push_back(password.as_str());
        }
        Proof::Curve(key) => message.push_back(&key.as_octets()[..]),
    }
    message
}

/// What the handler says in its `reply`, as a REQ receives it, to the request `id`.
///
/// # Errors
/// [`BadReply`] with what is wrong with it.
pub fn verdict(id: &[u8], reply: &Message) -> Result<Verdict, BadReply> {
    let parts: Vec<&[u8]> = reply.parts().map(Part::as_slice).collect();
    // Z27-003, without the delimiter.
    let [version, of_request, status, text, user_id, metadata] = parts[..] else {
        return Err(BadReply::Frames);
    };
    if version != VERSION {
        return Err(BadReply::Version);
    }
    if of_request != id {
        return Err(BadReply::RequestId);
    }
    let refusal = match status {
        b"200" => None,
        b"300" => Some(Refusal::Temporary),
        b"400" => Some(Refusal::Denied),
        b"500" => Some(Refusal::Internal),
        _ => return Err(BadReply::Status),
    };
    string(text).ok_or(BadReply::Text)?;
    let user_id = string(user_id).ok_or(BadReply::Text)?;
    match refusal {
        // Z27-009.
        Some(_) if !user_id.is_empty() => Err(BadReply::Text),
        // Z27-010: metadata means nothing here.
        Some(refusal) => Ok(Verdict::Refuse(refusal)),
        None => Ok(Verdict::Accept(Admitted { user_id, metadata: properties(metadata)? })),
    }
}

fn properties(octets: &[u8]) -> Result<Vec<(String, Bytes)>, BadReply> {
    let read = |property: Result<zmtp_core::wire::Property<'_>, _>| {
        let property = property.map_err(|_| BadReply::Metadata)?;
        let name = String::from_utf8(property.name.to_vec()).map_err(|_| BadReply::Metadata)?;
        Ok((name, Bytes::copy_from_slice(property.value)))
    };
    Properties::new(octets).map(read).collect()
}

/// ASCII of up to 255 characters (Z27-011).
fn string(octets: &[u8]) -> Option<String> {
    let fits = octets.is_ascii() && octets.len() <= TEXT_MAX;
    fits.then(|| String::from_utf8_lossy(octets).into_owned())
}

impl Request {
    /// Reads a request as a REP receives it.
    ///
    /// # Errors
    /// [`BadRequest`] with what is wrong with it.
    pub fn read(message: &Message) -> Result<Self, BadRequest> {
        Self::behind(Vec::new(), message.parts().cloned().collect())
    }

    /// Reads a request as a ROUTER receives it, behind the routing ids of all it came through, and a delimiter.
    ///
    /// # Errors
    /// [`BadRequest`] with what is wrong with it.
    pub fn read_enveloped(message: &Message) -> Result<Self, BadRequest> {
        let mut envelope: Vec<Part> = message.parts().cloned().collect();
        let delimiter = envelope.iter().position(|part| part.is_empty()).ok_or(BadRequest::Version)?;
        let fields = envelope.split_off(delimiter + 1);
        Self::behind(envelope, fields)
    }

    fn behind(envelope: Vec<Part>, fields: Vec<Part>) -> Result<Self, BadRequest> {
        let [version, id, domain, address, routing_id, mechanism, credentials @ ..] = &fields[..] else {
            return Err(BadRequest::Frames);
        };
        if version.as_slice() != VERSION {
            return Err(BadRequest::Version);
        }
        let text = |part: &Part, name| string(part).ok_or(BadRequest::Field(name));
        // Deployed servers without a domain leave it empty.
        let domain = text(domain, "domain")?;
        let address = match text(address, "address")?.as_str() {
            "" => Address::Ipc("".into()),
            ip => {
                let ip = ip.parse::<IpAddr>().map_err(|_| BadRequest::Field("address"))?;
                SocketAddr::from((ip, 0)).into()
            }
        };
        if routing_id.len() > IDENTITY_MAX {
            return Err(BadRequest::Field("identity"));
        }
        let applicant = Applicant {
            domain,
            address,
            routing_id: Bytes::copy_from_slice(routing_id),
            proof: proof(mechanism, credentials)?,
        };
        Ok(Self { envelope, id: id.clone(), applicant })
    }

    /// What `admission` says to it. One that does not answer at once cannot say: [`Refusal::Internal`].
    #[must_use]
    pub fn judge(&self, admission: &Admission) -> Verdict {
        match admission.judge(&self.applicant) {
            Judging::Now(verdict) => verdict,
            Judging::Later(_) => Verdict::Refuse(Refusal::Internal),
        }
    }

    /// The reply that tells the server `verdict` (Z27-003). A user id or metadata that the reply cannot carry make it an
    /// internal error (Z27-011): the peer is not let in as somebody else.
    #[must_use]
    pub fn reply(&self, verdict: &Verdict) -> Message {
        let (status, text, user_id, metadata) = match verdict {
            Verdict::Accept(admitted) => match metadata(admitted) {
                Some(metadata) => ("200", "OK", admitted.user_id.as_str(), metadata),
                None => {
                    (Refusal::Internal.status(), "the user id or metadata is not allowed", "", Vec::new())
                }
            },
            Verdict::Refuse(refusal) => (refusal.status(), text_of(*refusal), "", Vec::new()),
        };
        let mut reply: Message = self.envelope.iter().cloned().collect();
        for part in
            [VERSION, self.id.as_slice(), status.as_bytes(), text.as_bytes(), user_id.as_bytes(), &metadata]
        {
            reply.push_back(part);
        }
        reply
    }
}

fn proof(mechanism: &[u8], credentials: &[Part]) -> Result<Proof, BadRequest> {
    let text = |part: &Part, name| {
        let text = std::str::from_utf8(part).ok().filter(|text| text.len() <= TEXT_MAX);
        text.map(String::from).ok_or(BadRequest::Field(name))
    };
    match (mechanism, credentials) {
        (b"NULL", []) => Ok(Proof::Null),
        (b"PLAIN", [username, password]) => Ok(Proof::Plain {
            username: text(username, "username")?,
            password: text(password, "password")?.into(),
        }),
        (b"CURVE", [key]) => {
            let key = <[u8; 32]>::try_from(key.as_slice()).map_err(|_| BadRequest::Field("public key"))?;
            Ok(Proof::Curve(CurveKey::new(key)))
        }
        (b"NULL" | b"PLAIN" | b"CURVE", _) => Err(BadRequest::Frames),
        _ => Err(BadRequest::Mechanism),
    }
}

/// As in READY; `None` if that is not possible, or the user id is not allowed.
fn metadata(admitted: &Admitted) -> Option<Vec<u8>> {
    string(admitted.user_id.as_bytes())?;
    let mut octets = Vec::new();
    for (name, value) in &admitted.metadata {
        octets.push(u8::try_from(name.len()).ok()?);
        octets.extend(name.as_bytes());
        octets.extend(u32::try_from(value.len()).ok()?.to_be_bytes());
        octets.extend(value);
    }
    Properties::new(&octets).all(|property| property.is_ok()).then_some(octets)
}

fn text_of(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Temporary => "not now",
        Refusal::Denied => "not this one",
        Refusal::Internal => "nobody can say",
    }
}

impl Proof {
    fn mechanism(&self) -> Mechanism {
        match self {
            Self::Null => Mechanism::Null,
            Self::Plain { .. } => Mechanism::Plain,
            Self::Curve(_) => Mechanism::Curve,
        }
    }
}

#[cfg(test)]
mod tests;
