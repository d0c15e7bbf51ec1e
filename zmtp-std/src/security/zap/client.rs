//! The side that asks: a DEALER for each peer that wants in, so that nobody's reply is taken for that to another, and who waits for one
//! holds up no one else.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use zmtp_core::SocketType;
use zmtp_core::mechanism::Refusal;

use super::{Applicant, ENDPOINT, Judging, Verdict, request, verdict};
use crate::context::Shared;
use crate::socket::{Core, Plain};
use crate::{Endpoint, Message, Options, Part, wait};

/// The next request.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// Asks the handler of the context about a peer; `None` if there is none.
pub(crate) fn ask(context: &Arc<Shared>, applicant: &Applicant) -> Option<Judging> {
    let endpoint = ENDPOINT.parse::<Endpoint>().ok()?;
    let Endpoint::Inproc { name } = &endpoint else { return None };
    context.names.binder(name)?;
    let id = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
    let client = Client::new(context);
    let sent = client.send(endpoint, request(id.as_bytes(), applicant));
    if sent.is_none() {
        return Some(lost().into());
    }
    Some(Judging::later(async move { client.verdict(id.as_bytes()).await }))
}

/// Nobody can say now (Z27-008).
fn lost() -> Verdict {
    Verdict::Refuse(Refusal::Temporary)
}

/// The socket of one request.
#[derive(Debug)]
struct Client(Arc<Core>);

impl Client {
    fn new(context: &Arc<Shared>) -> Self {
        // It asks once: a handler that comes later is another one's.
        let options = Options { reconnect_ivl: None, ..Options::default() };
        Self(context.socket(SocketType::Dealer.into(), options.into(), Plain).0)
    }

    /// `None` if the handler is none, or has gone at this moment.
    fn send(&self, endpoint: Endpoint, mut request: Message) -> Option<()> {
        self.0.connect(endpoint, None).ok()?;
        // Z27-012.
        request.push_front(Part::NONE.clone());
        if !self.is_there() {
            return None;
        }
        self.0.offer(&request)?.ok()
    }

    async fn verdict(&self, id: &[u8]) -> Verdict {
        let core = &self.0;
        let reply = wait::until(&core.receivable, || core.take());
        let gone = wait::until(&core.audience, || (!self.is_there()).then_some(()));
        let reply = wait::first_of(async { reply.await.ok() }, async {
            gone.await;
            // The last it said has arrived before it went.
            core.take().and_then(Result::ok)
        });
        let Some(mut reply) = reply.await else { return lost() };
        if reply.pop_front().is_none_or(|delimiter| !delimiter.is_empty()) {
            reply = Message::new();
        }
        verdict(id, &reply).unwrap_or_else(|why| {
            tracing::warn!("{why}");
            Verdict::Refuse(Refusal::Internal)
        })
    }

    /// Whether the handler is.
    fn is_there(&self) -> bool {
        self.0.check().is_ok() && self.0.peers() > 0
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // What has been asked is with the handler.
        let _ = self.0.close(Duration::ZERO);
    }
}
