//! Writes messages.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

use zmtp_std::{Message, Part, Received};

use super::{First, Format, json, text};

/// Writes messages to standard output.
pub(crate) struct Printer {
    out: BufWriter<Stdout>,
    format: Format,
    is_terminal: bool,
    /// What is printed for a message.
    shape: fn(Message) -> Message,
}

impl Format {
    pub(crate) fn printer(&self) -> Printer {
        let out = io::stdout();
        let is_terminal = out.is_terminal();
        Printer { out: BufWriter::new(out), format: self.clone(), is_terminal, shape: |message| message }
    }

    /// What is written for a message, with its end.
    fn line(&self, received: &Received) -> Vec<u8> {
        let mut line = if self.json { json::line(received) } else { self.parts(&received.message) };
        if !self.whole {
            line.push(self.terminator());
        }
        line
    }

    /// What is written for a message, without its end.
    pub(crate) fn parts(&self, message: &Message) -> Vec<u8> {
        // Whole is whole: octets of the sender and nothing else, unless one asks for it.
        let separator =
            if self.whole { self.frames.as_deref().unwrap_or_default() } else { self.separator() };
        let parts: Vec<_> = message.parts().enumerate().map(|(at, part)| self.written(at, part)).collect();
        parts.join(separator)
    }

    fn written(&self, at: usize, part: &Part) -> Vec<u8> {
        if at == 0 && self.first == First::RoutingId {
            text::name_of(part, self.separator())
        } else if self.hex {
            text::to_hex(part).into_bytes()
        } else {
            part.to_vec()
        }
    }
}

impl Printer {
    /// Prints something else for messages.
    pub(crate) fn shaped(self, shape: fn(Message) -> Message) -> Self {
        Self { shape, ..self }
    }

    /// Writes a message; it may wait in memory until [`flush`](Self::flush).
    pub(crate) fn print(&mut self, received: Received) -> io::Result<()> {
        let message = (self.shape)(received.message);
        let line = self.format.line(&Received { message, ..received });
        let line = if self.is_terminal { text::harmless(&line) } else { line };
        self.out.write_all(&line)
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: &Format, message: impl Into<Message>) -> String {
        String::from_utf8(format.parts(&message.into())).unwrap()
    }

    #[test]
    fn parts_have_between_them_what_one_says() {
        let plain = Format::default();
        assert_eq!(written(&plain, ["a", "", "b"]), "a\t\tb");
        assert_eq!(written(&Format { frames: Some(b", "[..].into()), ..plain.clone() }, ["a", "b"]), "a, b");
        assert_eq!(written(&Format { whole: true, ..plain.clone() }, ["a", "b"]), "ab");
        assert_eq!(written(&Format { hex: true, ..plain }, [&b"\0\xff"[..], b"a"]), "00ff\t61");
    }

    #[test]
    fn a_routing_id_is_a_name_or_digits() {
        let named = Format::default().with_routing_ids();
        assert_eq!(written(&named, ["client", "hello"]), "client\thello");
        assert_eq!(written(&named, [&b"\0\x01"[..], b"hello"]), "0x0001\thello");
    }
}
