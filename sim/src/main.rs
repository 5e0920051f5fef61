//! `zablab`: the command line of the testbed.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
