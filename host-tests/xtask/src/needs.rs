//! What the steps need that a machine with only stable Rust and a C++ compiler may lack, and how it is installed.

use std::fmt;
use std::io::IsTerminal;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::report::Step;
use crate::{bare, exec};

/// Something a step cannot do without.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// `cargo fmt` and `cargo clippy` of the toolchain that runs us.
    RustComponents,
    /// The sources of the standard library, which ThreadSanitizer has to see built along.
    RustSource,
    /// For the vendored libzmq that interop tests talk to, and for libFuzzer.
    CompilerCpp,
    /// `nm` and `size`.
    Binutils,
    /// `kill`, with which tests interrupt what they started; the smallest images of Debian come without.
    Kill,
    /// A compiler for this bare-metal target.
    Bare(&'static str),
    /// Clippy of the compiler that builds the firmware.
    BareClippy,
    /// The emulator that the firmware's tests run in.
    Qemu,
    /// libzmq with CURVE, as a peer: the one that interop tests build has none.
    Pyzmq,
    /// For certificates of CZMQ.
    Czmq,
}

impl Need {
    /// Every need of every step.
    pub(crate) fn all() -> Vec<Self> {
        let mut all = vec![
            Self::RustComponents,
            Self::CompilerCpp,
            Self::Pyzmq,
            Self::Czmq,
            Self::Binutils,
            Self::Kill,
            Self::BareClippy,
            Self::Qemu,
        ];
        all.extend(bare::TARGETS.map(Self::Bare));
        all
    }

    fn met(self) -> bool {
        match self {
            Self::RustComponents => ["rustfmt", "clippy-driver"].iter().all(|program| {
                let probe = Command::new(program)
                    .arg("--version")
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .status();
                probe.is_ok_and(|status| status.success())
            }),
            Self::RustSource => bare::has_source("rustc"),
            Self::CompilerCpp => bare::in_path("c++") && bare::in_path("cc"),
            Self::Kill => bare::in_path("kill"),
            Self::Binutils => bare::in_path("nm") && bare::in_path("size"),
            Self::Bare(target) => bare::available(target),
            Self::BareClippy => bare::available(bare::FIRMWARE) && bare::clippy_available(bare::FIRMWARE),
            Self::Qemu => bare::in_path("qemu-system-arm"),
            Self::Pyzmq => python_says("import sys, zmq; sys.exit(not zmq.has('curve'))"),
            Self::Czmq => python_says("import ctypes; ctypes.CDLL('libczmq.so.4')"),
        }
    }

    /// The Debian packages that bring it; none for what rustup installs.
    fn packages(self) -> &'static [&'static str] {
        match self {
            Self::RustComponents | Self::RustSource => &[],
            Self::CompilerCpp => &["g++"],
            Self::Binutils => &["binutils"],
            Self::Kill => &["procps"],
            Self::Bare(_) => &["rustc-web", "cargo-web", "rust-web-src", "lld"],
            Self::BareClippy => &["rust-web-clippy"],
            Self::Qemu => &["qemu-system-arm"],
            Self::Pyzmq => &["python3-zmq"],
            Self::Czmq => &["libczmq4"],
        }
    }
}

/// Whether a program succeeds in one of the Pythons that the tests look for.
fn python_says(program: &str) -> bool {
    ["python3", "/usr/bin/python3"].iter().any(|python| {
        let mut probe = Command::new(python);
        probe.args(["-c", program]).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    })
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RustComponents => f.write_str("rustfmt and clippy"),
            Self::RustSource => f.write_str("the sources of Rust's standard library"),
            Self::CompilerCpp => f.write_str("a C++ compiler"),
            Self::Binutils => f.write_str("nm and size"),
            Self::Kill => f.write_str("kill"),
            Self::Bare(target) => write!(f, "a compiler for {target}"),
            Self::BareClippy => f.write_str("clippy for the firmware"),
            Self::Qemu => f.write_str("QEMU for Arm boards"),
            Self::Czmq => f.write_str("CZMQ"),
            Self::Pyzmq => f.write_str("Python with pyzmq, a libzmq that knows CURVE"),
        }
    }
}

const COMPONENTS: [&str; 6] = ["rustup", "component", "add", "rustfmt", "clippy", "rust-src"];

