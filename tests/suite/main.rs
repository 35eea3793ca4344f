//! The one integration binary.

mod oci;
mod store;
mod support;
mod tidy;
