//! One GET, done well: redirects, credentials, retries, time limits, size limits, conditional requests, gzip.
//!
//! What the body means is not known here. Redirects are followed here and not by the client, because each step decides anew
//! whether credentials may go along.

use std::collections::HashMap;
use std::io::Read as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::{self, HeaderMap, HeaderValue};
use tokio::sync::Semaphore;

use super::credentials::{Stored, User};
use super::network::{ClientOptions, Patience, Tls};
use super::question::{Answer, Authorization, Body, Method, Packing, Question};
use super::{Absence, Address, Problem, Proof, mirrors, oci, retry};
use crate::cache::Validators;

/// As most clients have it.
const REDIRECTS: usize = 10;

/// No more memory than this is taken because a server says how long its answer will be.
const MOST_RESERVED: usize = 64 << 20;

/// The runtime, the client, and how often each host may be asked at once.
#[derive(Debug)]
pub(super) struct Http {
    runtime: tokio::runtime::Runtime,
    /// One for each way to trust a host; nearly always there is only one.
    clients: Mutex<Vec<(Tls, reqwest::Client)>>,
    options: ClientOptions,
    hosts: Mutex<HashMap<String, Arc<Semaphore>>>,
    session: oci::Session,
    stored: Stored,
}

/// A failure and whether it may pass.
struct Failed {
    problem: Problem,
    passing: Passing,
}

enum Passing {
    Never,
    Soon,
    After(Duration),
}

impl Http {
    pub(super) fn new(options: &ClientOptions) -> Result<Self, Absence> {
        // Fails only if there is one already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut options = options.clone();
        options.tls.extend(oci::tls(&options));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Ok(Self {
            stored: Stored::read(&options.surroundings),
            runtime: runtime.map_err(|error| Absence::SetUp(error.to_string()))?,
            clients: Mutex::default(),
            options,
            hosts: Mutex::default(),
            session: oci::Session::default(),
        })
    }

    /// Runs something that waits, on this thread.
    pub(super) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// How this client was told to ask.
    pub(super) fn options(&self) -> &ClientOptions {
        &self.options
    }

    /// What registries have told so far.
    pub(super) fn session(&self) -> &oci::Session {
        &self.session
    }

    /// Waits.
    pub(super) async fn pause(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }

    /// Does something that takes a while, on another thread.
    pub(super) async fn aside<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        match tokio::task::spawn_blocking(work).await {
            Ok(result) => result,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    /// Asks, and asks again if that may help.
    pub(super) async fn ask(&self, question: &Question<'_>) -> Result<Answer, Problem> {
        let host = self.host(question.address);
        let _permit = host.acquire().await.expect("nobody closes these semaphores");
        let mut tries = 1;
        loop {
            let failed = match self.follow(question).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            let asked = match failed.passing {
                Passing::Never => return Err(failed.problem),
                Passing::Soon => None,
                Passing::After(asked) => Some(asked),
            };
            let Some(pause) = retry::pause(&self.options.patience, tries, asked, question.address.url().as_str()) else {
                return Err(failed.problem);
            };
            self.pause(pause).await;
            tries += 1;
        }
    }

    fn host(&self, address: &Address) -> Arc<Semaphore> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        hosts.entry(address.host()).or_insert_with(|| Arc::new(Semaphore::new(self.options.requests_per_host.max(1)))).clone()
    }

