//! The boxes of NaCl: X25519 for the key, XSalsa20 and Poly1305 for the octets, in place.
//!
//! ```text
//!  shared = HSalsa20(X25519(secret, public), 0)     once a pair of keys
//!  subkey = HSalsa20(shared, nonce[0..16])          once a prefix: constant for all messages of a direction
//!  Salsa20(subkey, nonce[16..24]): 32 octets for the key of Poly1305, then those that hide the text
//! ```

use curve25519_dalek::MontgomeryPoint;
use curve25519_dalek::scalar::clamp_integer;
use poly1305::Poly1305;
use poly1305::universal_hash::{KeyInit, UniversalHash};
use salsa20::SalsaCore;
use salsa20::cipher::consts::U10;
use salsa20::cipher::{KeyIvInit, StreamCipherCore};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::connection::Failure;
use crate::wire::{Emit, Sink};

/// Octets of a key.
pub(super) const KEY_LEN: usize = 32;
/// What a box is longer than its text: the tag in front of it.
pub(super) const TAG_LEN: usize = 16;
/// The random part of a long nonce.
pub(super) const LONG_NONCE_LEN: usize = 16;

/// A secret that is wiped when it goes out of scope.
pub(super) type Secret = Zeroizing<[u8; KEY_LEN]>;

/// The public key of a secret one.
pub(super) fn public_of(secret: &[u8; KEY_LEN]) -> [u8; KEY_LEN] {
    // The ladder as for every other product: the table for the base point would take more flash than all of CURVE.
    let mut base = [0; KEY_LEN];
    if let Some(first) = base.first_mut() {
        *first = 9;
    }
    x25519(secret, &base)
}

/// Of the same steps whatever the secret is.
fn x25519(secret: &[u8; KEY_LEN], public: &[u8; KEY_LEN]) -> [u8; KEY_LEN] {
    let secret = Zeroizing::new(clamp_integer(*secret));
    // From the second highest bit on: the highest one is clamped to zero.
    let bit = |at: usize| secret.get(at >> 3).is_some_and(|octet| octet >> (at & 7) & 1 == 1);
    let bits = (0..=254).rev().map(bit);
    MontgomeryPoint(*public).mul_bits_be(bits).to_bytes()
}

/// What two pairs of keys share.
///
/// # Errors
/// [`Failure::Box`] for a public key of low order, which would make the secret the same for everybody.
pub(super) fn shared(secret: &[u8; KEY_LEN], public: &[u8; KEY_LEN]) -> Result<Secret, Failure> {
    let product = Zeroizing::new(x25519(secret, public));
    if product.ct_eq(&[0; KEY_LEN]).into() {
        return Err(Failure::Box);
    }
    Ok(derive(&product, &[0; 16]))
}

/// The key for all nonces that begin with `prefix`, and the rest of the nonce that varies.
#[derive(Debug)]
pub(super) struct Subkey {
    key: Secret,
}

impl Subkey {
    /// For short nonces: sixteen octets of prefix, then a counter.
    pub(super) fn short(shared: &[u8; KEY_LEN], prefix: &[u8; 16]) -> Self {
        Self { key: derive(shared, prefix) }
    }

    /// For one long nonce: eight octets of prefix, then sixteen random ones. Returns what is left of the nonce, too.
    pub(super) fn long(
        shared: &[u8; KEY_LEN],
        prefix: &[u8; 8],
        nonce: &[u8; LONG_NONCE_LEN],
    ) -> (Self, [u8; 8]) {
        let mut input = [0; 16];
        let (first, rest) = halves(nonce);
        for (to, from) in input.iter_mut().zip(prefix.iter().chain(&first)) {
            *to = *from;
        }
        (Self { key: derive(shared, &input) }, rest)
    }

    /// Hides `text`; returns the tag.
    pub(super) fn seal(&self, nonce: [u8; 8], text: &mut [u8]) -> [u8; TAG_LEN] {
        let mut stream = Stream::new(self, nonce);
        stream.apply(text);
        stream.tag(text)
    }

    /// Shows what is hidden in `text`, which stays as it is if the tag is not that of it.
    ///
    /// # Errors
    /// [`Failure::Box`] if the key, the nonce or any octet is not the one it was sealed with.
    pub(super) fn open(&self, nonce: [u8; 8], tag: &[u8; TAG_LEN], text: &mut [u8]) -> Result<(), Failure> {
        let mut stream = Stream::new(self, nonce);
        if bool::from(stream.tag(text).ct_ne(tag)) {
            return Err(Failure::Box);
        }
        stream.apply(text);
        Ok(())
    }
}

