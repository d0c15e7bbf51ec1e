//! Z85: octets as printable text, four of them in five characters (RFC 32). Keys are written that way.

/// The 85 characters in the order of their values (Z32-001).
const ALPHABET: &[u8; 85] =
    b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

/// Why text cannot be decoded, or octets not be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum MalformedZ85 {
    /// The octets are not a multiple of four, the characters not a multiple of five, or there is not as much room for
    /// the result as it takes.
    Length,
    /// A character that is not one of the 85.
    Character,
    /// Five characters whose value is over 2^32 - 1.
    Overflow,
}

/// Writes `octets` as text into `text`.
///
/// ```
/// use zmtp_core::wire::{MalformedZ85, z85_encode};
///
/// let mut text = [0; 10];
/// z85_encode(&[0x86, 0x4F, 0xD2, 0x6F, 0xB5, 0x59, 0xF7, 0x5B], &mut text)?;
/// assert_eq!(&text, b"HelloWorld");
/// # Ok::<(), MalformedZ85>(())
/// ```
///
/// # Errors
/// [`MalformedZ85::Length`] unless `octets` are a multiple of four and `text` is five quarters as long.
pub fn z85_encode(octets: &[u8], text: &mut [u8]) -> Result<(), MalformedZ85> {
    let (groups, rest) = octets.as_chunks::<4>();
    let (places, rest_of_text) = text.as_chunks_mut::<5>();
    if !rest.is_empty() || !rest_of_text.is_empty() || groups.len() != places.len() {
        return Err(MalformedZ85::Length);
    }
    for (group, place) in groups.iter().zip(places) {
        let mut value = u32::from_be_bytes(*group);
        for character in place.iter_mut().rev() {
            *character = character_of(value % 85);
            value /= 85;
        }
    }
    Ok(())
}

/// Reads the octets that `text` stands for into `octets`.
///
/// It runs at compile time too, so that firmware can hold a key as text.
///
/// ```
/// use zmtp_core::wire::{MalformedZ85, z85_decode};
///
/// let mut octets = [0; 8];
/// z85_decode(b"HelloWorld", &mut octets)?;
/// assert_eq!(octets, [0x86, 0x4F, 0xD2, 0x6F, 0xB5, 0x59, 0xF7, 0x5B]);
/// assert_eq!(z85_decode(b"Hello World", &mut octets), Err(MalformedZ85::Length));
/// # Ok::<(), MalformedZ85>(())
/// ```
///
/// # Errors
/// [`MalformedZ85`]; `octets` hold nothing of use then.
pub const fn z85_decode(text: &[u8], octets: &mut [u8]) -> Result<(), MalformedZ85> {
    let (groups, rest) = text.as_chunks::<5>();
    let (places, rest_of_octets) = octets.as_chunks_mut::<4>();
    if !rest.is_empty() || !rest_of_octets.is_empty() || groups.len() != places.len() {
        return Err(MalformedZ85::Length);
    }
    let (mut groups, mut places) = (groups, places);
    while let (Some((group, groups_behind)), Some((place, places_behind))) =
        (groups.split_first(), places.split_first_mut())
    {
        *place = match value_of(group) {
            Ok(value) => value.to_be_bytes(),
            Err(error) => return Err(error),
        };
        (groups, places) = (groups_behind, places_behind);
    }
    Ok(())
}

fn character_of(value: u32) -> u8 {
    usize::try_from(value).ok().and_then(|value| ALPHABET.get(value)).copied().unwrap_or_default()
}

const fn value_of(group: &[u8; 5]) -> Result<u32, MalformedZ85> {
    let mut value: u64 = 0;
    let mut rest: &[u8] = group;
    while let Some((&character, behind)) = rest.split_first() {
        let Some(digit) = digit_of(character) else { return Err(MalformedZ85::Character) };
        // At most 85^5, far below 2^64.
        value = value.saturating_mul(85).saturating_add(digit);
        rest = behind;
    }
    if value > u32::MAX as u64 { Err(MalformedZ85::Overflow) } else { Ok(value as u32) }
}

const fn digit_of(character: u8) -> Option<u64> {
    let mut value: u64 = 0;
    let mut rest: &[u8] = ALPHABET;
    while let Some((&candidate, behind)) = rest.split_first() {
        if candidate == character {
            return Some(value);
        }
        value = value.saturating_add(1);
        rest = behind;
    }
    None
}

impl core::fmt::Display for MalformedZ85 {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Length => "Z85 text has five characters for four octets, a key 40 in all; is it cut, or has it spaces or quotes around it?",
            Self::Character => "the text has a character that Z85 does not have; copy it again",
            Self::Overflow => "the text has five characters that stand for more than 32 bits, as none of Z85 do; copy it again",
        })
    }
}

impl core::error::Error for MalformedZ85 {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode<const N: usize>(text: &[u8]) -> Result<[u8; N], MalformedZ85> {
        let mut octets = [0; N];
        z85_decode(text, &mut octets).map(|()| octets)
    }

    #[test]
    fn z32_001_every_character_stands_for_its_place_in_the_alphabet() {
        for (value, &character) in ALPHABET.iter().enumerate() {
            assert_eq!(decode(&[b'0', b'0', b'0', b'0', character]), Ok((value as u32).to_be_bytes()));
        }
    }

    /// The lengths of OSV-2020-1655 among them.
    #[test]
    fn z32_002_lengths_that_do_not_match_are_refused() {
        for len in [1, 2, 3, 4, 6, 9, 11, 39, 41] {
            assert_eq!(decode::<32>(&vec![b'0'; len]), Err(MalformedZ85::Length), "{len}");
        }
        assert_eq!(decode::<32>(&[b'0'; 40]), Ok([0; 32]));
        assert_eq!(decode::<32>(&[b'0'; 45]), Err(MalformedZ85::Length));
        assert_eq!(decode::<0>(b""), Ok([]));
        for len in [1, 2, 3, 5, 31, 33] {
            assert_eq!(z85_encode(&vec![0; len], &mut [0; 40]), Err(MalformedZ85::Length), "{len}");
        }
        assert_eq!(z85_encode(&[0; 32], &mut [0; 39]), Err(MalformedZ85::Length));
    }

    #[test]
    fn z32_003_foreign_characters_and_groups_over_32_bits_are_refused() {
        for character in (0..=255u8).filter(|character| !ALPHABET.contains(character)) {
            let text = [b'0', b'0', character, b'0', b'0'];
            assert_eq!(decode::<4>(&text), Err(MalformedZ85::Character), "{character}");
        }
        assert_eq!(decode(b"%nSc0"), Ok([0xFF; 4]));
        assert_eq!(decode::<4>(b"%nSc1"), Err(MalformedZ85::Overflow));
        assert_eq!(decode::<4>(b"#####"), Err(MalformedZ85::Overflow));
    }

    #[test]
    fn a_key_is_decoded_at_compile_time() {
        const DECODED: [u8; 8] = {
            let mut octets = [0; 8];
            assert!(z85_decode(b"HelloWorld", &mut octets).is_ok());
            octets
        };
        assert_eq!(decode(b"HelloWorld"), Ok(DECODED));
    }

    proptest! {
        #[test]
        fn octets_come_back_from_their_text(octets: [u8; 32]) {
            let mut text = [0; 40];
            z85_encode(&octets, &mut text).unwrap();
            prop_assert_eq!(decode(&text), Ok(octets));
        }
    }
}
