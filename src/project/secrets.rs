//! Encrypted files: the program `sops` decrypts them, as helm-secrets has it do. What comes out is kept in memory and shown nowhere.

use std::path::Path;

use super::{Error, ErrorKind, Place};
use crate::surroundings::{Program, Surroundings};
use crate::yaml::{self, Rules, Value};

/// The text of an encrypted file.
pub(super) fn decrypted(surroundings: &Surroundings, file: &Path, place: &Place) -> Result<Vec<u8>, Error> {
    let path = file.display().to_string();
    let arguments = vec!["--decrypt".to_owned(), path.clone()];
    run(surroundings, &path, Program { arguments, ..Program::default() }, place)
}

/// The text of encrypted values that stand in the state file itself.
pub(super) fn decrypted_text(surroundings: &Surroundings, text: String, place: &Place) -> Result<Vec<u8>, Error> {
    let flags = ["--decrypt", "--input-type", "yaml", "--output-type", "yaml", "/dev/stdin"];
    let arguments = flags.map(str::to_owned).to_vec();
    run(surroundings, "inline secrets", Program { arguments, input: text.into_bytes(), ..Program::default() }, place)
}

fn run(surroundings: &Surroundings, what: &str, program: Program, place: &Place) -> Result<Vec<u8>, Error> {
    let program = Program { name: "sops".to_owned(), asked_by: place.to_string(), ..program };
    let decrypted = (surroundings.run)(&program).map_err(|error| {
        let kind = ErrorKind::Reference { message: format!("{what}: {error}") };
        Error::new(kind, Some(place.clone()))
    })?;
    if let Ok(value) = yaml::read(&decrypted, &Rules::HELMFILE) {
        keep(surroundings, &value);
    }
    Ok(decrypted)
}

/// Keeps in mind what a secret says, so that it can be known again.
pub(super) fn keep(surroundings: &Surroundings, secret: &Value) {
    match secret {
        Value::Map(keys) => keys.values().for_each(|below| keep(surroundings, below)),
        Value::List(items) => items.iter().for_each(|below| keep(surroundings, below)),
        Value::String(text) => surroundings.secrets.keep(&text.to_lossy()),
        Value::Int(number) => surroundings.secrets.keep(&number.to_string()),
        _ => {}
    }
}
