//! The one integration binary.

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
