//! helmlock in a minute: `cargo run --example quickstart`.
//!
//! Serves the charts beside this file on loopback, copies the project beside this file to a temporary folder, and runs the
//! program there as a user would. It fails if anything happens otherwise than it says.

#![allow(clippy::print_stdout, reason = "it tells what it does")]
#![allow(clippy::disallowed_methods, reason = "it is no room of the program and touches the disk itself")]

use std::error::Error;
use std::path::Path;

use registry::Registry;

#[path = "../../tests/suite/support/registry.rs"]
mod registry;

fn main() -> Result<(), Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/quickstart");
    let registry = Registry::start();
    let digest = registry.chart_folder(&here.join("charts/web"));
    let scratch = tempfile::tempdir()?;
    let project = scratch.path().join("project");
    copy(&here.join("project"), &project, &registry.url())?;
    std::env::set_current_dir(&project)?;

    tell(&format!(
        "A chart repository serves `web` 1.2.0 at {}; a project that uses it is in {}.",
        registry.url(),
        project.display()
    ));
    tell("`resolve` asks the repository, chooses versions, and pins version and digest of each chart:");
    helmlock("resolve", 0)?;
    print!("\n{}", std::fs::read_to_string("helmfile.lock")?);
    expect(std::fs::read_to_string("helmfile.lock")?.contains(&digest), "the lock has the digest of the bytes that were served")?;

    tell("`template` renders from the lock and the cache alone, and asks nobody:");
    let requests = registry.log().len();
    helmlock("template", 0)?;
    tell("The same lock serves every environment; in `prod`, the shop has three replicas:");
    helmlock("template -e prod", 0)?;
    expect(registry.log().len() == requests, "rendering made no request")?;

    tell("Now the repository serves other bytes as `web` 1.2.0, and the cache is lost, as on a new machine:");
    registry.chart_with("web", "1.2.0", &[("templates/surprise.yaml", "kind: Surprise\n")]);
    std::fs::remove_dir_all(scratch.path().join("cache"))?;
    helmlock("fetch", 4)?;
    tell("Refused, with exit code 4: what was reviewed is what is rendered, or nothing is.");
    Ok(())
}

/// Copies a project, in which the repository's address takes the place of the variable that the tests set.
fn copy(from: &Path, to: &Path, address: &str) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target, address)?;
        } else {
            let text = std::fs::read_to_string(path)?.replace("{{ requiredEnv \"REPOSITORY\" }}", address);
            std::fs::write(target, text)?;
        }
    }
    Ok(())
}

/// Shows a command line, runs it with a cache of its own, and holds it to an exit code.
fn helmlock(arguments: &str, code: u8) -> Result<(), Box<dyn Error>> {
    println!("$ helmlock {arguments}");
    let words = ["helmlock", "--cache-dir", "../cache"].into_iter().chain(arguments.split(' ')).map(Into::into);
    let ended = helmlock::run(words);
    expect(ended == code, &format!("`helmlock {arguments}` ends with {code} (it ended with {ended})"))
}

fn expect(holds: bool, what: &str) -> Result<(), Box<dyn Error>> {
    if holds { Ok(()) } else { Err(format!("this should be so and is not: {what}").into()) }
}

fn tell(text: &str) {
    println!("\n# {text}\n");
}
