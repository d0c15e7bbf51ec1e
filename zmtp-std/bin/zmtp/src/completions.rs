//! `zmtp completions`: what a shell needs to complete command lines of this program.

use std::io::{self, Write};

use clap::{Args, CommandFactory};
use clap_complete::Shell;

pub(crate) const EXAMPLES: &str = "Examples:
  bash:  zmtp completions bash > ~/.local/share/bash-completion/completions/zmtp
  zsh:   zmtp completions zsh > ~/.zfunc/_zmtp          (with ~/.zfunc in fpath)
  fish:  zmtp completions fish > ~/.config/fish/completions/zmtp.fish";

/// See the module.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut crate::Cli::command(), "zmtp", &mut script);
        Ok(io::stdout().write_all(&script)?)
    }
}
