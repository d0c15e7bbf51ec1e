//! `zmtp keygen`: a pair of keys for CURVE, in certificates as CZMQ and pyzmq write them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::Args;
use zmtp_std::security::curve_keypair;

pub(crate) const EXAMPLES: &str = "FILE is for those who have to know the public key; FILE_secret has the secret one, too, and only its owner may read it.
CZMQ and pyzmq read both; in a folder of clients pyzmq sees only those whose names end with .key.

Examples:
  A server with one client:
    zmtp keygen server
    mkdir clients && zmtp keygen clients/ann && mv clients/ann_secret .
    zmtp pull tcp://*:5557 --curve-server --curve-cert server --curve-allow clients
    zmtp push tcp://localhost:5557 --curve-cert ann_secret --curve-serverkey server -m hello
  Keys for the environment, or for a store of secrets:
    zmtp keygen";

/// See the module.
#[derive(Debug, Args)]
pub(crate) struct Keygen {
    /// Where the certificate goes; without it, public and secret key are printed
    file: Option<PathBuf>,
    /// Replace certificates that are there
    #[arg(short, long, requires = "file")]
    force: bool,
    /// Whose keys they are: a line `name` in the certificates
    #[arg(long, value_name = "NAME", value_parser = name)]
    name: Option<String>,
}

/// What a line of a certificate can hold.
fn name(text: &str) -> Result<String, &'static str> {
    let is_good = text.chars().all(|c| !c.is_control() && c != '"');
    is_good.then(|| text.into()).ok_or("a name is one line without quotes")
}

impl Keygen {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let keys = curve_keypair();
        let secret_key = keys.secret.to_z85();
        let secret_key = str::from_utf8(&secret_key)?;
        let public = self.certificate("public", &[("public-key", &keys.public.to_string())]);
        let secret = self
            .certificate("SECRET", &[("public-key", &keys.public.to_string()), ("secret-key", secret_key)]);
        let Some(file) = &self.file else {
            return Ok(io::stdout().write_all(secret.as_bytes())?);
        };
        let mut with_secret = file.as_os_str().to_owned();
        with_secret.push("_secret");
        self.write(Path::new(&with_secret), &secret, 0o600)?;
        self.write(file, &public, 0o644)
    }

    fn certificate(&self, kind: &str, keys: &[(&str, &str)]) -> String {
        let metadata = self.name.iter().map(|name| format!("    name = \"{name}\"\n"));
        let keys = keys.iter().map(|(name, key)| format!("    {name} = \"{key}\"\n"));
        let (metadata, keys): (String, String) = (metadata.collect(), keys.collect());
        format!("# A {kind} certificate for CURVE, of zmtp keygen\nmetadata\n{metadata}curve\n{keys}")
    }

    fn write(&self, path: &Path, text: &str, mode: u32) -> anyhow::Result<()> {
        if self.force && path.exists() {
            // A new file has the mode from the beginning, and whoever has the old one open does not see the new.
            fs::remove_file(path).with_context(|| format!("cannot replace {}", path.display()))?;
        }
        let written = create(path, mode).and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|why| match why.kind() {
            io::ErrorKind::AlreadyExists => anyhow!(
                "{} is there already; --force replaces it, and whoever knows the old key has to get the new one",
                path.display()
            ),
            io::ErrorKind::NotFound => anyhow!("cannot write {}: make its folder first", path.display()),
            _ => anyhow!("cannot write {}: {why}", path.display()),
        })
    }
}

#[cfg_attr(not(unix), expect(unused_variables))]
fn create(path: &Path, mode: u32) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    options.open(path)
}