/// HSalsa20: some words of a block of Salsa20, without what that adds at last. The block takes `input` where Salsa20 has
/// nonce and counter. (The function of the same name in `salsa20` indexes in a way that leaves a panic in firmware.)
fn derive(key: &[u8; KEY_LEN], input: &[u8; 16]) -> Secret {
    let [k0, k1, k2, k3, k4, k5, k6, k7] = words(key);
    let [n0, n1, n2, n3] = words(input);
    let [c0, c1, c2, c3] = words(b"expand 32-byte k");
    let state = Zeroizing::new([c0, k0, k1, k2, k3, c1, n0, n1, n2, n3, c2, k4, k5, k6, k7, c3]);
    let block = block(&mut SalsaCore::from_raw_state(*state));
    let [z0, _, _, _, _, z5, z6, z7, z8, z9, z10, _, _, _, _, z15]: [u32; 16] = words(&*block);
    let output = [(z0, c0), (z5, c1), (z10, c2), (z15, c3), (z6, n0), (z7, n1), (z8, n2), (z9, n3)];
    let mut secret = Zeroizing::new([0; KEY_LEN]);
    for (place, (sum, addend)) in secret.as_chunks_mut::<4>().0.iter_mut().zip(output) {
        *place = sum.wrapping_sub(addend).to_le_bytes();
    }
    secret
}

fn words<const N: usize>(octets: &[u8]) -> [u32; N] {
    let mut words = [0; N];
    for (word, octets) in words.iter_mut().zip(octets.as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*octets);
    }
    words
}

fn halves(nonce: &[u8; LONG_NONCE_LEN]) -> ([u8; 8], [u8; 8]) {
    let both = u128::from_be_bytes(*nonce);
    (((both >> 64) as u64).to_be_bytes(), (both as u64).to_be_bytes())
}

/// Octets that hide a text, in the cipher's blocks of 64.
struct Stream {
    cipher: SalsaCore<U10>,
    /// The first block: the key of Poly1305, then what hides the first 32 octets.
    first: Zeroizing<[u8; 64]>,
}

impl Stream {
    fn new(subkey: &Subkey, nonce: [u8; 8]) -> Self {
        let key: &[u8; KEY_LEN] = &subkey.key;
        let mut cipher = SalsaCore::new(key.into(), &nonce.into());
        let first = block(&mut cipher);
        Self { cipher, first }
    }

    fn apply(&mut self, text: &mut [u8]) {
        let (head, tail) = text.split_at_mut(text.len().min(32));
        exclusive_or(head, self.first.last_chunk::<32>().unwrap_or(&[0; 32]));
        for chunk in tail.chunks_mut(64) {
            exclusive_or(chunk, &*block(&mut self.cipher));
        }
    }

    #[inline(never)]
    fn poly(&self) -> Poly1305 {
        Poly1305::new(self.first.first_chunk::<32>().unwrap_or(&[0; 32]).into())
    }

    fn tag(&self, hidden: &[u8]) -> [u8; TAG_LEN] {
        self.poly().compute_unpadded(hidden).0
    }
}

#[inline(never)]
fn block(cipher: &mut SalsaCore<U10>) -> Zeroizing<[u8; 64]> {
    let mut block = Zeroizing::new([0; 64]);
    cipher.write_keystream_block((&mut *block).into());
    block
}

fn exclusive_or(text: &mut [u8], with: &[u8]) {
    for (octet, with) in text.iter_mut().zip(with) {
        *octet ^= with;
    }
}

/// Puts a box of what `write` puts. It may be of any length: nothing but a block of the cipher is stored.
pub(super) fn put_box(
    emit: &mut Emit<'_>,
    subkey: &Subkey,
    nonce: [u8; 8],
    write: impl Fn(&mut Sealing<'_, '_>),
) {
    // The tag leaves first: once through for it, and once more for the octets.
    let mut sealing = Sealing::new(subkey, nonce, None);
    write(&mut sealing);
    let tag = sealing.finish();
    emit.put(&tag);
    let mut sealing = Sealing::new(subkey, nonce, Some(emit));
    write(&mut sealing);
    sealing.finish();
}

/// Seals what is put into it, a block of the cipher at a time.
pub(super) struct Sealing<'e, 'o> {
    stream: Stream,
    poly: Poly1305,
    /// The block: up to `at` hidden text (from `from` on), behind it what hides the next octets.
    block: Zeroizing<[u8; 64]>,
    from: usize,
    at: usize,
    emit: Option<&'e mut Emit<'o>>,
}

impl<'e, 'o> Sealing<'e, 'o> {
    fn new(subkey: &Subkey, nonce: [u8; 8], emit: Option<&'e mut Emit<'o>>) -> Self {
        let stream = Stream::new(subkey, nonce);
        let (poly, block) = (stream.poly(), stream.first.clone());
        Self { stream, poly, block, from: 32, at: 32, emit }
    }

    fn next_block(&mut self) {
        let hidden = self.block.get(self.from..).unwrap_or_default();
        self.poly.update(poly1305::Block::slice_as_chunks(hidden).0);
        if let Some(emit) = &mut self.emit {
            emit.put(hidden);
        }
        self.block = block(&mut self.stream.cipher);
        (self.from, self.at) = (0, 0);
    }

