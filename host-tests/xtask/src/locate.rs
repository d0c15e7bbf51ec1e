//! Names the lines of source whose panics an image still holds.
//!
//! The linker can only say that some panic is reachable. Every panic that survived optimization refers to a
//! `core::panic::Location`, which lies in the image as four words: address and length of the file's name, line, column.

use std::collections::BTreeSet;

/// The places, as `file:line:column`, of all panic locations in a 32-bit little-endian ELF image. Empty for anything else.
pub(crate) fn panics(image: &[u8]) -> BTreeSet<String> {
    let sections = sections(image).unwrap_or_default();
    let mut places = BTreeSet::new();
    for section in &sections {
        // The words of a `Location` are aligned, and so are the sections that hold them.
        for start in (0..section.content.len()).step_by(4) {
            places.extend(location(&section.content[start..], &sections));
        }
    }
    places
}

/// What the image loads at an address.
struct Section<'a> {
    address: u32,
    content: &'a [u8],
}

fn location(words: &[u8], sections: &[Section<'_>]) -> Option<String> {
    let [address, length, line, column] =
        [word(words, 0)?, word(words, 4)?, word(words, 8)?, word(words, 12)?];
    if length > 400 || line > 1_000_000 || column > 10_000 {
        return None;
    }
    let section = sections.iter().find(|section| {
        let offset = address.checked_sub(section.address);
        offset.is_some_and(|offset| (offset as usize) < section.content.len())
    })?;
    let start = (address - section.address) as usize;
    let name = section.content.get(start..start + length as usize)?;
    let name = std::str::from_utf8(name).ok()?.trim_end_matches('\0');
    name.ends_with(".rs").then(|| format!("{name}:{line}:{column}"))
}

/// The sections that have content in the file and a place in memory.
fn sections(image: &[u8]) -> Option<Vec<Section<'_>>> {
    const PROGBITS: u32 = 1;
    if image.get(..6)? != b"\x7fELF\x01\x01" {
        return None;
    }
    let table = word(image, 0x20)? as usize;
    let (size, count) = (half(image, 0x2e)? as usize, half(image, 0x30)? as usize);
    let mut found = Vec::new();
    for index in 0..count {
        let header = image.get(table + index * size..)?;
        let address = word(header, 0x0c)?;
        if word(header, 0x04)? == PROGBITS && address != 0 {
            let start = word(header, 0x10)? as usize;
            found.push(Section { address, content: image.get(start..start + word(header, 0x14)? as usize)? });
        }
    }
    Some(found)
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An image with one section, loaded at 0x100: a file's name, then a location that refers to it.
    fn image() -> Vec<u8> {
        let name = b"src/wire.rs\0";
        let mut content = name.to_vec();
        for word in [0x100_u32, name.len() as u32, 12, 34] {
            content.extend(word.to_le_bytes());
        }
        let mut image = b"\x7fELF\x01\x01".to_vec();
        image.resize(0x34, 0);
        let table = image.len() as u32;
        image[0x20..0x24].copy_from_slice(&table.to_le_bytes());
        image[0x2e] = 40;
        image[0x30] = 1;
        let header = [0, 1, 0, 0x100, table + 40, content.len() as u32, 0, 0, 0, 0];
        image.extend(header.iter().flat_map(|word: &u32| word.to_le_bytes()));
        image.extend(content);
        image
    }

    #[test]
    fn a_location_is_found_by_its_four_words() {
        assert_eq!(panics(&image()).into_iter().collect::<Vec<_>>(), ["src/wire.rs:12:34"]);
    }

    #[test]
    fn a_truncated_image_names_nothing() {
        let image = image();
        for end in 0..image.len() {
            assert!(panics(&image[..end]).is_empty(), "cut at {end}");
        }
    }
}
