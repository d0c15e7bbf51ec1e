//! The programs of the ZeroMQ Guide, `zmtp-std/examples`: each is run with its partners, ours and those of libzmq in Python,
//! and what it does is compared with what the Guide says.

mod actor;
mod chapter1;
mod chapter2;
mod chapter3;
mod durable;
pub mod libzmq;
mod partners;
mod stage;

use anyhow::Result;

pub use self::actor::Actor;
pub use self::stage::Stage;

/// Programs that play together.
#[derive(Clone, Copy, Debug)]
pub struct Play {
    /// The number of the chapter, and what is held.
    pub name: &'static str,
    /// Whose show it is.
    pub program: &'static str,
    /// With whom.
    pub partners: &'static str,
    /// Plays, and says what was seen.
    pub run: fn(Stage) -> Result<String>,
}

/// All of them.
pub const ALL: &[&[Play]] =
    &[chapter1::PLAYS, chapter2::PLAYS, durable::PLAYS, chapter3::PLAYS, partners::PLAYS];

/// All of them.
pub fn plays() -> impl Iterator<Item = &'static Play> {
    ALL.iter().copied().flatten()
}

/// Plays at the size of a test.
///
/// # Panics
/// If what is held is not so.
pub fn test(name: &str) {
    let play = plays().find(|play| play.name == name).expect("a play of this name");
    if play.partners.contains(".py") && !crate::pyzmq::is_there() {
        return; // and says so
    }
    match Stage::new(false).and_then(play.run) {
        Ok(seen) => println!("{seen}"),
        Err(error) => panic!("{error:#}"),
    }
}
