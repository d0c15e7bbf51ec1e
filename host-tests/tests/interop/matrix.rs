//! Every legal pair of socket types meets libzmq.

use host_tests::matrix::Matrix;

#[test]
fn every_legal_pair_understands_libzmq_over_tcp_and_ipc_with_null_plain_and_curve_whoever_binds() {
    let matrix = Matrix::run(|_, _| {}).expect("both ends start");
    println!("{matrix}");
    assert_eq!(matrix.failed(), 0, "{matrix}");
    // 21 pairs, 2 transports, 4 peers and mechanisms, 2 that may bind.
    let met = matrix.understood() + matrix.halved();
    assert_eq!(met + matrix.missing(), 21 * 2 * 4 * 2);
    assert!(matches!((matrix.halved(), matrix.missing()), (8, 0) | (0, 252)), "{matrix}");
}

#[test]
fn every_command_of_the_program_understands_libzmq_over_tcp_and_ipc_with_null_plain_and_curve_whoever_binds()
{
    let matrix = Matrix::run_program(|_, _| {}).expect("both ends start");
    println!("{matrix}");
    assert_eq!(matrix.failed(), 0, "{matrix}");
    let met = matrix.understood() + matrix.halved();
    assert_eq!(met + matrix.missing(), 21 * 2 * 4 * 2);
    assert!(matches!((matrix.halved(), matrix.missing()), (8, 0) | (0, 252)), "{matrix}");
}
