//! What was typed: clap's structures for the program and for what several commands take; each command has its own beside it. Their
//! doc comments are the help texts. No logic but the reading of single words, and no files or variables read here.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use super::accepted::{self, Accepted};
use super::auth::Auth;
use super::bare;
use super::build::Build;
use super::bump::Bump;
use super::bundle::Bundle;
use super::cache::Cache;
use super::check::Check;
use super::compare::Compare;
use super::diff::Diff;
use super::export::Export;
use super::fetch::Fetch;
use super::images::Images;
use super::linked;
use super::lint::Lint;
use super::merge_driver::MergeDriver;
use super::migrate::Migrate;
use super::mirror::Mirror;
use super::outdated::Outdated;
use super::resolve::Resolve;
use super::template::Template;
use super::tree::Tree;
use super::update::Update;
use super::vendor::Vendor;
use super::why::Why;
use super::write_values::WriteValues;
use crate::render::Dialect;

/// A lockfile for Helm charts: pins what helmfile.yaml asks for, renders it offline
///
/// helmlock reads the helmfile.yaml that you have. `resolve` pins every chart to an exact version and content digest in
/// helmfile.lock; `template` renders all releases from the lock and the local cache alone, byte for byte as Helm prints them.
#[derive(Debug, Parser)]
#[command(name = "helmlock", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(after_help = "Examples:
  helmlock resolve                      pin every chart in helmfile.lock
  helmlock template -e prod             render all releases of an environment
  helmlock template -l tier=backend     render some of them
  helmlock compare                      does the helm that I have print the same?
  helmlock check                        is the lock current? (for CI)
  helmlock update redis                 move one pin to the newest version its constraint admits

Exit codes: 0 done, 1 error, 2 the answer is no (a stale lock, a difference), 3 no release matched,
4 integrity, 5 network, 6 authentication, 64 usage")]
struct Program {
    #[command(flatten)]
    global: Global,
}

/// The program with all its commands.
pub(super) fn program() -> clap::Command {
    with(Command::augment_subcommands, true)
}

/// The program with these commands, whose flags stand before a command or behind it; those without a meaning among them, if asked.
fn with(commands: impl FnOnce(clap::Command) -> clap::Command, accepted: bool) -> clap::Command {
    let program = Program::command().mut_args(|flag| flag.global(true));
    let program = if accepted { Accepted::augment_args(program) } else { program };
    commands(program).subcommand_required(true).arg_required_else_help(true)
}

/// What was typed.
pub(super) struct Arguments {
    pub(super) global: Global,
    pub(super) command: Command,
}

impl Arguments {
    /// Reads what was typed, the program's name first.
    pub(super) fn read(words: &[OsString]) -> Result<Self, clap::Error> {
        bare::read(words).map_or_else(|| Self::by_clap(words), Ok)
    }

    /// Reads what was typed. clap gives every flag of the program to each of its commands, and their values, too, which takes longer
    /// than a small rendering: so it is shown the one command that is meant, and flags without a meaning only where there are any;
    /// and all of them for its complaints.
    pub(super) fn by_clap(words: &[OsString]) -> Result<Self, clap::Error> {
        let named = linked::command_in(words.get(1..).unwrap_or_default());
        let starts_with_it = words.get(1).zip(named.as_ref()).is_some_and(|(word, name)| *word == **name);
        let known = named.and_then(|name| Command::augment_subcommands(clap::Command::new("")).find_subcommand(name).cloned());
        let has_accepted = accepted::are_in(words);
        let read = match known {
            Some(command) if starts_with_it && !has_accepted => Self::behind(command, words),
            Some(command) => Self::from(with(|program| program.subcommand(command), has_accepted), words),
            None => Self::from(with(|program| program, has_accepted), words),
        };
        match read {
            Err(error) if error.kind() != ErrorKind::DisplayVersion => Self::from(program(), words),
            read => read,
        }
    }

    /// Reads words of which the command is the first: all flags are its own then.
    fn behind(command: clap::Command, words: &[OsString]) -> Result<Self, clap::Error> {
        let program = clap::Command::new("").subcommand(Global::augment_args(command));
        let mut matches = program.try_get_matches_from(words)?;
        let mut flags = matches.subcommand().map(|(_, flags)| flags.clone()).unwrap_or_default();
        Ok(Self { global: Global::from_arg_matches_mut(&mut flags)?, command: Command::from_arg_matches_mut(&mut matches)? })
    }

