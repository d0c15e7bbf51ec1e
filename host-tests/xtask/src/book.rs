//! The user guide in `docs/guide`: every chapter is in its summary, and every link, picture and included program is there.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::report::{Run, Step};

const FOLDER: &str = "docs/guide/src";

pub(crate) fn step() -> Step {
    Step::new("user guide", |_: &mut Run| check(&crate::root().join(FOLDER)))
}

fn check(folder: &Path) -> Result<String> {
    let summary = fs::read_to_string(folder.join("SUMMARY.md")).context("SUMMARY.md")?;
    let (mut chapters, mut all) = (0, 0);
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_named = name == "SUMMARY.md" || summary.contains(&format!("({name})"));
        ensure!(is_named, "{name} is not in SUMMARY.md");
        let text = fs::read_to_string(&path)?;
        for target in targets(&text) {
            ensure!(folder.join(target).is_file(), "{name} refers to {target}, which is not there");
            all += 1;
        }
        chapters += 1;
    }
    Ok(format!("{chapters} pages, {all} links and programs"))
}

/// What a page refers to beside it: links, pictures, and files that are included.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    let between = |open: &'static str, close: char| {
        text.split(open).skip(1).filter_map(move |rest| Some(rest.split_once(close)?.0.trim()))
    };
    let links = between("](", ')').filter(|target| !target.contains("://"));
    links.map(|target| target.split('#').next().unwrap_or(target)).chain(between("{{#include ", '}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_pictures_and_included_files_are_found() {
        let text = "[a](b.md#c) ![d](e.svg) [f](https://g)\n{{#include ../h.rs}}\n";
        assert_eq!(targets(text).collect::<Vec<_>>(), ["b.md", "e.svg", "../h.rs"]);
    }

    #[test]
    fn the_guide_refers_to_nothing_that_is_not_there() {
        check(&crate::root().join(FOLDER)).unwrap();
    }
}
