//! The server's side of the handshake.

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use super::boxes::{self, KEY_LEN, LONG_NONCE_LEN, Subkey, TAG_LEN};
use super::handshake::{COOKIE, COOKIE_LEN, HELLO, INITIATE, READY, VOUCH, WELCOME};
use super::message::Traffic;
use super::{CurveHandshake, CurveKeyPair, Introduction, Next, Turn};
use crate::connection::Failure;
use crate::records;
use crate::wire::{Emit, FrameHead, put_command};

/// The server's first nonce (Z26-005).
const NONCE_OF_READY: [u8; 8] = 1u64.to_be_bytes();

const WELCOME_LEN: u64 = 168;
/// READY between its name and its metadata.
const READY_DATA: usize = 24;
/// Where the key of the client is in an INITIATE that has been opened: behind name, cookie, nonce and tag.
const KEY_AT: usize = 9 + COOKIE_LEN + 8 + TAG_LEN;
/// Where the metadata is: behind the key and the vouch with its nonce.
const METADATA_AT: usize = KEY_AT + KEY_LEN + LONG_NONCE_LEN + TAG_LEN + 2 * KEY_LEN;

impl CurveHandshake {
    /// Z26-010 and Z26-012: name, version, padding, C', nonce, box of 64 zeros. Prepares all that WELCOME needs.
    pub(super) fn hear_hello(&mut self, keys: &CurveKeyPair, body: &mut [u8]) -> Result<(), Failure> {
        let (head, rest) = body.split_first_chunk_mut::<8>().ok_or(Failure::Command)?;
        // LZ-026: deployed servers do not look at the padding, so it may hold anything.
        let (_, rest) = rest.split_first_chunk_mut::<72>().ok_or(Failure::Command)?;
        let (client, rest) = rest.split_first_chunk_mut::<KEY_LEN>().ok_or(Failure::Command)?;
        let (nonce, rest) = rest.split_first_chunk_mut::<8>().ok_or(Failure::Command)?;
        let (tag, zeros) = rest.split_first_chunk_mut::<TAG_LEN>().ok_or(Failure::Command)?;
        let zeros: &mut [u8; 64] = zeros.try_into().map_err(|_| Failure::Command)?;
        if head != b"\x05HELLO\x01\x00" {
            return Err(Failure::Command);
        }
        self.shared = *boxes::shared(keys.secret.as_octets(), client)?;
        Subkey::short(&self.shared, HELLO).open(*nonce, tag, zeros)?;
        self.heard = u64::from_be_bytes(*nonce);
        self.public = boxes::public_of(&self.secret);
        self.bake(client)?;
        self.turn = Turn::Welcome;
        Ok(())
    }

    /// Z26-015: the cookie is a nonce, and a box of C' and s' under a key that lives as long as this handshake.
    fn bake(&mut self, client: &[u8; KEY_LEN]) -> Result<(), Failure> {
        let (nonce, rest) = self.cookie.split_first_chunk_mut::<LONG_NONCE_LEN>().ok_or(Failure::Misuse)?;
        let (tag, text) = rest.split_first_chunk_mut::<TAG_LEN>().ok_or(Failure::Misuse)?;
        records::copy_both(text, client, &self.secret);
        let (subkey, rest_of_nonce) = Subkey::long(&self.cookie_key, COOKIE, nonce);
        *tag = subkey.seal(rest_of_nonce, text);
        // Z26-017: it comes back with the cookie.
        self.secret.zeroize();
        Ok(())
    }

    /// Z26-014: name, nonce, box of S' and cookie.
    pub(super) fn put_welcome(&self, emit: &mut Emit<'_>) {
        let mut text = [0; KEY_LEN + COOKIE_LEN];
        records::copy_both(&mut text, &self.public, &self.cookie);
        let (subkey, rest_of_nonce) = Subkey::long(&self.shared, WELCOME, &self.nonce);
        let tag = subkey.seal(rest_of_nonce, &mut text);
        emit.put(FrameHead::command(WELCOME_LEN).encode().as_ref());
        emit.put(b"\x07WELCOME");
        emit.put(&self.nonce);
        emit.put(&tag);
        emit.put(&text);
    }

    /// Z26-017: until the cookie comes back, its key is all that is kept of the client.
    pub(super) fn welcome_was_sent(&mut self) {
        self.shared.zeroize();
        self.public.zeroize();
        self.cookie.zeroize();
        self.turn = Turn::Initiate;
    }

