//! Our sockets and libzmq's: both roles, either one binding.

mod certificates;
mod core;
mod exchange;
#[cfg(unix)]
mod io;
#[cfg(unix)]
mod ipc;
mod matrix;
mod old_versions;
mod patterns;
#[cfg(unix)]
mod program;
mod properties;
mod publish;
mod security;
mod stream;