    /// User and password, if they may go to this address.
    fn user(&self, address: &Address, question: &Question<'_>) -> Option<User<'_>> {
        let Authorization::User = question.authorization else { return None };
        let user = self.stored.user(question.repository, &self.options)?;
        let passed_on = address == question.address && self.stored.are_passed_on(question.repository, &self.options);
        (passed_on || address.is_same_origin(&question.repository.index())).then_some(user)
    }

    fn client(&self, address: &Address, question: &Question<'_>) -> Result<reqwest::Client, Absence> {
        let said = self.stored.tls(question.repository, &self.options).cloned();
        let said = said.or_else(|| mirrors::tls(question.repository.as_str(), &self.options.mirrors));
        let tls = match said {
            Some(tls) if address.is_same_origin(&question.repository.index()) => tls,
            Some(tls) => tls.abroad(),
            None => Tls::default(),
        };
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = clients.iter().find(|(known, _)| *known == tls) {
            return Ok(client.clone());
        }
        let client = build(&tls, &self.options.patience).map_err(|error| Absence::SetUp(told(&error)))?;
        clients.push((tls, client.clone()));
        Ok(client)
    }

    async fn follow(&self, question: &Question<'_>) -> Result<Answer, Failed> {
        let mut address = question.address.clone();
        for _ in 0..=REDIRECTS {
            let response = self.send(&address, question).await?;
            match response.status().as_u16() {
                201 | 202 if question.body.is_some() => {
                    let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
                    return Ok(Answer::Taken { location: location.map(str::to_owned) });
                }
                300..400 if question.body.is_some() => {
                    return Err(never(Problem::Redirect { url: address, target: "another place for what is sent" }));
                }
                200 => return self.read(response, address, question).await,
                304 if question.known.is_some() => return Ok(Answer::Unchanged),
                301 | 302 | 303 | 307 | 308 => address = target(&address, response.headers())?,
                status => {
                    let credentials = self.user(&address, question).map(|user| user.place.to_owned());
                    return Err(refused(address, status, response.headers(), credentials));
                }
            }
        }
        Err(never(Problem::Redirect { url: question.address.clone(), target: "ever new places" }))
    }

    async fn send(&self, address: &Address, question: &Question<'_>) -> Result<reqwest::Response, Failed> {
        let client = self.client(address, question).map_err(|absence| never(Problem::NotHere(absence)))?;
        let url = address.url().clone();
        let mut request = match question.authorization {
            Authorization::Form(form) if address == question.address => {
                let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
                client.post(url).header(header::CONTENT_TYPE, kind).body(form.reveal().to_owned())
            }
            _ => match question.body {
                Some(Body { method, kind, bytes }) => {
                    let request = if matches!(method, Method::Put) { client.put(url) } else { client.post(url) };
                    request.header(header::CONTENT_TYPE, HeaderValue::from_static(kind)).body(bytes.to_vec())
                }
                None => client.get(url),
            },
        };
        if let Some(user) = self.user(address, question) {
            request = request.basic_auth(user.name, Some(user.password));
        }
        request = match proof(address, question) {
            Some(Proof::Token(token)) => request.bearer_auth(token.reveal()),
            Some(Proof::User(user, password)) => request.basic_auth(user, Some(password.reveal())),
            None => request,
        };
        if let Some(accept) = question.accept {
            request = request.header(header::ACCEPT, accept);
        }
        if question.packing == Packing::Gzip {
            request = request.header(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let known =
            question.known.map(|known| [(header::IF_NONE_MATCH, &known.etag), (header::IF_MODIFIED_SINCE, &known.last_modified)]);
        for (name, value) in known.into_iter().flatten() {
            // A record of the cache that no server can have given is no reason to fail.
            if let Some(Ok(value)) = value.as_deref().map(HeaderValue::from_str) {
                request = request.header(name, value);
            }
        }
        request.send().await.map_err(|error| broken(address, error))
    }

    async fn read(&self, mut response: reqwest::Response, url: Address, question: &Question<'_>) -> Result<Answer, Failed> {
        let limit = question.limit;
        let too_large = || never(Problem::TooLarge { url: url.clone(), limit });
        if response.content_length().is_some_and(|length| length > limit as u64) {
            return Err(too_large());
        }
        let text = |name| Some(response.headers().get(name)?.to_str().ok()?.to_owned());
        let validators = Validators { etag: text(header::ETAG), last_modified: text(header::LAST_MODIFIED) };
        let link = text(header::LINK);
        let encoding = text(header::CONTENT_ENCODING).filter(|_| question.packing == Packing::Gzip);
        // Growing bit by bit would take up to three times the memory of a large index.
        let announced = response.content_length().map_or(0, |length| length as usize).min(MOST_RESERVED);
        let mut bytes = Vec::with_capacity(announced);
        let mut window = (Instant::now(), 0_usize);
        while let Some(chunk) = response.chunk().await.map_err(|error| broken(&url, error))? {
            if bytes.len() + chunk.len() > limit {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
            let passed = window.0.elapsed();
            if passed >= self.options.patience.silence {
                if ((bytes.len() - window.1) as f64) < Patience::SLOWEST * passed.as_secs_f64() {
                    return Err(Failed { problem: Problem::TooSlow { url }, passing: Passing::Soon });
                }
                window = (Instant::now(), bytes.len());
            }
        }
        let bytes = unpack(bytes, encoding.as_deref(), &url, limit).map_err(never)?;
        Ok(Answer::Body { bytes, validators, link })
    }
}

/// The proof of who asks, if it may go to this address.
fn proof<'a>(address: &Address, question: &Question<'a>) -> Option<&'a Proof> {
    let Authorization::Proof(proof) = question.authorization else { return None };
    proof.filter(|_| address.is_same_origin(question.address.url()))
}

fn build(tls: &Tls, patience: &Patience) -> Result<reqwest::Client, reqwest::Error> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("helmlock/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_gzip()
        .connect_timeout(patience.connect)
        .read_timeout(patience.silence)
        .tls_danger_accept_invalid_certs(tls.skip_verify)
        .tls_certs_merge(reqwest::Certificate::from_pem_bundle(&tls.authorities)?);
    if !tls.identity.is_empty() {
        builder = builder.identity(reqwest::Identity::from_pem(&tls.identity)?);
    }
    builder.build()
}

/// An error with its causes, of which the last says most.
fn told(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Where a redirect leads, if one may go there.
fn target(address: &Address, headers: &HeaderMap) -> Result<Address, Failed> {
    let refuse = |target| never(Problem::Redirect { url: address.clone(), target });
    let location = headers.get(header::LOCATION).ok_or_else(|| refuse("nowhere"))?;
    let location = location.to_str().ok().and_then(|location| address.url().join(location).ok());
    let mut location = location.ok_or_else(|| refuse("something that is not a URL"))?;
    // A server may not choose who we are.
    let _ = location.set_username("");
    let _ = location.set_password(None);
    let target = Address::new(location).ok_or_else(|| refuse("something that is not a web server"))?;
    if address.url().scheme() == "https" && target.url().scheme() != "https" {
        return Err(refuse("a connection without encryption"));
    }
    Ok(target)
}

fn refused(url: Address, status: u16, headers: &HeaderMap, credentials: Option<String>) -> Failed {
    if matches!(status, 401 | 403 | 407) {
        let challenges = headers.get_all(header::WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
        let challenge = challenges.collect::<Vec<_>>().join(", ");
        return never(Problem::Denied { url, status, credentials, challenge });
    }
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let wait = text(header::RETRY_AFTER).and_then(|after| retry::asked(after, text(header::DATE)));
    let passing = match wait {
        _ if !retry::is_passing(status) => Passing::Never,
        None => Passing::Soon,
        Some(wait) => Passing::After(wait),
    };
    Failed { problem: Problem::Status { url, status, wait }, passing }
}

fn never(problem: Problem) -> Failed {
    Failed { problem, passing: Passing::Never }
}

fn broken(url: &Address, error: reqwest::Error) -> Failed {
    // A certificate that is wrong now is wrong in a second, too, and so is a name that does not exist.
    let passing = if is_certificate(&error) || is_unknown_name(&error) { Passing::Never } else { Passing::Soon };
    Failed { problem: Problem::Unreachable { url: url.clone(), source: error.without_url().into() }, passing }
}

fn is_certificate(error: &(dyn std::error::Error + 'static)) -> bool {
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>() || inner.is_some_and(|inner| is_certificate(inner)) || error.source().is_some_and(is_certificate)
}

/// Whether there is no such host, by what glibc, musl, macOS and Windows say; the standard library does not tell.
fn is_unknown_name(error: &reqwest::Error) -> bool {
    let text = told(error);
    error.is_dns()
        && ["not known", "does not resolve", "nodename nor servname", "No such host"].iter().any(|words| text.contains(words))
}

/// What a gzip file says in its last bytes of the length of what is packed, which may be wrong.
fn unpacked_length(bytes: &[u8]) -> usize {
    bytes.last_chunk().map_or(0, |length| u32::from_le_bytes(*length) as usize)
}

fn unpack(bytes: Vec<u8>, encoding: Option<&str>, url: &Address, limit: usize) -> Result<Vec<u8>, Problem> {
    let wrong = |encoding: &str| Problem::Encoding { url: url.clone(), encoding: encoding.escape_default().take(64).collect() };
    match encoding.map(str::trim).unwrap_or_default() {
        "" | "identity" => Ok(bytes),
        packed if packed.eq_ignore_ascii_case("gzip") || packed.eq_ignore_ascii_case("x-gzip") => {
            let mut unpacked = Vec::with_capacity(unpacked_length(&bytes).min(limit).min(MOST_RESERVED));
            let most = limit as u64 + 1;
            let read = flate2::read::MultiGzDecoder::new(&bytes[..]).take(most).read_to_end(&mut unpacked);
            read.map_err(|_| wrong("gzip"))?;
            if unpacked.len() > limit { Err(Problem::TooLarge { url: url.clone(), limit }) } else { Ok(unpacked) }
        }
        other => Err(wrong(other)),
    }
}
