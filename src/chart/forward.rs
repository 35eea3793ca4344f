//! A stream that one can go forward in, which is all that the tar reader asks of one where it passes over what nobody reads.
//!
//! What is in the stream is not its matter, but for the zeros at its end.

use std::io::{self, BufRead, Read, Seek, SeekFrom};

/// What is said of a stream that ends too early.
pub(super) const INSIDE: &str = "the tar stream ends inside of a file";

/// A stream, and what is known of the part of it that was passed.
pub(super) struct Forward<R> {
    stream: R,
    position: u64,
    /// How many zeros were passed last.
    zeros: usize,
}

impl<R: BufRead> Forward<R> {
    /// Nothing is passed yet.
    pub(super) fn new(stream: R) -> Self {
        Self { stream, position: 0, zeros: 0 }
    }

    /// Passes over zeros to the end of the stream, and tells how many there were; none if there is anything else.
    pub(super) fn zeros_to_the_end(&mut self) -> io::Result<Option<usize>> {
        let start = self.position;
        loop {
            match self.stream.fill_buf()? {
                [] => return Ok(Some((self.position - start) as usize)),
                rest if rest.iter().all(|&byte| byte == 0) => {
                    let length = rest.len();
                    self.stream.consume(length);
                    self.zeros += length;
                    self.position += length as u64;
                }
                _ => return Ok(None),
            }
        }
    }

    /// How many zeros were passed last.
    pub(super) fn zeros(&self) -> usize {
        self.zeros
    }
}

/// How many zeros come last where so many came before.
fn zeros_behind(before: usize, passed: &[u8]) -> usize {
    let mut rest = passed;
    // Headers and the last blocks of files are half zeros.
    while let Some((front, [0, 0, 0, 0, 0, 0, 0, 0])) = rest.split_last_chunk() {
        rest = front;
    }
    rest.iter().rposition(|&byte| byte != 0).map_or(before + passed.len(), |last| passed.len() - last - 1)
}

impl<R: BufRead> Read for Forward<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.stream.read(into)?;
        self.zeros = zeros_behind(self.zeros, &into[..length]);
        self.position += length as u64;
        Ok(length)
    }
}

impl<R: BufRead> Seek for Forward<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let SeekFrom::Current(distance) = to else { return Err(io::ErrorKind::Unsupported.into()) };
        let mut left = usize::try_from(distance).map_err(io::Error::other)?;
        while left > 0 {
            let buffer = self.stream.fill_buf()?;
            let passed = buffer.len().min(left);
            if passed == 0 {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, INSIDE));
            }
            self.zeros = zeros_behind(self.zeros, &buffer[..passed]);
            self.stream.consume(passed);
            self.position += passed as u64;
            left -= passed;
        }
        Ok(self.position)
    }
}
