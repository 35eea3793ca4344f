//! x
use super::Head;
pub(super) fn head(_document: &[u8]) -> Option<Head> {
    None
}
