//! Messages between two sockets: received from one, and still to be sent to the other.

use std::sync::Mutex;

use crate::Message;

/// See the module. It outlives the future that sends, so that dropping that loses nothing.
#[derive(Debug, Default)]
pub(super) struct Held(Mutex<Vec<Message>>);

impl Held {
    pub(super) fn put(&self, message: Message) {
        self.0.lock().unwrap().push(message);
    }

    pub(super) fn take(&self) -> Option<Message> {
        self.0.lock().unwrap().pop()
    }

    /// Sends a message with `sending`; if the future is dropped before that is done, the message stays here.
    pub(super) async fn until_sent<T>(&self, message: &Message, sending: impl Future<Output = T>) -> T {
        let mut owed = Owed { held: self, message: Some(message) };
        let sent = sending.await;
        owed.message = None;
        sent
    }
}

/// A message that is put back unless it has been sent.
struct Owed<'h> {
    held: &'h Held,
    message: Option<&'h Message>,
}

impl Drop for Owed<'_> {
    fn drop(&mut self) {
        if let Some(message) = self.message {
            self.held.put(message.clone());
        }
    }
}
