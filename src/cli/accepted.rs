//! Flags of helmfile that mean nothing here, accepted so that scripts go on working, with the reason for each.
//!
//! helmfile has its global flags on every command, and so have we; `-v` tells which of them had no effect.

use std::cell::LazyCell;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, parser::ValueSource};

use crate::surroundings::truth;

/// One flag.
struct Flag {
    name: &'static str,
    short: Option<char>,
    /// Whether a value follows it.
    takes_value: bool,
    reason: &'static str,
}

const CLUSTER: &str = "no cluster is asked";
const REFRESH: &str = "nothing is refreshed anyway";
const TIDY: &str = "nothing is left behind anyway";

const FLAGS: &[Flag] = &[
    switch("allow-failed-releases", "charts are not prepared one by one"),
    switch("disable-force-update", REFRESH),
    switch("enable-live-output", "no helm is started"),
    switch("enforce-needs-are-installed", CLUSTER),
    switch("enforce-plugin-verification", "no plug-in is needed"),
    Flag { short: Some('i'), ..switch("interactive", CLUSTER) },
    switch("keep-temp-dir", TIDY),
    valued("kubeconfig", CLUSTER),
    switch("otel-tracing", "nothing is traced"),
    valued("repo-retries", "requests are tried again by themselves"),
    switch("sequential-helmfiles", "the order is always that of the paths"),
    switch("skip-charts", "listing needs no charts"),
    switch("skip-cleanup", TIDY),
    switch("skip-deps", REFRESH),
    switch("skip-refresh", REFRESH),
    switch("skip-repos", REFRESH),
    switch("strip-args-values-on-exit-error", "messages never show values of arguments"),
    switch("validate", CLUSTER),
];

const fn switch(name: &'static str, reason: &'static str) -> Flag {
    Flag { name, short: None, takes_value: false, reason }
}

const fn valued(name: &'static str, reason: &'static str) -> Flag {
    Flag { name, short: None, takes_value: true, reason }
}

/// Which of the flags were given, and why they have no effect.
#[derive(Clone, Debug, Default)]
pub(super) struct Accepted(pub(super) Vec<(&'static str, &'static str)>);

impl Args for Accepted {
    fn augment_args(command: Command) -> Command {
        FLAGS.iter().fold(command, |command, flag| {
            let action = if flag.takes_value { ArgAction::Append } else { ArgAction::SetTrue };
            let argument = Arg::new(flag.name).long(flag.name).action(action).global(true).hide(true).help(flag.reason);
            command.arg(flag.short.map_or(argument.clone(), |short| argument.short(short)))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Accepted {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let is_known = |flag: &&Flag| matches!(matches.try_contains_id(flag.name), Ok(true));
        let is_given = |flag: &&Flag| is_known(flag) && matches.value_source(flag.name) == Some(ValueSource::CommandLine);
        Ok(Self(FLAGS.iter().filter(is_given).map(|flag| (flag.name, flag.reason)).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Whether one of the words is one of the flags.
pub(super) fn are_in(words: &[std::ffi::OsString]) -> bool {
    let names = words.iter().filter_map(|word| word.to_str()?.strip_prefix("--")?.split('=').next());
    names.into_iter().any(|name| FLAGS.iter().any(|flag| flag.name == name))
}

/// The arguments with `--switch=true` and `--switch=false` as Go's flags know them, for all that are switches here.
pub(super) fn spelled_out(arguments: Vec<std::ffi::OsString>, command: fn() -> Command) -> Vec<std::ffi::OsString> {
    let switches = LazyCell::new(|| {
        let mut command = command();
        command.build();
        switches(&command)
    });
    let spelled = |argument: std::ffi::OsString| {
        let parts = argument.to_str().and_then(|text| text.strip_prefix("--")).and_then(|text| text.split_once('='));
        match parts.and_then(|(name, value)| Some((name, truth(value)?))) {
            Some((name, is_on)) if switches.iter().any(|switch| switch == name) => is_on.then(|| format!("--{name}").into()),
            _ => Some(argument),
        }
    };
    with_colour(arguments.into_iter().filter_map(spelled).collect())
}

/// helmfile's `--color` has no value.
fn with_colour(mut arguments: Vec<std::ffi::OsString>) -> Vec<std::ffi::OsString> {
    let is_when = |next: &std::ffi::OsString| ["auto", "always", "never"].iter().any(|when| next == when);
    for at in 0..arguments.len() {
        if arguments[at] == "--color" && !arguments.get(at + 1).is_some_and(is_when) {
            arguments[at] = "--color=always".into();
        }
    }
    arguments
}

fn switches(command: &Command) -> Vec<String> {
    let own = command.get_arguments().filter(|argument| matches!(argument.get_action(), ArgAction::SetTrue));
    let mut names: Vec<_> = own.filter_map(|argument| argument.get_long().map(str::to_owned)).collect();
    names.extend(command.get_subcommands().flat_map(switches));
    names
}
