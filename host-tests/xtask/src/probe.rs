//! Proof that no panic is reachable from zmtp-core: an image that drives all of it links only when none is.

use std::process::Command;

use crate::firmware::Size;
use crate::report::{Run, Step};
use crate::{bare, locate};

/// A workspace of its own, with its own profiles.
pub(crate) const FOLDER: &str = "host-tests/panic-probe";
/// The symbol that the image's panic handler calls, and that exists nowhere.
const UNDEFINED: &str = "a_panic_is_reachable";
const NAME: &str = "panic-probe";

/// The proof for small code and for fast code, and the proof that it can fail.
pub(crate) fn steps() -> Vec<Step> {
    vec![
        Step::new("no panic: opt-level s", |run| prove(run, "release")),
        Step::new("no panic: opt-level 3", |run| prove(run, "fast")),
        Step::new("no panic: a planted one is found", planted),
    ]
}

fn prove(run: &mut Run, profile: &'static str) -> anyhow::Result<String> {
    let (linked, output) = run.exec_any(&mut cargo(profile, "")?)?;
    if !linked {
        anyhow::ensure!(output.contains(UNDEFINED), "the probe does not build");
        anyhow::bail!("a panic is reachable from zmtp-core:\n{}", culprits(run, profile, "locate")?);
    }
    let image = crate::target("bare").join(bare::FIRMWARE).join(profile).join(NAME);
    let symbols = run.exec(Command::new("nm").arg("--demangle").arg(&image))?;
    let named = |part: &str| symbols.lines().filter(|line| line.contains(part)).count();
    for part in ["core::panicking", "__rust_alloc", "__rust_realloc", "__rg_alloc"] {
        anyhow::ensure!(named(part) == 0, "the image holds {part}");
    }
    anyhow::ensure!(
        named("zmtp_core::") > 0,
        "the image holds nothing of zmtp-core: the probe drives nothing"
    );
    Ok(format!("{}, formatting symbols {}", Size::of(run, &image)?, named("core::fmt")))
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
    let image = std::fs::read(crate::target("bare").join(bare::FIRMWARE).join(profile).join(NAME))?;
    let lines = locate::panics(&image).into_iter().map(|place| format!("    {place}"));
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

fn cargo(profile: &str, features: &str) -> anyhow::Result<Command> {
    let mut command = bare::cargo("build", bare::FIRMWARE)?;
    command.args(["--profile", profile, "--features", features]).current_dir(crate::root().join(FOLDER));
    Ok(command)
}
