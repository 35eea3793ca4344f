//! Where helm, docker and podman users have their logins to registries: files, and programs that the files name.
//!
//! Files are read by `docker_credential`. It would start the programs itself, so it gets the files without their names; the
//! programs are run here through [`Surroundings::run`], which decides whether this command may start any.

use std::path::{Path, PathBuf};

use docker_credential::{CredentialRetrievalError, DockerCredential};
use serde::Deserialize;
use serde_json::Value;

use super::{UNNAMED, helm_folder, named, netrc};
use crate::fetch::network::ClientOptions;
use crate::fetch::{Proof, Secret};
use crate::surroundings::{Program, ProgramError, Surroundings};

/// How docker spells its own registry in files.
const DOCKER: &str = "https://index.docker.io/v1/";

/// Who we are to a registry.
#[derive(Debug)]
pub(in crate::fetch) enum Credential {
    /// User and password.
    Usable(Proof),
    /// A token to get tokens with.
    IdentityToken(Secret),
}

/// What was found.
#[derive(Debug, Default)]
pub(in crate::fetch) struct Found {
    pub(in crate::fetch) credential: Option<Credential>,
    /// Where.
    pub(in crate::fetch) place: String,
    /// Why places gave nothing, where that is not because they have nothing.
    pub(in crate::fetch) complaints: Vec<String>,
}

impl Found {
    /// What is shown or not, for messages.
    pub(in crate::fetch) fn told(&self) -> String {
        match &self.credential {
            Some(Credential::Usable(_)) => format!("user and password of {} were sent", self.place),
            Some(Credential::IdentityToken(_)) => format!("the identity token of {} was sent", self.place),
            None if self.complaints.is_empty() => "no credentials were found".to_owned(),
            None => format!("no credentials were found ({})", self.complaints.join("; ")),
        }
    }
}

/// Who we are to a host: what the caller says, then what is stored.
pub(in crate::fetch) fn find(host: &str, options: &ClientOptions) -> Found {
    let registry = options.registries.get(host);
    let Some((user, password)) = registry.and_then(|registry| registry.user.clone()) else {
        let is_plain = registry.is_some_and(|registry| registry.plain_http);
        let first = registry.and_then(|registry| registry.stored.as_deref());
        return stored(host, is_plain, first, &options.surroundings);
    };
    let place = registry.and_then(|registry| registry.place.clone()).unwrap_or_else(|| UNNAMED.to_owned());
    Found { credential: Some(usable(&user, password)), place, complaints: Vec::new() }
}

/// Who we are to a part of a host's registries, as podman's users can say: the entry of `host/path/name` before that of
/// `host/path`. Nothing if the caller says something of the host, or no file has such an entry.
pub(in crate::fetch) fn find_narrow(host: &str, repository: &str, options: &ClientOptions) -> Option<Found> {
    let registry = options.registries.get(host);
    if registry.is_some_and(|registry| registry.user.is_some()) {
        return None;
    }
    let first = registry.and_then(|registry| registry.stored.clone());
    let surroundings = &options.surroundings;
    let paths = first.into_iter().chain(files(surroundings)).filter(|path| surroundings.is_file(path));
    let files: Vec<_> = paths.filter_map(|path| Some((surroundings.read(&path).ok()?, path))).collect();
    let mut narrow = Some(repository).filter(|repository| !repository.is_empty());
    while let Some(part) = narrow {
        let key = format!("{host}/{part}");
        for (bytes, path) in &files {
            if let Some(credential) = entry(bytes, &key) {
                return Some(Found { credential: Some(credential), place: path.display().to_string(), complaints: Vec::new() });
            }
        }
        narrow = part.rsplit_once('/').map(|(above, _)| above);
    }
    None
}

/// What a file has under this very key.
fn entry(bytes: &[u8], key: &str) -> Option<Credential> {
    let file: Value = serde_json::from_slice(bytes).ok()?;
    let entry = file.get("auths")?.get(key)?;
    // Under a name that is surely taken for a host.
    let alone = serde_json::json!({"auths": {"registry.invalid": entry}}).to_string();
    credential(docker_credential::get_credential_from_reader(alone.as_bytes(), "registry.invalid")).ok()?
}

fn credential(found: Result<DockerCredential, CredentialRetrievalError>) -> Result<Option<Credential>, String> {
    match found {
        Ok(DockerCredential::UsernamePassword(user, password)) => Ok(Some(usable(&user, password))),
        Ok(DockerCredential::IdentityToken(token)) => Ok(Some(Credential::IdentityToken(Secret::new(token)))),
        Err(CredentialRetrievalError::NoCredentialConfigured) => Ok(None),
        Err(_) => Err("its entry for this host cannot be read".to_owned()),
    }
}

