//! Which option of libzmq is which of ours: docs/options.md, made of the documentation of `Options` and of a list of what libzmq has.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;

use anyhow::{Context, Result, bail, ensure};

use crate::report::{Run, Step};

/// What libzmq has.
const LIST: &str = "host-tests/options.txt";
/// Where our options are documented, and where it is decided which of them may be changed.
const SOURCES: [&str; 2] = ["zmtp-std/src/option/mod.rs", "zmtp-std/src/socket/live.rs"];
/// What is generated.
const DOCUMENT: &str = "docs/options.md";

const HEAD: &str = "\
# Options

Every option that a socket of libzmq has, with its name and default here: a field of `Options`, which a socket is made with
(`Context::with`), or which is changed in use (`set_options`): the last column tells when that takes effect. What is done in another
way, or makes no sense here, says so. Generated from the documentation of `Options` by `cargo xtask options`.
";

/// An option of ours.
#[derive(Debug)]
struct Field {
    name: String,
    default: String,
    /// libzmq's name, if it has it.
    zmq: Option<String>,
    effect: Effect,
}

/// When an option that is changed takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    AtOnce,
    Later,
    Never,
}

impl Effect {
    fn of(doc: &str) -> Self {
        match doc {
            _ if doc.contains("Changes take effect at once.") => Self::AtOnce,
            _ if doc.contains("Stays as it is in a socket in use.") => Self::Never,
            _ => Self::Later,
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::AtOnce => "at once",
            Self::Later => "for what is bound or connected then",
            Self::Never => "when the socket is made",
        }
    }
}

/// Writes the document.
pub(crate) fn run() -> Result<bool> {
    fs::write(crate::root().join(DOCUMENT), page()?)?;
    println!("The options are in {DOCUMENT}.");
    Ok(true)
}

/// The document is what it would be.
pub(crate) fn step() -> Step {
    Step::new("options", |_: &mut Run| {
        let written = fs::read_to_string(crate::root().join(DOCUMENT)).unwrap_or_default();
        ensure!(written == page()?, "{DOCUMENT} is not up to date: `cargo xtask options`");
        Ok(format!("{DOCUMENT} is up to date"))
    })
}

fn page() -> Result<String> {
    let read = |path| fs::read_to_string(crate::root().join(path)).context(path);
    render(&read(LIST)?, &fields(&read(SOURCES[0])?)?, &read(SOURCES[1])?)
}

fn render(list: &str, fields: &[Field], decisions: &str) -> Result<String> {
    ensure!(
        fixed(fields) == told_fixed(decisions),
        "{} and {} differ on what cannot be changed",
        SOURCES[0],
        SOURCES[1]
    );
    let mut page = HEAD.to_owned();
    let mut listed = Vec::new();
    for line in list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("# ")) {
        if let Some(theme) = line.strip_prefix("## ") {
            write!(page, "\n## {theme}\n\n| libzmq | here | default | takes effect |\n|---|---|---|---|\n")?;
            continue;
        }
        let (zmq, otherwise) = line.split_once(": ").map_or((line, None), |(zmq, why)| (zmq, Some(why)));
        let field = fields.iter().find(|field| field.zmq.as_deref() == Some(zmq));
        listed.push(zmq);
        match (field, otherwise) {
            (Some(Field { name, default, effect, .. }), None) => {
                writeln!(page, "| `ZMQ_{zmq}` | `{name}` | {default} | {} |", effect.text())?;
            }
            (_, Some(why)) => writeln!(page, "| `ZMQ_{zmq}` | {why} | | |")?,
            (None, None) => bail!("{zmq} is neither documented in {} nor explained in {LIST}", SOURCES[0]),
        }
    }
    for field in fields {
        let known = field.zmq.as_deref().is_none_or(|zmq| listed.contains(&zmq));
        ensure!(known, "{} says that it is an option of libzmq that {LIST} does not have", field.name);
    }
    write!(page, "\n## Ours alone\n\n| here | default | takes effect |\n|---|---|---|\n")?;
    for Field { name, default, effect, .. } in fields.iter().filter(|field| field.zmq.is_none()) {
        writeln!(page, "| `{name}` | {default} | {} |", effect.text())?;
    }
    Ok(page)
}

