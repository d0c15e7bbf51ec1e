//! Runs the soaks, all or those that are named, and says what was seen.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};
use host_tests::soak;

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((part, rest)) if part == "server" => soak::serve(rest).map(|()| ExitCode::SUCCESS),
        Some((part, rest)) if part == "crowd" => soak::crowd(rest).map(|()| ExitCode::SUCCESS),
        _ => run(&arguments),
    }
}

fn run(only: &[String]) -> Result<ExitCode> {
    let names = soak::ALL.map(|(name, ..)| name);
    if let Some(unknown) = only.iter().find(|name| !names.contains(&name.as_str())) {
        bail!("no soak is called {unknown}; there are: {}", names.join(" "));
    }
    let mut good = true;
    for (name, what, soak) in soak::ALL {
        if !only.is_empty() && !only.iter().any(|only| only == name) {
            continue;
        }
        println!("{name}: {what}");
        let since = Instant::now();
        let seen = soak()?;
        seen.lines.iter().for_each(|line| println!("    {line}"));
        println!("    {} after {:.1?}", if seen.good { "ok" } else { "FAILED" }, since.elapsed());
        good &= seen.good;
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
