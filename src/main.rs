//! The program: arguments in, exit code out. Everything else is the library.

#[cfg(unix)]
use std::io::Write as _;

// Templates allocate many small values on several threads at once. They do so for milliseconds, in which a huge page costs
// more to clear than it saves, most of all on a virtual machine that has given the memory back meanwhile: hence `no_thp`.
// Where mimalloc can stand for the C library's `malloc`, Rust's own way there is the shorter one: it names an alignment
// only where that is an unusual one, and naming it costs instructions and memory each time.
#[cfg(all(feature = "mimalloc", target_os = "linux", target_env = "gnu"))]
use mimalloc as _;

#[cfg(all(feature = "mimalloc", not(all(target_os = "linux", target_env = "gnu"))))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    #[expect(clippy::disallowed_methods, reason = "this is where arguments come in")]
    let arguments = std::env::args_os();
    helmlock::run_then(arguments, end);
}

/// Ends the process at once. The C library's way would have the allocator give back all memory, piece by piece, before the
/// system takes it as a whole.
#[cfg(unix)]
fn end(code: u8) {
    // What cannot be written any more is nobody's to read; results were written, and their errors told, before.
    drop(std::io::stdout().flush());
    signal_hook::low_level::exit(code.into())
}

#[cfg(not(unix))]
fn end(code: u8) {
    #[expect(clippy::disallowed_methods, reason = "this is where the exit code goes out")]
    std::process::exit(code.into())
}
