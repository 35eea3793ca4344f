//! Where helm and docker users have their credentials: files, and programs that the files name.
//!
//! Files are read by `docker_credential`. It would start the programs itself, so it gets the files without their names; the
//! programs are run here through [`Surroundings::run`], which decides whether this command may start any.

use std::path::{Path, PathBuf};

use docker_credential::{CredentialRetrievalError, DockerCredential};
use serde::Deserialize;
use serde_json::Value;

use crate::fetch::{Proof, Secret};
use crate::surroundings::{Program, ProgramError, Surroundings};

/// How docker spells its own registry in files.
const DOCKER: &str = "https://index.docker.io/v1/";

/// Who we are to a registry.
#[derive(Debug)]
pub(super) enum Credential {
    /// User and password.
    Usable(Proof),
    /// A token to get tokens with, which is not read: nothing is done with it yet.
    IdentityToken,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) credential: Option<Credential>,
    /// Where.
    pub(super) place: String,
    /// Why places gave nothing, where that is not because they have nothing.
    pub(super) complaints: Vec<String>,
}

impl Found {
    /// What is shown or not, for messages.
    pub(super) fn told(&self) -> String {
        match &self.credential {
            Some(Credential::Usable(_)) => format!("user and password of {} were sent", self.place),
            Some(Credential::IdentityToken) => {
                format!("{} has an identity token, which is not supported: log in with user and password", self.place)
            }
            None if self.complaints.is_empty() => "no credentials were found".to_owned(),
            None => format!("no credentials were found ({})", self.complaints.join("; ")),
        }
    }
}

/// The first stored credentials for a host: in `first`, then where helm, then where docker has them.
pub(super) fn stored(host: &str, first: Option<&Path>, surroundings: &Surroundings) -> Found {
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
    found
}

/// `registry/config.json` of helm and `config.json` of docker, wherever their variables put them.
fn files(surroundings: &Surroundings) -> Vec<PathBuf> {
    let named = |name: &str| surroundings.variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = |below: &str| named("HOME").map(|home| home.join(below));
    let helm = named("HELM_CONFIG_HOME")
        .or_else(|| named("XDG_CONFIG_HOME").map(|config| config.join("helm")))
        .or_else(|| home(if cfg!(target_os = "macos") { "Library/Preferences/helm" } else { ".config/helm" }));
    let helm = named("HELM_REGISTRY_CONFIG").or_else(|| helm.map(|helm| helm.join("registry/config.json")));
    let docker = named("DOCKER_CONFIG").or_else(|| home(".docker")).map(|docker| docker.join("config.json"));
    helm.into_iter().chain(docker).collect()
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
    match docker_credential::get_credential_from_reader(stripped.as_slice(), host) {
        Ok(DockerCredential::UsernamePassword(user, password)) => {
            Ok(Some(Credential::Usable(Proof::User(user, Secret::new(password)))))
        }
        Ok(DockerCredential::IdentityToken(_)) => Ok(Some(Credential::IdentityToken)),
        Err(CredentialRetrievalError::NoCredentialConfigured) => Ok(None),
        Err(_) => Err("its entry for this host cannot be read".to_owned()),
    }
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
        "<token>" => Credential::IdentityToken,
        user => Credential::Usable(Proof::User(user.to_owned(), Secret::new(answer.secret))),
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
                Err(ProgramError::Failed { program: "p".into(), status: "1".into(), stderr: String::new() })
            }
            _ => Err(ProgramError::NotStarted { program: program.name.clone(), reason: "it is not there".into() }),
        };
        Surroundings { variables: Arc::new(variables), run: Arc::new(run), ..Surroundings::closed(memory) }
    }

    #[track_caller]
    fn check(files: &[(&str, &str)], variables: &[(&str, &str)], host: &str, expected: &str) {
        let found = stored(host, None, &world(files, variables));
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
        let token = "/h/.docker/config.json has an identity token, which is not supported: log in with user and password";
        ask(r#"{"credsStore": "token"}"#, token);
        ask(r#"{"auths": {"r.example.com": {"auth": "", "identitytoken": "t"}}}"#, token);
        let odd = "no credentials were found (/h/.docker/config.json: it names a helper that no program can be called by)";
        ask(r#"{"credsStore": "../../bin/sh"}"#, odd);
        ask("[]", "no credentials were found (/h/.docker/config.json: it is not a file of credentials)");
    }
}
