//! Reads what cargo test and libFuzzer print.

use std::fmt;

/// What a test prints, at the start of a line and in any case, when it could not run, before it says why. It counts as a
/// failure unless the caller expects it: a test that quietly stops testing is how protection is lost.
const SKIPPED: &str = "skipped:";

/// Tests counted over all commands of a plan.
#[derive(Default, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
    /// cargo test's own closing lines, as they came.
    closing: Vec<String>,
}

impl Tally {
    pub(crate) fn is_empty(&self) -> bool {
        self.closing.is_empty()
    }

    /// Adds the output of one `cargo test`. `later` are words of which any makes a skip expected, because a step of its
    /// own makes up for it. Answers with a note for the table, or with the skips nobody expected.
    pub(crate) fn add(&mut self, output: &str, later: &[&str]) -> anyhow::Result<String> {
        let lines: Vec<_> = output.lines().map(str::trim).collect();
        let (expected, unexpected): (Vec<_>, Vec<_>) = lines
            .iter()
            .filter(|line| starts_with(line, SKIPPED))
            .partition(|line| later.iter().any(|word| line.contains(word)));
        let mut now = Tally { skipped: expected.len() as u64, ..Tally::default() };
        for line in lines.iter().filter(|line| line.starts_with("test result:")) {
            now.passed += count(line, "passed");
            now.failed += count(line, "failed");
            now.skipped += count(line, "ignored");
            now.closing.push((*line).to_string());
        }
        // A test that skips itself is reported as passed by the harness.
        now.passed = now.passed.saturating_sub((expected.len() + unexpected.len()) as u64);
        now.failed += unexpected.len() as u64;
        let note = now.counts();
        self.passed += now.passed;
        self.failed += now.failed;
        self.skipped += now.skipped;
        self.closing.append(&mut now.closing);
        anyhow::ensure!(
            unexpected.is_empty(),
            "tests were skipped that should run here:\n    {}",
            join(&unexpected)
        );
        Ok(note)
    }

    fn counts(&self) -> String {
        let skipped = if self.skipped == 0 { String::new() } else { format!(", {} skipped", self.skipped) };
        format!("{} passed, {} failed{skipped}", self.passed, self.failed)
    }
}

/// cargo test's closing lines of the binaries that held tests, then the sum.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.closing.iter().filter(|line| !line.contains(" 0 passed; 0 failed; 0 ignored")) {
            writeln!(f, "{line}")?;
        }
        write!(f, "{}", self.counts())
    }
}

/// What the harness says of the tests that failed, of all binaries: it may lie far above the end of the output.
pub(crate) fn failures(output: &str) -> String {
    let mut found = String::new();
    let mut inside = false;
    for line in output.lines() {
        inside = (inside || line == "failures:") && !line.starts_with("test result:");
        if inside {
            found += line;
            found.push('\n');
        }
    }
    found
}

fn join(lines: &[&&str]) -> String {
    lines.iter().map(|line| **line).collect::<Vec<_>>().join("\n    ")
}

fn starts_with(line: &str, start: &str) -> bool {
    line.get(..start.len()).is_some_and(|found| found.eq_ignore_ascii_case(start))
}

/// The number before `word` in a line such as `test result: ok. 3 passed; 0 failed; ...`.
fn count(line: &str, word: &str) -> u64 {
    let parts = line.split([';', '.']).map(str::trim);
    parts.filter_map(|part| part.strip_suffix(word)?.trim().parse::<u64>().ok()).next().unwrap_or(0)
}

/// What a run of libFuzzer did: inputs executed, and how many edges of the program they reached.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fuzzed {
    pub(crate) executions: u64,
    pub(crate) coverage: u64,
}

impl Fuzzed {
    /// From the output of a target run with `-print_final_stats=1`; `None` when it did not get as far as that.
    pub(crate) fn read(output: &str) -> Option<Self> {
        let after =
            |line: &str, key: &str| line.split_once(key)?.1.split_whitespace().next()?.parse::<u64>().ok();
        let executions =
            output.lines().rev().find_map(|line| after(line, "stat::number_of_executed_units:"))?;
        let coverage = output.lines().rev().find_map(|line| after(line, " cov: "))?;
        Some(Self { executions, coverage })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOSING: &str =
        "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s";

    #[test]
    fn closing_lines_are_counted_and_shown_again() {
        let mut tally = Tally::default();
        assert_eq!(
            tally.add(&format!("running 4 tests\n{CLOSING}\n"), &[]).unwrap(),
            "3 passed, 0 failed, 1 skipped"
        );
        tally.add("test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured", &[]).unwrap();
        assert!(tally.to_string().starts_with(CLOSING));
        assert!(tally.to_string().ends_with("\n4 passed, 2 failed, 1 skipped"));
    }

    #[test]
    fn a_skip_that_no_later_step_makes_up_for_is_an_error() {
        let output = format!("SKIPPED: ZMTP_FIRMWARE is not set\n{CLOSING}\n");
        let mut tally = Tally::default();
        assert!(tally.add(&output, &[]).unwrap_err().to_string().contains("ZMTP_FIRMWARE is not set"));
        assert_eq!((tally.passed, tally.failed), (2, 1));
        assert_eq!(tally.add(&output, &["qemu", "ZMTP_FIRMWARE"]).unwrap(), "2 passed, 0 failed, 2 skipped");
    }

    #[test]
    fn failures_are_found_above_the_binaries_that_ran_later() {
        let output = "successes:\n---- a stdout ----\n\nfailures:\n\n---- b stdout ----\nwhy\n\ntest result: FAILED. 1\n\
                      running 1 test\ntest c ... ok\ntest result: ok. 1 passed\n";
        assert_eq!(failures(output), "failures:\n\n---- b stdout ----\nwhy\n\n");
    }

    #[test]
    fn the_word_in_other_places_is_no_skip() {
        let output = format!("a test about SKIPPED: lines\n{CLOSING}\n");
        assert!(Tally::default().add(&output, &[]).is_ok());
    }

    #[test]
    fn executions_and_coverage_are_read_from_the_last_lines_that_have_them() {
        let output = "#2\tINITED cov: 12 ft: 13 corp: 1/1b\n#9\tREDUCE cov: 40 ft: 55 corp: 4/4b\n\
                      stat::number_of_executed_units: 1021\nstat::average_exec_per_sec:     199658\n";
        assert_eq!(Fuzzed::read(output), Some(Fuzzed { executions: 1021, coverage: 40 }));
        assert_eq!(Fuzzed::read("==1==ERROR: AddressSanitizer"), None);
    }
}
