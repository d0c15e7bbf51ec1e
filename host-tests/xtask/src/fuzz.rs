//! Short runs of every fuzz target, on a stable toolchain.
//!
//! The build is the one that cargo-fuzz makes (`cargo fuzz run TARGET` in zmtp-core works as well, given nightly), with the
//! same instrumentation and AddressSanitizer; only the permission to use it is given by RUSTC_BOOTSTRAP.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::Context;

use crate::exec;
use crate::report::{Run, Step};
use crate::tally::Fuzzed;

/// A workspace of its own.
pub(crate) const FOLDER: &str = "zmtp-core/fuzz";

/// What cargo-fuzz gives rustc: coverage counters and compare tracing for libFuzzer, and AddressSanitizer. The checks that
/// a debug build has are in the profile.
const FLAGS: [&str; 8] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg=fuzzing",
    "-Zsanitizer=address",
    "-Ccodegen-units=1",
];

/// Who is built like that. Cryptography is not: it is not what is looked at here, has no branches to cover, and would
/// take nine tenths of the time of a handshake.
const INSTRUMENTED: [&str; 3] = ["zmtp-core", "zmtp-core-fuzz", "libfuzzer-sys"];

/// Longer inputs say nothing new about machines whose limits are a few hundred octets, and take longer.
const LONGEST_INPUT: u32 = 256;

/// With a number of executions, so many of them at once: what was found is sorted anew in between, and none of them takes
/// so long that it is thought to hang.
const ROUND: u64 = 250_000;

/// How long a target runs.
#[derive(Clone, Copy)]
pub(crate) enum Amount {
    Seconds(u64),
    Executions(u64),
}

/// Builds all targets, then runs each (or those named in `only`) for so long.
pub(crate) fn steps(amount: Amount, only: &[String]) -> anyhow::Result<Vec<Step>> {
    let manifest = crate::root().join(FOLDER).join("Cargo.toml");
    let text = std::fs::read_to_string(&manifest).with_context(|| format!("{}", manifest.display()))?;
    let all = targets(&text);
    if let Some(unknown) = only.iter().find(|name| !all.contains(name)) {
        anyhow::bail!("no fuzz target is called {unknown}; there are: {}", all.join(" "));
    }
    anyhow::ensure!(!all.is_empty(), "{FOLDER}/Cargo.toml names no fuzz target");
    let mut steps = vec![Step::new("fuzz: build", |run| {
        run.exec(cargo("build")?.arg("--bins"))?;
        Ok(String::new())
    })];
    let chosen = all.into_iter().filter(|name| only.is_empty() || only.contains(name));
    steps.extend(chosen.map(|name| Step::new(format!("fuzz: {name}"), move |run| fuzz(run, &name, amount))));
    Ok(steps)
}

/// `cargo WORD` for the fuzz targets, instrumented. The same for clippy, so that libFuzzer is compiled only once.
pub(crate) fn cargo(word: &str) -> anyhow::Result<Command> {
    let host = host()?;
    let mut command = exec::cargo(&[word, "--manifest-path"]);
    command.arg(crate::root().join(FOLDER).join("Cargo.toml"));
    // With a target named, build scripts and macros are built without the sanitizer.
    command.args(["--target", &host, "--target-dir"]).arg(crate::target("fuzz"));
    command.args(["--release", "-Zprofile-rustflags"]).env("RUSTC_BOOTSTRAP", "1");
    for package in INSTRUMENTED {
        command.arg("--config").arg(format!("profile.release.package.{package}.rustflags={FLAGS:?}"));
    }
    Ok(command)
}

fn fuzz(run: &mut Run, name: &str, amount: Amount) -> anyhow::Result<String> {
    let since = Instant::now();
    let mut done = Fuzzed { executions: 0, coverage: 0 };
    loop {
        let bound = match amount {
            Amount::Seconds(seconds) => format!("-max_total_time={seconds}"),
            Amount::Executions(all) => format!("-runs={}", all.saturating_sub(done.executions).min(ROUND)),
        };
        let Fuzzed { executions, coverage } = round(run, name, &bound)?;
        anyhow::ensure!(executions > 0, "{name} executed nothing");
        done = Fuzzed { executions: done.executions + executions, coverage };
        match amount {
            Amount::Executions(all) if done.executions < all => {}
            _ => break,
        }
    }
    let speed = done.executions as f64 / since.elapsed().as_secs_f64();
    Ok(format!("{:>9} executions, {speed:>6.0}/s, coverage {}", done.executions, done.coverage))
}

/// One run of a target, which ends at `bound`, an argument of libFuzzer.
fn round(run: &mut Run, name: &str, bound: &str) -> anyhow::Result<Fuzzed> {
    let target = crate::target("fuzz");
    // Found inputs go to the first folder; the second, in the repository, only seeds. Crashes are kept for good.
    let found = target.join("corpus").join(name);
    let seeds = crate::root().join(FOLDER).join("corpus").join(name);
    let artifacts = crate::root().join(FOLDER).join("artifacts").join(name);
    std::fs::create_dir_all(&found)?;
    std::fs::create_dir_all(&artifacts)?;
    let mut command = exec::program(binary(name)?);
    command.arg(bound).arg(format!("-max_len={LONGEST_INPUT}"));
    command.args(["-print_final_stats=1", "-timeout=10"]);
    command.arg(format!("-artifact_prefix={}/", artifacts.display())).arg(&found);
    if seeds.is_dir() {
        command.arg(&seeds);
    }
    let (success, output) = run.exec_any(&mut command)?;
    let hint = format!("to repeat it, in zmtp-core: cargo fuzz run {name} fuzz/artifacts/{name}/FILE");
    anyhow::ensure!(success, "{name} found something; {hint}");
    Fuzzed::read(&output).with_context(|| format!("{name} printed no statistics"))
}

fn binary(name: &str) -> anyhow::Result<PathBuf> {
    Ok(crate::target("fuzz").join(host()?).join("release").join(name))
}

/// This machine's own target, as rustc calls it.
pub(crate) fn host() -> anyhow::Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("rustc")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host =
        text.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc -vV names no host")?;
    Ok(host.to_string())
}

/// The names of the `[[bin]]` tables of a manifest.
fn targets(manifest: &str) -> Vec<String> {
    let tables = manifest.split("[[bin]]").skip(1);
    let name = |table: &str| table.lines().find_map(|line| value(line, "name"));
    tables.filter_map(name).collect()
}

fn value(line: &str, key: &str) -> Option<String> {
    let (found, value) = line.split_once('=')?;
    (found.trim() == key).then(|| value.trim().trim_matches('"').to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_the_binaries_of_the_manifest() {
        let manifest = "[package]\nname = \"fuzz\"\n[[bin]]\nname = \"receive\"\npath = \"r.rs\"\n\n[[bin]]\n\
                        path = \"d.rs\"\nname = \"duplex\"\ntest = false\n[profile.release]\nname = \"no\"\n";
        assert_eq!(targets(manifest), ["receive", "duplex"]);
    }
}