/// The first stored credentials for a host: in `first`, then where helm, docker and podman have them, then in netrc.
fn stored(host: &str, is_plain: bool, first: Option<&Path>, surroundings: &Surroundings) -> Found {
    let mut found = Found::default();
    for path in first.map(Path::to_owned).into_iter().chain(files(surroundings)) {
        if !surroundings.is_file(&path) {
            continue;
        }
        let place = path.display().to_string();
        let credential =
            surroundings.read(&path).map_err(|error| error.to_string()).and_then(|bytes| look_up(&bytes, host, surroundings));
        match credential {
            Ok(None) => {}
            Ok(credential) => return Found { credential, place, complaints: Vec::new() },
            Err(complaint) => found.complaints.push(format!("{place}: {complaint}")),
        }
    }
    let scheme = if is_plain { "http" } else { "https" };
    let netrc = netrc::read(surroundings);
    if let Some(user) = format!("{scheme}://{host}").parse().ok().and_then(|url| netrc.user(&url)) {
        let credential = Some(usable(user.name, user.password.to_owned()));
        return Found { credential, place: user.place.to_owned(), complaints: Vec::new() };
    }
    found
}

fn usable(user: &str, password: String) -> Credential {
    Credential::Usable(Proof::User(user.to_owned(), Secret::new(password)))
}

/// `registry/config.json` of helm, `config.json` of docker and `auth.json` of podman, wherever their variables put them.
fn files(surroundings: &Surroundings) -> Vec<PathBuf> {
    let named = |name| named(name, surroundings);
    let home = |below: &str| named("HOME").map(|home| home.join(below));
    let helm = named("HELM_REGISTRY_CONFIG").or_else(|| helm_folder(surroundings).map(|helm| helm.join("registry/config.json")));
    let docker = named("DOCKER_CONFIG").or_else(|| home(".docker")).map(|docker| docker.join("config.json"));
    let below = "containers/auth.json";
    let podman = named("REGISTRY_AUTH_FILE").or_else(|| named("XDG_RUNTIME_DIR").map(|folder| folder.join(below)));
    let config = named("XDG_CONFIG_HOME").or_else(|| home(".config")).map(|folder| folder.join(below));
    helm.into_iter().chain(docker).chain(podman).chain(config).collect()
}

fn look_up(bytes: &[u8], host: &str, surroundings: &Surroundings) -> Result<Option<Credential>, String> {
    let unreadable = || "it is not a file of credentials".to_owned();
    let mut file: Value = serde_json::from_slice(bytes).map_err(|_| unreadable())?;
    let server = if matches!(host, "docker.io" | "index.docker.io" | "registry-1.docker.io") { DOCKER } else { host };
    let file = file.as_object_mut().ok_or_else(unreadable)?;
    let (helpers, store) = (file.remove("credHelpers"), file.remove("credsStore"));
    let own = helpers.as_ref().and_then(|helpers| helpers.get(server).or_else(|| helpers.get(host)));
    let helper = own.or(store.as_ref()).and_then(Value::as_str).filter(|helper| !helper.is_empty());
    if let Some(credential) = helper.map(|helper| ask(helper, server, surroundings)).transpose()?.flatten() {
        return Ok(Some(credential));
    }
    let stripped = serde_json::to_vec(file).map_err(|_| unreadable())?;
    credential(docker_credential::get_credential_from_reader(stripped.as_slice(), host))
}

/// What a helper answers.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

