//! Messages as JSON: text where parts are text, and hexadecimal digits where they are not, so that nothing is lost.

use serde::{Deserialize, Serialize};
use zmtp_std::{Message, Part, Properties, Received};

use super::text::{from_hex, to_hex};

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    parts: Vec<Octets>,
    #[serde(skip_serializing_if = "Option::is_none", default, skip_deserializing)]
    from: Option<Sender>,
}

/// Octets, as text if they are text.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Octets {
    Text(String),
    Hex { hex: String },
}

/// Who has sent a message: what is known of it.
#[derive(Debug, Serialize)]
struct Sender {
    address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    socket_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    routing_id: Option<Octets>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
}

impl Octets {
    fn of(octets: &[u8]) -> Self {
        match std::str::from_utf8(octets) {
            Ok(text) => Self::Text(text.into()),
            Err(_) => Self::Hex { hex: to_hex(octets) },
        }
    }

    fn into_part(self) -> Result<Part, String> {
        match self {
            Self::Text(text) => Ok(text.into()),
            Self::Hex { hex } => from_hex(hex.as_bytes()).map(Part::from),
        }
    }
}

impl Sender {
    fn of(properties: &Properties) -> Self {
        let there = |is_empty: bool| (!is_empty).then_some(());
        Self {
            address: properties.address.to_string(),
            socket_type: properties.socket_type.map(zmtp_std::SocketType::name),
            routing_id: there(properties.routing_id.is_empty()).map(|()| Octets::of(&properties.routing_id)),
            user_id: there(properties.user_id.is_empty()).map(|()| properties.user_id.clone()),
        }
    }
}

/// The line of a message, and of who has sent it.
pub(super) fn line(received: &Received) -> Vec<u8> {
    let parts = received.message.parts().map(|part| Octets::of(part)).collect();
    let line = Line { parts, from: Some(Sender::of(&received.properties)) };
    serde_json::to_vec(&line).expect("text and lists of it are always JSON")
}

/// The message of a line. Whatever else the object has is not looked at.
pub(super) fn message(line: &[u8]) -> Result<Message, String> {
    const LIKE: &str = r#"a message is written as {"parts": ["text", {"hex": "00ff"}]}"#;
    let line: Line = serde_json::from_slice(line).map_err(|bad| format!("{bad}; {LIKE}"))?;
    if line.parts.is_empty() {
        return Err("a message has at least one part".into());
    }
    line.parts.into_iter().map(Octets::into_part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_text_or_digits_and_the_rest_is_passed_over() {
        let message =
            message(br#"{"from": {"address": "here"}, "parts": ["a\nb", {"hex": "00ff"}, ""]}"#).unwrap();
        assert_eq!(message, Message::from([&b"a\nb"[..], b"\0\xff", b""]));
    }

    #[test]
    fn a_line_that_is_no_message_says_how_one_is_written() {
        for bad in ["hello", "[]", r#"{"parts": 7}"#, r#"{"parts": [7]}"#, r#"{"part": ["a"]}"#] {
            assert!(message(bad.as_bytes()).unwrap_err().contains(r#"{"parts": ["text""#), "{bad}");
        }
        assert!(message(br#"{"parts": []}"#).unwrap_err().contains("at least one part"));
        assert!(message(br#"{"parts": [{"hex": "0"}]}"#).unwrap_err().contains("hexadecimal"));
    }
}
