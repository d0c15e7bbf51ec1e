//! Options of TCP that the system obeys.

use std::io;
use std::net::SocketAddr;

use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};

use crate::Options;

/// A socket for one address, with what has to be set before it is connected or listens.
pub(super) fn socket(address: SocketAddr, options: &Options) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if let Some(octets) = options.sndbuf {
        named("sndbuf", socket.set_send_buffer_size(octets))?;
    }
    if let Some(octets) = options.rcvbuf {
        named("rcvbuf", socket.set_recv_buffer_size(octets))?;
    }
    if options.tos != 0 {
        named("tos", set_tos(&socket, address, options.tos))?;
    }
    if !options.bindtodevice.is_empty() {
        named("bindtodevice", bind_to_device(&socket, &options.bindtodevice))?;
    }
    Ok(socket)
}

/// What is set on a connection.
pub(super) fn connection(stream: SockRef<'_>, options: &Options) -> io::Result<()> {
    stream.set_tcp_nodelay(true)?;
    match options.tcp_keepalive {
        None => {}
        Some(false) => named("tcp_keepalive", stream.set_keepalive(false))?,
        Some(true) => {
            named("tcp_keepalive", stream.set_keepalive(true))?;
            named("tcp_keepalive", stream.set_tcp_keepalive(&keepalive(options)))?;
        }
    }
    if options.priority != 0 {
        // Not passed on by who listens; and set behind `tos`, which Linux changes it by.
        named("priority", set_priority(&stream, options.priority))?;
    }
    if !options.tcp_maxrt.is_zero() {
        named("tcp_maxrt", set_maxrt(&stream, options.tcp_maxrt))?;
    }
    Ok(())
}

fn keepalive(options: &Options) -> TcpKeepalive {
    let mut keepalive = TcpKeepalive::new();
    if let Some(idle) = options.tcp_keepalive_idle {
        keepalive = keepalive.with_time(idle);
    }
    if let Some(interval) = options.tcp_keepalive_intvl {
        keepalive = keepalive.with_interval(interval);
    }
    if let Some(count) = options.tcp_keepalive_cnt {
        keepalive = keepalive.with_retries(count);
    }
    keepalive
}

/// Says which option the system refuses.
fn named<T>(option: &str, set: io::Result<T>) -> io::Result<T> {
    set.map_err(|why| io::Error::new(why.kind(), format!("the system refuses the option {option}: {why}")))
}

#[cfg(unix)]
fn set_tos(socket: &Socket, address: SocketAddr, tos: u8) -> io::Result<()> {
    if address.is_ipv6() {
        socket.set_tclass_v6(tos.into())?;
    }
    // One that takes both has both.
    let v4 = socket.set_tos_v4(tos.into());
    if address.is_ipv4() { v4 } else { Ok(()) }
}

#[cfg(not(unix))]
fn set_tos(socket: &Socket, _address: SocketAddr, tos: u8) -> io::Result<()> {
    socket.set_tos_v4(tos.into())
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn set_priority(socket: &Socket, priority: u32) -> io::Result<()> {
    socket.set_priority(priority)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn set_priority(_socket: &Socket, _priority: u32) -> io::Result<()> {
    Err(unsupported())
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn bind_to_device(socket: &Socket, device: &str) -> io::Result<()> {
    socket.bind_device(Some(device.as_bytes()))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn bind_to_device(_socket: &Socket, _device: &str) -> io::Result<()> {
    Err(unsupported())
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn set_maxrt(stream: &Socket, maxrt: std::time::Duration) -> io::Result<()> {
    stream.set_tcp_user_timeout(Some(maxrt))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn set_maxrt(_stream: &Socket, _maxrt: std::time::Duration) -> io::Result<()> {
    Err(unsupported())
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn unsupported() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "this system does not have it")
}
