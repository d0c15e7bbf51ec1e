//! zmtp-std's I/O threads without tokio: the same tests once more, and what the crate depends on with it and without.

use std::collections::BTreeSet;

use crate::exec;
use crate::host::{counted, test};
use crate::report::{Run, Step};

/// How many crates zmtp-std may consist of, itself included.
const MOST_CRATES: usize = 60;

/// What depends on the driver: the tests of zmtp-std, and those with libzmq as the peer.
pub(crate) fn steps() -> Vec<Step> {
    let of = |package: &str, targets: &[&str]| {
        let mut command = exec::cargo(&["test", "--no-default-features", "--package", package]);
        command.args(targets);
        test(command)
    };
    // The swap file is a feature; here it has its tests.
    let mut own = of(
        "zmtp-std",
        &["--features=swap,metrics,postcard,futures", "--lib", "--test=sockets", "--test=attacks"],
    );
    let mut interop = of("host-tests", &["--test=interop"]);
    vec![
        Step::new("tests: zmtp-std without tokio, with a swap file", move |run| counted(run, &mut own, &[])),
        Step::new("tests: interop without tokio", move |run| counted(run, &mut interop, &[])),
    ]
}

/// Says how many crates there are.
pub(crate) fn dependencies() -> Step {
    Step::new("dependencies of zmtp-std", |run| {
        let (with, without) = (crates(run, &[])?, crates(run, &["--no-default-features"])?);
        anyhow::ensure!(with.len() <= MOST_CRATES, "{} crates are more than {MOST_CRATES}", with.len());
        let tokio: Vec<_> = without.iter().filter(|name| name.contains("tokio")).collect();
        anyhow::ensure!(tokio.is_empty(), "there are {tokio:?} without default features");
        Ok(format!("{} crates, without tokio {}", with.len(), without.len()))
    })
}

/// Those that are built into it, or for it.
fn crates(run: &mut Run, features: &[&str]) -> anyhow::Result<BTreeSet<String>> {
    let mut command = exec::cargo(&["tree", "--package=zmtp-std", "--edges=normal,build", "--prefix=none"]);
    command.args(["--format={p}"]).args(features);
    Ok(run.exec(&mut command)?.lines().filter_map(named).collect())
}

/// The name and the version in a line of the tree; several versions of a crate are several crates. Cargo says other things as well.
fn named(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    let (name, version) = (words.next()?, words.next()?);
    let digits = version.strip_prefix('v')?;
    digits.starts_with(|first: char| first.is_ascii_digit()).then(|| format!("{name} {version}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_counted_once_wherever_it_is_in_the_tree() {
        let tree = "    Updating the index\nzmtp-std v0.1.0 (/a/folder)\nlibc v0.2.1\nsyn v3.0.1\nsyn v2.0.1 (*)\nlibc v0.2.1 (*)\n\n";
        let crates: BTreeSet<_> = tree.lines().filter_map(named).collect();
        assert_eq!(
            crates.into_iter().collect::<Vec<_>>(),
            ["libc v0.2.1", "syn v2.0.1", "syn v3.0.1", "zmtp-std v0.1.0"]
        );
    }
}
