//! What tests run as processes of their own: it is built first, in the way that the program that asks was.

use std::env;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, Result, ensure};

type Built = OnceLock<Result<PathBuf, String>>;

/// The folder of the programs of the Guide.
///
/// # Errors
/// If they cannot be built.
pub fn guide() -> Result<&'static PathBuf> {
    static GUIDE: Built = OnceLock::new();
    // With the members that `cargo test` builds together, so that nothing is built twice.
    once(&GUIDE, || {
        build(&["--examples"])?;
        // The one that needs a feature.
        Ok(build(&["--example", "durapub2", "--features", "zmtp-std/swap"])?.join("examples"))
    })
}

/// The program `zmtp`, with the driver of this one.
///
/// # Errors
/// If it cannot be built.
pub fn zmtp() -> Result<&'static PathBuf> {
    static ZMTP: Built = OnceLock::new();
    let arguments: &[&str] = if cfg!(feature = "tokio") {
        &["--bin", "zmtp"]
    } else {
        &["--bin", "zmtp", "--package", "zmtp", "--no-default-features"]
    };
    once(&ZMTP, || Ok(build(arguments)?.join("zmtp").with_extension(env::consts::EXE_EXTENSION)))
}

fn once(built: &'static Built, build: impl FnOnce() -> Result<PathBuf>) -> Result<&'static PathBuf> {
    let built = built.get_or_init(|| build().map_err(|error| format!("{error:#}")));
    built.as_ref().map_err(|error| anyhow::anyhow!("{error}"))
}

/// Builds; returns the folder of this program without that of tests, where programs are put.
fn build(arguments: &[&str]) -> Result<PathBuf> {
    let this = env::current_exe()?;
    let mut folders = this.ancestors().skip(1).filter(|folder| !folder.ends_with("deps"));
    let folder = folders.next().context("the folder of this program")?;
    let profile = folder.file_name().and_then(|name| name.to_str()).context("a profile")?;
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args(["build", "--quiet"])
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    command.args(["--profile", if profile == "debug" { "dev" } else { profile }]);
    for (key, _) in env::vars_os() {
        // What cargo says of this crate is not to be taken for what concerns the others.
        if key.to_string_lossy().starts_with("CARGO_") && key != "CARGO_HOME" && key != "CARGO_TARGET_DIR" {
            command.env_remove(key);
        }
    }
    ensure!(command.status().context("cargo")?.success(), "the programs cannot be built");
    Ok(folder.into())
}
