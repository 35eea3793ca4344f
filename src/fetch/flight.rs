//! One process asks, the others wait for what it brings.
//!
//! Only work is saved here. Who waits too long goes ahead, and everything stays right.

use std::time::Duration;

use super::http::Http;
use crate::cache::{Cache, Lock};

const FIRST_LOOK: Duration = Duration::from_millis(5);
const LATER_LOOKS: Duration = Duration::from_millis(200);

/// The right to ask a URL; nothing if another process has it for longer than patience lasts.
pub(super) async fn lock(http: &Http, cache: &Cache, url: &str) -> Option<Lock> {
    let mut pause = FIRST_LOOK;
    let mut waited = Duration::ZERO;
    while waited < http.options().patience.lock {
        if let Some(lock) = cache.try_lock(url) {
            return Some(lock);
        }
        http.pause(pause).await;
        waited += pause;
        pause = (pause * 3 / 2).min(LATER_LOOKS);
    }
    None
}