    fn from(mut program: clap::Command, words: &[OsString]) -> Result<Self, clap::Error> {
        let mut matches = program.try_get_matches_from_mut(words)?;
        let mut read = || {
            let accepted = Accepted::from_arg_matches(&matches)?;
            let mut global = Global::from_arg_matches_mut(&mut matches)?;
            global.compatible.accepted = accepted;
            Ok(Self { global, command: Command::from_arg_matches_mut(&mut matches)? })
        };
        read().map_err(|error: clap::Error| error.format(&mut program))
    }
}

/// The flags that stand before a command, too.
pub(super) fn flags() -> clap::Command {
    Accepted::augment_args(Program::command())
}

// Flags that every command takes. (What `///` says of flags that others take in would stand in the help of these.)
#[derive(Clone, Debug, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(next_help_heading = "Project")]
pub(super) struct Global {
    /// The state file, a folder of state files, or `-` for standard input
    #[arg(short, long, env = "HELMFILE_FILE_PATH", hide_env_values = true, value_name = "FILE")]
    pub(super) file: Option<PathBuf>,
    /// The environment
    #[arg(short, long, env = "HELMFILE_ENVIRONMENT", hide_env_values = true, value_name = "NAME")]
    pub(super) environment: Option<String>,
    /// Only releases with these labels: `name=redis`, `tier!=backend,app=shop`; repeated: any of them
    #[arg(short = 'l', long = "selector", value_name = "LABELS")]
    pub(super) selectors: Vec<String>,
    /// The namespace of all releases
    #[arg(short, long, env = "HELMFILE_NAMESPACE", hide_env_values = true, value_name = "NAME")]
    pub(super) namespace: Option<String>,
    /// The kube context of all releases: part of their identity, and what templates see
    #[arg(long, env = "HELMFILE_KUBE_CONTEXT", hide_env_values = true, value_name = "NAME")]
    pub(super) kube_context: Option<String>,
    /// The chart of all releases
    #[arg(short, long, value_name = "CHART")]
    pub(super) chart: Option<String>,
    /// A state value: `key=value`, `a.b=1,c[0]=x`
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) state_values_set: Vec<String>,
    /// A state value that stays text: `key=value`
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) state_values_set_string: Vec<String>,
    /// A file of state values
    #[arg(long, value_name = "FILE")]
    pub(super) state_values_file: Vec<String>,
    /// Let `template` run `prepare` and `cleanup` hooks
    #[arg(long, conflicts_with_all = ["skip_hooks", "no_exec"])]
    pub(super) allow_hooks: bool,
    /// Leave `prepare` and `cleanup` hooks out, and do not tell
    #[arg(long)]
    pub(super) skip_hooks: bool,
    /// Start no program, whatever the project asks for
    #[arg(long, conflicts_with = "allow_exec")]
    pub(super) no_exec: bool,
    /// Let `check` and `diff` start the programs that the project asks for
    #[arg(long)]
    pub(super) allow_exec: bool,
    /// Succeed although no release matches the selectors
    #[arg(long)]
    pub(super) allow_no_matching_release: bool,

    /// Fail instead of changing helmfile.lock
    #[arg(long, help_heading = "Lock and network")]
    pub(super) locked: bool,
    /// Make no request; what is missing is an error
    #[arg(long, help_heading = "Lock and network")]
    pub(super) offline: bool,
    /// Both `--locked` and `--offline`
    #[arg(long, help_heading = "Lock and network")]
    pub(super) frozen: bool,
    /// Speak HTTP, not HTTPS, to OCI registries
    #[arg(long, help_heading = "Lock and network")]
    pub(super) oci_plain_http: bool,
    /// Where verified charts are kept [default: the user's cache folder]
    #[arg(long, env = "HELMLOCK_CACHE_DIR", hide_env_values = true, value_name = "DIR", help_heading = "Lock and network")]
    pub(super) cache_dir: Option<PathBuf>,

    /// How many releases are worked on at a time [default: the number of cores]
    #[arg(short, long, alias = "concurrency", value_name = "N", help_heading = "Output")]
    pub(super) jobs: Option<usize>,
    /// Say nothing but errors
    #[arg(short, long, help_heading = "Output", conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Say more
    #[arg(short, long, action = clap::ArgAction::Count, help_heading = "Output")]
    pub(super) verbose: u8,
    /// When to colour messages
    #[arg(long, value_enum, default_value_t, value_name = "WHEN", help_heading = "Output")]
    pub(super) color: Color,
    /// The form of the result on standard output and of errors
    #[arg(short, long, value_enum, default_value_t, value_name = "FORM", help_heading = "Output")]
    pub(super) output: Output,

    #[command(flatten)]
    pub(super) compatible: Compatible,
}

