//! Models of the sockets' threads: shuttle has them come between each other in every way that it thinks of.

use crate::report::Step;
use crate::{exec, host};

/// The models are tests of zmtp-std that are there with this flag alone; its locks are shuttle's then.
pub(crate) fn step() -> Step {
    let mut command = exec::cargo(&["test", "--package=zmtp-std", "--lib", "socket::models::"]);
    command.env("RUSTFLAGS", "--cfg shuttle");
    let mut command = host::test(command);
    Step::new("models: threads that come between each other", move |run| {
        host::counted(run, &mut command, &[])
    })
}
