//! Lists of who may come in, for those who need no more.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use super::files::{BadFile, Watched, certificates, passwords};
use super::{Admission, Applicant, Authenticator, CurveKey, Judging, Password, Proof, Verdict};

/// Who may come in: addresses, names with passwords, public keys. Without rules nobody may.
///
/// First the address has to be good, then what the peer shows: with NULL nothing is shown, and [`anonymous`](Self::anonymous)
/// peers have to be allowed; with PLAIN it is a name and a password, with CURVE a key. The user id of who comes in
/// is the name, or the key as text.
///
/// ```
/// use zmtp_std::Options;
/// use zmtp_std::security::Rules;
///
/// let options = Options {
///     plain_server: true,
///     admission: Some(Rules::new().user("admin", "secret").deny([192, 0, 2, 7]).into()),
///     ..Options::default()
/// };
/// # let _ = options;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Rules {
    allowed: HashSet<IpAddr>,
    denied: HashSet<IpAddr>,
    users: HashMap<String, Password>,
    keys: HashSet<CurveKey>,
    password_files: Vec<Arc<Watched<HashMap<String, Password>>>>,
    certificate_folders: Vec<Arc<Watched<HashSet<CurveKey>>>>,
    any_key: bool,
    anonymous: bool,
}

impl Rules {
    /// No rules: nobody may come in.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Peers from this address may come in, if what they show is good; those from addresses that are not allowed may
    /// not any more.
    #[must_use]
    pub fn allow(mut self, address: impl Into<IpAddr>) -> Self {
        self.allowed.insert(address.into().to_canonical());
        self
    }

    /// Nobody from this address may come in, also if it is allowed.
    #[must_use]
    pub fn deny(mut self, address: impl Into<IpAddr>) -> Self {
        self.denied.insert(address.into().to_canonical());
        self
    }

    /// This user may come in with this password, over PLAIN.
    #[must_use]
    pub fn user(mut self, name: impl Into<String>, password: impl Into<Password>) -> Self {
        self.users.insert(name.into(), password.into());
        self
    }

    /// Who is in this file may come in, over PLAIN: it has lines `NAME=PASSWORD`, and others that begin with `#` or are empty. A
    /// change to it counts from the next peer on; if it cannot be read then, or makes no sense, what was in it before
    /// does, and a warning is logged. Names that [`user`](Self::user) has told are not looked for in it.
    ///
    /// # Errors
    /// [`BadFile`] if it cannot be read, or which line makes no sense.
    pub fn passwords(mut self, file: impl Into<PathBuf>) -> Result<Self, BadFile> {
        self.password_files.push(Arc::new(Watched::new(file.into(), passwords)?));
        Ok(self)
    }

    /// Whose [`Certificate`](super::Certificate) is in this folder may come in, over CURVE. Files that are added, removed or
    /// replaced by others count from the next peer on, as with [`passwords`](Self::passwords); one that is changed in its place
    /// does not.
    ///
    /// # Errors
    /// [`BadFile`] if it cannot be read, or which file in it is no certificate.
    pub fn certificates(mut self, folder: impl Into<PathBuf>) -> Result<Self, BadFile> {
        self.certificate_folders.push(Arc::new(Watched::new(folder.into(), certificates)?));
        Ok(self)
    }

    /// Who has the secret key of this one may come in, over CURVE.
    #[must_use]
    pub fn key(mut self, key: CurveKey) -> Self {
        self.keys.insert(key);
        self
    }

    /// Whoever knows the key of the server may come in over CURVE, with any key.
    #[must_use]
    pub fn any_key(mut self) -> Self {
        self.any_key = true;
        self
    }

    /// Whoever comes from a good address may come in over NULL.
    #[must_use]
    pub fn anonymous(mut self) -> Self {
        self.anonymous = true;
        self
    }

    fn verdict(&self, applicant: &Applicant) -> Verdict {
        // Who comes over ipc has no address that could be in a list.
        let address = applicant.address.ip().map(|ip| ip.to_canonical());
        let is_in = |list: &HashSet<IpAddr>| address.is_some_and(|address| list.contains(&address));
        if !(self.allowed.is_empty() || is_in(&self.allowed)) || is_in(&self.denied) {
            return Verdict::deny();
        }
        match &applicant.proof {
            Proof::Null if self.anonymous => Verdict::accept(""),
            Proof::Plain { username, password } if self.is_user(username, password) => {
                Verdict::accept(username)
            }
            Proof::Curve(key) if self.is_known(key) => Verdict::accept(key.to_string()),
            Proof::Null | Proof::Plain { .. } | Proof::Curve(_) => Verdict::deny(),
        }
    }
}

