//! Builds the decoders of libzmq from its sources, and what drives them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The decoders and what they need, out of a hundred files.
const FILES: [&str; 6] = ["v1_decoder", "v2_decoder", "decoder_allocators", "msg", "metadata", "err"];

fn main() {
    println!("cargo:rerun-if-changed=src/decoders.cpp");
    let sources = sources();
    let out = PathBuf::from(variable("OUT_DIR"));
    // libzmq's own builds generate it; the defines below take its place.
    std::fs::write(out.join("platform.hpp"), "").expect("OUT_DIR can be written to");
    let mut build = cc::Build::new();
    build.cpp(true).warnings(false).file("src/decoders.cpp");
    build.files(FILES.map(|name| sources.join(name).with_extension("cpp")));
    build.include(&sources).include(sources.with_file_name("include")).include(out);
    for define in
        ["ZMQ_USE_CV_IMPL_STL11", "ZMQ_IOTHREAD_POLLER_USE_EPOLL", "ZMQ_POLL_BASED_ON_POLL", "HAVE_STRNLEN"]
    {
        build.define(define, "1");
    }
    build.compile("decoders");
}

/// Where cargo keeps the sources of libzmq: those in the package `zeromq-src`.
fn sources() -> PathBuf {
    let mut metadata = Command::new(variable("CARGO"));
    metadata.args(["metadata", "--format-version=1", "--filter-platform", &variable("TARGET")]);
    let output = metadata.output().expect("cargo metadata runs");
    let text = String::from_utf8(output.stdout).expect("JSON is text");
    let manifests = text.split("\"manifest_path\":\"").filter_map(|rest| rest.split('"').next());
    let package = manifests.filter_map(|manifest| Path::new(manifest).parent()).find(|folder| {
        folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("zeromq-src-"))
    });
    package.expect("zeromq-src is a dependency").join("vendor/src")
}

fn variable(name: &str) -> String {
    std::env::var(name).expect("cargo sets it")
}
