//! The memory of a handshake, for either side.

use core::fmt;

use zeroize::Zeroize;

use super::boxes::{KEY_LEN, LONG_NONCE_LEN, TAG_LEN};
use super::{Entropy, Turn};

/// What a WELCOME gives the client to send back: a nonce, and a box with two keys.
pub(super) const COOKIE_LEN: usize = LONG_NONCE_LEN + TAG_LEN + 2 * KEY_LEN;

/// Nonce prefixes (Z26-004).
pub(super) const HELLO: &[u8; 16] = b"CurveZMQHELLO---";
pub(super) const INITIATE: &[u8; 16] = b"CurveZMQINITIATE";
pub(super) const READY: &[u8; 16] = b"CurveZMQREADY---";
pub(super) const WELCOME: &[u8; 8] = b"WELCOME-";
pub(super) const COOKIE: &[u8; 8] = b"COOKIE--";
pub(super) const VOUCH: &[u8; 8] = b"VOUCH---";

/// Memory for one handshake of [`Curve`](super::Curve), wiped as soon as that is over.
///
/// It holds what the commands are made of, not the commands: they are rendered as they leave, whatever the room, so
/// their metadata may be of any length.
pub struct CurveHandshake {
    /// The command that comes next.
    pub(super) turn: Turn,
    /// The nonce of the peer's last command.
    pub(super) heard: u64,
    /// The transient secret key: c' or s'.
    pub(super) secret: [u8; KEY_LEN],
    /// The transient public key: C' or S'.
    pub(super) public: [u8; KEY_LEN],
    /// What this side and the peer share: under which the next box is.
    pub(super) shared: [u8; KEY_LEN],
    /// The server's, to send and to forget; the client's, to send back.
    pub(super) cookie: [u8; COOKIE_LEN],
    /// The key of the server's cookie.
    pub(super) cookie_key: [u8; KEY_LEN],
    /// The nonce of the server's WELCOME or the client's vouch.
    pub(super) nonce: [u8; LONG_NONCE_LEN],
    /// The client's vouch: that C' is C's, and meant for S.
    pub(super) vouch: [u8; TAG_LEN + 2 * KEY_LEN],
}

impl CurveHandshake {
    /// Memory that has not been used yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            turn: Turn::Hello,
            heard: 0,
            secret: [0; KEY_LEN],
            public: [0; KEY_LEN],
            shared: [0; KEY_LEN],
            cookie: [0; COOKIE_LEN],
            cookie_key: [0; KEY_LEN],
            nonce: [0; LONG_NONCE_LEN],
            vouch: [0; TAG_LEN + 2 * KEY_LEN],
        }
    }

    /// Begins, with what has to be random for one connection.
    pub(super) fn start(&mut self, entropy: &mut (impl Entropy + ?Sized)) {
        self.wipe();
        entropy.fill(&mut self.secret);
        entropy.fill(&mut self.cookie_key);
        entropy.fill(&mut self.nonce);
        // The nonce of the cookie is in front of it.
        if let Some(nonce) = self.cookie.first_chunk_mut::<LONG_NONCE_LEN>() {
            entropy.fill(nonce);
        }
    }

    pub(super) fn wipe(&mut self) {
        self.turn = Turn::Hello;
        self.heard = 0;
        self.secret.zeroize();
        self.public.zeroize();
        self.shared.zeroize();
        self.cookie.zeroize();
        self.cookie_key.zeroize();
        self.nonce.zeroize();
        self.vouch.zeroize();
    }
}

impl Default for CurveHandshake {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for CurveHandshake {
    fn drop(&mut self) {
        self.wipe();
    }
}

impl fmt::Debug for CurveHandshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CurveHandshake").field("turn", &self.turn).finish_non_exhaustive()
    }
}
