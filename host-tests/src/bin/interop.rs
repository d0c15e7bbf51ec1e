//! Prints which of our sockets and libzmq's understand each other; fails if any two do not.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use host_tests::matrix::Matrix;

fn main() -> anyhow::Result<ExitCode> {
    let live = std::io::stderr().is_terminal();
    let matrix = Matrix::run(|done, all| {
        if live {
            eprint!("\r{done:>3} of {all} pairs ");
            let _ = std::io::stderr().flush();
        }
    })?;
    if live {
        eprint!("\r                  \r");
    }
    println!("{matrix}");
    Ok(if matrix.failed() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
