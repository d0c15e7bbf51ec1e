//! The tests once more, where mistakes show that a debug build hides: optimised with every check on, and under AddressSanitizer.
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

/// The two steps.
pub(crate) fn steps() -> Vec<Step> {
    vec![
        Step::new("tests: optimised, overflow checks on", |run| {
            let mut command = exec::cargo(&["test", "--profile", "checked"]);
            command.args(CRATES);
            host::counted(run, &mut host::test(command), &[])
        }),
        Step::new("tests: AddressSanitizer", |run| {
            host::counted(run, &mut host::test(address_sanitizer()?), &[])
        }),
    ]
}

/// On a stable toolchain, with the permission that RUSTC_BOOTSTRAP gives; as for the fuzz targets.
fn address_sanitizer() -> anyhow::Result<Command> {
    let mut command = exec::cargo(&["test"]);
    // With a target named, build scripts and macros are built without the sanitizer.
    command.args(["--target", &fuzz::host()?, "--target-dir"]).arg(crate::target("asan")).args(CRATES);
    command
        .env("RUSTFLAGS", "-Zsanitizer=address")
        .env("RUSTC_BOOTSTRAP", "1")
        .env("ASAN_OPTIONS", ASAN_OPTIONS);
    Ok(command)
}
