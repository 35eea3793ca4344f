//! The one integration binary.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "tests fail by panicking and touch the disk")]
#![allow(clippy::needless_raw_string_hashes, clippy::format_push_string, reason = "inputs and expected outputs read alike")]
#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]

mod archives;
mod auth;
mod beside_helmfile;
mod bump;
mod bundle;
mod canary;
mod check;
mod compare;
mod compare_helmfile;
mod crypto;
mod diff;
mod docs;
mod engine;
mod errors;
mod examples;
mod export;
mod fetch;
mod flags;
mod git;
mod helmfile_commands;
mod hooks;
mod hostile;
mod images;
mod integrations;
mod linked;
mod lint;
mod list;
mod local_charts;
mod merge_driver;
mod migrate;
mod mirrors;
mod mutations;
mod nested;
mod nginx;
mod oci;
mod offline;
mod outdated;
mod policy;
mod post_rendered;
mod purity;
mod remotes;
mod republished;
mod resolve;
mod schemas;
mod store;
mod support;
mod template;
mod tidy;
mod tree;
mod trust;
mod unpacked;
mod update;
mod variants;
mod vendor;
mod why;