    fn finish(self) -> [u8; TAG_LEN] {
        let hidden = self.block.get(self.from..self.at).unwrap_or_default();
        if let Some(emit) = self.emit {
            emit.put(hidden);
        }
        self.poly.compute_unpadded(hidden).0
    }
}

impl Sink for Sealing<'_, '_> {
    fn put(&mut self, octets: &[u8]) {
        for octet in octets {
            if self.at == self.block.len() {
                self.next_block();
            }
            if let Some(place) = self.block.get_mut(self.at) {
                *place ^= octet;
            }
            self.at = self.at.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hex<const N: usize>(text: &str) -> [u8; N] {
        let digits: Vec<u8> = text.bytes().filter(|octet| !octet.is_ascii_whitespace()).collect();
        let octet = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        digits.chunks(2).map(octet).collect::<Vec<u8>>().try_into().unwrap()
    }

    const ALICE: &str = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
    const BOB: &str = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
    const NONCE: &str = "69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37";
    const TEXT: &str = "be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffc
        e5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce314adb31
        0e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde
        048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705";
    const TAG: &str = "f3ffc7703f9400e52a7dfb4b3d3305d9";
    const HIDDEN: &str = "8e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186a
        c0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738
        b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da
        99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5";

    /// The keys, the nonce, the text and the box that NaCl is published with ("Cryptography in NaCl"; the keys are also in
    /// section 6.1 of IETF RFC 7748).
    #[test]
    fn z26_001_keys_and_boxes_are_those_of_nacl() {
        let (alice, bob) = (hex(ALICE), hex(BOB));
        let (of_alice, of_bob) = (public_of(&alice), public_of(&bob));
        assert_eq!(of_alice, hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"));
        assert_eq!(of_bob, hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"));
        let key = shared(&alice, &of_bob).unwrap();
        assert_eq!(*key, hex("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389"));
        assert_eq!(*shared(&bob, &of_alice).unwrap(), *key);

        let nonce: [u8; 24] = hex(NONCE);
        let short = Subkey::short(&key, nonce.first_chunk().unwrap());
        let (long, rest) = Subkey::long(&key, nonce.first_chunk().unwrap(), nonce.last_chunk().unwrap());
        assert_eq!((&*short.key, &rest), (&*long.key, nonce.last_chunk().unwrap()));

        let mut text: [u8; 131] = hex(TEXT);
        let tag = short.seal(rest, &mut text);
        assert_eq!((tag, text), (hex(TAG), hex(HIDDEN)));
        short.open(rest, &tag, &mut text).unwrap();
        assert_eq!(text, hex(TEXT));
    }

    #[test]
    fn z26_035_a_changed_bit_anywhere_keeps_a_box_shut_and_its_octets_as_they_are() {
        let subkey = Subkey::short(&[7; 32], b"CurveZMQMESSAGEC");
        let sealed: ([u8; TAG_LEN], [u8; 70]) = (hex(TAG), [5; 70]);
        let mut text = sealed.1;
        let tag = subkey.seal([0; 8], &mut text);
        for bit in 0..8 * (TAG_LEN + text.len()) {
            let (mut tag, mut text) = (tag, text);
            *tag.iter_mut().chain(&mut text).nth(bit / 8).unwrap() ^= 1 << (bit % 8);
            let changed = text;
            assert_eq!(subkey.open([0; 8], &tag, &mut text), Err(Failure::Box), "bit {bit}");
            assert_eq!(text, changed);
        }
        assert_eq!(subkey.open([0, 0, 0, 0, 0, 0, 0, 1], &tag, &mut text), Err(Failure::Box));
        assert_eq!(subkey.open([0; 8], &tag, &mut text), Ok(()));
        assert_eq!(text, sealed.1);
    }

    #[test]
    fn public_keys_of_low_order_are_refused() {
        let mut one = [0; 32];
        one[0] = 1;
        for low in [[0; 32], one] {
            assert_eq!(shared(&[9; 32], &low).err(), Some(Failure::Box));
        }
    }

    proptest! {
        #[test]
        fn a_box_put_in_pieces_is_the_one_sealed_in_place(
            key: [u8; 32], nonce: [u8; 8], text in proptest::collection::vec(any::<u8>(), 0..300), piece in 1usize..90, cut in 0usize..320,
        ) {
            let subkey = Subkey::short(&key, b"CurveZMQREADY---");
            let mut expected = text.clone();
            let tag = subkey.seal(nonce, &mut expected);
            expected.splice(0..0, tag);
            let mut out: Vec<u8> = Vec::new();
            for skip in [0, cut.min(expected.len())] {
                let mut room = vec![0; if skip == 0 { cut } else { 400 }];
                let mut emit = Emit::new(&mut room, skip);
                put_box(&mut emit, &subkey, nonce, |sink| text.chunks(piece).for_each(|piece| sink.put(piece)));
                let written = emit.written();
                out.extend(&room[..written]);
                if cut == 0 { break }
            }
            if cut > 0 {
                prop_assert_eq!(out, expected);
            }
        }
    }
}
