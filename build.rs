//! Links the unwinder into the program, where the compiler's own copy of it can be had: a shared library would be looked for,
//! mapped and relocated at each start, which takes a twentieth of a small chart's time.
//!
//! It does nothing else. Without that copy (no gcc, another system) the shared one is linked, as Rust does by itself.

use std::env;
use std::path::Path;
use std::process::Command;

/// GCC's unwinder as an archive; the library exception of its license lets everybody link it.
const UNWINDER: &str = "gcc_eh";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if is_native_gnu() && finds_archive() {
        println!("cargo::rustc-link-lib=static:-bundle={UNWINDER}");
    }
}

/// Whether the program is for the machine that builds it, whose compiler knows its archives.
fn is_native_gnu() -> bool {
    let is = |name: &str, value: &str| env_var(name).as_deref() == Some(value);
    is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") && env_var("TARGET") == env_var("HOST")
}

#[expect(clippy::disallowed_methods, reason = "cargo tells build scripts by the environment")]
fn env_var(name: &str) -> Option<String> {
    env::var(name).ok()
}

/// Whether the linker finds the archive: the compiler prints its whole path then, and only its name otherwise.
#[expect(clippy::disallowed_methods, reason = "this is not the program")]
fn finds_archive() -> bool {
    let asked = Command::new("cc").arg(format!("-print-file-name=lib{UNWINDER}.a")).output();
    asked.is_ok_and(|said| Path::new(String::from_utf8_lossy(&said.stdout).trim()).is_absolute())
}