// Flags of helmfile that mean little here and are accepted, so that scripts go on working.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Compatible {
    /// Accepted: only `compare` starts a helm, this one unless `--helm` names another
    #[arg(short = 'b', long, hide = true, env = "HELMFILE_HELM_BINARY", hide_env_values = true, value_name = "PATH")]
    pub(super) helm_binary: Option<String>,
    /// Accepted: no kustomize is started
    #[arg(short = 'k', long, hide = true, env = "HELMFILE_KUSTOMIZE_BINARY", hide_env_values = true, value_name = "PATH")]
    pub(super) kustomize_binary: Option<String>,
    /// Accepted: see `--color`
    #[arg(long, hide = true)]
    pub(super) no_color: bool,
    /// Accepted: see `--verbose`
    #[arg(long, hide = true)]
    pub(super) debug: bool,
    /// Accepted: see `--verbose`
    #[arg(long, hide = true, value_name = "LEVEL")]
    pub(super) log_level: Option<String>,
    /// Those that mean nothing at all.
    #[arg(skip)]
    pub(super) accepted: Accepted,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What `-o` may say; which of it a command prints, [`Command::forms`] tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Output {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// Markdown, for a comment on a pull request (`diff`)
    Md,
    /// Annotations of a GitHub workflow (`check`)
    Github,
    /// For Graphviz (`tree`)
    Dot,
    /// For Markdown pages that draw Mermaid (`tree`)
    Mermaid,
    /// A page that needs nothing else (`diff`)
    Html,
    /// In a word (`version`)
    Short,
    /// For people, as helmfile calls it (`version`)
    Pretty,
    /// YAML (`version`)
    Yaml,
}

impl Output {
    /// How it is typed.
    pub(super) fn word(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// The form of results and of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

// What to do. A command's flags are built when it is the one.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(super) enum Command {
    /// Make helmfile.lock satisfy the project, changing the least
    #[command(visible_aliases = ["lock", "deps"])]
    Resolve(Resolve),
    /// Move the named pins to the newest versions that their constraints admit
    Update(Update),
    /// Write newer versions into helmfile.yaml, with comments and layout kept, then move the lock
    Bump(Bump),
    /// Fill the cache from the lock, without resolving
    #[command(visible_alias = "pull")]
    Fetch(Fetch),
    /// Put all locked charts into a folder for git, so that rendering needs neither network nor cache
    Vendor(Vendor),
    /// Carry all locked charts to a machine without a network, in one file
    Bundle {
        #[command(subcommand)]
        command: Bundle,
    },
    /// Copy all locked charts to where others may ask for them
    Mirror {
        #[command(subcommand)]
        command: Mirror,
    },
    /// Render releases from the lock and the cache
    Template(Template),
    /// Render by us and by the helm that you have, and show that every release is equal
    Compare(Compare),
    /// Let helm lint the locked charts, or find values that no template reads
    Lint(Lint),
    /// Say whether the lock is current and complete; reads files only
    Check(Check),
    /// Show what changed between two revisions or locks: values, pins, images, permissions, manifests
    Diff(Diff),
    /// Write the project as a helmfile with pinned charts, which the real helmfile deploys as reviewed
    Export(Export),
    /// List the releases
    List,
    /// Print the project as it is after everything in it was evaluated
    Build(Build),
    /// Write the merged values of each release into files
    WriteValues(WriteValues),
    /// Say that there is nothing to be done: sources are asked where the project names them
    Repos {
        /// Accepted: flags for helm, which is not started
        #[arg(long, hide = true, value_name = "FLAGS", allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Say what a project that helmfile serves needs here, and begin to serve it
    Migrate(Migrate),
    /// Show which locked charts have newer versions
    Outdated(Outdated),
    /// Show which release uses which charts, and which charts those contain
    Tree(Tree),
    /// Show why a chart is locked at its version
    Why(Why),
    /// List the images that the rendered releases run
    Images(Images),
    /// Merge two locks for git, entry by entry
    MergeDriver(MergeDriver),
    /// Where charts are kept
    Cache {
        #[command(subcommand)]
        command: Cache,
    },
    /// How the sources of charts know you
    Auth {
        #[command(subcommand)]
        command: Auth,
    },
    /// Print a shell's completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the version
    Version,
}

// What is rendered, and with which values: the flags of every command that renders.
#[derive(Debug, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct RenderFlags {
    /// A value for every release: `key=value`, as helm's --set
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
    /// A values file for every release
    #[arg(long, value_name = "FILE")]
    pub(super) values: Vec<String>,
    /// Print the chart's custom resource definitions, too
    #[arg(long)]
    pub(super) include_crds: bool,
    /// Leave test hooks out
    #[arg(long)]
    pub(super) skip_tests: bool,
    /// Leave all hooks out
    #[arg(long)]
    pub(super) no_hooks: bool,
    /// The Kubernetes version that charts see
    #[arg(long, value_name = "VERSION")]
    pub(super) kube_version: Option<String>,
    /// An API version that charts see, besides the usual ones
    #[arg(short, long, value_name = "VERSION", value_delimiter = ',')]
    pub(super) api_versions: Vec<String>,
    /// Render as for an upgrade
    #[arg(long)]
    pub(super) is_upgrade: bool,
    /// Flags for helm, read as those of `helmDefaults.args`
    #[arg(long, value_name = "FLAGS", allow_hyphen_values = true)]
    pub(super) args: Vec<String>,
    /// Flags for `helm template`, in place of `helmDefaults.templateArgs`
    #[arg(long, value_name = "FLAGS", allow_hyphen_values = true)]
    pub(super) template_args: Vec<String>,
    /// Do not hold values against values.schema.json
    #[arg(long)]
    pub(super) skip_schema_validation: bool,
    /// Let `getHostByName` ask the network, which makes the output depend on it
    #[arg(long)]
    pub(super) enable_dns: bool,
    /// `false`: it is an error where a wanted release needs one that is left out [default: true]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub(super) skip_needs: Option<bool>,
    /// Render what the wanted releases need, too
    #[arg(long)]
    pub(super) include_needs: bool,
    /// Render what those need in turn
    #[arg(long)]
    pub(super) include_transitive_needs: bool,
}

impl Command {
    /// The forms that the command prints.
    pub(super) fn forms(&self) -> &'static [Output] {
        match self {
            Self::Build(_) | Self::Repos { .. } | Self::WriteValues(_) => &[Output::Text],
            Self::Lint(options) if !options.unused => &[Output::Text],
            Self::Diff(_) => &[Output::Text, Output::Json, Output::Md, Output::Html],
            Self::Check(_) => &[Output::Text, Output::Json, Output::Github],
            Self::Version => &[Output::Text, Output::Json, Output::Short, Output::Pretty, Output::Yaml],
            Self::Tree(_) => &[Output::Text, Output::Json, Output::Dot, Output::Mermaid],
            _ => &[Output::Text, Output::Json],
        }
    }
}

