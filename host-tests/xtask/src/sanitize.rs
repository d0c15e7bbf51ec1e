//! The tests once more, where mistakes show that a debug build hides: optimised with every check on, under AddressSanitizer, and, of
//! the crate that has threads, under ThreadSanitizer.
//!
//! Of the crates that users build. Tests against libzmq are left out: they take longest, and their other half is not ours.

use std::process::Command;

use crate::report::Step;
use crate::{exec, fuzz, host};

/// The crates, with all features that change what they do.
const CRATES: [&str; 8] = [
    "--package=zmtp-core",
    "--package=zmtp-std",
    "--package=zmtp-smoltcp",
    "--features=zmtp-core/curve",
    "--lib",
    "--bins",
    "--tests",
    "--quiet",
];

/// Freed memory is kept for a while, to find those who still use it; not so long that tests which measure memory notice. Leaks
/// are not looked for: storage that is lent for ever is leaked on purpose in tests.
const ASAN_OPTIONS: &str = "quarantine_size_mb=8:detect_leaks=0:detect_stack_use_after_return=1";

/// The first finding of a test ends it.
const TSAN_OPTIONS: &str = "halt_on_error=1";

/// What CI runs of it.
pub(crate) fn steps() -> Vec<Step> {
    vec![
        Step::new("tests: optimised, overflow checks on", |run| {
            let mut command = exec::cargo(&["test", "--profile", "checked"]);
            // Fast enough for floods of a hundred thousand connections.
            command.args(CRATES).env("ZMTP_ATTACKS", "full");
            host::counted(run, &mut host::test(command), &[])
        }),
        Step::new("tests: AddressSanitizer", |run| {
            let mut command = sanitized("address", "asan")?;
            command.args(CRATES).env("ASAN_OPTIONS", ASAN_OPTIONS);
            host::counted(run, &mut host::test(command), &[])
        }),
    ]
}

/// The tests of the crate that has threads. It needs the sources of the standard library, which not every machine can get.
pub(crate) fn threads() -> Step {
    Step::new("tests: ThreadSanitizer", |run| {
        let mut command = sanitized("thread", "tsan")?;
        // It sees only what it is built into, so the standard library is built along.
        command.args(["-Zbuild-std", "--package=zmtp-std", "--lib", "--tests", "--quiet"]);
        command.env("TSAN_OPTIONS", TSAN_OPTIONS).env("ZMTP_ATTACKS", "unmeasured");
        host::counted(run, &mut host::test(command), &["ThreadSanitizer"])
    })
}

/// `cargo test` on a stable toolchain, with the permission that RUSTC_BOOTSTRAP gives; as for the fuzz targets.
fn sanitized(sanitizer: &str, folder: &str) -> anyhow::Result<Command> {
    let mut command = exec::cargo(&["test"]);
    // With a target named, build scripts and macros are built without the sanitizer.
    command.args(["--target", &fuzz::host()?, "--target-dir"]).arg(crate::target(folder));
    command.env("RUSTFLAGS", format!("-Zsanitizer={sanitizer}")).env("RUSTC_BOOTSTRAP", "1");
    // Built seldom, and then for all that changed.
    command.env("CARGO_INCREMENTAL", "0");
    Ok(command)
}
