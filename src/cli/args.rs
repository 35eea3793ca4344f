//! What was typed: clap's structures, whose doc comments are the help texts. No logic but the
//! reading of single words, and no files or variables read here.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::accepted::Accepted;
use super::build::Build;
use super::cache::Cache;
use super::fetch::Fetch;
use super::images::Images;
use super::lint::Lint;
use super::migrate::Migrate;
use super::write_values::WriteValues;
use crate::render::Dialect;
use crate::version::Level;

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
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// Flags that every command takes.
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(next_help_heading = "Project")]
pub(super) struct Global {
    /// The state file, a folder of state files, or `-` for standard input
    #[arg(short, long, global = true, env = "HELMFILE_FILE_PATH", hide_env_values = true, value_name = "FILE")]
    pub(super) file: Option<PathBuf>,
    /// The environment
    #[arg(short, long, global = true, env = "HELMFILE_ENVIRONMENT", hide_env_values = true, value_name = "NAME")]
    pub(super) environment: Option<String>,
    /// Only releases with these labels: `name=redis`, `tier!=backend,app=shop`; repeated: any of them
    #[arg(short = 'l', long = "selector", global = true, value_name = "LABELS")]
    pub(super) selectors: Vec<String>,
    /// The namespace of all releases
    #[arg(short, long, global = true, env = "HELMFILE_NAMESPACE", hide_env_values = true, value_name = "NAME")]
    pub(super) namespace: Option<String>,
    /// The kube context of all releases: part of their identity, and what templates see
    #[arg(long, global = true, env = "HELMFILE_KUBE_CONTEXT", hide_env_values = true, value_name = "NAME")]
    pub(super) kube_context: Option<String>,
    /// The chart of all releases
    #[arg(short, long, global = true, value_name = "CHART")]
    pub(super) chart: Option<String>,
    /// A state value: `key=value`, `a.b=1,c[0]=x`
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    pub(super) state_values_set: Vec<String>,
    /// A state value that stays text: `key=value`
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    pub(super) state_values_set_string: Vec<String>,
    /// A file of state values
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) state_values_file: Vec<String>,
    /// Let `template` run `prepare` and `cleanup` hooks
    #[arg(long, global = true, conflicts_with_all = ["skip_hooks", "no_exec"])]
    pub(super) allow_hooks: bool,
    /// Leave `prepare` and `cleanup` hooks out, and do not tell
    #[arg(long, global = true)]
    pub(super) skip_hooks: bool,
    /// Start no program, whatever the project asks for
    #[arg(long, global = true, conflicts_with = "allow_exec")]
    pub(super) no_exec: bool,
    /// Let `check` and `diff` start the programs that the project asks for
    #[arg(long, global = true)]
    pub(super) allow_exec: bool,
    /// Succeed although no release matches the selectors
    #[arg(long, global = true)]
    pub(super) allow_no_matching_release: bool,

    /// Fail instead of changing helmfile.lock
    #[arg(long, global = true, help_heading = "Lock and network")]
    pub(super) locked: bool,
    /// Make no request; what is missing is an error
    #[arg(long, global = true, help_heading = "Lock and network")]
    pub(super) offline: bool,
    /// Both `--locked` and `--offline`
    #[arg(long, global = true, help_heading = "Lock and network")]
    pub(super) frozen: bool,
    /// Speak HTTP, not HTTPS, to OCI registries
    #[arg(long, global = true, help_heading = "Lock and network")]
    pub(super) oci_plain_http: bool,
    /// Where verified charts are kept [default: the user's cache folder]
    #[arg(
        long,
        global = true,
        env = "HELMLOCK_CACHE_DIR",
        hide_env_values = true,
        value_name = "DIR",
        help_heading = "Lock and network"
    )]
    pub(super) cache_dir: Option<PathBuf>,

    /// How many releases are worked on at a time [default: the number of cores]
    #[arg(short, long, global = true, alias = "concurrency", value_name = "N", help_heading = "Output")]
    pub(super) jobs: Option<usize>,
    /// Say nothing but errors
    #[arg(short, long, global = true, help_heading = "Output", conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Say more
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Output")]
    pub(super) verbose: u8,
    /// When to colour messages
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN", help_heading = "Output")]
    pub(super) color: Color,
    /// The form of the result on standard output and of errors
    #[arg(short, long, global = true, value_enum, default_value_t = Output::Text, value_name = "FORM", help_heading = "Output")]
    pub(super) output: Output,

    #[command(flatten)]
    pub(super) compatible: Compatible,
}

