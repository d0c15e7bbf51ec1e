//! The firmware images under QEMU, with libzmq's sockets as their peers.

mod echo;
mod sensor;
