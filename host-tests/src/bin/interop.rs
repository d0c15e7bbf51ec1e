//! Prints which of our sockets and libzmq's understand each other; with the argument `program`, which of the commands of `zmtp`. Fails
//! if any two do not.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use host_tests::matrix::Matrix;

fn main() -> anyhow::Result<ExitCode> {
    let live = std::io::stderr().is_terminal();
    let each = |done: usize, all: usize| {
        if live {
            eprint!("\r{done:>3} of {all} pairs ");
            let _ = std::io::stderr().flush();
        }
    };
    let is_program = std::env::args().nth(1).is_some_and(|word| word == "program");
    let matrix = if is_program { Matrix::run_program(each)? } else { Matrix::run(each)? };
    if live {
        eprint!("\r                  \r");
    }
    println!("{matrix}");
    Ok(if matrix.failed() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
