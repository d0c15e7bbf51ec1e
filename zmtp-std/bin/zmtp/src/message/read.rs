//! Reads messages.

use std::io::{self, BufRead};

use anyhow::{Context as _, anyhow};
use zmtp_std::{Message, Part};

use super::{First, Format, json, text};

/// The messages of a stream, read one by one as they are asked for.
pub(crate) struct Messages<R> {
    from: R,
    format: Format,
    /// For errors.
    line: u64,
    is_over: bool,
}

impl Format {
    pub(crate) fn read<R: BufRead>(&self, from: R) -> Messages<R> {
        Messages { from, format: self.clone(), line: 0, is_over: false }
    }

    /// The message that a line says, without its end.
    pub(crate) fn parse(&self, line: &[u8]) -> Result<Message, String> {
        if self.json {
            return json::message(line);
        }
        let mut parts = match self.cut() {
            Some(separator) => split(line, separator),
            None => vec![line],
        };
        let id = match self.first {
            First::RoutingId if parts.len() < 2 => {
                let separator = self.separator().escape_ascii();
                return Err(format!(
                    "the routing id of a peer is in front of a message, and behind it \"{separator}\""
                ));
            }
            First::RoutingId => Some(text::id_of(parts.remove(0))?),
            First::Part => None,
        };
        let rest = parts.into_iter().map(|part| self.part(part));
        id.map(|id| Ok(Part::from(id))).into_iter().chain(rest).collect()
    }

    fn part(&self, written: &[u8]) -> Result<Part, String> {
        if self.hex { text::from_hex(written).map(Part::from) } else { Ok(Part::copy_of(written)) }
    }
}

impl<R: BufRead> Messages<R> {
    /// What the next message is written as.
    fn next_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        if self.format.whole {
            self.from.read_to_end(&mut line)?;
            let is_first = !std::mem::replace(&mut self.is_over, true);
            return Ok(is_first.then_some(line));
        }
        let terminator = self.format.terminator();
        if self.from.read_until(terminator, &mut line)? == 0 {
            return Ok(None);
        }
        line.pop_if(|octet| *octet == terminator);
        Ok(Some(line))
    }
}

impl<R: BufRead> Iterator for Messages<R> {
    type Item = anyhow::Result<Message>;

    fn next(&mut self) -> Option<anyhow::Result<Message>> {
        let line = self.next_line().context("cannot read standard input").transpose()?;
        self.line += 1;
        Some(line.and_then(|line| {
            self.format.parse(&line).map_err(|why| anyhow!("line {} of standard input: {why}", self.line))
        }))
    }
}

fn split<'l>(line: &'l [u8], separator: &[u8]) -> Vec<&'l [u8]> {
    let mut parts = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.windows(separator.len()).position(|octets| octets == separator) {
        parts.push(&rest[..at]);
        rest = &rest[at + separator.len()..];
    }
    parts.push(rest);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: &Format, input: &[u8]) -> Vec<Message> {
        format.read(input).map(Result::unwrap).collect()
    }

    fn frames(separator: &[u8]) -> Format {
        Format { frames: Some(separator.into()), ..Format::default() }
    }

    #[test]
    fn a_line_is_a_message_also_an_empty_one_and_the_last_without_an_end() {
        let messages = read(&Format::default(), b"a\tb\n\r\n\n\xff");
        let expected = [&b"a\tb"[..], b"\r", b"", b"\xff"].map(Message::from);
        assert_eq!(messages, expected);
        assert!(read(&Format::default(), b"").is_empty());
    }

    #[test]
    fn lines_are_cut_into_parts_where_one_says() {
        assert_eq!(read(&frames(b", "), b"a, b,, \n"), [Message::from(["a", "b,", ""])]);
        let null = Format { null: true, ..Format::default() };
        assert_eq!(read(&null, b"a\nb\0c"), [Message::from("a\nb"), Message::from("c")]);
    }

    #[test]
    fn all_of_it_is_one_message_also_if_it_is_nothing() {
        let whole = Format { whole: true, ..Format::default() };
        assert_eq!(read(&whole, b"a\nb\n"), [Message::from("a\nb\n")]);
        assert_eq!(read(&whole, b""), [Message::from("")]);
    }

    #[test]
    fn digits_are_cut_at_tabs_and_a_bad_line_is_named() {
        let hex = Format { hex: true, ..Format::default() };
        assert_eq!(read(&hex, b"00 ff\t\t61\n"), [Message::from([&b"\0\xff"[..], b"", b"a"])]);
        let error = hex.read(&b"00\nhello\n"[..]).nth(1).unwrap().unwrap_err().to_string();
        assert_eq!(error, "line 2 of standard input: not pairs of hexadecimal digits: hello");
    }

    #[test]
    fn a_routing_id_is_in_front() {
        let named = Format::default().with_routing_ids();
        assert_eq!(read(&named, b"0x00ff\thello\n"), [Message::from([&b"\0\xff"[..], b"hello"])]);
        assert!(named.parse(b"hello").unwrap_err().contains(r#"behind it "\t""#));
    }
}
