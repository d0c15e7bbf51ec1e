//! Peers by the thousand: plain streams that do a handshake with NULL, and then nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, Stdio};

use anyhow::{Context as _, Result, ensure};

use zmtp_core::testing::hello;

use super::this_program;
use crate::libzmq::PATIENCE;

/// A stream to `address`, host and port, that does not wait for ever.
pub(super) fn stream(address: &str) -> Result<TcpStream> {
    let stream = TcpStream::connect(address).context("no connection")?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Does the handshake as a socket of this type, and reads that of the peer.
pub(super) fn shake_hands(stream: &mut TcpStream, socket_type: &str) -> Result<()> {
    stream.write_all(&hello(socket_type))?;
    // The greeting, and the head of READY, which is short (RFC 37).
    let mut head = [0; 64 + 2];
    stream.read_exact(&mut head)?;
    ensure!(head[64] == 4, "the peer begins with no short command");
    stream.read_exact(&mut vec![0; usize::from(head[65])])?;
    Ok(())
}

/// A process of peers.
pub(super) struct Crowd {
    child: Child,
    /// They leave when it is closed.
    _stay: ChildStdin,
}

impl Crowd {
    /// Returns when all of them have done their handshakes, and said `then`.
    pub(super) fn gather(address: &str, count: usize, socket_type: &str, then: &str) -> Result<Self> {
        let count = count.to_string();
        let mut command = this_program(&["crowd", address, &count, socket_type, then])?;
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let _stay = child.stdin.take().context("its input")?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("its output")?).read_line(&mut line)?;
        ensure!(line.trim() == "there", "the peers did not get through: {line}");
        Ok(Self { child, _stay })
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The part of that process: address, count, socket type, and a frame in hexadecimal digits or nothing.
///
/// # Errors
/// If not all of them get through.
pub fn play(arguments: &[String]) -> Result<()> {
    let [address, count, socket_type, then] = arguments else { anyhow::bail!("four arguments") };
    let digits: Vec<_> = then.as_bytes().chunks(2).collect();
    let octet = |pair: &[u8]| -> Result<u8> { Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?) };
    let then: Vec<u8> = digits.into_iter().map(octet).collect::<Result<_>>()?;
    let mut streams = Vec::new();
    for _ in 0..count.parse::<usize>()? {
        let mut stream = stream(address)?;
        shake_hands(&mut stream, socket_type)?;
        stream.write_all(&then)?;
        streams.push(stream);
    }
    println!("there");
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