impl Rules {
    fn is_user(&self, username: &str, password: &Password) -> bool {
        let good = |users: &HashMap<_, _>| users.get(username).map(|expected| expected == password);
        let in_files = || self.password_files.iter().find_map(|file| file.look(good));
        good(&self.users).or_else(in_files).unwrap_or(false)
    }

    fn is_known(&self, key: &CurveKey) -> bool {
        let mut folders = self.certificate_folders.iter();
        self.any_key
            || self.keys.contains(key)
            || folders.any(|folder| folder.look(|keys| keys.contains(key)))
    }
}

impl Authenticator for Rules {
    fn judge(&self, applicant: &Applicant) -> Judging {
        self.verdict(applicant).into()
    }
}

impl From<Rules> for Admission {
    fn from(rules: Rules) -> Self {
        Self::new(rules)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::curve_keypair;
    use bytes::Bytes;

    fn is_in(rules: &Rules, address: &str, proof: Proof) -> bool {
        let address = std::net::SocketAddr::from((address.parse::<IpAddr>().unwrap(), 1)).into();
        let applicant = Applicant { domain: String::new(), address, routing_id: Bytes::new(), proof };
        matches!(rules.verdict(&applicant), Verdict::Accept(_))
    }

    fn plain(username: &str, password: &str) -> Proof {
        Proof::Plain { username: username.into(), password: password.into() }
    }

    #[test]
    fn without_a_rule_nobody_comes_in() {
        let key = curve_keypair().public;
        for proof in [Proof::Null, plain("", ""), Proof::Curve(key)] {
            assert!(!is_in(&Rules::new(), "127.0.0.1", proof));
        }
    }

    #[test]
    fn each_mechanism_has_its_list() {
        let (key, other) = (curve_keypair().public, curve_keypair().public);
        let rules = Rules::new().user("admin", "secret").key(key);
        assert!(is_in(&rules, "127.0.0.1", plain("admin", "secret")));
        for (username, password) in [("admin", "secre"), ("admin", ""), ("secret", "admin"), ("", "")] {
            assert!(!is_in(&rules, "127.0.0.1", plain(username, password)));
        }
        assert!(is_in(&rules, "127.0.0.1", Proof::Curve(key)));
        assert!(!is_in(&rules, "127.0.0.1", Proof::Curve(other)));
        assert!(!is_in(&rules, "127.0.0.1", Proof::Null));
        assert!(is_in(&rules.clone().any_key(), "127.0.0.1", Proof::Curve(other)));
        assert!(is_in(&rules.anonymous(), "127.0.0.1", Proof::Null));
    }

    #[test]
    fn who_is_in_a_file_or_has_a_certificate_in_a_folder_comes_in() {
        let folder = std::env::temp_dir().join(format!("zmtp-rules-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("clients")).unwrap();
        let (key, other) = (curve_keypair().public, curve_keypair().public);
        std::fs::write(folder.join("clients/ann.key"), format!("public-key = \"{key}\"\n")).unwrap();
        std::fs::write(folder.join("users"), "admin=secret\nguest=guest\n").unwrap();
        let rules = Rules::new().user("admin", "other").passwords(folder.join("users")).unwrap();
        let rules = rules.certificates(folder.join("clients")).unwrap();
        assert!(is_in(&rules, "127.0.0.1", plain("guest", "guest")));
        assert!(is_in(&rules, "127.0.0.1", plain("admin", "other")));
        assert!(!is_in(&rules, "127.0.0.1", plain("admin", "secret")));
        assert!(!is_in(&rules, "127.0.0.1", plain("nobody", "")));
        assert!(is_in(&rules, "127.0.0.1", Proof::Curve(key)));
        assert!(!is_in(&rules, "127.0.0.1", Proof::Curve(other)));
        std::fs::write(folder.join("clients/bob.key"), format!("public-key = \"{other}\"\n")).unwrap();
        assert!(is_in(&rules, "127.0.0.1", Proof::Curve(other)));
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(Rules::new().certificates(&folder).is_err());
    }

    #[test]
    fn addresses_are_denied_before_they_are_allowed_and_the_same_as_mapped_ones() {
        let rules = Rules::new().anonymous().deny([10, 0, 0, 1]);
        assert!(is_in(&rules, "10.0.0.2", Proof::Null));
        assert!(!is_in(&rules, "10.0.0.1", Proof::Null));
        assert!(!is_in(&rules, "::ffff:10.0.0.1", Proof::Null));
        let rules = rules.allow([10, 0, 0, 1]).allow([10, 0, 0, 3]);
        assert!(is_in(&rules, "10.0.0.3", Proof::Null));
        assert!(!is_in(&rules, "10.0.0.2", Proof::Null));
        assert!(!is_in(&rules, "10.0.0.1", Proof::Null));
    }
}
