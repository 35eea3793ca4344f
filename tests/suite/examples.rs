//! Every example works: it is resolved, rendered as recorded from the real programs, and checked.

use crate::support::{Recorded, folders};

#[test]
fn every_example_prints_what_helmfile_and_helm_printed() {
    for folder in folders("examples") {
        let example = Recorded::open(&folder);
        example.dir.run("resolve").expect_code(0);
        example.registry.forget();
        example.check();
        example.dir.run("check --cache").expect_code(0);
        example.dir.run("resolve --frozen").expect_code(0);
        assert_eq!(example.registry.asked(), Vec::<String>::new(), "{}", folder.display());
    }
}
