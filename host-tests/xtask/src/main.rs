//! `cargo xtask`: the project's chores. `cargo xtask test` is everything that CI runs, on a laptop just as there.
//!
//! | file | what |
//! |---|---|
//! | `report.rs` | runs a plan step by step: a line each, captured output on failure, the table at the end |
//! | `exec.rs` | child processes: captured, with progress, and an end to those that hang |
//! | `tally.rs` | reads what cargo test and libFuzzer print |
//! | `needs.rs` | what the machine lacks, and how it is installed |
//! | `bare.rs` | which compiler builds for microcontrollers |
//! | `host.rs` `probe.rs` `firmware.rs` `fuzz.rs` | the steps themselves |
//! | `drivers.rs` | zmtp-std without tokio: the tests once more, and what it depends on |
//! | `sanitize.rs` | the tests once more, with more checks |
//! | `interleave.rs` | models of threads that come between each other |
//! | `footprint.rs` | what the core takes of a microcontroller |
//! | `perf.rs` | measurements against libzmq |
//! | `conformance.rs` | which requirement is held by which test |
//! | `book.rs` | whether the user guide refers to what is there |
//! | `options.rs` | which option of libzmq is which of ours |
//! | `unsafe_files.rs` | that unsafe code is where the name of a file says so |
//! | `locate.rs` | names the lines of source whose panics an image still holds |

mod bare;
mod book;
mod conformance;
mod drivers;
mod exec;
mod firmware;
mod footprint;
mod fuzz;
mod host;
mod interleave;
mod locate;
mod needs;
mod options;
mod perf;
mod probe;
mod report;
mod sanitize;
mod tally;
mod unsafe_files;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use fuzz::Amount;
use needs::Need;
use report::Step;

/// Everything this project checks about itself. Start with `cargo xtask test`.
///
/// Each part is also a command of its own, so that one may be repeated while working on it. Output is captured and
/// shown when a step fails; the whole of it stays in target/xtask/NAME.log.
///
/// What a machine lacks is installed first, and said: Debian packages through apt-get (with sudo when not root), parts of
/// the toolchain through rustup. Where that is not possible the exact command to run is printed instead. Plain
/// `cargo test` needs none of it.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Chore,
    #[command(flatten)]
    options: Options,
}

#[derive(Args)]
struct Options {
    /// Install nothing: name what is missing, and the command that would install it, and stop
    #[arg(long, global = true)]
    no_install: bool,
    /// Stop at the first step that fails, instead of running all and failing at the end
    #[arg(long, global = true)]
    fail_fast: bool,
}

#[derive(Subcommand)]
enum Chore {
    /// Everything below, in order: what CI runs. The exit code is 0 only when every step is ok
    Test {
        /// How long each fuzz target runs
        #[arg(long, value_name = "N", default_value_t = 10)]
        fuzz_seconds: u64,
    },
    /// Formatting, clippy and rustdoc, warnings denied, in every workspace and feature set
    Check,
    /// Unit, integration and doc tests of the host workspace; `cargo test` with its skips looked at
    Unit,
    /// The tests of the crates once more: optimised with overflow checks, under AddressSanitizer, and under
    /// ThreadSanitizer. Needs no nightly
    Sanitize {
        /// Only under ThreadSanitizer: zmtp-std, which has threads; about five minutes
        #[arg(long)]
        thread: bool,
    },
    /// Models of the sockets' threads, run by shuttle: no wake-up lost, no message lost or doubled, no deadlock
    Interleave,
    /// zmtp-core built for thumbv6m, thumbv7m, thumbv7em, thumbv8m and riscv32imc
    Bare,
    /// Proof by linking that no panic and no allocation is reachable from zmtp-core, and that the proof can fail
    Probe,
    /// Flash, memory, instructions and stack of the core on a Cortex-M3, beside their goals and what was kept
    Footprint {
        /// Keep these figures: later ones may be one hundredth above them
        #[arg(long)]
        keep: bool,
    },
    /// Build the firmware images and run their tests under QEMU
    Firmware {
        /// Only build the images, and print text, data and bss of each
        #[arg(long)]
        size: bool,
    },
    /// Run every fuzz target for a while; prints executions and coverage. Needs no nightly toolchain
    Fuzz {
        /// How long each target runs
        #[arg(long, value_name = "N", default_value_t = 60)]
        seconds: u64,
        /// How many inputs each target executes, however long that takes
        #[arg(long, value_name = "N", conflicts_with = "seconds")]
        runs: Option<u64>,
        /// Only these targets
        #[arg(value_name = "TARGET")]
        targets: Vec<String>,
    },
    /// Which requirement of the specifications is held by which test: counts, what is missing, docs/conformance.md
    Conformance,
    /// Which option of libzmq is which of ours: docs/options.md
    Options,
    /// Every legal pair of socket types, ours and libzmq's, over every transport, with every mechanism: a table
    Interop {
        /// `program`: the commands of zmtp instead of sockets
        #[arg(value_name = "WHOSE", value_parser = ["program"])]
        whose: Option<String>,
    },
    /// The programs of the ZeroMQ Guide with their partners, ours and libzmq's, at full size: a line each
    Guide {
        /// Only those in whose name any of these is
        #[arg(value_name = "PLAY")]
        only: Vec<String>,
    },
    /// What only shows after a while or with many peers: memory of idle peers and after thousands that came and went, and who
    /// is hurt by silent and by slow ones; about a minute
    Soak {
        /// Only these: idle churn silent slow
        #[arg(value_name = "SOAK")]
        only: Vec<String>,
    },
    /// Throughput and latency beside libzmq's, with both at either end; about two minutes on a quiet machine
    Perf,
    /// Only install what the other commands need
    Setup,
}

