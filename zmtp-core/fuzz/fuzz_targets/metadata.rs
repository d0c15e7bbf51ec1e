//! Properties: whatever is built is read back, and whatever is read obeys the grammar and covers the octets exactly.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zmtp_core::SocketType;
use zmtp_core::wire::{Metadata, Properties};
use zmtp_core_fuzz::Control;

const NAMES: [&str; 5] = ["Socket-Type", "Identity", "X-a.b", "resource", "SOCKET-type"];

/// Octets of input that are looked at: more say nothing new.
const LONGEST: usize = 120;

fuzz_target!(|data: &[u8]| {
    let data = &data[..data.len().min(LONGEST)];
    judge(data);
    let mut control = Control::all(data);
    let (mut octets, mut properties) = (Vec::new(), Vec::new());
    while !control.is_over() {
        let name = NAMES[control.size() % NAMES.len()];
        let len = control.size() % 8;
        let value = if name.len() == 11 && len == 0 { &b"DEALER"[..] } else { control.octets(len) };
        octets.push(name.len() as u8);
        octets.extend(name.as_bytes());
        octets.extend((value.len() as u32).to_be_bytes());
        octets.extend(value);
        properties.push((name, value));
    }
    let read: Vec<_> = Properties::new(&octets).map(|each| each.expect("a good property")).collect();
    assert_eq!(read.len(), properties.len());
    for (read, (name, value)) in read.iter().zip(&properties) {
        assert_eq!((read.name, read.value), (name.as_bytes(), *value));
    }
    judge(&octets);
});

/// The rules once more, in other words.
fn judge(octets: &[u8]) {
    let (mut at, mut good) = (0, true);
    let (mut types, mut identities) = (Vec::new(), Vec::new());
    for property in Properties::new(octets) {
        let Ok(property) = property else {
            good = false;
            break;
        };
        assert!(!property.name.is_empty() && property.name.iter().all(u8::is_ascii_graphic));
        at += 1 + property.name.len() + 4 + property.value.len();
        if property.is("SOCKET-TYPE") {
            types.push(property.value);
        } else if property.is("identity") {
            identities.push(property.value);
        }
    }
    assert!(at <= octets.len() && good == (at == octets.len()));
    let known = types.iter().all(|value| SocketType::from_name(value).is_some());
    let short = identities.iter().all(|value| value.len() <= 255);
    let allowed = good && known && short && types.len() <= 1 && identities.len() <= 1;
    let metadata = Metadata::parse(octets);
    assert_eq!(metadata.is_ok(), allowed);
    if let Ok(metadata) = metadata {
        assert_eq!(metadata.socket_type, types.first().and_then(|value| SocketType::from_name(value)));
        assert_eq!(metadata.identity, identities.first().copied().unwrap_or_default());
        assert_eq!(metadata.properties().count(), Properties::new(octets).count());
    }
}
