//! This room against a server on loopback that is well or misbehaves.

#![allow(clippy::disallowed_methods, reason = "the tests play with files, programs and the environment")]

#[path = "../../../tests/suite/support/registry.rs"]
mod registry;

mod charts;
mod http;
mod index;
mod manners;
mod processes;
mod tls;

/// The bytes as gzip.
fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzEncoder::new(bytes, flate2::Compression::fast()), &mut packed).unwrap();
    packed
}
