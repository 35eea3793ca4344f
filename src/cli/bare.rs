//! A command that is typed alone, as in `helmlock template`, which most calls are: what clap would make of it, without asking clap. It
//! builds some eighty flags to find that none was typed, which is a sixth of a small rendering's instructions.
//!
//! Not a second reading of flags: where one is typed, or a variable stands for one, clap reads all.

use std::ffi::OsString;

use super::args::{Arguments, Command, Global};
use super::check::Check;
use super::outside;
use super::template::Template;

/// The variables that clap reads.
const VARIABLES: &[&str] = &[
    "HELMFILE_FILE_PATH",
    "HELMFILE_ENVIRONMENT",
    "HELMFILE_NAMESPACE",
    "HELMFILE_KUBE_CONTEXT",
    "HELMLOCK_CACHE_DIR",
    "HELMFILE_HELM_BINARY",
    "HELMFILE_KUSTOMIZE_BINARY",
];

/// Reads a command that stands alone behind the program's name, if it is one of those that are called all the time.
pub(super) fn read(words: &[OsString]) -> Option<Arguments> {
    let [_, word] = words else { return None };
    let command = command(word.to_str()?)?;
    (!outside::is_any_set(VARIABLES)).then(|| Arguments { global: Global::default(), command })
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
            assert!(VARIABLES.iter().any(|known| variable == *known), "{variable:?}");
        }
    }
}
