//! Runs the programs of the ZeroMQ Guide with their partners, at full size, and says what was seen of each.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use host_tests::built;
use host_tests::guide::{self, Stage};

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(played) = guide::libzmq::part(&arguments) {
        return played.map(|()| ExitCode::SUCCESS);
    }
    built::guide()?;
    let (mut failed, mut count) = (0, 0);
    println!("{:<22} {:<32} {:>7}  what was seen", "program", "partners", "time");
    for play in guide::plays() {
        if !arguments.is_empty() && !arguments.iter().any(|word| play.name.contains(word.as_str())) {
            continue;
        }
        let since = Instant::now();
        let seen = Stage::new(true).and_then(play.run);
        let took = since.elapsed().as_secs_f64();
        failed += usize::from(seen.is_err());
        count += 1;
        let seen = seen.unwrap_or_else(|error| format!("FAILED: {}: {error:#}", play.name));
        println!("{:<22} {:<32} {took:>5.1} s  {seen}", play.program, play.partners);
    }
    println!("{count} plays, {failed} failed");
    Ok(if failed == 0 && count > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
