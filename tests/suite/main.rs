//! The one integration binary.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "tests fail by panicking and touch the disk")]
#![allow(clippy::needless_raw_string_hashes, clippy::format_push_string, reason = "inputs and expected outputs read alike")]
#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]

mod auth;
mod check;
mod compare;
mod compare_helmfile;
mod diff;
mod docs;
mod engine;
mod errors;
mod examples;
mod fetch;
mod git;
mod lint;
mod list;
mod nested;
mod oci;
mod offline;
mod purity;
mod resolve;
mod store;
mod support;
mod template;
mod tidy;
mod trust;
mod update;
mod variants;
