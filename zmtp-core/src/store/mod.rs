//! Storage in lent slices: a ring of octets, and a queue of whole messages in one.

mod assembly;
mod frame_queue;
mod ring;

pub use assembly::Assembly;
pub use frame_queue::{FrameQueue, TakeError, Taken};
pub use ring::Ring;