    /// Z26-020 and Z26-022: name, cookie, nonce, box of C, vouch and metadata; opens it in place.
    pub(super) fn hear_initiate(&mut self, keys: &CurveKeyPair, body: &mut [u8]) -> Result<(), Failure> {
        let (_, rest) = body.split_first_chunk_mut::<9>().ok_or(Failure::Command)?;
        let (cookie, rest) = rest.split_first_chunk_mut::<COOKIE_LEN>().ok_or(Failure::Command)?;
        let (nonce, rest) = rest.split_first_chunk_mut::<8>().ok_or(Failure::Command)?;
        let (tag, text) = rest.split_first_chunk_mut::<TAG_LEN>().ok_or(Failure::Command)?;
        if text.len() < METADATA_AT - KEY_AT {
            return Err(Failure::Command);
        }
        let transient = self.open_cookie(cookie)?;
        let heard = self.hear_client(keys, transient, *nonce, tag, text);
        transient.zeroize();
        heard
    }

    /// The rest of INITIATE, with the two keys that were in the cookie: C' and s'.
    fn hear_client(
        &mut self,
        keys: &CurveKeyPair,
        transient: &[u8; 2 * KEY_LEN],
        nonce: [u8; 8],
        tag: &[u8; TAG_LEN],
        text: &mut [u8],
    ) -> Result<(), Failure> {
        let client = transient.first_chunk().ok_or(Failure::Misuse)?;
        let secret = transient.last_chunk().ok_or(Failure::Misuse)?;
        let number = u64::from_be_bytes(nonce);
        if number <= self.heard {
            return Err(Failure::Nonce);
        }
        self.shared = *boxes::shared(secret, client)?;
        Subkey::short(&self.shared, INITIATE).open(nonce, tag, text)?;
        check_vouch(keys, client, secret, text)?;
        self.heard = number;
        // Z26-018, Z26-025: no cookie of this connection opens from here on.
        self.cookie_key.zeroize();
        self.turn = Turn::Ready;
        Ok(())
    }

    /// C' and s', in place in their cookie. One of another connection does not open: each has its own key.
    fn open_cookie<'c>(
        &self,
        cookie: &'c mut [u8; COOKIE_LEN],
    ) -> Result<&'c mut [u8; 2 * KEY_LEN], Failure> {
        let (nonce, rest) = cookie.split_first_chunk_mut::<LONG_NONCE_LEN>().ok_or(Failure::Command)?;
        let (tag, text) = rest.split_first_chunk_mut::<TAG_LEN>().ok_or(Failure::Command)?;
        let (subkey, rest_of_nonce) = Subkey::long(&self.cookie_key, COOKIE, nonce);
        subkey.open(rest_of_nonce, tag, text)?;
        text.try_into().map_err(|_| Failure::Misuse)
    }

    /// Z26-026: name, nonce, box of metadata.
    pub(super) fn put_ready(&self, introduction: &Introduction<'_>, emit: &mut Emit<'_>) {
        put_command(emit, b"\x05READY", READY_DATA.saturating_add(introduction.len()));
        emit.put(&NONCE_OF_READY);
        let subkey = Subkey::short(&self.shared, READY);
        boxes::put_box(emit, &subkey, NONCE_OF_READY, |sink| introduction.put(sink));
    }

    pub(super) fn traffic_of_server(&self) -> Traffic {
        Traffic::of_server(&self.shared, self.heard)
    }
}

/// Z26-022: the vouch opens with C, and holds the C' of this connection and our own S (deployed servers forget the
/// latter, LZ-026: then a server could pass itself off as its client to another one).
fn check_vouch(
    keys: &CurveKeyPair,
    client: &[u8; KEY_LEN],
    secret: &[u8; KEY_LEN],
    text: &mut [u8],
) -> Result<(), Failure> {
    let (permanent, rest) = text.split_first_chunk_mut::<KEY_LEN>().ok_or(Failure::Command)?;
    let (nonce, rest) = rest.split_first_chunk_mut::<LONG_NONCE_LEN>().ok_or(Failure::Command)?;
    let (tag, rest) = rest.split_first_chunk_mut::<TAG_LEN>().ok_or(Failure::Command)?;
    let (vouched, _) = rest.split_first_chunk_mut::<{ 2 * KEY_LEN }>().ok_or(Failure::Command)?;
    let shared = boxes::shared(secret, permanent)?;
    let (subkey, rest_of_nonce) = Subkey::long(&shared, VOUCH, nonce);
    subkey.open(rest_of_nonce, tag, vouched)?;
    let (vouched_client, vouched_server) = vouched.split_at(KEY_LEN);
    let holds = vouched_client.ct_eq(client) & vouched_server.ct_eq(keys.public.as_octets());
    if bool::from(holds) { Ok(()) } else { Err(Failure::Box) }
}

/// What the client says about itself, in an INITIATE that has been opened.
pub(super) fn introduction(body: &[u8]) -> Result<Next<'_>, Failure> {
    let metadata = body.get(METADATA_AT..).ok_or(Failure::Command)?;
    Ok(Next::Ready { metadata, say: true })
}

/// The permanent key of the client, in an INITIATE that has been opened.
pub(super) fn key_of_client(body: &[u8]) -> Option<&[u8; KEY_LEN]> {
    body.get(KEY_AT..)?.first_chunk()
}
