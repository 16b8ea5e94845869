//! `outguard`: the command-line tool. Everything it does is in the library's `cli` room.

fn main() -> std::process::ExitCode {
    outguard::cli::main(std::env::args_os())
}
