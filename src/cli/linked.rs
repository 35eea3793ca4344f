//! Called as `helmfile`, by a link of that name: what we serve goes the usual way, every other command to the next `helmfile` on
//! PATH, with the same arguments and environment and in place of this process.

use std::cell::LazyCell;
use std::ffi::OsString;
use std::path::Path;

use super::args;
use super::programs;

/// The commands of helmfile that are served here.
const SERVED: &[&str] = &["build", "cache", "deps", "fetch", "lint", "list", "repos", "template", "version", "write-values"];

/// Gives a command to the next helmfile, if it is one that we do not serve, and gives the exit code if that fails.
pub(super) fn hand_over(arguments: &[OsString]) -> Option<u8> {
    let own = Path::new(arguments.first()?);
    if own.file_stem()? != "helmfile" {
        return None;
    }
    let command = command_in(&arguments[1..])?;
    if SERVED.contains(&command.as_str()) {
        return None;
    }
    Some(programs::become_next("helmfile", &arguments[1..]).unwrap_or_else(|reason| {
        anstream::eprintln!("error: `helmfile {command}` is not served by helmlock, and {reason}");
        1
    }))
}

/// The first word that is neither a flag nor the value of one. A flag that we do not know has none.
pub(super) fn command_in(arguments: &[OsString]) -> Option<String> {
    let known = LazyCell::new(args::flags);
    let takes_value = |flag: &str| {
        let argument = known.get_arguments().find(|argument| match flag.strip_prefix("--") {
            Some(long) => argument.get_long() == Some(long),
            // In `-qe prod` the last letter decides.
            None => argument.get_short() == flag.chars().next_back(),
        });
        argument.is_some_and(|argument| argument.get_action().takes_values() && argument.get_long() != Some("color"))
    };
    let mut arguments = arguments.iter().map(|argument| argument.to_string_lossy());
    while let Some(argument) = arguments.next() {
        if !argument.starts_with('-') {
            return Some(argument.into_owned());
        }
        let stands_alone = argument.contains('=') || (!argument.starts_with("--") && has_its_value(&argument, &takes_value));
        if !stands_alone && takes_value(&argument) {
            arguments.next();
        }
    }
    None
}

/// Whether the value of a short flag follows it without a blank: `-eprod`.
fn has_its_value(argument: &str, takes_value: &dyn Fn(&str) -> bool) -> bool {
    let letters: Vec<_> = argument.char_indices().skip(1).collect();
    letters.iter().rev().skip(1).any(|(at, letter)| takes_value(&format!("-{}", &argument[*at..at + letter.len_utf8()])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_found_among_flags() {
        for (arguments, command) in [
            ("-e prod diff --context 3", "diff"),
            ("-eprod diff", "diff"),
            ("--environment=prod -l name=a apply", "apply"),
            ("-q -f x.yaml --state-values-set a=b sync", "sync"),
            ("--color status", "status"),
            ("--debug template -e x", "template"),
            ("-qe prod destroy", "destroy"),
        ] {
            let arguments: Vec<_> = arguments.split(' ').map(OsString::from).collect();
            assert_eq!(command_in(&arguments).as_deref(), Some(command), "{arguments:?}");
        }
        assert_eq!(command_in(&["--version".into()]), None);
    }
}
