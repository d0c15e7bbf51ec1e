//! The options of PLAIN and CURVE. Secrets come from files and from the environment: a command line can be read by
//! everybody on the machine, so no option takes one.

use std::env::{self, VarError};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail, ensure};
use clap::Args;
use zmtp_std::Options;
use zmtp_std::security::{Certificate, CurveKey, CurveSecretKey, Password, Rules, curve_keypair};

const PASSWORD: &str = "ZMTP_PLAIN_PASSWORD";
const SECRET_KEY: &str = "ZMTP_CURVE_SECRETKEY";

/// See the module.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Security (secrets are never options: others can read a command line)")]
pub(crate) struct Security {
    /// PLAIN, client: our name; the password is in the file below, or in ZMTP_PLAIN_PASSWORD
    #[arg(long, value_name = "NAME", conflicts_with_all = ["plain_server", "curve_server", "curve_serverkey"])]
    plain_username: Option<String>,
    /// PLAIN, client: a file whose first line is the password
    #[arg(long, value_name = "FILE", requires = "plain_username")]
    plain_password_file: Option<PathBuf>,
    /// PLAIN, server: a file of lines NAME=PASSWORD, who may come in
    #[arg(long, value_name = "FILE", conflicts_with_all = ["curve_server", "curve_serverkey"])]
    plain_server: Option<PathBuf>,
    /// CURVE: our certificate, as zmtp keygen and CZMQ write it; or ZMTP_CURVE_SECRETKEY has our secret key
    #[arg(long, value_name = "FILE")]
    curve_cert: Option<PathBuf>,
    /// CURVE, client: the public key of the server, or its certificate; without a certificate of ours we make a new key
    #[arg(long, value_name = "KEY|FILE", conflicts_with = "curve_server")]
    curve_serverkey: Option<String>,
    /// CURVE: be the server
    #[arg(long)]
    curve_server: bool,
    /// CURVE, server: a folder with the certificates of the clients that may come in [default: all who know our key]
    #[arg(long, value_name = "FOLDER", requires = "curve_server")]
    curve_allow: Option<PathBuf>,
}

impl Security {
    pub(crate) fn apply_to(&self, mut options: Options) -> anyhow::Result<Options> {
        if let Some(username) = &self.plain_username {
            options.plain_username = Some(username.clone());
            options.plain_password = self.password()?;
        }
        if let Some(file) = &self.plain_server {
            options.plain_server = true;
            options.admission = Some(Rules::new().passwords(file).context("--plain-server")?.into());
        }
        if self.curve_server || self.curve_serverkey.is_some() {
            self.apply_curve(&mut options)?;
        } else if self.curve_cert.is_some() {
            bail!("--curve-cert needs a role: add --curve-server, or for a client --curve-serverkey");
        }
        Ok(options)
    }

    fn password(&self) -> anyhow::Result<Password> {
        if let Some(file) = &self.plain_password_file {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("--plain-password-file: cannot read {}", file.display()))?;
            return Ok(text.lines().next().unwrap_or_default().into());
        }
        let password = secret_in(PASSWORD)?;
        password.map(Password::from).ok_or_else(|| {
            anyhow!("no password: put it into the file of --plain-password-file, or into {PASSWORD}")
        })
    }

    fn apply_curve(&self, options: &mut Options) -> anyhow::Result<()> {
        options.curve_server = self.curve_server;
        options.curve_serverkey = self.curve_serverkey.as_deref().map(server_key).transpose()?;
        options.curve_secretkey = match self.secret_key()? {
            Some(key) => Some(key),
            None => {
                ensure!(
                    !self.curve_server,
                    "a CURVE server needs a key that its clients know: make one with zmtp keygen FILE, then --curve-cert FILE"
                );
                Some(curve_keypair().secret)
            }
        };
        if let Some(folder) = &self.curve_allow {
            options.admission = Some(Rules::new().certificates(folder).context("--curve-allow")?.into());
        }
        Ok(())
    }

    fn secret_key(&self) -> anyhow::Result<Option<CurveSecretKey>> {
        if let Some(file) = &self.curve_cert {
            return own_certificate(file).map(Some);
        }
        let text = secret_in(SECRET_KEY)?;
        let key = text.map(|text| CurveSecretKey::from_z85(&text)).transpose();
        // Why not is of no interest, and a secret.
        key.map_err(|_| anyhow!("{SECRET_KEY} is no key: 40 characters of Z85, as zmtp keygen prints them"))
    }
}

/// The secret key of a certificate: in the file, or as CZMQ has it, in that of the same name with `_secret` behind.
fn own_certificate(file: &Path) -> anyhow::Result<CurveSecretKey> {
    let mut with_secret = file.as_os_str().to_owned();
    with_secret.push("_secret");
    let with_secret = PathBuf::from(with_secret);
    let secret = match Certificate::read(file) {
        Ok(Certificate { secret: Some(secret), .. }) => Some(secret),
        Ok(_) | Err(_) if with_secret.exists() => Certificate::read(&with_secret)?.secret,
        Ok(_) => None,
        Err(bad) if !file.exists() => bail!("--curve-cert: {bad}; zmtp keygen {} makes one", file.display()),
        Err(bad) => return Err(bad).context("--curve-cert"),
    };
    secret.with_context(|| {
        format!("{} has no secret key, and there is no {}", file.display(), with_secret.display())
    })
}

/// A public key as text, or that of a certificate.
fn server_key(text: &str) -> anyhow::Result<CurveKey> {
    match CurveKey::from_z85(text) {
        Ok(key) => Ok(key),
        Err(_) if Path::new(text).exists() => {
            Ok(Certificate::read(text).context("--curve-serverkey")?.public)
        }
        Err(_) => bail!(
            "--curve-serverkey is neither a key of 40 characters of Z85 nor a certificate that is there: {text}"
        ),
    }
}

fn secret_in(variable: &str) -> anyhow::Result<Option<String>> {
    match env::var(variable) {
        Ok(secret) => Ok(Some(secret)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => bail!("{variable} is no text"),
    }
}
