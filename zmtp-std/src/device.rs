//! What stands between sockets and passes messages on: [`Proxy`].

mod forward;
mod held;
mod proxy;
mod statistics;
mod steering;

pub use proxy::{BadProxy, Ended, Proxy};
pub use statistics::{Side, Statistics};
pub use steering::Steering;
