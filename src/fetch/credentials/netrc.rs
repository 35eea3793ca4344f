//! `.netrc`: logins by host name, the last place that is looked at.
//!
//! The file says nothing of scheme and port, so its logins go only where nobody can listen: over HTTPS, or on this machine.

use std::path::PathBuf;

use url::{Host, Url};

use super::{Secret, User, named};
use crate::surroundings::Surroundings;

/// A larger file is no netrc.
const LARGEST: usize = 1 << 20;

/// The logins of a file.
#[derive(Debug, Default)]
pub(super) struct Netrc {
    logins: Vec<Login>,
    place: String,
}

#[derive(Debug)]
struct Login {
    /// `None` for `default`.
    machine: Option<String>,
    user: String,
    password: Secret,
}

/// Reads the file that `NETRC` names, or that of the home. One that cannot be read has nothing.
pub(super) fn read(surroundings: &Surroundings) -> Netrc {
    let name = if cfg!(windows) { "_netrc" } else { ".netrc" };
    let home = || named("HOME", surroundings).map(|home: PathBuf| home.join(name));
    let Some(path) = named("NETRC", surroundings).or_else(home).filter(|path| surroundings.is_file(path)) else {
        return Netrc::default();
    };
    let bytes = surroundings.read(&path).unwrap_or_default();
    let text = String::from_utf8(bytes).ok().filter(|text| text.len() <= LARGEST).unwrap_or_default();
    Netrc { logins: logins(&text), place: path.display().to_string() }
}

impl Netrc {
    /// Who we are to a host, if a login may be sent to this URL.
    pub(super) fn user(&self, url: &Url) -> Option<User<'_>> {
        let is_here = match url.host()? {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        if url.scheme() != "https" && !is_here {
            return None;
        }
        let host = url.host_str()?;
        // A login for everybody belongs to nobody: `default` is read and not used.
        let is_for = |login: &&Login| login.machine.as_deref().is_some_and(|machine| machine.eq_ignore_ascii_case(host));
        let login = self.logins.iter().find(is_for)?;
        Some(User { name: &login.user, password: login.password.reveal(), place: &self.place })
    }
}

fn logins(text: &str) -> Vec<Login> {
    let mut logins: Vec<Login> = Vec::new();
    let lines = text.lines().map(|line| line.split(" #").next().unwrap_or_default());
    let lines = lines.filter(|line| !line.trim_start().starts_with('#'));
    let mut in_macro = false;
    for line in lines {
        // A macro ends with an empty line.
        in_macro &= !line.trim().is_empty();
        let mut words = line.split_ascii_whitespace().filter(|_| !in_macro);
        while let Some(word) = words.next() {
            let begin = |machine| Login { machine, user: String::new(), password: Secret::new("") };
            match word {
                "machine" => logins.push(begin(words.next().map(str::to_owned))),
                "default" => logins.push(begin(None)),
                "macdef" => {
                    in_macro = true;
                    break;
                }
                "login" | "password" | "account" => {
                    let value = words.next().unwrap_or_default();
                    match (word, logins.last_mut()) {
                        ("login", Some(login)) => value.clone_into(&mut login.user),
                        ("password", Some(login)) => login.password = Secret::new(value),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
    }
    logins
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user<'a>(netrc: &'a Netrc, url: &str) -> Option<(&'a str, &'a str)> {
        netrc.user(&url.parse().unwrap()).map(|user| (user.name, user.password))
    }

    #[test]
    fn logins_are_found_by_host_and_go_where_nobody_listens() {
        let text = "# logins\nmachine charts.example.com\n  login deploy\n  password s3#cret\nmacdef init\nmachine evil login a\n\n\
                    machine other.example.com login x password y # mine\nmachine 127.0.0.1 login me password p\n\
                    default login anonymous password mail\n";
        let netrc = Netrc { logins: logins(text), place: String::new() };
        assert_eq!(user(&netrc, "https://charts.example.com/index.yaml"), Some(("deploy", "s3#cret")));
        assert_eq!(user(&netrc, "https://CHARTS.example.com:8443/"), Some(("deploy", "s3#cret")));
        assert_eq!(user(&netrc, "https://other.example.com/"), Some(("x", "y")));
        assert_eq!(user(&netrc, "http://127.0.0.1:8080/"), Some(("me", "p")));
        for url in ["http://charts.example.com/", "https://evil/", "https://example.com/", "https://x.charts.example.com/"] {
            assert_eq!(user(&netrc, url), None, "{url}");
        }
        assert!(!format!("{netrc:?}").contains("s3#cret"));
    }
}