/// Asks the program `docker-credential-<helper>`. What it says besides its answer is not shown: it may be a secret.
fn ask(helper: &str, server: &str, surroundings: &Surroundings) -> Result<Option<Credential>, String> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !helper.bytes().all(is_name) {
        return Err("it names a helper that no program can be called by".to_owned());
    }
    let program = Program {
        name: format!("docker-credential-{helper}"),
        arguments: vec!["get".to_owned()],
        input: server.as_bytes().to_vec(),
        asked_by: "stored credentials".to_owned(),
        ..Program::default()
    };
    let output = match (surroundings.run)(&program) {
        Ok(output) => output,
        // A helper has no other way to say that it has nothing.
        Err(ProgramError::Failed { .. }) => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let answer: Answer = serde_json::from_slice(&output).map_err(|_| format!("`{}` answers nonsense", program.name))?;
    Ok(Some(match answer.username.as_str() {
        "<token>" => Credential::IdentityToken(Secret::new(answer.secret)),
        user => usable(user, answer.secret),
    }))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::surroundings::Memory;

    // `user:secret`.
    const AUTH: &str = r#"{"auth": "dXNlcjpzZWNyZXQ="}"#;

    fn world(files: &[(&str, &str)], variables: &[(&str, &str)]) -> Surroundings {
        let memory = files.iter().fold(Memory::new(), |memory, (path, text)| memory.with(path, *text));
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let run = |program: &Program| match (program.name.as_str(), program.input.as_slice()) {
            ("docker-credential-safe", b"r.example.com") => Ok(br#"{"ServerURL":"x","Username":"kept","Secret":"s"}"#.to_vec()),
            ("docker-credential-token", _) => Ok(br#"{"Username":"<token>","Secret":"s"}"#.to_vec()),
            ("docker-credential-safe", _) => {
                Err(ProgramError::Failed { program: "p".into(), status: "1".into(), stdout: Vec::new(), stderr: String::new() })
            }
            _ => Err(ProgramError::NotStarted { program: program.name.clone(), reason: "it is not there".into() }),
        };
        Surroundings { variables: Arc::new(variables), run: Arc::new(run), ..Surroundings::closed(memory) }
    }

    #[track_caller]
    fn check(files: &[(&str, &str)], variables: &[(&str, &str)], host: &str, expected: &str) {
        let found = stored(host, false, None, &world(files, variables));
        let user = match &found.credential {
            Some(Credential::Usable(Proof::User(user, password))) => format!("{user}:{} in {}", password.reveal(), found.place),
            _ => found.told(),
        };
        assert_eq!(user, expected);
        assert!(!format!("{found:?}").contains("secret"));
    }

    #[test]
    fn files_are_read_where_helm_and_docker_have_them() {
        let file = format!(r#"{{"auths": {{"r.example.com": {AUTH}, "https://index.docker.io/v1/": {AUTH}}}}}"#);
        let home = ("HOME", "/h");
        for (path, variables) in [
            ("/h/.docker/config.json", vec![home]),
            ("/d/config.json", vec![home, ("DOCKER_CONFIG", "/d")]),
            ("/h/.config/helm/registry/config.json", vec![home]),
            ("/c/helm/registry/config.json", vec![home, ("XDG_CONFIG_HOME", "/c")]),
            ("/k/registry/config.json", vec![("HELM_CONFIG_HOME", "/k")]),
            ("/r.json", vec![("HELM_REGISTRY_CONFIG", "/r.json")]),
        ] {
            for host in ["r.example.com", "docker.io", "registry-1.docker.io"] {
                check(&[(path, &file)], &variables, host, &format!("user:secret in {path}"));
            }
            check(&[(path, &file)], &variables, "other.example.com", "no credentials were found");
        }
    }

    #[test]
    fn parts_of_a_registry_have_logins_of_their_own() {
        // `deep:secret`.
        let deep = r#"{"auth": "ZGVlcDpzZWNyZXQ="}"#;
        let file = format!(
            r#"{{"auths": {{"r.example.com": {AUTH}, "r.example.com/team": {AUTH}, "r.example.com/team/a/b": {deep}}}}}"#
        );
        let options = ClientOptions {
            surroundings: world(&[("/run/containers/auth.json", &file)], &[("XDG_RUNTIME_DIR", "/run")]),
            ..ClientOptions::default()
        };
        let user = |repository: &str| match find_narrow("r.example.com", repository, &options)?.credential? {
            Credential::Usable(Proof::User(user, _)) => Some(user),
            _ => None,
        };
        for (repository, expected) in [
            ("team/a/b", Some("deep")),
            ("team/a/b/c", Some("deep")),
            ("team/a/bc", Some("user")),
            ("team", Some("user")),
            ("teammate/a", None),
            ("", None),
        ] {
            assert_eq!(user(repository).as_deref(), expected, "{repository}");
        }
    }

    #[test]
    fn helpers_are_asked_through_the_one_runner() {
        let docker = |text: &str| [("/h/.docker/config.json".to_owned(), text.to_owned())];
        let home = [("HOME", "/h")];
        let ask = |text: &str, expected: &str| {
            let files = docker(text);
            check(&[(&files[0].0, &files[0].1)], &home, "r.example.com", expected);
        };
        ask(r#"{"credsStore": "safe"}"#, "kept:s in /h/.docker/config.json");
        ask(r#"{"credHelpers": {"r.example.com": "safe"}, "credsStore": "gone"}"#, "kept:s in /h/.docker/config.json");
        ask(r#"{"credHelpers": {"other": "safe"}}"#, "no credentials were found");
        let gone = "/h/.docker/config.json: cannot run `docker-credential-gone`: it is not there";
        ask(r#"{"credsStore": "gone"}"#, &format!("no credentials were found ({gone})"));
        let token = "the identity token of /h/.docker/config.json was sent";
        ask(r#"{"credsStore": "token"}"#, token);
        ask(r#"{"auths": {"r.example.com": {"auth": "", "identitytoken": "t"}}}"#, token);
        let odd = "no credentials were found (/h/.docker/config.json: it names a helper that no program can be called by)";
        ask(r#"{"credsStore": "../../bin/sh"}"#, odd);
        ask("[]", "no credentials were found (/h/.docker/config.json: it is not a file of credentials)");
    }
}