/// The fields of `Options`, read from their documentation.
fn fields(source: &str) -> Result<Vec<Field>> {
    let (_, body) = source.split_once("pub struct Options {").context("no struct Options")?;
    let (body, _) = body.split_once("\n}").context("Options has no end")?;
    let (mut fields, mut doc) = (Vec::new(), String::new());
    for line in body.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("///") {
            doc.push_str(text);
        } else if let Some((name, _)) = line.strip_prefix("pub ").and_then(|line| line.split_once(':')) {
            fields.push(field(name, &std::mem::take(&mut doc))?);
        }
    }
    Ok(fields)
}

/// What cannot be changed, as documented.
fn fixed(fields: &[Field]) -> BTreeSet<&str> {
    fields.iter().filter(|field| field.effect == Effect::Never).map(|field| field.name.as_str()).collect()
}

/// The same, as decided.
fn told_fixed(decisions: &str) -> BTreeSet<&str> {
    let list = decisions.split_once("\nfixed! {").and_then(|(_, rest)| rest.split_once('}'));
    list.map(|(names, _)| names.split_whitespace().collect()).unwrap_or_default()
}

fn field(name: &str, doc: &str) -> Result<Field> {
    let (_, default) = doc.split_once(" Default ").with_context(|| format!("{name} tells no default"))?;
    let zmq = doc.split_once("(`ZMQ_").and_then(|(_, rest)| rest.split_once('`'));
    Ok(Field {
        name: name.to_owned(),
        default: default.trim_end().trim_end_matches('.').to_owned(),
        zmq: zmq.map(|(zmq, _)| zmq.to_owned()),
        effect: Effect::of(doc),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "pub struct Options {\n    /// How many\n    /// (`ZMQ_SNDHWM`). Changes take effect at once. Default 1000.\n    \
                          pub sndhwm: u32,\n    /// Ours. Stays as it is in a socket in use. Default none.\n    pub own: bool,\n    \
                          /// Ours. Default 1.\n    pub other: bool,\n}\n";
    const DECISIONS: &str = "\nfixed! {\n    own\n}";

    #[test]
    fn a_row_tells_name_default_and_when_it_takes_effect() {
        let fields = fields(SOURCE).unwrap();
        let page = render("## Queues\nSNDHWM\nFD: a future", &fields, DECISIONS).unwrap();
        assert!(page.contains("\n| `ZMQ_SNDHWM` | `sndhwm` | 1000 | at once |\n"), "{page}");
        assert!(page.contains("\n| `ZMQ_FD` | a future | | |\n"), "{page}");
        assert!(page.contains("\n| `own` | none | when the socket is made |\n"), "{page}");
        assert!(page.contains("\n| `other` | 1 | for what is bound or connected then |\n"), "{page}");
    }

    #[test]
    fn an_option_that_is_not_explained_or_not_known_or_without_default_is_an_error() {
        let good = fields(SOURCE).unwrap();
        let error = render("SNDHWM\nFD", &good, DECISIONS).unwrap_err().to_string();
        assert!(error.starts_with("FD is neither documented in"), "{error}");
        let error = render("SNDHWM", &good, "").unwrap_err().to_string();
        assert!(error.ends_with("differ on what cannot be changed"), "{error}");
        let error = render("FD: a future", &good, DECISIONS).unwrap_err().to_string();
        assert!(error.starts_with("sndhwm says that it is an option of libzmq"), "{error}");
        let error = fields(&SOURCE.replace("Default none", "none")).unwrap_err().to_string();
        assert_eq!(error, "own tells no default");
    }

    #[test]
    fn the_page_in_the_docs_is_up_to_date() {
        let written = fs::read_to_string(crate::root().join(DOCUMENT)).unwrap_or_default();
        assert!(written == page().unwrap(), "{DOCUMENT} is not up to date: `cargo xtask options`");
    }
}
