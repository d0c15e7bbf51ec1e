//! The client's side of the handshake.

use super::boxes::{self, KEY_LEN, LONG_NONCE_LEN, Subkey, TAG_LEN};
use super::handshake::{COOKIE_LEN, HELLO, INITIATE, READY, VOUCH, WELCOME};
use super::message::Traffic;
use super::{CurveHandshake, CurveKey, CurveKeyPair, Introduction, Next, Turn};
use crate::connection::Failure;
use crate::records;
use crate::wire::{Emit, FrameHead, Sink, put_command};

/// The client's nonces (Z26-005).
const NONCE_OF_HELLO: [u8; 8] = 1u64.to_be_bytes();
const NONCE_OF_INITIATE: [u8; 8] = 2u64.to_be_bytes();

const HELLO_LEN: u64 = 200;
/// INITIATE between its name and its metadata.
const INITIATE_DATA: usize = 248;
/// Octets in front of the metadata in READY: name, nonce, tag.
const READY_OVERHEAD: usize = 30;

impl CurveHandshake {
    pub(super) fn prepare_hello(&mut self, server: &CurveKey) -> Result<(), Failure> {
        self.public = boxes::public_of(&self.secret);
        self.shared = *boxes::shared(&self.secret, server.as_octets())?;
        Ok(())
    }

    /// Z26-010: name, version, padding, C', nonce, box of 64 zeros.
    pub(super) fn put_hello(&self, emit: &mut Emit<'_>) {
        let mut zeros = [0; 64];
        let tag = Subkey::short(&self.shared, HELLO).seal(NONCE_OF_HELLO, &mut zeros);
        emit.put(FrameHead::command(HELLO_LEN).encode().as_ref());
        emit.put(b"\x05HELLO\x01\x00");
        emit.put(&[0; 72]);
        emit.put(&self.public);
        emit.put(&NONCE_OF_HELLO);
        emit.put(&tag);
        emit.put(&zeros);
    }

    /// Z26-014: name, nonce, box of S' and cookie. Prepares all that INITIATE needs.
    pub(super) fn hear_welcome(
        &mut self,
        keys: &CurveKeyPair,
        server: &CurveKey,
        body: &mut [u8],
    ) -> Result<(), Failure> {
        let (_, rest) = body.split_first_chunk_mut::<8>().ok_or(Failure::Command)?;
        let (nonce, rest) = rest.split_first_chunk_mut::<LONG_NONCE_LEN>().ok_or(Failure::Command)?;
        let (tag, text) = rest.split_first_chunk_mut::<TAG_LEN>().ok_or(Failure::Command)?;
        // Z26-019: 168 octets, no more and no less.
        let text: &mut [u8; KEY_LEN + COOKIE_LEN] = text.try_into().map_err(|_| Failure::Command)?;
        let (subkey, rest_of_nonce) = Subkey::long(&self.shared, WELCOME, nonce);
        subkey.open(rest_of_nonce, tag, text)?;
        let transient = text.first_chunk::<KEY_LEN>().ok_or(Failure::Command)?;
        self.cookie = *text.last_chunk::<COOKIE_LEN>().ok_or(Failure::Command)?;
        self.put_vouch(keys, server, transient)?;
        self.shared = *boxes::shared(&self.secret, transient)?;
        self.turn = Turn::Initiate;
        Ok(())
    }

    /// Z26-021: box from C to S' over C' and S.
    pub(super) fn put_vouch(
        &mut self,
        keys: &CurveKeyPair,
        server: &CurveKey,
        transient: &[u8; KEY_LEN],
    ) -> Result<(), Failure> {
        let shared = boxes::shared(keys.secret.as_octets(), transient)?;
        let (subkey, rest_of_nonce) = Subkey::long(&shared, VOUCH, &self.nonce);
        let (tag, text) = self.vouch.split_first_chunk_mut::<TAG_LEN>().ok_or(Failure::Misuse)?;
        records::copy_both(text, &self.public, server.as_octets());
        *tag = subkey.seal(rest_of_nonce, text);
        Ok(())
    }

    /// Z26-020: name, cookie, nonce, box of C, vouch and metadata.
    pub(super) fn put_initiate(
        &self,
        keys: &CurveKeyPair,
        introduction: &Introduction<'_>,
        emit: &mut Emit<'_>,
    ) {
        put_command(emit, b"\x08INITIATE", INITIATE_DATA.saturating_add(introduction.len()));
        emit.put(&self.cookie);
        emit.put(&NONCE_OF_INITIATE);
        let subkey = Subkey::short(&self.shared, INITIATE);
        boxes::put_box(emit, &subkey, NONCE_OF_INITIATE, |sink| {
            sink.put(keys.public.as_octets());
            sink.put(&self.nonce);
            sink.put(&self.vouch);
            introduction.put(sink);
        });
    }

    /// Z26-026: name, nonce, box of metadata.
    pub(super) fn hear_ready(&mut self, body: &mut [u8]) -> Result<Traffic, Failure> {
        let (_, rest) = body.split_first_chunk_mut::<6>().ok_or(Failure::Command)?;
        let (nonce, rest) = rest.split_first_chunk_mut::<8>().ok_or(Failure::Command)?;
        let (tag, text) = rest.split_first_chunk_mut::<TAG_LEN>().ok_or(Failure::Command)?;
        Subkey::short(&self.shared, READY).open(*nonce, tag, text)?;
        Ok(Traffic::of_client(&self.shared, u64::from_be_bytes(*nonce)))
    }
}

/// What the server says about itself, in a READY that has been opened.
pub(super) fn introduction(body: &[u8]) -> Result<Next<'_>, Failure> {
    let metadata = body.get(READY_OVERHEAD..).ok_or(Failure::Command)?;
    Ok(Next::Ready { metadata, say: false })
}
