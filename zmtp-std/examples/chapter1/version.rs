//! Reports the version of the library.

fn main() {
    println!("Current 0MQ version is {}", zmtp_std::VERSION);
}
