//! What any host can do: formatting, clippy, rustdoc, tests.

use std::process::Command;

use crate::report::{Run, Step};
use crate::{bare, drivers, exec, firmware, footprint, fuzz, probe, tally};

/// The crates with features, and the sets of them that must each be free of warnings, besides all defaults. Log sinks are features
/// that other crates of a build may turn on, so both at once must work.
const FEATURE_SETS: [(&str, &[&str]); 3] = [
    ("zmtp-std", &["", "swap", "tokio,swap,metrics,postcard,futures"]),
    ("zmtp-core", &["", "old-versions", "log", "defmt", "log,defmt", "curve", "conflate"]),
    (
        "zmtp-smoltcp",
        &[
            "",
            "log",
            "defmt",
            "log,defmt",
            "curve",
            "conflate",
            "embedded-io",
            "embedded-io-async",
            "postcard",
        ],
    ),
];

/// The folders of all workspaces: the root's, and those that are bare metal or built with a sanitizer.
const WORKSPACES: [&str; 5] = [".", firmware::FOLDER, fuzz::FOLDER, probe::FOLDER, footprint::FOLDER];

/// Formatting, clippy and rustdoc, with warnings denied.
pub(crate) fn check() -> Vec<Step> {
    let mut docs = exec::cargo(&["doc", "--workspace", "--no-deps"]);
    docs.env("RUSTDOCFLAGS", "-Dwarnings");
    vec![
        Step::new("format", format),
        Step::command("clippy: workspace", strict(exec::cargo(&["clippy", "--workspace", "--all-targets"]))),
        Step::new("clippy: feature sets", feature_sets),
        Step::new("clippy: firmware and probe", bare_clippy),
        Step::new("clippy: fuzz targets", |run| {
            run.exec(&mut strict(fuzz::cargo("clippy")?))?;
            Ok(String::new())
        }),
        Step::command("rustdoc", docs),
        drivers::dependencies(),
    ]
}

fn format(run: &mut Run) -> anyhow::Result<String> {
    for folder in WORKSPACES {
        let mut command = exec::cargo(&["fmt", "--all", "--check", "--", "--color=never"]);
        run.exec(command.current_dir(crate::root().join(folder)))?;
    }
    Ok(format!("{} workspaces", WORKSPACES.len()))
}

fn feature_sets(run: &mut Run) -> anyhow::Result<String> {
    let mut sets = 0;
    for (package, features) in FEATURE_SETS {
        for set in features {
            let words = ["clippy", "--package", package, "--no-default-features", "--features", set];
            run.exec(&mut strict(exec::cargo(&words)))?;
            sets += 1;
        }
    }
    Ok(format!("{sets} sets"))
}

fn bare_clippy(run: &mut Run) -> anyhow::Result<String> {
    for (folder, features) in [(firmware::FOLDER, ""), (probe::FOLDER, ""), (footprint::FOLDER, "curve")] {
        let mut command = bare::cargo("clippy", bare::FIRMWARE)?;
        command
            .args(["--workspace", "--release", "--features", features])
            .current_dir(crate::root().join(folder));
        run.exec(&mut strict(command))?;
    }
    Ok(String::new())
}

/// Unit, integration and doc tests.
pub(crate) fn unit() -> Vec<Step> {
    let mut workspace = test(exec::cargo(&["test", "--workspace"]));
    workspace.env_remove(firmware::IMAGE);
    // Of the firmware, what needs no board.
    let mut boards = exec::cargo(&["test", "--workspace", "--lib", "--manifest-path"]);
    boards.arg(crate::root().join(firmware::FOLDER).join("Cargo.toml"));
    boards.arg("--target-dir").arg(crate::target("boards"));
    let mut boards = test(boards);
    vec![
        // The firmware's tests skip themselves here: they have a step of their own.
        Step::new("tests: workspace", move |run| {
            counted(run, &mut workspace, &[firmware::IMAGE, "firmware", "qemu"])
        }),
        Step::new("tests: firmware's parts on the host", move |run| counted(run, &mut boards, &[])),
    ]
}

/// The soaks that judge by memory alone.
pub(crate) fn soak() -> Step {
    Step::new("soak: memory of idle peers, and after many", |run| {
        let mut command =
            exec::cargo(&["run", "--release", "-p", "host-tests", "--bin", "soak", "--", "idle", "churn"]);
        let output = run.exec(&mut command)?;
        Ok(output.lines().find(|line| line.contains("octets a peer")).unwrap_or_default().trim().to_string())
    })
}

/// Has all tests run, and what passing ones printed shown: skips are found there.
pub(crate) fn test(mut command: Command) -> Command {
    command.args(["--no-fail-fast", "--", "--show-output"]);
    command
}

/// Runs a [`test()`] command and adds its tests to the tally. `later`: any of these words makes a
/// skip expected.
pub(crate) fn counted(run: &mut Run, command: &mut Command, later: &[&str]) -> anyhow::Result<String> {
    let (success, output) = run.exec_any(command)?;
    let note = run.tally.add(&output, later);
    anyhow::ensure!(success, "`{}` failed\n{}", exec::shown(command), tally::failures(&output));
    note
}

fn strict(mut clippy: Command) -> Command {
    clippy.args(["--", "--deny", "warnings"]);
    clippy
}
