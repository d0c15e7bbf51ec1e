//! What the protocol takes of a microcontroller, beside what is aimed at and what others are known to take. The figures are
//! kept in a file; more than one hundredth above them is a failure.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;

use crate::firmware::Size;
use crate::report::{Run, Step};
use crate::{bare, probe};

/// The workspace of the images.
pub(crate) const FOLDER: &str = "host-tests/footprint";
/// The figures that are kept, in [`FOLDER`].
const KEPT: &str = "kept.txt";

/// One line of the table.
struct Row {
    /// Its name in the file of kept figures.
    key: &'static str,
    text: &'static str,
    /// No more than this.
    goal: Option<u64>,
    best_known: &'static str,
}

const fn row(key: &'static str, text: &'static str, goal: Option<u64>, best_known: &'static str) -> Row {
    Row { key, text, goal, best_known }
}

const ROWS: [Row; 15] = [
    row(
        "flash-publisher",
        "flash: NULL, a PUB with one peer, on Connection",
        Some(4_000),
        "4,232 (mzmq 0.1.3)",
    ),
    row("flash-old-versions", "flash: ZMTP 1.0 and 2.0, on top", None, ""),
    row("flash-link", "flash: the same PUB on a Link, instead", None, ""),
    row("flash-patterns", "flash: eleven patterns, and a Link with PLAIN", Some(16 * 1024), ""),
    row("flash-curve", "flash: CURVE, client and server, on top", Some(16 * 1024), ""),
    row("size-connection", "memory: Connection, NULL", Some(96), "1.4 KiB (mzmq 0.1.3)"),
    row("size-connection-curve", "memory: Connection, CURVE, established", Some(208), ""),
    row("size-link", "memory: Link, without lent storage", None, ""),
    row("streamed", "octets streamed through buffers of 64 + 64", None, "the buffer"),
    row("decode", "instructions: decode a short frame", Some(80), ""),
    row("publish", "instructions: match 8 topics, encode, queue 8 octets", Some(250), ""),
    row("stack-null", "stack: NULL, handshake and traffic", Some(256), ""),
    row("stack-curve", "stack: CURVE, handshake", Some(2_048), ""),
    row("symbols", "panic, alloc, fmt symbols; 5 targets, s and 3", Some(0), ""),
    row("unsafe", "crates of core and boards that allow unsafe", Some(0), ""),
];

type Figures = BTreeMap<&'static str, u64>;

/// Measures everything, prints the table, and compares it with the figures kept, or with `keep` keeps these.
pub(crate) fn step(keep: bool) -> Step {
    Step::new("footprint", move |run| {
        let figures = measure(run)?;
        let kept = kept()?;
        print(&figures, &kept);
        if keep {
            let lines = ROWS.iter().map(|row| format!("{} {}\n", row.key, figures[row.key]));
            std::fs::write(file(), lines.collect::<String>())?;
            return Ok(format!("kept in {FOLDER}/{KEPT}"));
        }
        let grown = grown(&figures, &kept);
        anyhow::ensure!(
            grown.is_empty(),
            "more than 1 % above what is kept:\n    {}\nIf it has to be so, or the compiler is another one: cargo xtask footprint --keep",
            grown.join("\n    ")
        );
        let missed = ROWS.iter().filter(|row| row.goal.is_some_and(|goal| figures[row.key] > goal)).count();
        Ok(format!("{} figures, {missed} above their goal, none above what is kept", ROWS.len()))
    })
}

fn measure(run: &mut Run) -> anyhow::Result<Figures> {
    let mut figures = Figures::new();
    build(run, &["--bins"])?;
    let empty = flash(run, "empty")?;
    let patterns = flash(run, "patterns")?;
    let publisher = flash(run, "publisher")?;
    figures.insert("flash-publisher", publisher.saturating_sub(empty));
    figures.insert("flash-link", flash(run, "linked")?.saturating_sub(empty));
    figures.insert("flash-patterns", patterns.saturating_sub(empty));
    figures.extend(executed(run, "measure")?);
    build(run, &["--bin", "publisher", "--features", "old-versions"])?;
    figures.insert("flash-old-versions", flash(run, "publisher")?.saturating_sub(publisher));
    build(run, &["--bins", "--features", "curve"])?;
    figures.insert("flash-curve", flash(run, "patterns")?.saturating_sub(patterns));
    figures.extend(executed(run, "curve")?);
    figures.extend(linked(run)?);
    figures.insert("unsafe", allowing_unsafe()?);
    Ok(figures)
}

fn build(run: &mut Run, args: &[&str]) -> anyhow::Result<()> {
    let mut command = bare::cargo("build", bare::FIRMWARE)?;
    command.arg("--release").args(args).current_dir(crate::root().join(FOLDER));
    run.exec(&mut command).map(drop)
}

fn image(name: &str) -> PathBuf {
    crate::target("bare").join(bare::FIRMWARE).join("release").join(name)
}

/// Code, constants, and the initial values of variables.
fn flash(run: &mut Run, name: &str) -> anyhow::Result<u64> {
    Ok(Size::of(run, &image(name))?.flash())
}

