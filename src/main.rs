//! The program: arguments in, exit code out. Everything else is the library.

use std::process::ExitCode;

// Templates allocate many small values on several threads at once.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    #[expect(clippy::disallowed_methods, reason = "this is where arguments come in")]
    let arguments = std::env::args_os();
    ExitCode::from(helmlock::run(arguments))
}
