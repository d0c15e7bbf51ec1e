//! Unsafe code is in files whose names say so, in every workspace.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::report::{Run, Step};

pub(crate) fn step() -> Step {
    Step::new("unsafe code", |_: &mut Run| check(crate::root()))
}

fn check(root: &Path) -> Result<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root)? {
        let path = entry?.path();
        if path.is_dir() && !is_left_out(&path) {
            sources(&path, &mut files)?;
        }
    }
    let mut named = 0;
    for file in files {
        let is_unsafe = has_unsafe(&fs::read_to_string(&file).context("a source")?);
        let says_so = file.file_name().is_some_and(|name| name.to_string_lossy().contains("unsafe"));
        ensure!(!is_unsafe || says_so, "{} has unsafe code, and its name does not say so", file.display());
        named += usize::from(is_unsafe);
    }
    Ok(format!("in {named} files"))
}

fn is_left_out(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| name == "target" || name.to_string_lossy().starts_with('.'))
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if !is_left_out(&path) {
                sources(&path, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// Whether there is an unsafe block, function, attribute or the like outside comments, or a permission for one.
fn has_unsafe(source: &str) -> bool {
    let mut code = source.lines().map(|line| line.split("//").next().unwrap_or_default());
    code.any(|line| {
        line.match_indices("unsafe").any(|(at, word)| is_used(&line[..at], &line[at + word.len()..]))
    })
}

/// Whether the word between is no part of a name.
fn is_used(before: &str, behind: &str) -> bool {
    let permits = behind.starts_with("_code")
        && ["allow(", "expect(", "warn("].iter().any(|level| before.ends_with(level));
    let begins = !before.ends_with(|last: char| last.is_alphanumeric() || last == '_');
    let opens =
        ["{", "fn ", "impl ", "extern ", "trait "].iter().any(|next| behind.trim_start().starts_with(next));
    permits || begins && opens || before.ends_with('[') && behind.starts_with('(')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_functions_attributes_and_permissions_are_found_and_names_and_comments_are_not() {
        let word = "unsafe";
        for code in [" { a() }", " fn a() {}", " impl Send for A {}", " extern \"C\" {}", "(no_mangle)]"] {
            assert!(has_unsafe(&format!("let a = 1;\n    #[{word}{code}\n")), "{code}");
        }
        assert!(has_unsafe(&format!("#![allow({word}_code)]")));
        for code in [
            "mod unsafe_read;",
            "// unsafe { }",
            "#![forbid(unsafe_code)]",
            "use a::is_unsafe;",
            "fn is_unsafe() {",
        ] {
            assert!(!has_unsafe(code), "{code}");
        }
    }

    #[test]
    fn the_project_has_unsafe_code_only_where_the_name_of_the_file_says_so() {
        check(crate::root()).unwrap();
    }
}