/// Flags of helmfile that mean little here and are accepted, so that scripts go on working.
#[derive(Clone, Debug, Args)]
pub(super) struct Compatible {
    /// Accepted: only `compare` starts a helm, this one unless `--helm` names another
    #[arg(
        short = 'b',
        long,
        global = true,
        hide = true,
        env = "HELMFILE_HELM_BINARY",
        hide_env_values = true,
        value_name = "PATH"
    )]
    pub(super) helm_binary: Option<String>,
    /// Accepted: no kustomize is started
    #[arg(
        short = 'k',
        long,
        global = true,
        hide = true,
        env = "HELMFILE_KUSTOMIZE_BINARY",
        hide_env_values = true,
        value_name = "PATH"
    )]
    pub(super) kustomize_binary: Option<String>,
    /// Accepted: see `--color`
    #[arg(long, global = true, hide = true)]
    pub(super) no_color: bool,
    /// Accepted: see `--verbose`
    #[arg(long, global = true, hide = true)]
    pub(super) debug: bool,
    /// Accepted: see `--verbose`
    #[arg(long, global = true, hide = true, value_name = "LEVEL")]
    pub(super) log_level: Option<String>,
    #[command(flatten)]
    pub(super) accepted: Accepted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What `-o` may say; which of it a command prints, [`Command::forms`] tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Output {
    /// For people
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

#[derive(Debug, Subcommand)]
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

#[derive(Debug, Subcommand)]
pub(super) enum Auth {
    /// Say which place has the credentials for each source; asks no server, shows no secret
    Status,
}

#[derive(Debug, Subcommand)]
pub(super) enum Bundle {
    /// Write a file with the charts of the lock, and what their sources offered of them
    Export {
        /// The file
        #[arg(value_name = "FILE")]
        path: PathBuf,
    },
    /// Take into the cache what the lock wants, and nothing else; the file brings no lock of its own
    Import {
        /// The file
        #[arg(value_name = "FILE")]
        path: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Mirror {
    /// Push all locked charts to a registry as ordinary charts, less those that are there
    Push {
        /// A folder of a registry: `oci://registry.example.com/charts`
        #[arg(long, value_name = "URL")]
        to: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Resolve {
    /// Write nothing; exit 2 if the lock would change
    #[arg(long)]
    pub(super) check: bool,
    /// Move every pin to the newest version that its constraint admits
    #[arg(long)]
    pub(super) upgrade: bool,
    /// Lock the output to what this Helm prints: 4.3, 3.22, 3.19 or 3.15, or the full version of a helm
    #[arg(long, value_name = "VERSION", value_parser = dialect)]
    pub(super) helm_dialect: Option<&'static Dialect>,
    #[command(flatten)]
    pub(super) accept: Accept,
    /// Accepted: flags for helm, which is not started
    #[arg(long, hide = true, value_name = "FLAGS", allow_hyphen_values = true)]
    pub(super) args: Vec<String>,
}

/// What is accepted although it is not what was promised.
#[derive(Debug, Args)]
#[command(next_help_heading = "Trust")]
pub(super) struct Accept {
    /// A chart whose index claims a wrong digest; the lock records the claim
    #[arg(long, value_name = "NAME")]
    pub(super) accept_index_mismatch: Vec<String>,
    /// A chart of which a locked version has other bytes now
    #[arg(long, value_name = "NAME")]
    pub(super) accept_republished: Vec<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  helmlock vendor                       into the folder that helmlock.toml names, else into vendor/
  helmlock vendor --unpacked charts     as files that a review can read

Commands read the folder that `vendor = \"DIR\"` in helmlock.toml names.")]
pub(super) struct Vendor {
    /// The folder [default: what helmlock.toml names, else `vendor`]
    #[arg(value_name = "DIR")]
    pub(super) folder: Option<PathBuf>,
    /// The files of each chart instead of its archive
    #[arg(long)]
    pub(super) unpacked: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  helmlock update redis                       one chart, to the newest version that its constraints admit
  helmlock update redis --precise 20.6.2      to this version
  helmlock update --level patch --dry-run     what would move by patches alone?
  helmlock update -l tier=backend             the charts of these releases
  helmlock update redis -e staging            in this environment first; the others keep their pin

Everything else in the lock stays byte for byte.")]
pub(super) struct Update {
    /// Charts by name; none means all
    #[arg(value_name = "NAME")]
    pub(super) names: Vec<String>,
    /// Exactly this version
    #[arg(long, value_name = "VERSION", requires = "names")]
    pub(super) precise: Option<String>,
    /// The largest step: `patch`, `minor` or `major` [default: major]
    #[arg(long, value_name = "STEP", conflicts_with = "precise")]
    pub(super) level: Option<Level>,
    /// Show what would change and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    #[command(flatten)]
    pub(super) accept: Accept,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  helmlock outdated                     what has newer versions?
  helmlock outdated -l tier=backend -o json
  helmlock outdated --exit-code         exit 2 if something has

COMPATIBLE is the newest version that the constraint admits, which `helmlock update` moves to; LATEST the newest
release at all, which `helmlock bump` moves to.")]
pub(super) struct Outdated {
    /// Exit 2 if something is outdated or deprecated
    #[arg(long)]
    pub(super) exit_code: bool,
    /// Show what is current, too
    #[arg(long)]
    pub(super) all: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  helmlock tree                         releases, their charts, and the charts in those
  helmlock tree -e prod -i common       who uses `common`?
  helmlock tree --duplicates            charts that are in use in several versions
  helmlock tree -o mermaid              for a Markdown page; -o dot for Graphviz")]
pub(super) struct Tree {
    /// Turn the tree round: who uses this chart (`-i NAME` and `--invert NAME` are understood as well)
    #[arg(value_name = "NAME")]
    pub(super) inverted: Option<String>,
    /// Accepted: a name alone turns the tree round; `-i`, which is helmfile's `--interactive`, has no other effect either
    #[arg(long, hide = true, requires = "inverted")]
    pub(super) invert: bool,
    /// Only charts that are in use in several versions, each with who uses it
    #[arg(long, conflicts_with = "inverted")]
    pub(super) duplicates: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  helmlock why redis                    constraints, candidates and why each was not chosen, where the bytes came from
  helmlock why redis -e prod --offline  as last seen, without asking anybody")]
pub(super) struct Why {
    /// A chart, or a release for its chart
    #[arg(value_name = "NAME")]
    pub(super) name: String,
}

#[derive(Debug, Args)]
#[command(after_help = "Install it once for each clone, and name it in .gitattributes:

  git config merge.helmlock.name 'helmfile.lock by entry'
  git config merge.helmlock.driver 'helmlock merge-driver %O %A %B %P'
  echo '*.lock merge=helmlock' >> .gitattributes

Changes to different charts merge by themselves. Where both sides answer one wish differently, the file gets
markers around that entry, and the exit code is 1.")]
pub(super) struct MergeDriver {
    /// `%O`: the lock before both
    #[arg(value_name = "BASE")]
    pub(super) base: PathBuf,
    /// `%A`: our lock, which becomes the merged one
    #[arg(value_name = "OURS")]
    pub(super) ours: PathBuf,
    /// `%B`: their lock
    #[arg(value_name = "THEIRS")]
    pub(super) theirs: PathBuf,
    /// `%P`: the path in the repository, for messages
    #[arg(value_name = "PATH")]
    pub(super) name: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  helmlock bump                         every chart to its newest release
  helmlock bump redis                   one chart
  helmlock bump redis@21.0.0            to this version
  helmlock bump --level minor --dry-run what would be written, without majors?

A version that comes from a template or an environment's values is written where it stands. What no single place
says alone is named with its file and line. A range keeps its shape: `~20.5` becomes `~21.1`.")]
pub(super) struct Bump {
    /// Charts by name, each perhaps with a version; none means all
    #[arg(value_name = "NAME[@VERSION]")]
    pub(super) names: Vec<String>,
    /// The largest step: `patch`, `minor` or `major` [default: major]
    #[arg(long, value_name = "STEP")]
    pub(super) level: Option<Level>,
    /// Show what would change and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  helmlock check                        milliseconds, no network, nothing of the project runs
  helmlock check -o github              annotations beside the lines that are wrong
  helmlock check --base origin/main     has a version other bytes than where this branch began?
  helmlock check --online               has upstream republished, withdrawn or deprecated something?
  helmlock check --policy-from origin/main

Exit code 2: the lock is missing, stale or against the policy. 4: a version has other bytes than before.")]
pub(super) struct Check {
    /// Ask the sources: other bytes under a version are an error; what vanished, moved, is deprecated or newer is told
    #[arg(long, conflicts_with_all = ["offline", "frozen"])]
    pub(super) online: bool,
    /// The branch that this one will be merged into [default: the one that `origin` proposes, if git knows it]
    #[arg(long, value_name = "REVISION")]
    pub(super) base: Option<String>,
    /// Hold the project against the policy that helmlock.toml has in this revision, too, so that a change cannot loosen its judge
    #[arg(long, value_name = "REVISION")]
    pub(super) policy_from: Option<String>,
    /// Let this chart have other bytes under the same version than before
    #[arg(long, value_name = "NAME")]
    pub(super) accept_republished: Vec<String>,
    /// Are the locked bytes in the cache, and whole?
    #[arg(long)]
    pub(super) cache: bool,
}

/// What is rendered, and with which values: the flags of every command that renders.
#[derive(Debug, Args)]
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
    /// `false`: it is an error where a wanted release needs one that is left out
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub(super) skip_needs: bool,
    /// Render what the wanted releases need, too
    #[arg(long)]
    pub(super) include_needs: bool,
    /// Render what those need in turn
    #[arg(long)]
    pub(super) include_transitive_needs: bool,
}

#[derive(Debug, Args)]
pub(super) struct Template {
    #[command(flatten)]
    pub(super) render: RenderFlags,
    /// Print what this Helm prints, whatever the lock says: 4.3, 3.22, 3.19 or 3.15, or the full version of a helm
    #[arg(long, value_name = "VERSION", value_parser = dialect)]
    pub(super) helm_dialect: Option<&'static Dialect>,
    /// Write each release's templates into files below this folder, instead of printing them
    #[arg(long, value_name = "DIR", conflicts_with = "show_only")]
    pub(super) output_dir: Option<String>,
    /// The folder of a release: a template that sees `.OutputDir`, `.State`, `.Release` and `.Environment`
    #[arg(long = "output-dir-template", value_name = "TEMPLATE", conflicts_with = "show_only")]
    pub(super) folder: Option<String>,
    /// Only what this template of the chart prints: `templates/service.yaml`
    #[arg(short, long, value_name = "TEMPLATE")]
    pub(super) show_only: Vec<String>,
    /// Refused: the output would no longer be the chart's
    #[arg(long, hide = true, value_name = "PROGRAM")]
    pub(super) post_renderer: Option<String>,
    /// Refused with it
    #[arg(long, hide = true, value_name = "ARGUMENT", allow_hyphen_values = true)]
    pub(super) post_renderer_args: Vec<String>,
    /// Say on stderr which functions made each release depend on time or chance
    #[arg(long)]
    pub(super) purity: bool,
    /// Exit 2 if a release depends on time or chance; print none from there on
    #[arg(long)]
    pub(super) require_pure: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  helmlock compare                      with the helm on PATH
  helmlock compare --helm ./helm-3.19 -e prod -l tier=backend
  helmlock compare --against helmfile   the state file through the helmfile on PATH, too

Exit code 2 if a release differs.")]
pub(super) struct Compare {
    #[command(flatten)]
    pub(super) render: RenderFlags,
    /// The program to compare with
    #[arg(long, value_enum, default_value_t = Against::Helm, value_name = "PROGRAM")]
    pub(super) against: Against,
    /// The helm to start [default: the one on PATH]
    #[arg(long, value_name = "PATH")]
    pub(super) helm: Option<String>,
    /// The helmfile to start [default: the one on PATH]
    #[arg(long, value_name = "PATH")]
    pub(super) helmfile: Option<String>,
    /// How long one run of helm may take
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(super) time_limit: u64,
    /// Write a reproducer with the values as they are, secrets too, where a redacted one shows no difference
    #[arg(long)]
    pub(super) keep_values: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  helmlock diff                         the working tree against the last commit
  helmlock diff main                    the working tree against a branch
  helmlock diff main...HEAD -o md       what a pull request changes, as a comment for it
  helmlock diff main -o html >a.html    the same as a page that can be searched
  helmlock diff old.lock helmfile.lock  two locks of this project

A side's charts come from the cache or, unless `--offline` forbids it, by their digest from where the lock says.
Secrets are shown by their keys only.")]
pub(super) struct Diff {
    #[command(flatten)]
    pub(super) render: RenderFlags,
    /// A revision, `BASE..HEAD`, `BASE...HEAD` (since they parted), or a lock file [default: HEAD]
    #[arg(value_name = "BASE")]
    pub(super) base: Option<String>,
    /// A revision or a lock file [default: the working tree]
    #[arg(value_name = "HEAD")]
    pub(super) head: Option<String>,
    /// Leave the lines of manifests out
    #[arg(long)]
    pub(super) summary: bool,
    /// Exit 2 if anything changed
    #[arg(long)]
    pub(super) exit_code: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  helmlock export --helmfile out        all environments
  helmfile -f out/helmfile.yaml.gotmpl -e prod apply
  helmlock export --helmfile out -e prod -l tier=backend

Charts become archives beside the state files, templates are rendered, values stay as written: references to secrets
stay references, encrypted files stay encrypted.")]
pub(super) struct Export {
    /// The folder to write, which must be empty or not there
    #[arg(long, value_name = "DIR")]
    pub(super) helmfile: PathBuf,
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Against {
    /// `helm template`, with the charts, values and flags that we render
    Helm,
    /// `helmfile template`: your helmfile reads your state file and calls your helm, which gets the locked charts
    Helmfile,
}

fn dialect(text: &str) -> Result<&'static Dialect, String> {
    Dialect::for_helm_version(text).ok_or_else(|| {
        let known: Vec<_> = Dialect::names().collect();
        format!("the output of this Helm is not reproduced; known are {}", known.join(", "))
    })
}
