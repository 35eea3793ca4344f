//! A chart repository on loopback: serves charts made of strings, logs what is asked, and misbehaves on request.
//!
//! It is plain threads over `std::net`, so that a test sees every byte that goes over the wire. Nothing here is parallel-safe
//! by luck: all state is behind one lock, and answers are computed under it and sent outside of it.

#![allow(dead_code, reason = "each test binary uses another part")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "what only tests use fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

/// A running server; dropping it stops it.
pub(crate) struct Registry {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    listening: Option<std::thread::JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    stopped: bool,
    charts: Vec<Chart>,
    files: BTreeMap<String, Vec<u8>>,
    faults: BTreeMap<String, Vec<Fault>>,
    user: Option<(String, String)>,
    /// Where a token must come from, if one must.
    realm: Option<String>,
    /// The identity token that the realm gives tokens for.
    identity: Option<String>,
    log: Vec<Asked>,
    /// Requests that are being answered, and the most there have been.
    busy: usize,
    peak: usize,
}

struct Chart {
    name: String,
    version: String,
    entry: String,
}

/// One request and its answer.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    /// What was posted, if anything.
    pub(crate) form: String,
    pub(crate) status: u16,
    /// Bytes of the body that were sent.
    pub(crate) sent: usize,
}

/// How to misbehave, instead of or on the way to a good answer.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// Answers this status with these headers, `times` times; then the next fault, or a good answer.
    Status { status: u16, headers: Vec<(&'static str, String)>, times: usize },
    /// Announces the whole body, sends so many bytes of it and closes; so many times.
    Truncated { bytes: usize, times: usize },
    /// A body that does not end.
    Endless,
    /// A body with these headers instead of the good one.
    Body { headers: Vec<(&'static str, String)>, bytes: Vec<u8> },
    /// Sends a byte, waits so long, and so on.
    Slow(Duration),
    /// Waits so long before a good answer.
    Late(Duration),
    /// Reads the request and says nothing.
    Silent,
}

impl Registry {
    /// Starts an empty repository on a free port.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let listening = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if lock(&shared).stopped {
                    return;
                }
                let shared = Arc::clone(&shared);
                let Ok(stream) = stream else { continue };
                std::thread::spawn(move || serve(stream, &shared));
            }
        });
        Self { address, state, listening: Some(listening) }
    }

    /// `http://127.0.0.1:<port>`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The port, for output filters.
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Publishes a chart with one template, and returns its digest.
    pub(crate) fn chart(&self, name: &str, version: &str) -> String {
        let template = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: {{ .Release.Name }}-{{ .Chart.Name }}}\n";
        self.chart_with(name, version, &[("templates/configmap.yaml", template)])
    }

    /// Publishes a chart of these files, besides a Chart.yaml if it is not among them, and returns its digest.
    pub(crate) fn chart_with(&self, name: &str, version: &str, files: &[(&str, &str)]) -> String {
        let archive = package(name, version, files);
        let digest = digest(&archive);
        self.publish(name, version, archive, &format!("digest: {digest}"));
        digest
    }

    /// Publishes the chart that a folder holds, and returns its digest.
    pub(crate) fn chart_folder(&self, folder: &Path) -> String {
        let mut files = Vec::new();
        read_folder(folder, "", &mut files);
        let metadata = &files.iter().find(|(path, _)| path == "Chart.yaml").expect("a chart has a Chart.yaml").1;
        let field = |name| metadata.lines().find_map(|line| line.strip_prefix(name)).expect("a name and a version").to_owned();
        let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        self.chart_with(&field("name: "), &field("version: "), &files)
    }

    /// Publishes any bytes as a chart whose index entry has the given lines besides name, version and urls.
    pub(crate) fn publish(&self, name: &str, version: &str, archive: Vec<u8>, entry: &str) {
        self.enter(name, version, &format!("urls:\n- charts/{name}-{version}.tgz\n{entry}"));
        self.file(&format!("/charts/{name}-{version}.tgz"), archive);
    }

    /// Adds an index entry of the given lines besides name and version; an older one of the same version goes.
    pub(crate) fn enter(&self, name: &str, version: &str, entry: &str) {
        let mut state = lock(&self.state);
        state.charts.retain(|chart| (chart.name.as_str(), chart.version.as_str()) != (name, version));
        state.charts.push(Chart { name: name.to_owned(), version: version.to_owned(), entry: entry.to_owned() });
    }

    /// Serves bytes under a path. A file at `/index.yaml` replaces the generated index.
    pub(crate) fn file(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        lock(&self.state).files.insert(path.to_owned(), bytes.into());
    }

    /// Demands user and password for everything.
    pub(crate) fn demand(&self, user: &str, password: &str) {
        lock(&self.state).user = Some((user.to_owned(), password.to_owned()));
    }

    /// Demands a token for everything; its own `/token` gives one, to the user that is demanded or to everybody.
    pub(crate) fn demand_token(&self) {
        self.demand_token_of(&format!("{}/token", self.url()));
    }

    /// Demands a token that its own `/token` gives to who posts this identity token.
    pub(crate) fn demand_identity(&self, token: &str) {
        self.demand_token();
        lock(&self.state).identity = Some(token.to_owned());
    }

    /// Demands a token that this realm gives.
    pub(crate) fn demand_token_of(&self, realm: &str) {
        lock(&self.state).realm = Some(realm.to_owned());
    }

    /// Makes a path misbehave, in this order if there are several faults. No faults: well again.
    pub(crate) fn misbehave(&self, path: &str, faults: impl Into<Vec<Fault>>) {
        lock(&self.state).faults.insert(path.to_owned(), faults.into());
    }

    /// All requests so far, in the order of their answers.
    pub(crate) fn log(&self) -> Vec<Asked> {
        lock(&self.state).log.clone()
    }

    /// The most requests that were answered at the same time.
    pub(crate) fn peak(&self) -> usize {
        lock(&self.state).peak
    }

    /// Forgets the requests so far.
    pub(crate) fn forget(&self) {
        lock(&self.state).log.clear();
    }

    /// Path and status of each request so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.log().iter().map(|asked| format!("{} {}", asked.status, asked.path)).collect()
    }

    /// How often the body of a path has been sent.
    pub(crate) fn bodies(&self, path: &str) -> usize {
        self.log().iter().filter(|asked| asked.path == path && asked.status == 200).count()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        lock(&self.state).stopped = true;
        let _wake_the_listener = TcpStream::connect(self.address);
        // Only then is the port closed.
        self.listening.take().map(std::thread::JoinHandle::join);
    }
}

