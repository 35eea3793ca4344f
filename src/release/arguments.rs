//! `helmDefaults.args` and `templateArgs`: flags that helmfile gives to every call of helm, as far as they shape a rendering.
//!
//! What only concerns a cluster or helm's own network is passed over; what neither list below knows is an error, because
//! a flag that is ignored in silence could change what is deployed.

use super::Error;
use crate::render::Options;
use crate::values::Layers;

/// What the flags ask for.
#[derive(Default)]
pub(super) struct Asked {
    /// `--kube-version`.
    pub(super) kube_version: Option<String>,
    /// `--api-versions`.
    pub(super) api_versions: Vec<String>,
    /// `--is-upgrade`.
    pub(super) is_upgrade: bool,
    /// `--values`, as written.
    pub(super) values: Vec<String>,
}

/// Flags without effect on a rendering, by whether a value follows them.
const WITHOUT_EFFECT: &[(&str, bool)] = &[
    ("--atomic", false),
    ("--ca-file", true),
    ("--cert-file", true),
    ("--cleanup-on-fail", false),
    ("--create-namespace", false),
    ("--debug", false),
    ("--dependency-update", false),
    ("--description", true),
    ("--disable-openapi-validation", false),
    ("--force", false),
    ("--history-max", true),
    ("--insecure-skip-tls-verify", false),
    ("--key-file", true),
    ("--kube-context", true),
    ("--kubeconfig", true),
    ("--pass-credentials", false),
    ("--plain-http", false),
    ("--qps", true),
    ("--repository-cache", true),
    ("--repository-config", true),
    ("--rollback-on-failure", false),
    ("--server-side", true),
    ("--take-ownership", false),
    ("--timeout", true),
    ("--wait", false),
    ("--wait-for-jobs", false),
];

/// Reads the flags into `layers`, `options` and what is returned. As in helmfile, an item of the list may hold several
/// words.
pub(super) fn read(arguments: &[String], layers: &mut Layers, options: &mut Options) -> Result<Asked, Error> {
    let mut asked = Asked::default();
    let mut words = arguments.iter().flat_map(|argument| argument.split_whitespace());
    while let Some(word) = words.next() {
        let (flag, attached) = match word.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") => (flag, Some(value)),
            _ => (word, None),
        };
        let mut value = || attached.or_else(|| words.next()).ok_or_else(|| Error::Argument { flag: flag.to_owned() });
        let is_on = attached != Some("false");
        match flag {
            "--set" => layers.set.push(value()?.into()),
            "--set-string" => layers.string.push(value()?.into()),
            "--set-json" => layers.json.push(value()?.into()),
            "--set-literal" => layers.literal.push(value()?.into()),
            "--values" | "-f" => asked.values.extend(value()?.split(',').map(str::to_owned)),
            "--kube-version" => asked.kube_version = Some(value()?.to_owned()),
            "--api-versions" | "-a" => asked.api_versions.extend(value()?.split(',').map(str::to_owned)),
            "--is-upgrade" => asked.is_upgrade = is_on,
            "--enable-dns" => options.enable_dns = is_on,
            "--include-crds" => options.include_crds = is_on,
            "--no-hooks" => options.no_hooks = is_on,
            "--skip-crds" => options.include_crds &= !is_on,
            "--skip-schema-validation" => options.skip_schema_validation = is_on,
            "--skip-tests" => options.skip_tests = is_on,
            _ => match WITHOUT_EFFECT.iter().find(|(known, _)| *known == flag) {
                Some((_, true)) => drop(value()?),
                Some((_, false)) => {}
                None => return Err(Error::Argument { flag: flag.to_owned() }),
            },
        }
    }
    Ok(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(arguments: &[&str]) -> Result<(Asked, Layers, Options), Error> {
        let arguments: Vec<_> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let (mut layers, mut options) = (Layers::default(), Options::default());
        read(&arguments, &mut layers, &mut options).map(|asked| (asked, layers, options))
    }

    #[test]
    fn flags_come_attached_apart_or_in_one_item() {
        let (asked, layers, options) =
            ask(&["--set=a=1", "--set b=2", "--set", "c=3", "--include-crds", "--timeout", "5m", "-a", "x/v1,y/v1"]).unwrap();
        let set: Vec<_> = layers.set.iter().map(ToString::to_string).collect();
        assert_eq!(set, ["a=1", "b=2", "c=3"]);
        assert!(options.include_crds);
        assert_eq!(asked.api_versions, ["x/v1", "y/v1"]);
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        for arguments in [&["--post-renderer=x"][..], &["--set"], &["--repo", "x"]] {
            assert!(matches!(ask(arguments), Err(Error::Argument { .. })), "{arguments:?}");
        }
    }
}
