//! Files of passwords and folders of certificates, in the formats that users of libzmq have.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;
use zmtp_core::mechanism::{CurveKey, CurveSecretKey};

use super::Password;

/// A file of passwords or a certificate that cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BadFile {
    /// The system does not give it.
    #[error("cannot read {}: {why}{}", path.display(), advice(why.kind()))]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the system says.
        why: Arc<io::Error>,
    },
    /// A line of a file of passwords without a name, or without a password.
    #[error("line {line} of {} is not NAME=PASSWORD; correct it, or begin it with # to leave it out", path.display())]
    NoPassword {
        /// Of which file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// No key where there should be one.
    #[error("{} is no certificate: it has no line {key} = \"...\" with 40 characters of Z85; make it anew, or name another file", path.display())]
    NoKey {
        /// Which file.
        path: PathBuf,
        /// `public-key` or `secret-key`.
        key: &'static str,
    },
}

/// What to do about it.
fn advice(why: io::ErrorKind) -> &'static str {
    match why {
        io::ErrorKind::NotFound => "; name a file that there is, or make it first",
        io::ErrorKind::PermissionDenied => "; let the user that runs this program read it",
        io::ErrorKind::InvalidData => "; name a file of text",
        _ => "",
    }
}

/// The text of a file, which may have secrets in it: it is wiped when it goes out of scope.
fn read(path: &Path) -> Result<Zeroizing<String>, BadFile> {
    fs::read_to_string(path).map(Zeroizing::new).map_err(|why| unreadable(path, why))
}

fn unreadable(path: &Path, why: io::Error) -> BadFile {
    BadFile::Unreadable { path: path.into(), why: Arc::new(why) }
}

/// The keys of a peer, as certificate files of CZMQ and pyzmq have them: a line `public-key = "..."`, and in the file of
/// their owner another, `secret-key = "..."`.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// What everybody may know.
    pub public: CurveKey,
    /// What only its owner has.
    pub secret: Option<CurveSecretKey>,
}

impl Certificate {
    /// Reads a file.
    ///
    /// # Errors
    /// [`BadFile`] if it cannot be read, or has no public key, or a secret key that is none.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, BadFile> {
        let path = path.as_ref();
        let text = read(path)?;
        let value = |name| value(&text, name);
        let bad = |key| BadFile::NoKey { path: path.into(), key };
        let public = value("public-key").and_then(|text| CurveKey::from_z85(text).ok());
        let secret = match value("secret-key") {
            Some(text) => Some(CurveSecretKey::from_z85(text).map_err(|_| bad("secret-key"))?),
            None => None,
        };
        Ok(Self { public: public.ok_or_else(|| bad("public-key"))?, secret })
    }
}

/// What stands behind `name =` in quotes.
fn value<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.lines().find_map(|line| {
        let rest = line.trim().strip_prefix(name)?.trim_start().strip_prefix('=')?.trim();
        rest.strip_prefix('"')?.strip_suffix('"')
    })
}

/// Lines `NAME=PASSWORD`; empty ones and those that begin with `#` say nothing.
pub(super) fn passwords(path: &Path) -> Result<HashMap<String, Password>, BadFile> {
    let text = read(path)?;
    let mut users = HashMap::new();
    for (at, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        match line.split_once('=') {
            Some((name, password)) if !name.is_empty() => users.insert(name.into(), password.into()),
            _ => return Err(BadFile::NoPassword { path: path.into(), line: at + 1 }),
        };
    }
    Ok(users)
}

/// The public keys of all certificates in a folder; other folders in it are passed over.
pub(super) fn certificates(path: &Path) -> Result<HashSet<CurveKey>, BadFile> {
    let mut keys = HashSet::new();
    for entry in fs::read_dir(path).map_err(|why| unreadable(path, why))? {
        let file = entry.map_err(|why| unreadable(path, why))?.path();
        if !file.is_dir() {
            keys.insert(Certificate::read(&file)?.public);
        }
    }
    Ok(keys)
}

/// What is in a file or a folder, read again when that has changed.
#[derive(Debug)]
pub(super) struct Watched<T> {
    path: PathBuf,
    read: fn(&Path) -> Result<T, BadFile>,
    /// When it was changed last, and what was in it then.
    known: Mutex<(Stamp, T)>,
}

/// Changes with the file: when it was changed, and how many octets it has.
type Stamp = Option<(SystemTime, u64)>;

/// Clocks of file systems are coarse: what was changed so lately may change again without showing it.
const SETTLED: Duration = Duration::from_secs(2);

