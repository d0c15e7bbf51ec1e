//! How messages are written on standard input and output: as lines of text, hexadecimal digits or JSON, or whole.

mod json;
mod read;
mod text;
mod write;

use clap::Args;

pub(crate) use text::unescape;
pub(crate) use write::Printer;

/// See the module.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Messages")]
pub(crate) struct Format {
    /// Cut lines into parts at this text, and put it between parts that are printed: ',' or '\t', as in printf
    #[arg(short, long, value_name = "SEPARATOR", value_parser = separator)]
    frames: Option<Separator>,
    /// Lines end with an octet 0 instead of a newline
    #[arg(short = '0', long)]
    null: bool,
    /// All of standard input is one message; what comes is written as it is, with nothing behind
    #[arg(long, conflicts_with = "null")]
    whole: bool,
    /// Parts are hexadecimal digits, with a tab between them
    #[arg(short = 'x', long, conflicts_with = "whole")]
    hex: bool,
    /// A line is a JSON object: {"parts": ["text", {"hex": "00ff"}]}; of who sent it, too, in "from"
    #[arg(short, long, conflicts_with_all = ["frames", "null", "whole", "hex"])]
    json: bool,
    #[arg(skip)]
    first: First,
}

/// What the first part of a message is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum First {
    /// As all others.
    #[default]
    Part,
    /// A routing id: digits behind `0x` if it is not a name. A separator is always behind it.
    RoutingId,
}

/// What is between parts.
type Separator = std::sync::Arc<[u8]>;

fn separator(text: &str) -> Result<Separator, &'static str> {
    let octets = unescape(text)?;
    if octets.is_empty() { Err("a separator has at least one octet") } else { Ok(octets.into()) }
}

impl Format {
    /// The same, for messages with routing ids in front.
    pub(crate) fn with_routing_ids(&self) -> Self {
        Self { first: First::RoutingId, ..self.clone() }
    }

    /// The same, in digits, if nothing else was asked for that is safe for any octets.
    pub(crate) fn in_digits(self) -> Self {
        Self { hex: !self.json && !self.whole, ..self }
    }

    /// The same, with parts where a tab is, if nothing else was asked for.
    pub(crate) fn with_parts(&self) -> Self {
        Self { frames: Some(self.separator().into()), ..self.clone() }
    }

    /// Between parts that are printed.
    fn separator(&self) -> &[u8] {
        self.frames.as_deref().unwrap_or(b"\t")
    }

    /// Where lines are cut, if they are.
    fn cut(&self) -> Option<&[u8]> {
        let always = self.hex || self.first == First::RoutingId;
        (always || self.frames.is_some()).then(|| self.separator())
    }

    fn terminator(&self) -> u8 {
        if self.null { 0 } else { b'\n' }
    }
}
