//! The program: arguments in, exit code out. Everything else is the library.

// Templates allocate many small values on several threads at once. They do so for milliseconds, in which a huge page costs
// more to clear than it saves, most of all on a virtual machine that has given the memory back meanwhile: hence `no_thp`.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    #[expect(clippy::disallowed_methods, reason = "this is where arguments come in")]
    let arguments = std::env::args_os();
    #[expect(clippy::disallowed_methods, reason = "this is where the exit code goes out")]
    helmlock::run_then(arguments, |code| std::process::exit(code.into()));
}
