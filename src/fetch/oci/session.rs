//! What registries have told in this run, so that nobody is asked twice: logins, tokens, manifests.
//!
//! Nothing of it outlives the process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Manifest;
use crate::fetch::Proof;
use crate::fetch::credentials::registry::Found;

/// How we are known to a registry.
#[derive(Clone, Debug)]
pub(super) struct Login {
    pub(super) proof: Proof,
    /// What was shown for it, for messages.
    pub(super) told: Arc<str>,
}

/// A token's realm, service and scope.
pub(super) type TokenKey = (String, String, String);

/// All that is known.
#[derive(Debug, Default)]
pub(in crate::fetch) struct Session {
    known: Mutex<Known>,
    credentials: Arc<Mutex<BTreeMap<String, Arc<Found>>>>,
}

#[derive(Debug, Default)]
struct Known {
    /// By host and repository.
    logins: BTreeMap<(String, String), Login>,
    tokens: BTreeMap<TokenKey, Login>,
    manifests: BTreeMap<String, Arc<Manifest>>,
}

impl Session {
    /// What is stored for a host: `look_up` is called for the first who asks, while all others wait. For threads that may wait.
    pub(super) fn credentials(&self, host: String) -> impl FnOnce(&dyn Fn(&str) -> Found) -> Arc<Found> + Send + 'static {
        let credentials = Arc::clone(&self.credentials);
        move |look_up| {
            let mut credentials = credentials.lock().unwrap_or_else(PoisonError::into_inner);
            let found = credentials.entry(host).or_insert_with_key(|host| Arc::new(look_up(host)));
            Arc::clone(found)
        }
    }

    pub(super) fn login(&self, host: &str, repository: &str) -> Option<Login> {
        self.known().logins.get(&(host.to_owned(), repository.to_owned())).cloned()
    }

    pub(super) fn learn_login(&self, host: &str, repository: &str, login: Login) {
        self.known().logins.insert((host.to_owned(), repository.to_owned()), login);
    }

    pub(super) fn token(&self, key: &TokenKey) -> Option<Login> {
        self.known().tokens.get(key).cloned()
    }

    pub(super) fn learn_token(&self, key: TokenKey, login: Login) {
        self.known().tokens.insert(key, login);
    }

    pub(super) fn manifest(&self, key: &str) -> Option<Arc<Manifest>> {
        self.known().manifests.get(key).cloned()
    }

    pub(super) fn learn_manifest(&self, key: String, manifest: Manifest) -> Arc<Manifest> {
        let manifest = Arc::new(manifest);
        self.known().manifests.insert(key, Arc::clone(&manifest));
        manifest
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
