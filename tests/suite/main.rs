//! The one integration binary.

mod compare;
mod store;
mod support;
mod tidy;
