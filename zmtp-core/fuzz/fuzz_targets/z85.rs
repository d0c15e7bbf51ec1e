//! Z85: octets and back, text and back, against arithmetic in other words.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zmtp_core::wire::{MalformedZ85, z85_decode, z85_encode};

const ALPHABET: &[u8] =
    b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

fuzz_target!(|data: &[u8]| {
    let data = &data[..data.len().min(80)];
    let (mut text, mut octets) = ([0; 100], [0; 65]);

    let text_len = data.len() / 4 * 5;
    let encoded = z85_encode(data, &mut text[..text_len]);
    assert_eq!(encoded.is_ok(), data.len().is_multiple_of(4));
    if encoded.is_ok() {
        let mut back = [0; 80];
        assert_eq!(z85_decode(&text[..text_len], &mut back[..data.len()]), Ok(()));
        assert_eq!(&back[..data.len()], data);
    }

    // As text: any octets, and the same as characters of the alphabet.
    let letters: Vec<u8> = data.iter().map(|&octet| ALPHABET[usize::from(octet) % 85]).collect();
    for text in [data, &letters] {
        let room = &mut octets[..text.len() / 5 * 4];
        let decoded = z85_decode(text, room);
        assert_eq!(decoded, expected(text));
        if decoded.is_ok() {
            let mut back = [0; 80];
            assert_eq!(z85_encode(room, &mut back[..text.len()]), Ok(()));
            assert_eq!(&back[..text.len()], text);
        }
        assert_eq!(z85_decode(text, &mut octets[..text.len() / 5 * 4 + 1]), Err(MalformedZ85::Length));
    }
});

fn expected(text: &[u8]) -> Result<(), MalformedZ85> {
    if !text.len().is_multiple_of(5) {
        return Err(MalformedZ85::Length);
    }
    for group in text.chunks(5) {
        let mut value = 0u128;
        for character in group {
            let digit = ALPHABET.iter().position(|each| each == character).ok_or(MalformedZ85::Character)?;
            value = value * 85 + digit as u128;
        }
        if value >> 32 > 0 {
            return Err(MalformedZ85::Overflow);
        }
    }
    Ok(())
}
