//! What there is to remember of a connection only at times: nothing, and then one word of memory, for most of its life.

use tracing::Span;
use tracing::field::{Empty, display};

use crate::Lost;
use crate::monitor::TARGET;
use crate::security::Admitted;
use crate::socket::{Core, Site};
use crate::transport::Address;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Aside(Option<Box<Both>>);

#[derive(Debug)]
struct Both {
    /// Of the connection, if somebody wants it.
    span: Span,
    standing: Option<Standing>,
}

/// What a socket thinks of a peer.
#[derive(Debug)]
pub(super) enum Standing {
    /// It claims to be that.
    Claims(String),
    /// It is that, and may come in.
    Admitted(Admitted),
    /// The socket does not want it any more.
    Unwanted(Lost),
}

impl Aside {
    /// Of a connection that is open now.
    pub(super) fn new(core: &Core, site: &Site, address: &Address) -> Self {
        let span = tracing::info_span!(
            target: TARGET,
            "connection",
            socket = core.type_name(),
            endpoint = &**site.text(),
            peer = %address,
            peer_type = Empty,
            routing_id = Empty,
            user_id = Empty,
        );
        let wanted = !span.is_disabled();
        Self(wanted.then(|| Box::new(Both { span, standing: None })))
    }

    /// The span, which is none if nobody wants it.
    pub(super) fn span(&self) -> Span {
        self.0.as_ref().map_or_else(Span::none, |both| both.span.clone())
    }

    /// Adds what the peer has said in its handshake.
    pub(super) fn record(&self, peer_type: Option<&str>, routing_id: &[u8], user_id: &str) {
        let span = self.span();
        if let Some(name) = peer_type {
            span.record("peer_type", name);
        }
        if !routing_id.is_empty() {
            span.record("routing_id", display(routing_id.escape_ascii()));
        }
        if !user_id.is_empty() {
            span.record("user_id", user_id);
        }
    }

    pub(super) fn standing(&self) -> Option<&Standing> {
        self.0.as_ref()?.standing.as_ref()
    }

    pub(super) fn set_standing(&mut self, standing: Standing) {
        let both = self.0.get_or_insert_with(|| Box::new(Both { span: Span::none(), standing: None }));
        both.standing = Some(standing);
    }

    pub(super) fn take_standing(&mut self) -> Option<Standing> {
        let both = self.0.as_mut()?;
        let standing = both.standing.take();
        if both.span.is_disabled() {
            self.0 = None;
        }
        standing
    }
}
