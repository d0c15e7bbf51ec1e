//! Reads the requirements. A file is sections, a section is lines:
//!
//! ```text
//! ## Frames
//!
//! Z37-019 MUST W A frame is flags, size and body; the size counts the body alone.
//! Z41-001 to Z41-013 - S CLIENT and SERVER.
//!   not due: CLIENT and SERVER are drafts and not built yet
//! ```

use anyhow::{Context, Result, bail, ensure};

/// A heading and what belongs under it.
pub(crate) struct Section {
    pub(crate) title: String,
    pub(crate) requirements: Vec<Requirement>,
}

/// One row.
#[derive(Debug)]
pub(crate) struct Requirement {
    /// Such as `Z37-019`.
    pub(crate) id: String,
    /// `MUST`, `SHOULD`, `MAY`, `FACT` (of deployed peers, or derived), or `-` in a range of several.
    pub(crate) level: String,
    pub(crate) layer: Layer,
    pub(crate) statement: String,
    /// Why no test is due.
    pub(crate) not_due: Option<String>,
}

/// What a requirement is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layer {
    /// Octets and the handshake.
    Wire,
    Socket,
    /// Endpoints and what carries octets.
    Transport,
    /// Brokers and reliability.
    Pattern,
}

impl Layer {
    pub(crate) const ALL: [Self; 4] = [Self::Wire, Self::Socket, Self::Transport, Self::Pattern];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Wire => "wire",
            Self::Socket => "sockets",
            Self::Transport => "transports",
            Self::Pattern => "brokers and patterns",
        }
    }

    fn of(letter: &str) -> Result<Self> {
        match letter {
            "W" => Ok(Self::Wire),
            "S" => Ok(Self::Socket),
            "H" => Ok(Self::Transport),
            "P" => Ok(Self::Pattern),
            other => bail!("no layer is called {other}"),
        }
    }
}

/// What a file says.
pub(crate) fn parse(text: &str) -> Result<Vec<Section>> {
    let mut sections: Vec<Section> = Vec::new();
    // How many requirements the last line stands for.
    let mut last = 0;
    for (number, line) in text.lines().enumerate() {
        let at = || format!("line {}: {line}", number + 1);
        if let Some(title) = line.strip_prefix("## ") {
            sections.push(Section { title: title.to_string(), requirements: Vec::new() });
        } else if line.is_empty() || line.starts_with('#') {
        } else if sections.is_empty() {
            sections.push(Section { title: heading(text), requirements: row(line).with_context(at)? });
            last = sections[0].requirements.len();
        } else if let Some(reason) = line.strip_prefix("  not due: ") {
            let rows = sections.last_mut().map(|section| &mut section.requirements).with_context(at)?;
            let from = rows.len().saturating_sub(last);
            rows[from..].iter_mut().for_each(|row| row.not_due = Some(reason.to_string()));
        } else {
            let rows = row(line).with_context(at)?;
            last = rows.len();
            sections.last_mut().with_context(at)?.requirements.extend(rows);
        }
    }
    Ok(sections)
}

/// The first comment of a file: the title of what has no section.
fn heading(text: &str) -> String {
    text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default().to_string()
}

/// The requirements of a line: one, or those of a range.
fn row(line: &str) -> Result<Vec<Requirement>> {
    let (ids, rest) = match line.split_once(" to ") {
        Some((first, rest)) if !first.contains(' ') => {
            let (last, rest) = rest.split_once(' ').context("a range without an end")?;
            (range(first, last)?, rest)
        }
        _ => {
            let (id, rest) = line.split_once(' ').context("an id alone")?;
            (range(id, id)?, rest)
        }
    };
    let words: Vec<&str> = rest.splitn(3, ' ').collect();
    let [level, layer, statement] = words[..] else { bail!("level, layer and statement are due") };
    ensure!(["MUST", "SHOULD", "MAY", "FACT", "-"].contains(&level), "no level is called {level}");
    let layer = Layer::of(layer)?;
    let requirement =
        |id| Requirement { id, level: level.into(), layer, statement: statement.into(), not_due: None };
    Ok(ids.into_iter().map(requirement).collect())
}

fn range(first: &str, last: &str) -> Result<Vec<String>> {
    let split = |id: &str| -> Result<(String, u32)> {
        let (family, number) = id.rsplit_once('-').with_context(|| format!("{id} is no id"))?;
        ensure!(number.len() == 3, "{id}: three digits are due");
        Ok((family.to_string(), number.parse()?))
    };
    let ((family, first), (other, last)) = (split(first)?, split(last)?);
    ensure!(family == other && first <= last, "not a range");
    Ok((first..=last).map(|number| format!("{family}-{number:03}")).collect())
}

/// What ids begin with, such as `Z37`.
pub(crate) fn families(sections: &[Section]) -> Vec<String> {
    let ids = sections.iter().flat_map(|section| &section.requirements);
    let mut families: Vec<String> =
        ids.filter_map(|each| each.id.split_once('-')).map(|(family, _)| family.to_string()).collect();
    families.sort();
    families.dedup();
    families
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_ranges_and_reasons_are_read() {
        let sections = parse("# Title\n\n## Frames\n\nZ37-019 MUST W A frame.\nZ41-001 to Z41-003 - S CLIENT.\n  not due: a draft\n").unwrap();
        assert_eq!(sections.len(), 1);
        let rows = &sections[0].requirements;
        assert_eq!(
            rows.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(),
            ["Z37-019", "Z41-001", "Z41-002", "Z41-003"]
        );
        assert_eq!(
            rows.iter().map(|row| row.not_due.is_some()).collect::<Vec<_>>(),
            [false, true, true, true]
        );
        assert_eq!((rows[0].layer, rows[0].statement.as_str()), (Layer::Wire, "A frame."));
        assert_eq!(families(&sections), ["Z37", "Z41"]);
    }

    #[test]
    fn a_line_that_is_none_is_an_error_that_names_it() {
        for line in
            ["Z37-019", "Z37-19 MUST W x", "Z37-019 CAN W x", "Z37-019 MUST Q x", "Z37-019 to Z38-020 - W x"]
        {
            let error = parse(&format!("## A\n{line}\n")).map(drop).unwrap_err();
            assert!(format!("{error:#}").contains("line 2"), "{error:#}");
        }
    }
}
