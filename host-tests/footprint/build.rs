//! Hands the linker the memory map and cortex-m-rt's script, for the images that are run.

use std::{env, fs, io, path::PathBuf};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=memory.x");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::copy("memory.x", out.join("memory.x"))?;
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rustc-link-arg-bin=measure=-Tlink.x");
    if env::var_os("CARGO_FEATURE_CURVE").is_some() {
        println!("cargo:rustc-link-arg-bin=curve=-Tlink.x");
    }
    Ok(())
}
