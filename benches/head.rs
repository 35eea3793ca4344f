//! How fast the head of a rendered document is read: `cargo bench --bench head -- FILE`, where FILE is what `helmlock template`
//! printed. Beside it stands the floor, which is finding the line ends of the same bytes.
//!
//! It does not say how many documents went to the parser, except through the time that they take. No network, no other program; each
//! number is that of the best of many runs.

#![allow(missing_docs, clippy::print_stdout, clippy::disallowed_methods, reason = "a program for people who measure")]

use std::hint::black_box;
use std::time::{Duration, Instant};

const RUNS: usize = 30;

fn main() {
    let path = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let Some(path) = path else {
        // `cargo test --benches` and `cargo bench` without a file have nothing to measure.
        println!("head: no file given: cargo bench --bench head -- rendered.yaml");
        return;
    };
    let text = std::fs::read_to_string(&path).expect("the file can be read");
    let documents: Vec<&[u8]> = text.split("\n---\n").map(str::as_bytes).collect();
    let heads = best(|| documents.iter().filter(|document| helmlock::yaml::head(black_box(document)).is_ok()).count());
    let floor = best(|| documents.iter().map(|document| memchr::memchr_iter(b'\n', black_box(document)).count()).sum());
    let speed = |time: Duration| text.len() as f64 / time.as_secs_f64() / 1e9;
    println!("{} documents, {} bytes, {} accepted", documents.len(), text.len(), heads.1);
    println!("head  {:.2} GB/s\nlines {:.2} GB/s", speed(heads.0), speed(floor.0));
}

fn best(work: impl Fn() -> usize) -> (Duration, usize) {
    let timed = || {
        let start = Instant::now();
        let count = work();
        (start.elapsed(), count)
    };
    (0..RUNS).map(|_| timed()).min().expect("it runs at least once")
}