/// A chart archive as `helm package` would make it, but without dates.
pub(crate) fn package(name: &str, version: &str, files: &[(&str, &str)]) -> Vec<u8> {
    let metadata = format!("apiVersion: v2\nname: {name}\nversion: {version}\n");
    let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut archive = tar::Builder::new(encoder);
    let generated = [("Chart.yaml", metadata.as_str())];
    let has_metadata = files.iter().any(|(path, _)| *path == "Chart.yaml");
    for (path, text) in generated.iter().filter(|_| !has_metadata).chain(files) {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, format!("{name}/{path}"), text.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

/// The files below a folder by their paths, sorted.
fn read_folder(folder: &Path, prefix: &str, files: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            read_folder(&path, &format!("{name}/"), files);
        } else {
            files.push((name, std::fs::read_to_string(path).unwrap()));
        }
    }
}

/// `sha256:` is not written by helm in an index.
pub(crate) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap()
}

impl State {
    fn index(&self) -> Vec<u8> {
        let mut names: Vec<_> = self.charts.iter().map(|chart| chart.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let mut index = String::from("apiVersion: v1\nentries:\n");
        for name in names {
            writeln!(index, "  {name}:").unwrap();
            for chart in self.charts.iter().filter(|chart| chart.name == name) {
                writeln!(index, "  - apiVersion: v2\n    name: {name}").unwrap();
                chart.entry.lines().for_each(|line| writeln!(index, "    {line}").unwrap());
                writeln!(index, "    version: {}", chart.version).unwrap();
            }
        }
        index.push_str("generated: \"2026-11-25T10:00:00Z\"\n");
        index.into_bytes()
    }

    fn body(&self, path: &str) -> Option<Vec<u8>> {
        self.files.get(path).cloned().or_else(|| (path == "/index.yaml").then(|| self.index()))
    }

    /// The fault whose turn it is, and `times` of it less one.
    fn fault(&mut self, path: &str) -> Option<Fault> {
        let faults = self.faults.get_mut(path)?;
        let fault = faults.first()?.clone();
        if let Some(Fault::Status { times, .. } | Fault::Truncated { times, .. }) = faults.first_mut() {
            *times -= 1;
            if *times == 0 {
                faults.remove(0);
            }
        }
        Some(fault)
    }

    /// The challenge that a request without the right proof gets.
    fn challenge(&self, path: &str, headers: &BTreeMap<String, String>) -> Option<String> {
        let Some(realm) = self.realm.as_ref().filter(|_| !path.starts_with("/token")) else {
            return (!self.is_welcome(headers)).then(|| "Basic realm=\"charts\"".to_owned());
        };
        let repository = path.strip_prefix("/v2/").and_then(|path| path.rsplitn(3, '/').nth(2)).unwrap_or_default();
        let scope = format!("repository:{repository}:pull");
        let is_right = headers.get("authorization") == Some(&format!("Bearer {}", base64(&scope)));
        (!is_right).then(|| format!("Bearer realm=\"{realm}\",service=\"charts\",scope=\"{scope}\""))
    }

    /// The token that is given for an identity token.
    fn exchange(&self, path: &str, form: &str) -> Option<Answer> {
        let identity = self.identity.as_ref().filter(|_| path == "/token")?;
        let field = |name: &str| form.split('&').find_map(|field| field.strip_prefix(name)).unwrap_or_default();
        if field("refresh_token=") != identity {
            return Some(Answer { status: 401, headers: Vec::new(), body: Vec::new() });
        }
        let token = base64(&field("scope=").replace("%3A", ":").replace("%2F", "/"));
        Some(Answer { status: 200, headers: Vec::new(), body: format!("{{\"access_token\":\"{token}\"}}").into_bytes() })
    }

    fn is_welcome(&self, headers: &BTreeMap<String, String>) -> bool {
        let Some((user, password)) = &self.user else { return true };
        headers.get("authorization").is_some_and(|header| *header == format!("Basic {}", base64(&format!("{user}:{password}"))))
    }
}

/// Answers requests on one connection until either side has enough.
fn serve(stream: TcpStream, state: &Mutex<State>) {
    let _ = stream.set_read_timeout(Some(Duration::from_mins(1)));
    let _ = stream.set_nodelay(true);
    let Ok(mut writer) = stream.try_clone() else { return };
    let mut reader = BufReader::new(stream);
    while let Some((path, headers, form)) = read_request(&mut reader) {
        let (fault, answer) = {
            let mut state = lock(state);
            state.busy += 1;
            state.peak = state.peak.max(state.busy);
            let fault = state.fault(&path);
            let token = state.exchange(&path, &form);
            (fault.clone(), token.unwrap_or_else(|| answer(&state, fault.as_ref(), &path, &headers)))
        };
        let note = |sent| {
            let (path, headers, form) = (path.clone(), headers.clone(), form.clone());
            let mut state = lock(state);
            state.log.push(Asked { path, headers, form, status: answer.status, sent });
            state.busy -= 1;
        };
        if answer.send(&mut writer, fault.as_ref(), note).is_none() {
            return;
        }
    }
}

fn read_request(reader: &mut BufReader<TcpStream>) -> Option<(String, BTreeMap<String, String>, String)> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.to_owned()),
            None => break,
        };
    }
    let mut form = vec![0; headers.get("content-length").map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut form).ok()?;
    Some((path, headers, String::from_utf8(form).unwrap()))
}

struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

fn answer(state: &State, fault: Option<&Fault>, path: &str, headers: &BTreeMap<String, String>) -> Answer {
    let plain = |status, headers| Answer { status, headers, body: Vec::new() };
    match fault {
        Some(Fault::Status { status, headers, .. }) => return plain(*status, headers.clone()),
        Some(Fault::Body { headers, bytes }) => return Answer { status: 200, headers: headers.clone(), body: bytes.clone() },
        _ => {}
    }
    if let Some(challenge) = state.challenge(path, headers) {
        return plain(401, vec![("www-authenticate", challenge)]);
    }
    if let Some(scope) = path.strip_prefix("/token?service=charts&scope=").filter(|_| state.realm.is_some()) {
        let token = base64(&scope.replace("%3A", ":").replace("%2F", "/"));
        return Answer { status: 200, headers: Vec::new(), body: format!("{{\"token\":\"{token}\"}}").into_bytes() };
    }
    let path = path.split('?').next().unwrap_or_default();
    let Some(body) = state.body(path) else { return plain(404, Vec::new()) };
    let etag = format!("\"{}\"", &digest(&body)[..16]);
    if headers.get("if-none-match") == Some(&etag) {
        return plain(304, vec![("etag", etag)]);
    }
    let packs = path == "/index.yaml" && headers.get("accept-encoding").is_some_and(|accepted| accepted.contains("gzip"));
    if !packs {
        return Answer { status: 200, headers: vec![("etag", etag)], body };
    }
    let mut packed = Vec::new();
    flate2::read::GzEncoder::new(&body[..], flate2::Compression::fast()).read_to_end(&mut packed).unwrap();
    Answer { status: 200, headers: vec![("etag", etag), ("content-encoding", "gzip".to_owned())], body: packed }
}

