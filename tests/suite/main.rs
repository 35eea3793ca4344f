//! The one integration binary.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "tests fail by panicking and touch the disk")]
#![allow(clippy::needless_raw_string_hashes, reason = "all expected outputs are written alike")]

mod check;
mod docs;
mod errors;
mod examples;
mod fetch;
mod list;
mod offline;
mod resolve;
mod store;
mod support;
mod template;
mod tidy;
mod update;
