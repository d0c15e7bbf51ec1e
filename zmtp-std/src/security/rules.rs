//! Lists of who may come in, for those who need no more.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

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
            Proof::Plain { username, password } => match self.users.get(username) {
                Some(expected) if expected == password => Verdict::accept(username),
                _ => Verdict::deny(),
            },
            Proof::Curve(key) if self.any_key || self.keys.contains(key) => Verdict::accept(key.to_string()),
            Proof::Null | Proof::Curve(_) => Verdict::deny(),
        }
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