/// The steps that install what is missing of `needs`: none where all is there. An error, with the commands to run by hand,
/// where we may not or cannot.
pub(crate) fn setup(needs: &[Need], may_install: bool) -> anyhow::Result<Vec<Step>> {
    let missing: Vec<Need> = needs.iter().copied().filter(|need| !need.met()).collect();
    if missing.is_empty() {
        println!("All that is needed is installed.");
        return Ok(Vec::new());
    }
    println!("Missing here:");
    missing.iter().for_each(|need| println!("  {need}"));
    let mut packages: Vec<&str> = missing.iter().flat_map(|need| need.packages()).copied().collect();
    packages.sort_unstable();
    packages.dedup();
    let components = missing.contains(&Need::RustComponents) || missing.contains(&Need::RustSource);
    let by_hand = by_hand(&missing, &packages, components);
    anyhow::ensure!(may_install, "asked to install nothing. By hand:\n{by_hand}");
    let rustup = !components || bare::in_path("rustup");
    let apt = packages.is_empty() || bare::in_path("apt-get") && become_root().is_some();
    anyhow::ensure!(rustup && apt, "cannot install that from here. By hand:\n{by_hand}");

    let mut steps = Vec::new();
    if components {
        println!("Installing with rustup: {}", COMPONENTS[3..].join(" "));
        let mut command = exec::program(COMPONENTS[0]);
        command.args(&COMPONENTS[1..]);
        steps.push(Step::command("install Rust components", command));
    }
    if !packages.is_empty() {
        println!("Installing with apt-get: {}", packages.join(" "));
        steps.push(Step::new("install Debian packages", move |run| {
            // An old list of packages is no reason to stop: the installation itself will tell.
            run.exec_any(apt_get().args(["update", "--quiet"]))?;
            let (installed, _) = run.exec_any(
                apt_get().args(["install", "--quiet", "--yes", "--no-install-recommends"]).args(&packages),
            )?;
            anyhow::ensure!(installed, "apt-get could not install it all. By hand:\n{by_hand}");
            let packaged = missing.iter().filter(|need| !need.packages().is_empty());
            if let Some(need) = packaged.copied().find(|need| !need.met()) {
                let why = if bare::system_is_new_enough() {
                    ""
                } else {
                    " (the packaged Rust is older than we need)"
                };
                anyhow::bail!("{need} is still missing{why}. By hand:\n{by_hand}");
            }
            Ok(packages.join(" "))
        }));
    }
    Ok(steps)
}

/// Commands for people: one line each.
fn by_hand(missing: &[Need], packages: &[&str], components: bool) -> String {
    let mut lines = Vec::new();
    if components {
        lines.push(format!("    {}", COMPONENTS.join(" ")));
    }
    if !packages.is_empty() {
        lines.push(format!("    sudo apt-get update && sudo apt-get install {}", packages.join(" ")));
    }
    let targets: Vec<_> = missing
        .iter()
        .filter_map(|need| if let Need::Bare(target) = need { Some(*target) } else { None })
        .collect();
    if !targets.is_empty() {
        lines.push(format!(
            "  or, in place of the packaged Rust:\n    rustup target add {}",
            targets.join(" ")
        ));
    }
    lines.join("\n")
}

/// What to put before a command that needs root: nothing, or sudo where that can ask or need not. `None`: neither.
fn become_root() -> Option<&'static [&'static str]> {
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    if root {
        return Some(&[]);
    }
    let silent = ["--non-interactive", "true"];
    let asks_nothing =
        Command::new("sudo").args(silent).stderr(Stdio::null()).status().is_ok_and(|s| s.success());
    if asks_nothing {
        return Some(&["sudo", "--non-interactive"]);
    }
    // Asked once, here, where the question can be seen; sudo remembers the answer for the steps.
    let can_ask = std::io::stdin().is_terminal() && Path::new("/usr/bin/sudo").exists();
    let asked =
        can_ask && Command::new("sudo").arg("--validate").status().is_ok_and(|status| status.success());
    asked.then_some(&["sudo", "--non-interactive"])
}

fn apt_get() -> Command {
    let prefix = become_root().unwrap_or_default();
    let words: Vec<&str> =
        prefix.iter().copied().chain(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]).collect();
    let mut command = exec::program(words[0]);
    // Another installation may be under way.
    command.args(&words[1..]).args(["-o", "DPkg::Lock::Timeout=300"]);
    command
}
