//! Which compiler builds for microcontrollers.
//!
//! 1. The toolchain that runs us, where it has the target's standard library (`rustup target add TARGET`).
//! 2. Otherwise the distribution's own compiler, which carries the source of `core`: it is built along with the image.
//!    That route needs no access to Rust's own servers.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::report::Step;
use crate::{exec, probe};

/// What zmtp-core must build for: Cortex-M0, M3, M4, M33 and a small RISC-V without atomics.
pub(crate) const TARGETS: [&str; 5] = [
    "thumbv6m-none-eabi",
    FIRMWARE,
    "thumbv7em-none-eabi",
    "thumbv8m.main-none-eabi",
    "riscv32imc-unknown-none-elf",
];
/// What the firmware image and the link probe are built for: Cortex-M3.
pub(crate) const FIRMWARE: &str = "thumbv7m-none-eabi";

/// Where distributions install theirs.
const SYSTEM_CARGO: &str = "/usr/bin/cargo";
const SYSTEM_RUSTC: &str = "/usr/bin/rustc";
const SYSTEM_CLIPPY: &str = "/usr/bin/cargo-clippy";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Route {
    /// Our own toolchain has the target.
    Rustup,
    /// The distribution's compiler, `core` from source.
    System,
}

/// Whether anything here builds for `target`.
pub(crate) fn available(target: &str) -> bool {
    route(target).is_some()
}

/// Whether clippy can look at code for `target`.
pub(crate) fn clippy_available(target: &str) -> bool {
    match route(target) {
        Some(Route::System) => Path::new(SYSTEM_CLIPPY).exists(),
        _ => true,
    }
}

/// `cargo WORD` for `target`, by the route that this machine has.
pub(crate) fn cargo(word: &str, target: &str) -> anyhow::Result<Command> {
    let route = route(target);
    let route =
        route.ok_or_else(|| anyhow::anyhow!("nothing here builds for {target}: `cargo xtask setup`"))?;
    let mut command = match route {
        Route::Rustup => exec::cargo(&[]),
        // Through /usr/bin/cargo, `cargo clippy` would find rustup's.
        Route::System if word == "clippy" => exec::program(SYSTEM_CLIPPY),
        Route::System => exec::program(SYSTEM_CARGO),
    };
    command.args([word, "--target", target]).arg("--target-dir").arg(crate::target("bare"));
    if route == Route::System {
        command.arg("-Zbuild-std=core");
        command.env("CARGO", SYSTEM_CARGO).env("RUSTC", SYSTEM_RUSTC).env("RUSTC_BOOTSTRAP", "1");
        command
            .env(format!("CARGO_TARGET_{}_LINKER", target.replace(['-', '.'], "_").to_uppercase()), "ld.lld");
    }
    Ok(command)
}

/// zmtp-core in release, for each of [`TARGETS`], with no function that refers to a panic.
pub(crate) fn steps() -> Vec<Step> {
    let step = |target: &'static str| {
        Step::new(format!("core for {}", short(target)), move |run| {
            let mut command = cargo("build", target)?;
            run.exec(command.args(["--release", "--package", "zmtp-core"]))?;
            let library = crate::target("bare").join(target).join("release/libzmtp_core.rlib");
            let symbols = run.exec(exec::program("nm").arg("--demangle").arg(library))?;
            let panics = probe::panics(&symbols);
            anyhow::ensure!(
                panics.is_empty(),
                "functions of zmtp-core refer to:\n    {}",
                panics.join("\n    ")
            );
            Ok(format!("{target}, {}", described(target)))
        })
    };
    TARGETS.map(step).into()
}

fn short(target: &str) -> &str {
    target.split('-').next().unwrap_or(target)
}

fn described(target: &str) -> &'static str {
    match route(target) {
        Some(Route::Rustup) => "by this toolchain",
        Some(Route::System) => "by the system's compiler, core from source",
        None => "not at all",
    }
}

fn route(target: &str) -> Option<Route> {
    let ours = sysroot(&std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into()));
    if ours.is_some_and(|root| root.join("lib/rustlib").join(target).join("lib").is_dir()) {
        return Some(Route::Rustup);
    }
    let complete = has_source(SYSTEM_RUSTC)
        && Path::new(SYSTEM_CARGO).exists()
        && in_path("ld.lld")
        && system_is_new_enough();
    complete.then_some(Route::System)
}

/// Whether this compiler comes with the sources of its libraries.
pub(crate) fn has_source(rustc: &str) -> bool {
    sysroot(rustc).is_some_and(|root| root.join("lib/rustlib/src/rust/library/core/src/lib.rs").exists())
}

/// Whether a program of this name can be started.
pub(crate) fn in_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Whether the distribution's compiler knows our edition and the language we write in. True when there is none.
pub(crate) fn system_is_new_enough() -> bool {
    let Some(text) = printed(SYSTEM_RUSTC, &["--version"]) else { return true };
    let version = |text: &str| {
        let mut numbers = text.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
        (numbers.next(), numbers.next())
    };
    let found = text.split_whitespace().nth(1).unwrap_or_default();
    version(found) >= version(env!("CARGO_PKG_RUST_VERSION"))
}

fn sysroot(rustc: &str) -> Option<PathBuf> {
    Some(PathBuf::from(printed(rustc, &["--print", "sysroot"])?.trim()))
}

fn printed(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
