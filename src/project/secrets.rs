//! Encrypted files: the program `sops` decrypts them, as helm-secrets has it do. What comes out is kept in memory and shown nowhere.

use std::path::Path;

use super::{Error, ErrorKind, Place};
use crate::surroundings::{Program, Surroundings};

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
    (surroundings.run)(&program).map_err(|error| {
        let kind = ErrorKind::Reference { message: format!("{what}: {error}") };
        Error::new(kind, Some(place.clone()))
    })
}