impl Chore {
    fn plan(&self) -> anyhow::Result<(Vec<Need>, Vec<Step>)> {
        use Need::{BareClippy, Binutils, CompilerCpp, RustComponents, RustSource};
        let bare = || [vec![Binutils], bare::TARGETS.map(Need::Bare).to_vec()].concat();
        let plan = match self {
            Chore::Test { fuzz_seconds } => {
                let mut steps = host::check();
                steps.extend([conformance::step(), options::step(), book::step(), unsafe_files::step()]);
                steps.extend(host::unit());
                steps.extend(drivers::steps());
                steps.push(interleave::step());
                steps.push(host::soak());
                steps.extend(bare::steps());
                steps.extend(probe::steps());
                steps.extend([footprint::step(false), firmware::build(), firmware::test()]);
                steps.extend(fuzz::steps(Amount::Seconds(*fuzz_seconds), &[])?);
                steps.extend(sanitize::steps());
                (Need::all(), steps)
            }
            Chore::Check => {
                (vec![RustComponents, CompilerCpp, Need::Bare(bare::FIRMWARE), BareClippy], host::check())
            }
            Chore::Unit => (vec![CompilerCpp, Need::Pyzmq, Need::Czmq, Need::Kill], host::unit()),
            Chore::Sanitize { thread: true } => (vec![RustSource], vec![sanitize::threads()]),
            Chore::Sanitize { thread: false } => {
                let steps = sanitize::steps().into_iter().chain([sanitize::threads()]);
                (vec![RustSource], steps.collect())
            }
            Chore::Interleave => (vec![], vec![interleave::step()]),
            Chore::Bare => (bare(), bare::steps()),
            Chore::Probe => (vec![Need::Bare(bare::FIRMWARE), Binutils], probe::steps()),
            Chore::Footprint { keep } => ([bare(), vec![Need::Qemu]].concat(), vec![footprint::step(*keep)]),
            Chore::Firmware { size: true } => {
                (vec![Need::Bare(bare::FIRMWARE), Binutils], vec![firmware::build()])
            }
            Chore::Firmware { size: false } => (
                vec![Need::Bare(bare::FIRMWARE), Binutils, Need::Qemu, CompilerCpp, Need::Pyzmq],
                vec![firmware::build(), firmware::test()],
            ),
            Chore::Fuzz { seconds, runs, targets } => {
                let amount = runs.map_or(Amount::Seconds(*seconds), Amount::Executions);
                (vec![CompilerCpp], fuzz::steps(amount, targets)?)
            }
            Chore::Interop { .. } | Chore::Guide { .. } => (vec![CompilerCpp, Need::Pyzmq], Vec::new()),
            Chore::Perf | Chore::Soak { .. } => (vec![CompilerCpp], Vec::new()),
            Chore::Conformance | Chore::Options => (Vec::new(), Vec::new()),
            Chore::Setup => (Need::all(), Vec::new()),
        };
        Ok(plan)
    }
}

/// The root of the repository: two folders above this crate, wherever the command is started.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("host-tests/xtask lies two folders deep")
}

/// Where everything is built that is not the host workspace's own `target`.
fn target(part: &str) -> PathBuf {
    root().join("target").join(part)
}

/// Builds and runs a program of host-tests, whose output is for people; returns whether it is content.
fn program(name: &str, profile: &str, arguments: &[String]) -> anyhow::Result<bool> {
    let run = ["run", "--quiet", "--profile", profile, "-p", "host-tests", "--bin", name, "--"];
    Ok(exec::cargo(&run).args(arguments).status()?.success())
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = cli.command.plan().and_then(|(needs, steps)| {
        let installed = report::run(needs::setup(&needs, !cli.options.no_install)?, true);
        match cli.command {
            _ if !installed => Ok(false),
            Chore::Interop { whose } => program("interop", "release", whose.as_slice()),
            Chore::Guide { only } => program("guide", "guide", &only),
            Chore::Soak { only } => program("soak", "release", &only),
            Chore::Perf => perf::run().map(|()| true),
            Chore::Conformance => conformance::run(),
            Chore::Options => options::run(),
            _ => Ok(report::run(steps, cli.options.fail_fast)),
        }
    });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
