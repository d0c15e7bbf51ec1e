//! The summary: a row a pattern, numbers aligned to the right, and what does not fit into 80 columns below.

use console::{Alignment, pad_str, style};
use indicatif::HumanCount;

use super::Outcome;

pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) sockets: &'static str,
    pub(super) done: anyhow::Result<Outcome>,
}

const HEADINGS: [&str; 6] = ["pattern", "sockets", "messages", "time", "msgs/s", "checked"];
const ALIGNMENTS: [Alignment; 6] = {
    use Alignment::{Left, Right};
    [Left, Left, Right, Right, Right, Left]
};

/// The table and its notes, each line ended.
pub(super) fn render(rows: &[Row]) -> String {
    let cells: Vec<[String; 6]> = rows.iter().map(Row::cells).collect();
    let widths: [usize; 6] = std::array::from_fn(|column| {
        let longest = cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        longest.max(HEADINGS[column].len())
    });
    let line = |cells: [&str; 6]| {
        let padded: [_; 6] =
            std::array::from_fn(|column| pad_str(cells[column], widths[column], ALIGNMENTS[column], None));
        padded.join("  ").trim_end().to_owned()
    };
    let mut text = format!("{}\n", style(line(HEADINGS)).bold());
    for (row, cells) in rows.iter().zip(&cells) {
        let line = line(cells.each_ref().map(String::as_str));
        let line = if row.done.is_ok() { style(line) } else { style(line).red() };
        text += &format!("{line}\n");
    }
    text += "\n";
    for row in rows {
        match &row.done {
            Ok(Outcome { note: Some(note), .. }) => text += &format!("{}: {note}\n", row.name),
            Ok(_) => {}
            Err(error) => text += &format!("{}: {}\n", row.name, style(format!("{error:#}")).red()),
        }
    }
    text
}

impl Row {
    fn cells(&self) -> [String; 6] {
        let (name, sockets) = (self.name.to_owned(), self.sockets.to_owned());
        match &self.done {
            Ok(outcome) => [
                name,
                sockets,
                HumanCount(outcome.messages).to_string(),
                format!("{:.2} s", outcome.elapsed.as_secs_f64()),
                HumanCount(outcome.rate()).to_string(),
                outcome.checked.clone(),
            ],
            Err(_) => {
                let dash = || "-".to_owned();
                [name, sockets, dash(), dash(), dash(), "FAILED".to_owned()]
            }
        }
    }
}

impl Outcome {
    /// Messages a second.
    fn rate(&self) -> u64 {
        (self.messages as f64 / self.elapsed.as_secs_f64().max(1e-6)).round() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn columns_are_aligned_and_thousands_separated_and_a_failure_says_why() {
        console::set_colors_enabled(false);
        let outcome = |messages, millis, note: Option<&str>| Outcome {
            messages,
            elapsed: Duration::from_millis(millis),
            checked: "all".into(),
            note: note.map(str::to_owned),
        };
        let rows = [
            Row { name: "short", sockets: "A", done: Ok(outcome(20_000, 500, None)) },
            Row { name: "a longer name", sockets: "B-C", done: Ok(outcome(1_234_567, 1_000, Some("good"))) },
            Row { name: "broken", sockets: "D", done: Err(anyhow::anyhow!("2 are missing")) },
        ];
        let expected = "\
pattern        sockets   messages    time     msgs/s  checked
short          A           20,000  0.50 s     40,000  all
a longer name  B-C      1,234,567  1.00 s  1,234,567  all
broken         D                -       -          -  FAILED

a longer name: good
broken: 2 are missing
";
        assert_eq!(render(&rows), expected);
    }
}
