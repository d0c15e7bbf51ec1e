//! Octets as text: escapes, hexadecimal digits, and names of peers.

use std::fmt::Write as _;

/// Octets written with the escapes of printf: `\t`, `\n`, `\r`, `\0`, `\\` and `\xNN`.
pub(crate) fn unescape(text: &str) -> Result<Vec<u8>, &'static str> {
    const BAD: &str = "behind a backslash is t, n, r, 0, another backslash, or x and two hexadecimal digits";
    let mut octets = Vec::new();
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'\\' => match rest.next().ok_or(BAD)? {
                b't' => b'\t',
                b'n' => b'\n',
                b'r' => b'\r',
                b'0' => 0,
                b'\\' => b'\\',
                b'x' => {
                    rest.next().zip(rest.next()).and_then(|(high, low)| octet_of(high, low)).ok_or(BAD)?
                }
                _ => return Err(BAD),
            },
            octet => octet,
        });
    }
    Ok(octets)
}

/// Octets written as hexadecimal digits, with space wherever one likes.
pub(super) fn from_hex(digits: &[u8]) -> Result<Vec<u8>, String> {
    let digits: Vec<u8> = digits.iter().copied().filter(|digit| !digit.is_ascii_whitespace()).collect();
    let (pairs, rest) = digits.as_chunks();
    let bad = || format!("not pairs of hexadecimal digits: {}", digits.escape_ascii());
    if !rest.is_empty() {
        return Err(bad());
    }
    pairs.iter().map(|[high, low]| octet_of(*high, *low)).collect::<Option<_>>().ok_or_else(bad)
}

fn octet_of(high: u8, low: u8) -> Option<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

pub(super) fn to_hex(octets: &[u8]) -> String {
    octets.iter().fold(String::with_capacity(2 * octets.len()), |mut text, octet| {
        // Text takes everything.
        let _ = write!(text, "{octet:02x}");
        text
    })
}

/// What a peer is called: the name it has given itself, or `0x` and digits if that does not look like one.
pub(super) fn name_of(id: &[u8], separator: &[u8]) -> Vec<u8> {
    let looks_like_one = id.iter().all(u8::is_ascii_graphic) && !id.starts_with(b"0x") && !id.is_empty();
    if looks_like_one && !id.windows(separator.len()).any(|octets| octets == separator) {
        id.to_vec()
    } else {
        format!("0x{}", to_hex(id)).into_bytes()
    }
}

/// The routing id behind what a peer is called.
pub(super) fn id_of(name: &[u8]) -> Result<Vec<u8>, String> {
    name.strip_prefix(b"0x").map_or_else(|| Ok(name.to_vec()), from_hex)
}

/// For a terminal: what could move its cursor or change its colours is shown instead of obeyed.
pub(super) fn harmless(octets: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(octets)
        .chars()
        .fold(String::new(), |mut text, c| {
            if c.is_control() && c != '\t' && c != '\n' {
                let _ = write!(text, "\\x{:02x}", u32::from(c));
            } else {
                text.push(c);
            }
            text
        })
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_those_of_printf() {
        assert_eq!(unescape(r"a\t\n\r\0\\\x7fé").unwrap(), "a\t\n\r\0\\\x7fé".as_bytes());
        for bad in ["\\", r"\q", r"\x", r"\x1", r"\xgg"] {
            assert!(unescape(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn digits_come_in_pairs_and_space_does_not_matter() {
        assert_eq!(from_hex(b"00 fF\t7").unwrap_err(), "not pairs of hexadecimal digits: 00fF7");
        assert_eq!(from_hex(b"00 fF 7 0").unwrap(), [0, 255, 0x70]);
        assert!(from_hex(b"").unwrap().is_empty());
        assert!(from_hex(b"+1").is_err() && from_hex("é".as_bytes()).is_err());
        assert_eq!(to_hex(&[0, 255, 0x70]), "00ff70");
    }

    #[test]
    fn a_routing_id_comes_back_from_what_it_was_written_as() {
        for (id, name) in [
            (&b"client-7"[..], "client-7"),
            (&[0, 1, 2, 3, 255], "0x00010203ff"),
            (b"two words", "0x74776f20776f726473"),
            (b"0xff", "0x30786666"),
            (b"a,b", "0x612c62"),
        ] {
            assert_eq!(name_of(id, b","), name.as_bytes());
            assert_eq!(id_of(name.as_bytes()).unwrap(), id);
        }
    }

    #[test]
    fn a_terminal_is_not_told_to_do_anything() {
        assert_eq!(harmless("ä\x1b[31m\tred\u{9b}\r".as_bytes()), "ä\\x1b[31m\tred\\x9b\\x0d".as_bytes());
    }
}
