//! One release as `helm template` gets it: the files of a folder and the arguments of the command, which name them relatively.
//!
//! The same case is what the peer is run on and what a reproducer holds.

use crate::chart::File;
use crate::release::Flags;
use crate::render::Options;
use crate::surroundings::{FileError, Surroundings};
use crate::values::Layers;

const CHART: &str = "chart.tgz";

/// Files and arguments.
pub(in crate::cli) struct Case {
    /// Their names and bytes.
    pub(in crate::cli) files: Vec<(String, Vec<u8>)>,
    /// What follows `helm`.
    pub(in crate::cli) arguments: Vec<String>,
}

impl Case {
    /// The case of the release `name` with its chart as an archive.
    ///
    /// # Errors
    /// A file of `--set-file` cannot be read.
    pub(in crate::cli) fn new(name: &str, archive: &[u8], flags: &Flags, surroundings: &Surroundings) -> Result<Self, FileError> {
        let Flags { namespace, layers, options, is_upgrade, kube_version, api_versions } = flags;
        let mut case = Self { files: vec![(CHART.to_owned(), archive.to_vec())], arguments: vec!["template".to_owned()] };
        case.option("--namespace", namespace);
        case.values(layers, surroundings)?;
        case.option("--kube-version", kube_version);
        for version in api_versions {
            case.option("--api-versions", version);
        }
        let Options { include_crds, skip_tests, no_hooks, skip_schema_validation, enable_dns } = *options;
        let switches = [
            ("--include-crds", include_crds),
            ("--skip-tests", skip_tests),
            ("--no-hooks", no_hooks),
            ("--skip-schema-validation", skip_schema_validation),
            ("--enable-dns", enable_dns),
            ("--is-upgrade", *is_upgrade),
        ];
        case.arguments.extend(switches.into_iter().filter(|(_, is_on)| *is_on).map(|(flag, _)| flag.to_owned()));
        // A name may look like a flag.
        case.arguments.extend(["--".to_owned(), name.to_owned(), format!("./{CHART}")]);
        Ok(case)
    }

    /// The case of `helm lint` on the files of a chart, which lie in `folder`.
    ///
    /// # Errors
    /// As [`Case::new`].
    pub(in crate::cli) fn lint(
        folder: &str,
        files: Vec<File>,
        flags: &Flags,
        surroundings: &Surroundings,
    ) -> Result<Self, FileError> {
        let files = files.into_iter().map(|file| (format!("{folder}/{}", file.name), file.contents.to_vec())).collect();
        let mut case = Self { files, arguments: vec!["lint".to_owned(), folder.to_owned()] };
        case.option("--namespace", &flags.namespace);
        case.values(&flags.layers, surroundings)?;
        case.option("--kube-version", &flags.kube_version);
        if flags.options.skip_schema_validation {
            case.arguments.push("--skip-schema-validation".to_owned());
        }
        Ok(case)
    }

    fn values(&mut self, layers: &Layers, surroundings: &Surroundings) -> Result<(), FileError> {
        for (index, document) in layers.files.iter().enumerate() {
            let name = format!("values-{}.yaml", index + 1);
            self.option("--values", &name);
            self.files.push((name, document.contents.to_vec()));
        }
        let sets = [("--set-json", &layers.json), ("--set", &layers.set), ("--set-string", &layers.string)];
        for (flag, arguments) in sets.into_iter().chain([("--set-literal", &layers.literal)]) {
            for argument in arguments {
                self.option(flag, &argument.to_lossy());
            }
        }
        for (index, argument) in layers.file.iter().enumerate() {
            let argument = argument.to_lossy();
            let (name, path) = argument.split_once('=').unwrap_or((&argument, ""));
            let copy = format!("set-{}.txt", index + 1);
            self.option("--set-file", &format!("{name}={copy}"));
            self.files.push((copy, surroundings.read(path.as_ref())?));
        }
        Ok(())
    }

    /// Asks for these templates only.
    pub(in crate::cli) fn show_only(&mut self, templates: &[String]) {
        let end = self.arguments.iter().position(|argument| argument == "--").unwrap_or(self.arguments.len());
        let flags = templates.iter().flat_map(|template| ["--show-only".to_owned(), template.clone()]);
        self.arguments.splice(end..end, flags);
    }

    fn option(&mut self, flag: &str, value: &str) {
        self.arguments.extend([flag.to_owned(), value.to_owned()]);
    }

    /// The command as it is typed.
    pub(in crate::cli) fn command(&self) -> String {
        let quoted = |argument: &String| {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,@%+".contains(c);
            if !argument.is_empty() && argument.chars().all(is_plain) {
                return argument.clone();
            }
            format!("'{}'", argument.replace('\'', r"'\''"))
        };
        format!("helm {}", self.arguments.iter().map(quoted).collect::<Vec<_>>().join(" "))
    }
}
