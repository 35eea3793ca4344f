//! The run's randomness in the form that the cryptographic crates ask for.

use std::convert::Infallible;

use rsa::rand_core::{TryCryptoRng, TryRng};

use crate::gotemplate::State;

/// Random bytes of a run.
pub(super) struct Entropy<'state, 'run>(pub(super) &'state State<'run>);

impl Entropy<'_, '_> {
    /// So many random bytes.
    pub(super) fn bytes<const COUNT: usize>(&self) -> [u8; COUNT] {
        let mut bytes = [0; COUNT];
        self.0.fill_random(&mut bytes);
        bytes
    }
}

impl TryRng for Entropy<'_, '_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.bytes()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill_random(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Entropy<'_, '_> {}
