//! Groups: what a DISH says to a RADIO (RFC 37, "The Radio-Dish Pattern").

use super::{Command, Emit, FrameHead, MalformedCommand, Version};

/// The longest name of a group, in octets.
pub const GROUP_MAX: usize = 255;

/// What a command says of a group: 0 to [`GROUP_MAX`] octets, none of them 0 (Z37-077).
///
/// Groups are read apart from [`Command::parse`], so that who has none has no code for them.
///
/// ```
/// use zmtp_core::wire::{Command, Membership};
///
/// let command = Command::parse(b"\x04JOINnews")?;
/// assert_eq!(Membership::of(command)?, Some(Membership::Join(b"news")));
/// assert_eq!(Membership::of(Command::parse(b"\x04PONG")?)?, None);
/// # Ok::<(), zmtp_core::wire::MalformedCommand>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership<'b> {
    /// The peer wants the messages of the group.
    Join(&'b [u8]),
    /// The peer wants them no more.
    Leave(&'b [u8]),
}

impl<'b> Membership<'b> {
    /// Reads it; `None` is any other command.
    ///
    /// # Errors
    /// [`MalformedCommand`] if it is the name of no group.
    pub fn of(command: Command<'b>) -> Result<Option<Self>, MalformedCommand> {
        let Command::Other { name, data } = command else { return Ok(None) };
        let membership = match name {
            b"JOIN" => Self::Join(data),
            b"LEAVE" => Self::Leave(data),
            _ => return Ok(None),
        };
        if is_group(data) { Ok(Some(membership)) } else { Err(MalformedCommand) }
    }
}

fn is_group(name: &[u8]) -> bool {
    name.len() <= GROUP_MAX && !name.contains(&0)
}

/// Everything in front of the group when it is joined or left: up to 15 octets.
///
/// ```
/// use zmtp_core::wire::{GroupHead, Version};
///
/// let head = GroupHead::new(Version::V3_1, true, b"A").unwrap();
/// assert_eq!(head.as_ref(), b"\x04\x06\x04JOIN");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GroupHead {
    frame: FrameHead,
    octets: [u8; Self::MAX_LEN],
    len: usize,
}

impl GroupHead {
    /// The longest one: a long frame head, and the name LEAVE with its length.
    pub const MAX_LEN: usize = 15;

    /// The head for joining (or with `join` false, leaving) this group.
    ///
    /// `None` for a peer older than 3.1, which knows no groups (Z23-007), and if that is the name of none.
    #[must_use]
    pub fn new(peer: Version, join: bool, group: &[u8]) -> Option<Self> {
        if peer < Version::V3_1 || !is_group(group) {
            return None;
        }
        let name: &[u8] = if join { b"\x04JOIN" } else { b"\x05LEAVE" };
        let frame = FrameHead::command(name.len().saturating_add(group.len()) as u64);
        let mut octets = [0; Self::MAX_LEN];
        let mut emit = Emit::new(&mut octets, 0);
        emit.put(frame.encode().as_ref());
        emit.put(name);
        let len = emit.written();
        Some(Self { frame, octets, len })
    }

    /// The head of the frame alone.
    #[must_use]
    pub fn frame(&self) -> FrameHead {
        self.frame
    }
}

impl AsRef<[u8]> for GroupHead {
    fn as_ref(&self) -> &[u8] {
        self.octets.get(..self.len).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn emitted(join: bool, group: &[u8]) -> Vec<u8> {
        let head = GroupHead::new(Version::V3_1, join, group).unwrap();
        [head.as_ref(), group].concat()
    }

    #[test]
    fn z37_077_join_and_leave_are_their_names_and_the_group_and_read_as_emitted() {
        assert_eq!(emitted(true, b"A"), b"\x04\x06\x04JOINA");
        assert_eq!(emitted(false, b"A"), b"\x04\x07\x05LEAVEA");
        for group in [&b""[..], b"news", &[255; GROUP_MAX]] {
            for (join, membership) in [(true, Membership::Join(group)), (false, Membership::Leave(group))] {
                let octets = emitted(join, group);
                let (head, at) = FrameHead::decode(&octets).unwrap().unwrap();
                assert_eq!(head, GroupHead::new(Version::V3_1, join, group).unwrap().frame());
                assert_eq!(head.len as usize, octets.len() - at);
                assert_eq!(Membership::of(Command::parse(&octets[at..]).unwrap()), Ok(Some(membership)));
            }
        }
    }

    #[test]
    fn z37_077_no_group_has_a_zero_or_more_than_255_octets() {
        for group in [&b"\0"[..], b"a\0", &[1; GROUP_MAX + 1]] {
            assert!(GroupHead::new(Version::V3_1, true, group).is_none());
            let body = [b"\x05LEAVE", group].concat();
            assert_eq!(Membership::of(Command::parse(&body).unwrap()), Err(MalformedCommand));
        }
    }

    #[test]
    fn z37_080_the_long_form_begins_at_251_octets_of_join_and_250_of_leave() {
        for (join, longest, name) in [(true, 250, &b"\x04JOIN"[..]), (false, 249, b"\x05LEAVE")] {
            assert_eq!(emitted(join, &vec![1; longest])[..2], [0x04, 0xFF]);
            let long = emitted(join, &vec![1; longest + 1]);
            assert_eq!(long[..9], [0x06, 0, 0, 0, 0, 0, 0, 1, 0]);
            assert!(long[9..].starts_with(name));
        }
    }

    #[test]
    fn z23_007_peers_older_than_3_1_are_told_of_no_group() {
        for peer in [Version::V3_0, Version::V2, Version::V1] {
            assert!(GroupHead::new(peer, true, b"A").is_none());
        }
    }
}
