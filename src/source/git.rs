//! A folder of a git repository in the form that helmfile has for it: `git::https://host/repo.git@path?ref=v1`.
//!
//! It is go-getter's form with helmfile's `@` between repository and path. Everything in it becomes an argument of git, so
//! what git could take for anything else is refused here.

use std::fmt;

use url::Url;

use super::{Error, GitRepository, LocalPath, shown};

/// What is fetched if nothing else is said.
const HEAD: &str = "HEAD";

/// A folder of a git repository at a branch, a tag or a commit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GitReference {
    /// The repository.
    pub repository: GitRepository,
    /// The folder in it; `.` for its root.
    pub path: LocalPath,
    /// A branch, tag or commit; `HEAD` for what the repository's own default is.
    pub reference: String,
}

impl GitReference {
    /// Whether a text is meant to be one.
    pub fn is_meant_by(text: &str) -> bool {
        text.starts_with("git::") || text.starts_with("git+")
    }

    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it. User and password are refused: git's credential helpers have them.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wanted = |wanted| Error::Kind { text: shown(text), wanted };
        let form = || wanted("a git folder (`git::https://host/repo.git@path?ref=v1`)");
        let bare = text.strip_prefix("git::").or_else(|| text.strip_prefix("git+")).ok_or_else(form)?;
        if !bare.contains("://") {
            return Err(form());
        }
        let mut url = Url::parse(bare).map_err(|_| form())?;
        if url.password().is_some() || (url.scheme() != "ssh" && !url.username().is_empty()) {
            return Err(wanted("a git URL without a password, which belongs to git's credential helper"));
        }
        let mut reference = HEAD.to_owned();
        for (key, value) in url.query_pairs() {
            match &*key {
                "ref" if !value.is_empty() => reference = value.into_owned(),
                // We fetch one commit, whatever is said.
                "ref" | "depth" | "cache" => {}
                _ => return Err(wanted("a git folder whose only parameter is `ref`")),
            }
        }
        if !is_reference(&reference) {
            return Err(wanted("a git folder at a branch, tag or commit"));
        }
        let (repository, path) = url.path().split_once('@').filter(|(_, path)| !path.contains('@')).ok_or_else(form)?;
        let (repository, below) = repository.split_once("//").unwrap_or((repository, ""));
        let path = LocalPath::parse(&format!("./{below}/{path}"))?;
        if path.as_str().starts_with("..") || path.as_str().contains('%') {
            return Err(form());
        }
        let repository = repository.to_owned();
        url.set_path(&repository);
        url.set_query(None);
        Ok(Self { repository: GitRepository::parse(url.as_str())?, path, reference })
    }
}

/// Whether git takes a text for a branch, a tag or a commit and for nothing else: no flag, no refspec, no expression.
fn is_reference(text: &str) -> bool {
    let is_odd = |c: char| c.is_control() || c.is_whitespace() || "~^:?*[\\+".contains(c);
    !text.starts_with('-') && !text.contains(is_odd) && !text.contains("..") && !text.contains("@{") && text.len() <= 250
}

impl fmt::Display for GitReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "git::{}@{}?ref={}", self.repository.url(), self.path, self.reference)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helmfiles_forms_are_read() {
        for (text, expected) in [
            ("git::https://h/r.git@charts/x?ref=v1", "git::https://h/r.git@charts/x?ref=v1"),
            ("git+https://h/r.git@x", "git::https://h/r.git@x?ref=HEAD"),
            ("git::ssh://git@h/o/r@a/x/?ref=feature/y&depth=1", "git::ssh://git@h/o/r@a/x?ref=feature/y"),
            ("git::file:///srv/r//charts@x?ref=main", "git::file:///srv/r@charts/x?ref=main"),
            ("git::https://h:8443/r.git@.", "git::https://h:8443/r.git@.?ref=HEAD"),
        ] {
            assert_eq!(GitReference::parse(text).unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn what_git_could_take_for_something_else_is_refused() {
        for text in [
            "git::https://h/r.git@x?ref=--upload-pack=touch",
            "git::https://h/r.git@x?ref=-x",
            "git::https://h/r.git@x?ref=main:refs/heads/x",
            "git::https://h/r.git@x?ref=%2Bmain",
            "git::https://h/r.git@x?ref=a..b",
            "git::https://h/r.git@x?ref=a%0ab",
            "git::https://h/r.git@../x",
            "git::https://h/r.git@x/../../y",
            "git::https://h/r.git@x@y",
            "git::https://h/r.git",
            "git::ext::sh -c touch% x@x",
            "git::--upload-pack=x@x",
            "git::ssh://-oProxyCommand=touch/r@x",
            "git::ssh://-x@h/r@x",
            "git::https://user:password@h/r.git@x",
            "git::https://token@h/r.git@x",
            "git::https://h/r.git@x?sshkey=abc",
            "git::git@github.com:o/r.git@x",
        ] {
            let error = GitReference::parse(text).expect_err(text).to_string();
            assert!(!error.contains("password@") && !error.contains("token@") && !error.contains("sshkey"), "{error}");
        }
    }
}