/// What tells a later change of what was read just now; nothing does, if it has changed lately.
fn settled(stamp: Stamp) -> Stamp {
    stamp.filter(|(modified, _)| modified.elapsed().is_ok_and(|age| age > SETTLED))
}

fn stamp(path: &Path) -> Stamp {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

impl<T> Watched<T> {
    pub(super) fn new(path: PathBuf, read: fn(&Path) -> Result<T, BadFile>) -> Result<Self, BadFile> {
        // The stamp first: a change in between is seen the next time.
        let stamp = stamp(&path);
        let known = Mutex::new((settled(stamp), read(&path)?));
        Ok(Self { path, read, known })
    }

    /// Looks at what is in it now. If that cannot be read, or makes no sense, it is what was in it before.
    pub(super) fn look<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        let mut known = self.known.lock().unwrap();
        let stamp = stamp(&self.path);
        if stamp != known.0 {
            known.0 = settled(stamp);
            match (self.read)(&self.path) {
                Ok(new) => known.1 = new,
                Err(error) => tracing::warn!(%error, "what was read before stays in force"),
            }
        }
        look(&known.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::curve_keypair;

    /// A folder of its own for each test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("zmtp-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn write(&self, name: &str, text: &str) -> PathBuf {
            let path = self.0.join(name);
            // As those do who want no reader to see a half of it.
            fs::write(self.0.with_extension("new"), text).unwrap();
            fs::rename(self.0.with_extension("new"), &path).unwrap();
            path
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn passwords_are_read_line_by_line_and_a_bad_line_is_named() {
        let folder = Folder::new("passwords");
        let path = folder.write("good", "# who may come\n\nadmin=secret\nguest=a = b\nopen=\n");
        let users = passwords(&path).unwrap();
        assert_eq!(users.len(), 3);
        assert_eq!(users["admin"].as_str(), "secret");
        assert_eq!(users["guest"].as_str(), "a = b");
        assert_eq!(users["open"].as_str(), "");
        for bad in ["admin=secret\nguest\n", "admin=secret\n=secret\n"] {
            let path = folder.write("bad", bad);
            let error = passwords(&path).unwrap_err().to_string();
            let expected = format!("line 2 of {} is not NAME=PASSWORD", path.display());
            assert!(error.starts_with(&expected), "{error}");
        }
        let error = passwords(&folder.0.join("none")).unwrap_err().to_string();
        assert!(error.starts_with("cannot read ") && error.contains("none: "), "{error}");
    }

    #[test]
    fn certificates_are_those_of_czmq_and_a_file_without_a_key_is_named() {
        let folder = Folder::new("certificates");
        let keys = curve_keypair();
        let secret = String::from_utf8(keys.secret.to_z85().to_vec()).unwrap();
        let text = format!(
            "#   Generated\nmetadata\n    name = \"Ann\"\ncurve\n    public-key = \"{}\"\n    secret-key = \"{secret}\"\n",
            keys.public
        );
        let path = folder.write("ann.key_secret", &text);
        let certificate = Certificate::read(&path).unwrap();
        assert_eq!(certificate.public, keys.public);
        assert_eq!(certificate.secret.unwrap().to_z85(), keys.secret.to_z85());
        assert_eq!(certificates(&folder.0).unwrap(), HashSet::from([keys.public]));
        for (text, key) in [
            ("curve\n    public-key = \"short\"\n", "public-key"),
            (&*text.replace(&secret, "short"), "secret-key"),
        ] {
            let path = folder.write("bob.key", text);
            let expected =
                format!("{} is no certificate: it has no line {key} = \"...\" with 40", path.display());
            for error in [Certificate::read(&path).unwrap_err(), certificates(&folder.0).unwrap_err()] {
                assert!(error.to_string().starts_with(&expected), "{error}");
            }
        }
    }

    #[test]
    fn a_change_is_seen_and_one_that_makes_no_sense_leaves_things_as_they_were() {
        let folder = Folder::new("watched");
        let path = folder.write("users", "admin=secret\n");
        let watched = Watched::new(path, passwords).unwrap();
        let users = || watched.look(HashMap::len);
        assert_eq!(users(), 1);
        folder.write("users", "admin=secret\nguest=guest\n");
        assert_eq!(users(), 2);
        folder.write("users", "what is this\n");
        assert_eq!(users(), 2);
        fs::remove_file(folder.0.join("users")).unwrap();
        assert_eq!(users(), 2);
        folder.write("users", "# nobody\n");
        assert_eq!(users(), 0);
    }
}
