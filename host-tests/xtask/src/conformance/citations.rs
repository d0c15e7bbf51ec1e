//! Finds the tests in source text, and in their names the requirements that they hold.

use std::path::Path;

/// A test that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Test {
    pub(crate) name: String,
    /// The file, from the root of the repository.
    pub(crate) file: String,
}

/// The tests of a file: functions with an attribute `test`, and not those with `ignore`.
pub(crate) fn tests(source: &str, file: &Path) -> Vec<Test> {
    let mut tests = Vec::new();
    let (mut is_test, mut ignored) = (false, false);
    for line in source.lines().map(str::trim_start) {
        if line.starts_with("#[") {
            is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
            ignored |= line.starts_with("#[ignore");
        } else if let Some(name) = function(line) {
            if is_test && !ignored {
                tests.push(Test { name: name.to_string(), file: file.display().to_string() });
            }
            (is_test, ignored) = (false, false);
        }
    }
    tests
}

/// The name of the function that a line begins.
fn function(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("pub ").unwrap_or(line);
    let rest = rest.strip_prefix("async ").unwrap_or(rest).strip_prefix("fn ")?;
    rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}

/// The ids that a name begins with: `z37_012_lz_028_030_to_032_the_greeting` is Z37-012, LZ-028, LZ-030, LZ-031 and LZ-032.
/// The first word that is neither a family, nor three digits, nor `to` ends them.
pub(crate) fn cited(name: &str, families: &[String]) -> Vec<String> {
    let mut ids = Vec::new();
    let mut family = None;
    let mut from: Option<u32> = None;
    let mut in_range = false;
    for word in name.split('_') {
        let number = Some(word).filter(|word| word.len() == 3).and_then(|word| word.parse::<u32>().ok());
        if let Some(found) = families.iter().find(|family| family.eq_ignore_ascii_case(word)) {
            (family, from) = (Some(found), None);
        } else if let (Some(family), Some(number)) = (family, number) {
            let first = if in_range { from.map_or(number, |from| from + 1) } else { number };
            ids.extend((first..=number).map(|number| format!("{family}-{number:03}")));
            (from, in_range) = (Some(number), false);
        } else if word == "to" && from.is_some() {
            in_range = true;
        } else {
            break;
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cites_lists_ranges_and_several_families() {
        let families = ["LZ", "Z37"].map(String::from);
        let cited = |name| super::cited(name, &families).join(" ");
        assert_eq!(
            cited("z37_012_lz_028_030_to_032_the_greeting_of_037"),
            "Z37-012 LZ-028 LZ-030 LZ-031 LZ-032"
        );
        assert_eq!(cited("z37_024_bodies_of_255_octets"), "Z37-024");
        assert_eq!(cited("z85_decode"), "");
        assert_eq!(cited("lz_to_day"), "");
        assert_eq!(cited("a_name_with_z37_012"), "");
    }

    #[test]
    fn tests_are_functions_with_the_attribute_that_are_not_ignored() {
        let source = "#[test]\nfn one() {}\n    #[tokio::test(flavor = \"x\")]\n    async fn two() {}\nfn no() {}\n\
                      #[test]\n#[ignore = \"slow\"]\nfn ignored() {}\n#[test]\n/// Why.\n#[should_panic]\npub fn three(x: u8) {}\n";
        let names: Vec<_> =
            super::tests(source, Path::new("f.rs")).into_iter().map(|test| test.name).collect();
        assert_eq!(names, ["one", "two", "three"]);
    }
}