/// Reads which Helm's output is wanted.
pub(super) fn dialect(text: &str) -> Result<&'static Dialect, String> {
    Dialect::for_helm_version(text).ok_or_else(|| {
        let known: Vec<_> = Dialect::names().collect();
        format!("the output of this Helm is not reproduced; known are {}", known.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAGS: &[&str] = &[
        "",
        "-e prod -l a=b -l c=d -f x.yaml -n ns --chart c",
        "--kube-context k --state-values-set a=b --state-values-set-string c=d --state-values-file v.yaml",
        "--allow-hooks --allow-exec --allow-no-matching-release --oci-plain-http",
        "--skip-hooks --no-exec --frozen --cache-dir d -j3 -vv --color never",
        "--locked --offline -q -o json -b helm -k kustomize --no-color --debug --log-level warn",
        "--quiet --verbose",
        "--unknown",
        "-e",
        "stray words",
    ];

    /// What stands behind the command means the same whether clap is shown the flags as the command's own or as the program's.
    #[test]
    fn flags_behind_a_command_are_as_those_of_the_program() {
        for command in Command::augment_subcommands(clap::Command::new("")).get_subcommands() {
            for flags in FLAGS {
                let words: Vec<_> =
                    ["helmlock", command.get_name()].into_iter().chain(flags.split_whitespace()).map(OsString::from).collect();
                let shown =
                    |read: Result<Arguments, clap::Error>| read.ok().map(|read| format!("{:?}{:?}", read.global, read.command));
                let (near, whole) =
                    (shown(Arguments::behind(command.clone(), &words)), shown(Arguments::from(program(), &words)));
                // Where it cannot be read that way it is read the other way.
                assert!(near.is_none() || near == whole, "{words:?}: {near:?}, {whole:?}");
                assert!(near.is_some() || whole.is_none() || command.has_subcommands(), "{words:?}: {whole:?}");
            }
        }
    }
}
