//! Whoever helps with the templates of a release changes nothing of what it prints.

use std::cell::Cell;
use std::sync::Arc;

use super::PLAIN_CHART;
use crate::chart::{Chart, File};
use crate::gotemplate::Trees;
use crate::render::{self, Aside, Capabilities, Cuts, Dialect, Manifests, Options, Progress, ReleaseInputs};

/// What comes of it if `help` is done when the templates are about to be executed.
fn helped(inputs: &ReleaseInputs, help: &dyn Fn(&Arc<Aside>, &Trees)) -> Result<Manifests, String> {
    let (trees, aside) = (Trees::new(), Arc::new(Aside::new(inputs)));
    let follow = |progress: Progress<'_>| {
        if let Progress::Executing(aside) = progress {
            help(aside, &trees);
        }
    };
    let printed = render::execute_all(inputs, &trees, Some(&aside), &follow).map_err(|error| error.to_string())?;
    printed.sorted(inputs.dialect, &Cuts::default()).map_err(|error| error.to_string())
}

/// Holds a rendering against one of which all was executed aside, the last template first.
pub(super) fn check(inputs: &ReleaseInputs, alone: &Result<Manifests, String>) {
    let all_aside = helped(inputs, &|aside, trees| aside.help(trees, &|_| {}));
    match (alone, all_aside) {
        (Ok(alone), Ok(helped)) => {
            assert_eq!(alone.print(inputs.options), helped.print(inputs.options));
            assert_eq!(alone.impure, helped.impure);
        }
        (alone, helped) => assert_eq!(alone.as_ref().err(), helped.err().as_ref()),
    }
}

fn inputs(templates: &[String]) -> ReleaseInputs {
    let file = |(number, text): (usize, &String)| File {
        name: format!("templates/t{number:03}.yaml").into(),
        contents: text.as_str().into(),
    };
    let mut files: Vec<_> = templates.iter().enumerate().map(file).collect();
    files.push(File { name: "Chart.yaml".into(), contents: PLAIN_CHART.into() });
    files.push(File { name: "values.yaml".into(), contents: "count: 0\ninner: {list: [b, a]}\n".into() });
    let dialect = Dialect::newest();
    ReleaseInputs {
        name: "r".to_owned(),
        namespace: "default".to_owned(),
        is_upgrade: false,
        values: Arc::default(),
        chart: Arc::new(Chart::from_files(files, &dialect.charts).unwrap()),
        schema_documents: Arc::default(),
        defaults: Arc::default(),
        capabilities: Capabilities::of(dialect),
        dialect,
        options: Options::default(),
        clock: Arc::new(|| jiff::Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC)),
        seed: [7; 32],
        resolve_name: Arc::new(|_| Vec::new()),
    }
}

/// Sees what others change, draws random letters, and makes and changes something of its own.
const PLAIN: &str = "{{ $own := dict }}{{ $_ := set $own `a` .Values.inner.list }}count: {{ .Values.count }}\n\
                     own: {{ $own | toJson }}\nletters: {{ randAlpha 8 }}\nname: {{ .Template.Name }}\n";

#[test]
fn what_a_template_changes_is_seen_by_the_ones_behind_it_whoever_executes_them() {
    let changing = "{{ $_ := set .Values `count` (add1 .Values.count) }}count: {{ .Values.count }}\n";
    let deeper = "{{ $_ := set .Values.inner `list` list }}count: {{ .Values.inner | toJson }}\n";
    let failing = "{{ fail `on purpose` }}";
    for other in [PLAIN, changing, deeper, failing] {
        for place in [0, 1, 20, 38, 39] {
            let mut templates = vec![PLAIN.to_owned(); 40];
            templates[place] = other.to_owned();
            let inputs = inputs(&templates);
            let alone = render::render(&inputs, &Trees::new()).map_err(|error| error.to_string());
            assert_eq!(alone.is_err(), other == failing);
            check(&inputs, &alone);
            let trees = &Trees::new();
            std::thread::scope(|scope| {
                let by_threads = helped(&inputs, &|aside, _| {
                    for _ in 0..2 {
                        let aside = aside.clone();
                        scope.spawn(move || aside.help(trees, &|_| {}));
                    }
                });
                let print = |manifests: &Manifests| manifests.print(inputs.options);
                assert_eq!(by_threads.as_ref().map(print), alone.as_ref().map(print));
            });
        }
    }
}

#[test]
fn what_is_executed_aside_counts_as_steps_of_the_run() {
    // Each takes a twentieth of what a run may take, which may be spent aside, and 25 of them take too much.
    let costly = "{{ $long := repeat 50000000 `a` }}".to_owned();
    for (count, is_fine) in [(5, true), (25, false)] {
        let inputs = inputs(&vec![costly.clone(); count]);
        let alone = render::render(&inputs, &Trees::new()).map_err(|error| error.to_string());
        assert_eq!(alone.is_ok(), is_fine);
        check(&inputs, &alone);
        let done = Cell::new(0);
        let helped = helped(&inputs, &|aside, trees| aside.help(trees, &|_| done.set(done.get() + 1)));
        assert_eq!((helped.is_ok(), done.get() == count), (is_fine, is_fine), "{} of {count}", done.get());
    }
}