impl Answer {
    /// Sends itself as far as the fault lets it; `None` if the connection is done for.
    fn send(&self, stream: &mut TcpStream, fault: Option<&Fault>, note: impl Fn(usize)) -> Option<()> {
        if matches!(fault, Some(Fault::Silent)) {
            note(0);
            // Until the client gives up.
            return stream.read(&mut [0]).ok().filter(|_| false).map(|_| ());
        }
        if let Some(Fault::Late(pause)) = fault {
            std::thread::sleep(*pause);
        }
        let endless = matches!(fault, Some(Fault::Endless));
        let mut head = format!("HTTP/1.1 {} Whatever\r\n", self.status);
        self.headers.iter().for_each(|(name, value)| write!(head, "{name}: {value}\r\n").unwrap());
        if endless {
            head.push_str("transfer-encoding: chunked\r\n");
        } else if self.status != 304 && !self.headers.iter().any(|(name, _)| *name == "content-length") {
            write!(head, "content-length: {}\r\n", self.body.len()).unwrap();
        }
        head.push_str("\r\n");
        // The log speaks before the client can.
        let length = match fault {
            Some(Fault::Truncated { bytes, .. }) => (*bytes).min(self.body.len()),
            _ => self.body.len(),
        };
        note(length);
        stream.write_all(head.as_bytes()).ok()?;
        match fault {
            Some(Fault::Slow(pause)) => self.body.iter().try_for_each(|byte| {
                std::thread::sleep(*pause);
                stream.write_all(&[*byte]).ok()
            }),
            Some(Fault::Truncated { .. }) => stream.write_all(&self.body[..length]).ok().filter(|()| false),
            _ if endless => loop {
                stream.write_all(format!("10000\r\n{}\r\n", "x".repeat(0x10000)).as_bytes()).ok()?;
            },
            _ => stream.write_all(&self.body).ok(),
        }
    }
}

/// As user and password are sent.
pub(crate) fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for group in text.as_bytes().chunks(3) {
        let bits = group.iter().fold(0, |bits, byte| bits << 8 | usize::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let digit = char::from(DIGITS[bits >> (18 - 6 * place) & 63]);
            encoded.push(if place > group.len() { '=' } else { digit });
        }
    }
    encoded
}
