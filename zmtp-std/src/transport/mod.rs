//! How streams come about. A transport listens and connects; what follows is the same for all.

mod backoff;
mod peer;
pub(crate) mod tcp;
