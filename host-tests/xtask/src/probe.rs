//! Proof that no panic is reachable from zmtp-core: an image that drives all of it links only when none is.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::firmware::Size;
use crate::report::{Run, Step};
use crate::{bare, exec, locate};

/// A workspace of its own, with its own profiles.
pub(crate) const FOLDER: &str = "host-tests/panic-probe";
/// The symbol that the image's panic handler calls, and that exists nowhere.
const UNDEFINED: &str = "a_panic_is_reachable";
const NAME: &str = "panic-probe";
/// Small code and fast code.
pub(crate) const PROFILES: [&str; 2] = ["release", "fast"];

/// The proof for small code, for fast code and for code that checks its arithmetic, and the proof that it can fail.
pub(crate) fn steps() -> Vec<Step> {
    vec![
        Step::new("no panic: opt-level s", |run| prove(run, "release")),
        Step::new("no panic: opt-level 3", |run| prove(run, "fast")),
        Step::new("no panic: overflow checks on", |run| prove(run, "checked")),
        Step::new("no panic: a planted one is found", planted),
    ]
}

fn prove(run: &mut Run, profile: &'static str) -> anyhow::Result<String> {
    let (linked, output) = run.exec_any(&mut cargo(profile, "")?)?;
    if !linked {
        anyhow::ensure!(output.contains(UNDEFINED), "the probe does not build");
        anyhow::bail!("a panic is reachable from zmtp-core:\n{}", culprits(run, profile, "locate")?);
    }
    let symbols = named(run, &image(bare::FIRMWARE, profile))?;
    let unwanted = unwanted(&symbols);
    anyhow::ensure!(unwanted.is_empty(), "the image holds:\n    {}", unwanted.join("\n    "));
    anyhow::ensure!(
        symbols.contains("zmtp_core::"),
        "the image holds nothing of zmtp-core: the probe drives nothing"
    );
    let sizes = sizes(&symbols).into_iter().map(|(name, octets)| format!(", size_of {name} {octets}"));
    let sizes: String = sizes.collect();
    Ok(format!("{}{sizes}", Size::of(run, &image(bare::FIRMWARE, profile))?))
}

/// The symbols of the image that drives all of the core, built for `target` with these arguments.
pub(crate) fn symbols(
    run: &mut Run,
    target: &str,
    profile: &str,
    features: &[&str],
) -> anyhow::Result<String> {
    let mut command = bare::cargo("build", target)?;
    command.args(["--profile", profile]).args(features).current_dir(crate::root().join(FOLDER));
    run.exec(&mut command)?;
    named(run, &image(target, profile))
}

fn named(run: &mut Run, image: &Path) -> anyhow::Result<String> {
    run.exec(exec::program("nm").args(["--demangle", "--print-size"]).arg(image))
}

fn image(target: &str, profile: &str) -> PathBuf {
    crate::target("bare").join(target).join(profile).join(NAME)
}

/// What no image may hold, among the symbols that `nm --demangle` lists: panics, allocation, formatting.
pub(crate) fn unwanted(symbols: &str) -> Vec<String> {
    let mut unwanted = panics(symbols);
    let parts = ["__rust_alloc", "__rust_realloc", "__rg_alloc", "core::fmt"];
    let others = symbols.lines().filter(|line| parts.iter().any(|part| line.contains(part)));
    unwanted.extend(others.map(|line| line.trim().to_string()));
    unwanted
}

/// The functions of `core` that panic, among the symbols that `nm --demangle` lists.
///
/// In a library this finds what the probe may have forgotten to drive; what is generic or inlined is only in the probe.
pub(crate) fn panics(symbols: &str) -> Vec<String> {
    let core = symbols.lines().map(str::trim).filter(|line| line.contains("core::"));
    let core = core.filter(|line| !line.contains("zmtp_core::") && !line.contains("panic_probe::"));
    // slice_index_fail, unwrap_failed, len_mismatch_fail, panicking::panic_const_..., panic_already_borrowed, ...
    let panics = core.filter(|line| line.contains("panic") || line.contains("_fail"));
    panics.map(str::to_string).collect()
}

/// The sizes of types in octets, which the probe holds as statics of that size.
pub(crate) fn sizes(symbols: &str) -> Vec<(String, u64)> {
    let size = |line: &str| {
        let (before, name) = line.split_once("panic_probe::size_of::")?;
        let octets = u64::from_str_radix(before.split_whitespace().nth(1)?, 16).ok()?;
        Some((name.trim().trim_start_matches("curve::").to_string(), octets))
    };
    symbols.lines().filter_map(size).collect()
}

/// The probe drives an index out of bounds, on request: linking must fail, and for that reason.
fn planted(run: &mut Run) -> anyhow::Result<String> {
    let (linked, output) = run.exec_any(&mut cargo("release", "planted")?)?;
    anyhow::ensure!(!linked, "a panic was planted and the image links: the probe proves nothing");
    anyhow::ensure!(output.contains(UNDEFINED), "the build failed for another reason");
    let found = culprits(run, "release", "planted,locate")?;
    anyhow::ensure!(found.contains("planted.rs"), "the planted panic is not among those located:\n{found}");
    Ok(String::new())
}

/// The lines whose panics are left: the same image, with a handler that links and keeps their locations.
fn culprits(run: &mut Run, profile: &'static str, features: &str) -> anyhow::Result<String> {
    run.exec(&mut cargo(profile, features)?)?;
    let image = std::fs::read(image(bare::FIRMWARE, profile))?;
    let lines = locate::panics(&image).into_iter().map(|place| format!("    {place}"));
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

fn cargo(profile: &str, features: &str) -> anyhow::Result<Command> {
    let mut command = bare::cargo("build", bare::FIRMWARE)?;
    command.args(["--profile", profile, "--features", features]).current_dir(crate::root().join(FOLDER));
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panicking_functions_are_those_of_core() {
        let symbols = "         U core::panicking::panic_const::panic_const_add_overflow\n\
                       \x20        U core::slice::index::slice_index_fail\n\
                       00000000 t core::option::unwrap_failed\n\
                       00000000 T zmtp_core::panicking::no\n\
                       \x20        U <core::fmt::Formatter>::write_str\n         U memcmp\n";
        let found = panics(symbols);
        assert_eq!(found.len(), 3, "{found:?}");
    }

    #[test]
    fn sizes_are_those_of_the_statics() {
        let symbols = "000200e4 00000070 r panic_probe::size_of::Connection\n000200e4 00000004 t memcmp\n";
        assert_eq!(sizes(symbols), [("Connection".to_string(), 112)]);
    }
}
