//! Security mechanisms: what peers say to each other between the greeting and the first message.

pub(crate) mod null;