/// What the image that measures itself prints: a key and a number a line.
fn executed(run: &mut Run, name: &str) -> anyhow::Result<Figures> {
    let mut qemu = Command::new("qemu-system-arm");
    qemu.args(["-machine", "mps2-an385", "-display", "none", "-monitor", "none", "-serial", "none"])
        .args(["-semihosting-config", "enable=on,target=native"])
        // A nanosecond an instruction, whatever the machine that emulates is busy with.
        .args(["-icount", "shift=0"])
        .arg("-kernel")
        .arg(image(name));
    let output = run.exec(&mut qemu)?;
    let figures = output.lines().filter_map(|line| {
        let (key, number) = line.split_once(' ')?;
        Some((ROWS.iter().find(|row| row.key == key)?.key, number.trim().parse().ok()?))
    });
    Ok(figures.collect())
}

/// Sizes of types, and what the images that drive all of the core hold of panics, allocation and formatting.
fn linked(run: &mut Run) -> anyhow::Result<Figures> {
    let mut figures = Figures::new();
    let mut unwanted = 0;
    for target in bare::TARGETS {
        for profile in probe::PROFILES {
            // The cryptography is built for one target only: the others would take minutes.
            let features: &[&str] = if target == bare::FIRMWARE { &[] } else { &["--no-default-features"] };
            let symbols = probe::symbols(run, target, profile, features)?;
            unwanted += probe::unwanted(&symbols).len() as u64;
            for (name, octets) in probe::sizes(&symbols) {
                let key = match name.as_str() {
                    "Connection" => "size-connection",
                    "CurveConnection" => "size-connection-curve",
                    "Link" => "size-link",
                    _ => continue,
                };
                // Machines of 32 bits differ in the alignment of numbers of 64.
                let most = figures.entry(key).or_default();
                *most = octets.max(*most);
            }
        }
    }
    figures.insert("symbols", unwanted);
    Ok(figures)
}

/// How many of the crates that are to forbid unsafe code do not.
fn allowing_unsafe() -> anyhow::Result<u64> {
    let mut allowing = 0;
    for name in ["zmtp-core", "zmtp-smoltcp"] {
        let source = crate::root().join(name).join("src/lib.rs");
        let text = std::fs::read_to_string(&source).with_context(|| source.display().to_string())?;
        allowing += u64::from(!text.contains("\n#![forbid(unsafe_code)]\n"));
    }
    Ok(allowing)
}

fn file() -> PathBuf {
    crate::root().join(FOLDER).join(KEPT)
}

fn kept() -> anyhow::Result<Figures> {
    let text = std::fs::read_to_string(file()).with_context(|| format!("{FOLDER}/{KEPT}"))?;
    read(&text)
}

/// A key and a number a line, of every row.
fn read(text: &str) -> anyhow::Result<Figures> {
    let number = |row: &Row| {
        let rest = text.lines().find_map(|line| line.strip_prefix(row.key)?.strip_prefix(' '));
        let number = rest.and_then(|number| number.parse().ok());
        Ok((row.key, number.with_context(|| format!("{KEPT} has no figure for {}", row.key))?))
    };
    ROWS.iter().map(number).collect()
}

/// What has grown by more than a hundredth.
fn grown(figures: &Figures, kept: &Figures) -> Vec<String> {
    let grown = figures.iter().filter(|(key, now)| **now * 100 > kept[**key] * 101);
    grown.map(|(key, now)| format!("{key}: {now}, kept {}", kept[key])).collect()
}

fn print(figures: &Figures, kept: &Figures) {
    println!("{:<54} {:>9} {:>9} {:>9}  best known elsewhere", "", "goal", "measured", "kept");
    for Row { key, text, goal, best_known } in &ROWS {
        let measured = figures[key];
        let goal_text = goal.map_or_else(String::new, |goal| format!("<= {goal}"));
        let missed = if goal.is_some_and(|goal| measured > goal) { "  missed" } else { "" };
        let line = format!("{text:<54} {goal_text:>9} {measured:>9} {:>9}  {best_known}{missed}", kept[key]);
        println!("{}", line.trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(publisher: u64) -> Figures {
        ROWS.iter().map(|row| (row.key, if row.key == "flash-publisher" { publisher } else { 0 })).collect()
    }

    #[test]
    fn one_hundredth_more_is_allowed_and_an_octet_beyond_is_not() {
        assert!(grown(&figures(1_010), &figures(1_000)).is_empty());
        assert_eq!(grown(&figures(1_011), &figures(1_000)), ["flash-publisher: 1011, kept 1000"]);
        assert!(grown(&figures(900), &figures(1_000)).is_empty());
    }

    #[test]
    fn a_row_without_a_kept_figure_is_an_error() {
        let text: String = ROWS.iter().map(|row| format!("{} 7\n", row.key)).collect();
        assert!(read(&text).is_ok_and(|figures| figures["decode"] == 7));
        let error = read(&text.replace("decode 7\n", "")).unwrap_err();
        assert!(error.to_string().contains("decode"), "{error}");
    }
}
