//! Which requirement of the specifications is held by which test.
//!
//! The requirements lie in `host-tests/conformance/`, in our own words, with the ids that the names of tests begin with. All of
//! the protocol (layer W) and of the sockets (S) is due: held by a test, or with a reason why not. Transports (H) and
//! brokers (P) are listed.

mod citations;
mod document;
mod requirements;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::report::{Run, Step};
use citations::Test;
use requirements::{Layer, Requirement, Section};

/// The folder of the requirements.
const FOLDER: &str = "host-tests/conformance";
/// What is generated.
const DOCUMENT: &str = "docs/conformance.md";
/// Where tests are.
const CRATES: [&str; 5] = ["zmtp-core", "zmtp-std", "zmtp-smoltcp", "host-tests", "boards"];

/// Every requirement, and the tests of each.
struct Conformance {
    sections: Vec<Section>,
    tests: BTreeMap<String, Vec<Test>>,
}

/// How a requirement stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Held,
    /// There is a reason why no test is due.
    NotDue,
    /// Of a layer that comes later.
    Later,
    Missing,
}

impl Conformance {
    fn read() -> Result<Self> {
        let mut sections = Vec::new();
        for file in files(&crate::root().join(FOLDER), "txt")? {
            let text = fs::read_to_string(&file)?;
            sections.extend(requirements::parse(&text).with_context(|| file.display().to_string())?);
        }
        let families = requirements::families(&sections);
        let mut tests: BTreeMap<String, Vec<Test>> = BTreeMap::new();
        for file in CRATES
            .iter()
            .map(|name| files(&crate::root().join(name), "rs"))
            .collect::<Result<Vec<_>>>()?
            .concat()
        {
            let text = fs::read_to_string(&file)?;
            for test in citations::tests(&text, file.strip_prefix(crate::root()).unwrap_or(&file)) {
                for id in citations::cited(&test.name, &families) {
                    tests.entry(id).or_default().push(test.clone());
                }
            }
        }
        let known =
            |id: &str| sections.iter().flat_map(|section| &section.requirements).any(|each| each.id == id);
        let unknown: Vec<_> = tests
            .iter()
            .filter(|(id, _)| !known(id))
            .map(|(id, tests)| format!("{id} ({})", tests[0].name))
            .collect();
        ensure!(unknown.is_empty(), "tests cite requirements that there are not: {}", unknown.join(", "));
        Ok(Self { sections, tests })
    }

    fn requirements(&self) -> impl Iterator<Item = &Requirement> {
        self.sections.iter().flat_map(|section| &section.requirements)
    }

    fn tests(&self, requirement: &Requirement) -> &[Test] {
        self.tests.get(&requirement.id).map_or(&[], Vec::as_slice)
    }

    fn standing(&self, requirement: &Requirement) -> Standing {
        match requirement.layer {
            _ if !self.tests(requirement).is_empty() => Standing::Held,
            _ if requirement.not_due.is_some() => Standing::NotDue,
            Layer::Transport | Layer::Pattern => Standing::Later,
            Layer::Wire | Layer::Socket => Standing::Missing,
        }
    }

    /// How many requirements of a layer stand so.
    fn count(&self, layer: Layer, standing: Standing) -> usize {
        self.requirements().filter(|each| each.layer == layer && self.standing(each) == standing).count()
    }

    fn missing(&self) -> Vec<&str> {
        let missing = self.requirements().filter(|each| self.standing(each) == Standing::Missing);
        missing.map(|each| each.id.as_str()).collect()
    }
}

/// Writes the document, prints the counts and what is missing; whether nothing is.
pub(crate) fn run() -> Result<bool> {
    let conformance = Conformance::read()?;
    fs::write(crate::root().join(DOCUMENT), document::render(&conformance))?;
    println!("{}", document::counts(&conformance));
    let missing = conformance.missing();
    println!("The whole is in {DOCUMENT}.");
    if !missing.is_empty() {
        println!("\nNeither a test nor a reason:\n  {}", missing.join(" "));
    }
    Ok(missing.is_empty())
}

/// Nothing is missing, and the document is what it would be.
pub(crate) fn step() -> Step {
    Step::new("conformance", |_: &mut Run| {
        let conformance = Conformance::read()?;
        let missing = conformance.missing();
        ensure!(missing.is_empty(), "neither a test nor a reason: {}", missing.join(" "));
        let written = fs::read_to_string(crate::root().join(DOCUMENT)).unwrap_or_default();
        ensure!(
            written == document::render(&conformance),
            "{DOCUMENT} is not up to date: `cargo xtask conformance`"
        );
        let held =
            conformance.requirements().filter(|each| conformance.standing(each) == Standing::Held).count();
        Ok(format!("{held} requirements held by tests"))
    })
}

/// The files below a folder whose names end so, in order; without what was built.
fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target" && name != "corpus") {
                found.extend(files(&path, ending)?);
            }
        } else if path.extension().is_some_and(|found| found == ending) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
