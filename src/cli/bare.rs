//! A command that is typed alone, as in `helmlock template`, which most calls are: what clap would make of it, without asking clap. It
//! builds some eighty flags to find that none was typed, which is a sixth of a small rendering's instructions.
//!
//! Not a second reading of flags: where one is typed, or a variable stands for one, clap reads all.

use std::ffi::OsString;
use std::path::PathBuf;

use super::args::{Arguments, Command, Global};
use super::check::Check;
use super::outside;
use super::template::Template;

/// The variable that stands for `--cache-dir`, which whoever sets it has set for all calls.
const CACHE_DIR: &str = "HELMLOCK_CACHE_DIR";

/// The other variables that clap reads.
const VARIABLES: &[&str] = &[
    "HELMFILE_FILE_PATH",
    "HELMFILE_ENVIRONMENT",
    "HELMFILE_NAMESPACE",
    "HELMFILE_KUBE_CONTEXT",
    "HELMFILE_HELM_BINARY",
    "HELMFILE_KUSTOMIZE_BINARY",
];

/// Reads a command that stands alone behind the program's name, if it is one of those that are called all the time.
pub(super) fn read(words: &[OsString]) -> Option<Arguments> {
    let [_, word] = words else { return None };
    let command = command(word.to_str()?)?;
    let global = global(outside::variable(CACHE_DIR))?;
    (!outside::is_any_set(VARIABLES)).then_some(Arguments { global, command })
}

/// What holds for all commands, with what that variable says; none if clap has something to say about it.
fn global(cache_dir: Option<OsString>) -> Option<Global> {
    let is_said = cache_dir.as_ref().is_none_or(|said| !said.is_empty());
    is_said.then(|| Global { cache_dir: cache_dir.map(PathBuf::from), ..Global::default() })
}

fn command(word: &str) -> Option<Command> {
    Some(match word {
        "template" => Command::Template(Template::default()),
        "check" => Command::Check(Check::default()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::args;
    use super::*;

    #[test]
    fn a_command_alone_is_what_clap_makes_of_it() {
        for word in ["template", "check"] {
            let words = ["helmlock", word].map(OsString::from);
            let by_clap = Arguments::by_clap(&words).map(|read| format!("{:?}{:?}", read.global, read.command)).ok();
            let alone = command(word).map(|command| format!("{:?}{command:?}", Global::default()));
            assert_eq!(alone, by_clap, "{word}");
        }
    }

    #[test]
    fn all_variables_that_clap_reads_are_known() {
        let mut program = args::program();
        program.build();
        let flags = program.get_arguments().chain(program.get_subcommands().flat_map(clap::Command::get_arguments));
        for variable in flags.filter_map(clap::Arg::get_env) {
            assert!(VARIABLES.iter().chain([&CACHE_DIR]).any(|known| variable == *known), "{variable:?}");
        }
    }

    #[test]
    fn the_variable_of_the_cache_is_what_clap_makes_of_the_flag() {
        for said in ["/var/cache", " ", "-x", ""] {
            let words = [OsString::from("helmlock"), "template".into(), format!("--cache-dir={said}").into()];
            let by_clap = Arguments::by_clap(&words).map(|read| format!("{:?}", read.global)).ok();
            assert_eq!(global(Some(said.into())).map(|global| format!("{global:?}")), by_clap, "{said:?}");
        }
    }
}
