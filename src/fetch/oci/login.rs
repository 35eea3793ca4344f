//! From a challenge to a proof: user and password for who wants just these, a token from the realm for all others.
//!
//! An identity token is shown to the realm in a form that is posted (`OAuth2`), a password in the head of a GET.

use std::sync::Arc;

use serde::Deserialize;

use super::Repository;
use super::challenge::{self, Challenge};
use super::session::Login;
use crate::fetch::credentials::registry::{self, Credential, Found};
use crate::fetch::question::{Answer, Authorization, Packing, Question};
use crate::fetch::{Address, Problem, Proof, Secret};

/// Bytes of a token's answer.
const TOKEN_LIMIT: usize = 1 << 20;

/// Registries have called it by either name, and say both to be sure.
#[derive(Deserialize)]
struct Wire {
    token: Option<String>,
    access_token: Option<String>,
}

impl Repository<'_> {
    /// Answers a challenge.
    pub(super) async fn log_in(&self, address: &Address, challenge: &str) -> Result<Login, Problem> {
        let host = self.source.host();
        let refused = self.http.session().login(host, &self.name);
        let found = self.credentials().await;
        let mut basic = None;
        for challenge in challenge::read(challenge) {
            match challenge {
                Challenge::Bearer { realm, service, scope } => {
                    let scope = scope.unwrap_or_else(|| format!("repository:{}:pull", self.name));
                    let login = self.token(address, (realm, service, scope), &found, refused.as_ref()).await?;
                    self.http.session().learn_login(host, &self.name, login.clone());
                    return Ok(login);
                }
                Challenge::Basic => basic = found.proof(),
            }
        }
        let denied = |credentials| Problem::Login { url: address.clone(), status: 401, credentials };
        let login = Login { proof: basic.ok_or_else(|| denied(found.told()))?, told: found.told().into() };
        self.http.session().learn_login(host, &self.name, login.clone());
        Ok(login)
    }

    async fn credentials(&self) -> Arc<Found> {
        let options = self.http.options();
        if let Some(found) = registry::find_narrow(self.source.host(), &self.name, options) {
            return Arc::new(found);
        }
        let find = self.http.session().credentials(self.source.host().to_owned());
        let options = options.clone();
        self.http.aside(move || find(&|host| registry::find(host, &options))).await
    }

    /// Asks the realm for a token, unless it gave one that has not been refused since.
    async fn token(
        &self,
        address: &Address,
        (realm, service, scope): (String, String, String),
        found: &Found,
        refused: Option<&Login>,
    ) -> Result<Login, Problem> {
        let key = (realm.clone(), service.clone(), scope.clone());
        let known = self.http.session().token(&key);
        if let Some(known) = known.filter(|known| refused.is_none_or(|refused| refused.proof != known.proof)) {
            return Ok(known);
        }
        let astray = |realm: &str| Problem::Realm { url: address.clone(), realm: realm.to_owned() };
        let mut url = challenge::realm(&realm, address.url()).map_err(astray)?;
        let form = match &found.credential {
            Some(Credential::IdentityToken(token)) => Some(form(token, &service, &scope)),
            _ => None,
        };
        if form.is_none() {
            if !service.is_empty() {
                url.query_pairs_mut().append_pair("service", &service);
            }
            url.query_pairs_mut().append_pair("scope", &scope);
        }
        let realm = Address::new(url).ok_or_else(|| astray("something that is not a web server"))?;
        let proof = found.proof();
        let question = Question {
            address: &realm,
            repository: &self.home,
            known: None,
            packing: Packing::Gzip,
            accept: None,
            authorization: form.as_ref().map_or(Authorization::Proof(proof.as_ref()), Authorization::Form),
            body: None,
            limit: TOKEN_LIMIT,
        };
        let bytes = match self.http.ask(&question).await {
            Ok(Answer::Body { bytes, .. }) => bytes,
            Ok(Answer::Unchanged | Answer::Taken { .. }) => Vec::new(),
            Err(Problem::Denied { url, status, .. }) => return Err(Problem::Login { url, status, credentials: found.told() }),
            Err(other) => return Err(other),
        };
        let nonsense = || Problem::Nonsense { url: realm.clone(), reason: "it has no token".to_owned() };
        let wire: Wire = serde_json::from_slice(&bytes).map_err(|_| nonsense())?;
        let token = wire.token.or(wire.access_token).filter(|token| !token.is_empty()).ok_or_else(nonsense)?;
        let login = Login { proof: Proof::Token(Secret::new(token)), told: found.told().into() };
        self.http.session().learn_token(key, login.clone());
        Ok(login)
    }
}

/// What asks for a token on the strength of another one.
fn form(token: &Secret, service: &str, scope: &str) -> Secret {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "refresh_token").append_pair("client_id", "helmlock");
    form.append_pair("service", service).append_pair("scope", scope).append_pair("refresh_token", token.reveal());
    Secret::new(form.finish())
}

impl Found {
    fn proof(&self) -> Option<Proof> {
        match &self.credential {
            Some(Credential::Usable(proof)) => Some(proof.clone()),
            Some(Credential::IdentityToken(_)) | None => None,
        }
    }
}
