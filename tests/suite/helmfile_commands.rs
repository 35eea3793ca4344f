//! helmfile's commands that ask no cluster and render nothing: `build`, `list`, `write-values`, `fetch` into folders. What the real
//! helmfile printed and wrote for `tests/cases/commands/*` is what helmlock prints and writes.

use crate::support::{Recorded, folders};

#[test]
fn what_helmfile_prints_and_writes_is_printed_and_written() {
    for folder in folders("tests/cases/commands") {
        let recorded = Recorded::open(&folder);
        recorded.dir.run("resolve -q").expect_code(0);
        recorded.dir.run("resolve -q -f single.yaml.gotmpl").expect_code(0);
        recorded.check();
    }
}
