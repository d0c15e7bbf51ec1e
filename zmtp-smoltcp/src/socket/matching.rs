//! Which messages a subscription is for, as a type: sockets that match as usual have no code for the other way.

use zmtp_core::pattern::Matching;

/// How messages and subscriptions match. Both ends have to see it the same way (`ZMQ_INVERT_MATCHING`).
#[doc(hidden)]
pub trait Match {
    const MATCHING: Matching;
}

/// A subscription is for messages that begin with its topic.
#[derive(Clone, Copy, Debug)]
pub struct Prefix;

/// A subscription is for messages that begin with none of the subscriber's topics.
#[derive(Clone, Copy, Debug)]
pub struct Inverted;

impl Match for Prefix {
    const MATCHING: Matching = Matching::Prefix;
}

impl Match for Inverted {
    const MATCHING: Matching = Matching::Inverted;
}
