//! The lock as bytes, as a file, and beside a project's requests.

#![allow(clippy::disallowed_methods, reason = "the file itself is tested")]
#![allow(clippy::format_collect, clippy::format_push_string, reason = "texts of cases are short")]

use proptest::prelude::*;

use super::*;
use crate::cases;
use crate::request::{Asker, Origin};
use crate::resolve::{Candidate, Candidates, resolve};

#[test]
fn locks_are_read_and_printed() {
    cases::run("lockfile/read.txt", |case| {
        let got = match parse(expand(case.input()).as_bytes()) {
            Err(error) => format!("error {error}"),
            Ok(lockfile) if lockfile.adopted.is_empty() => format!("printed {}", lockfile.to_string().trim_end()),
            Ok(lockfile) => {
                let line = |entry: &Adopted| format!("{} {} {}", entry.name, entry.repository, entry.version);
                format!("adopted {}", lockfile.adopted.iter().map(line).collect::<Vec<_>>().join("\n"))
            }
        };
        let named =
            ["error", "adopted", "printed"].iter().find_map(|name| Some(format!("{name} {}", expand(case.section(name)?))));
        cases::equal(&named.unwrap_or_else(|| format!("printed {}", expand(case.input()))), &got)
    });
}

#[test]
fn an_ordinary_lock_needs_no_yaml_reader() {
    let ordinary = lock("=> a 1.0.0 a for ^1\n=> b 1.0.0 b for ^1 in x");
    assert!(own::read(&ordinary).is_some(), "{ordinary}");
    for (line, other) in
        [("wants: [^1]", "wants: [^1,]"), ("version: 1\n", "version: 2\n"), ("- name: a", "- name: &a a"), ("\n", "\r\n")]
    {
        assert!(ordinary.contains(line), "{ordinary}");
        assert!(own::read(&ordinary.replace(line, other)).is_none(), "{other}");
    }
}

#[test]
fn merge_conflicts_are_settled_where_the_sides_agree() {
    cases::run("lockfile/merge.txt", |case| {
        let got = match parse(lock(case.input()).as_bytes()) {
            Ok(lockfile) => format!("merged {lockfile}"),
            Err(error) => format!("error {error}"),
        };
        let expected = match case.section("merged") {
            Some(text) => format!("merged {}", lock(text)),
            None => format!("error {}", case.section("error").unwrap()),
        };
        cases::equal(&expected, &got)
    });
}

#[test]
fn a_lock_is_checked_against_requests() {
    cases::run("lockfile/check.txt", |case| {
        let (wants, entries): (Vec<_>, Vec<_>) = case.input().lines().partition(|line| line.starts_with("want "));
        let requests: Vec<_> = wants.iter().enumerate().map(|(index, line)| want(line, index + 1)).collect();
        let lockfile = parse(lock(&entries.join("\n")).as_bytes()).unwrap();
        let mut text = Vec::new();
        for drift in lockfile.check(&requests) {
            text.push(drift.to_string());
            text.extend(drift.notes().iter().map(|note| format!("  {note}")));
        }
        cases::equal(case.section("drifts").unwrap(), &text.join("\n"))
    });
}

#[test]
fn changes_say_what_became_of_each_chart() {
    cases::run("lockfile/changes.txt", |case| {
        let read = |text: &str| parse(lock(text).as_bytes()).unwrap();
        let line = |change: Change| {
            let what = match change.movement {
                Movement::Added { version } => format!("added {version}"),
                Movement::Removed { version } => format!("removed {version}"),
                Movement::Moved { from, to } => format!("moved {from} {to}"),
                Movement::Republished { version, .. } => format!("republished {version}"),
                Movement::Trusted { version } => format!("trusted {version}"),
                Movement::Reworded { version } => format!("reworded {version}"),
                Movement::Redescribed { version } => format!("redescribed {version}"),
            };
            format!("{} {what}", change.chart.name())
        };
        let changes = read(case.input()).changes_to(&read(case.section("after").unwrap()));
        cases::equal(case.section("changes").unwrap(), &changes.into_iter().map(line).collect::<Vec<_>>().join("\n"))
    });
}

#[test]
fn the_lock_is_named_by_helmfiles_rule() {
    let cases = [
        ("helmfile.yaml", None, "helmfile.lock"),
        ("helmfile.yaml.gotmpl", None, "helmfile.lock"),
        ("a/foo.yml", None, "a/foo.lock"),
        ("noext", None, "noext.lock"),
        ("x.gotmpl.yaml", None, "x.gotmpl.lock"),
        ("a/helmfile.d", None, "a/helmfile.d.lock"),
        ("-", None, "helmfile.lock"),
        ("a/helmfile.yaml", Some("locks/production.lock"), "a/locks/production.lock"),
        ("a/helmfile.yaml", Some("/abs/x.lock"), "/abs/x.lock"),
    ];
    for (state_file, lock_file_path, expected) in cases {
        assert_eq!(path_for(Path::new(state_file), lock_file_path), Path::new(expected), "{state_file}");
    }
}

#[test]
fn a_lock_needs_the_content_of_all_that_was_resolved() {
    let lockfile = parse(lock("=> a 1.0.0 a for ^1").as_bytes()).unwrap();
    let request = want("want a ^1", 1);
    let mut candidates = Candidates::new();
    let offered = Candidate { urls: vec!["a.tgz".to_owned()], ..Candidate::of(Version::parse("1.0.0").unwrap()) };
    candidates.offer(request.chart.clone(), vec![offered]);
    let resolution = resolve(std::slice::from_ref(&request), &candidates, &lockfile.preferred()).unwrap();
    let render = lockfile.render.clone().unwrap();
    let error = Lockfile::new(render.clone(), &resolution, &[]).unwrap_err();
    assert_eq!(error.to_string(), "nothing was fetched for `a` 1.0.0");
    let content = lockfile.content_of(&request.chart, &lockfile.dependencies()[0].content.version).unwrap().clone();
    assert_eq!(Lockfile::new(render, &resolution, &[content]).unwrap(), lockfile);
}

#[test]
fn pins_of_environments_that_were_not_evaluated_are_kept() {
    let old = parse(lock("=> a 1.0.0 a for ^1, ~1.0\n=> b 1.0.0 b for ^1").as_bytes()).unwrap();
    let new = parse(lock("=> a 1.1.0 c for ^1").as_bytes()).unwrap();
    assert_eq!(new.keeping(&old).to_string(), lock("=> a 1.1.0 c for ^1\n=> a 1.0.0 a for ~1.0\n=> b 1.0.0 b for ^1"));
}

#[test]
fn a_file_is_written_whole_and_only_when_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("helmfile.lock");
    assert!(read(&path).unwrap().is_empty());
    let lockfile = parse(lock("=> a 1.0.0 a for ^1").as_bytes()).unwrap();
    assert!(write(&path, &lockfile).unwrap());
    assert_eq!(read(&path).unwrap(), lockfile);
    assert!(!write(&path, &lockfile).unwrap());
    assert!(write(&path, &parse(lock("").as_bytes()).unwrap()).unwrap());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(matches!(read(folder.path()), Err(Error::NotAFile { .. })));
    assert!(write(&folder.path().join("absent/helmfile.lock"), &lockfile).is_err());
}

#[cfg(unix)]
#[test]
fn a_file_is_never_written_through_a_link_and_is_for_all_to_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let (target, link) = (folder.path().join("target"), folder.path().join("helmfile.lock"));
    let lockfile = parse(lock("").as_bytes()).unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    for content in [None, Some("mine")] {
        if let Some(text) = content {
            std::fs::write(&target, text).unwrap();
        }
        assert!(matches!(write(&link, &lockfile), Err(Error::Link { .. })));
        assert_eq!(std::fs::read_to_string(&target).ok().as_deref(), content);
    }
    write(&folder.path().join("other.lock"), &lockfile).unwrap();
    std::fs::write(folder.path().join("usual"), "").unwrap();
    let mode = |name: &str| std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
    assert_eq!(mode("other.lock"), mode("usual"));
}

#[test]
fn hostile_bytes_are_refused_in_time() {
    let start = std::time::Instant::now();
    let bomb = "a: &a [x,x]\nb: &b [*a,*a]\nversion: 1\n".to_owned();
    for text in ["[".repeat(100_000), "- ".repeat(100_000), "? ".repeat(100_000), "{a: ".repeat(50_000), bomb, "a: \"".to_owned()]
    {
        assert!(parse(text.as_bytes()).is_err());
    }
    let deep: String = (0..3_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    assert!(parse(deep.as_bytes()).is_err());
    assert_eq!(parse(&vec![b' '; (16 << 20) + 1]).unwrap_err().to_string(), "the lock is larger than 16 MiB");
    assert!(parse(b"version: \xff").is_err());
    let many: String = (0..5_000).map(|index| format!("=> a 1.0.{index} a for =1.0.{index}\n")).collect();
    assert_eq!(parse(lock(&many).as_bytes()).unwrap().dependencies().len(), 5_000);
    assert!(start.elapsed().as_secs() < 10);
}

#[test]
fn a_lock_that_is_cut_off_anywhere_is_an_error_or_lacks_whole_entries() {
    let text = lock("=> a 1.0.0 a for ^1\n=> b 1.0.0 b for ^1");
    let whole = parse(text.as_bytes()).unwrap();
    for end in 0..text.len() {
        if let Ok(part) = parse(&text.as_bytes()[..end]) {
            assert!(part.adopted.is_empty() && part.dependencies().iter().all(|pin| whole.dependencies().contains(pin)), "{end}");
        }
    }
}

#[test]
fn the_examples_of_the_format_page_are_locks() {
    let page = include_str!("../../LOCKFILE.md");
    let examples: Vec<_> = page.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(examples.len() > 3);
    for example in examples {
        let lockfile = parse(example.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{example}"));
        assert!(!lockfile.adopted.is_empty() || lockfile.to_string().ends_with(example), "{}", lockfile.to_string());
    }
}

proptest! {
    #[test]
    fn what_is_printed_reads_back_and_prints_the_same(lockfile in any_lockfile()) {
        let text = lockfile.to_string();
        let read = parse(text.as_bytes()).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        prop_assert_eq!(&read, &lockfile);
        prop_assert_eq!(read.to_string(), text);
    }

    #[test]
    fn our_own_reader_says_what_the_yaml_reader_says(lockfile in any_lockfile(), at in any::<prop::sample::Index>(), with in "[ -~\n]{0,2}") {
        let text = lockfile.to_string();
        let at = (0..=at.index(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        let edited = format!("{}{with}{}", &text[..at], text.get(at + 1..).unwrap_or_default());
        for text in [text, edited] {
            let Some(own) = own::read(&text) else { continue };
            let yaml = serde_yaml::from_str::<format::WireLockfile>(&text);
            prop_assert_eq!(format!("{:?}", yaml.map_err(|error| error.to_string())), format!("Ok({own:?})"), "{}", text);
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(text in "([a-z:\\[\\]{}\"'#&*!|>, \n<=>-]|version: 1\n|dependencies:\n|- name: a\n|<<<<<<< \n|=======\n|>>>>>>> \n){0,40}") {
        let _ = parse(text.as_bytes());
    }

    #[test]
    fn no_edit_makes_the_reader_panic(at in 0..900_usize, with in "\\PC{0,3}") {
        let text = lock("=> a 1.0.0 a for ^1\n=> b 1.0.0 b for ^1 in x");
        let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        let _ = parse(format!("{}{with}{}", &text[..at], text.get(at + 1..).unwrap_or_default()).as_bytes());
    }
}

/// `sha256:a…` stands for 64 times that digit.
fn expand(text: &str) -> String {
    "0123456789abcdef".chars().fold(text.to_owned(), |text, digit| {
        text.replace(&format!("sha256:{digit}…"), &format!("sha256:{}", digit.to_string().repeat(64)))
    })
}

/// The bytes of a lock in shorthand: `=> NAME VERSION DIGIT for CONSTRAINTS [in ENVIRONMENTS]`, or `entry NAME VERSION`.
fn lock(text: &str) -> String {
    if text.starts_with("entry ") {
        let entry = |line: &str| {
            let mut words = line.split(' ').skip(1);
            format!("- name: {}\n  version: {}\n", words.next().unwrap(), words.next().unwrap())
        };
        return format!("dependencies:\n{}", text.lines().map(entry).collect::<String>());
    }
    let empty = if text.contains("=> ") { "" } else { " []" };
    let mut out = format!(
        "# helmfile.lock: written by helmlock. Do not edit: run `helmlock resolve`.\nversion: 1\nrender:\n  helm: \"4.3\"\n  kubeVersion: 1.37.0\ndependencies:{empty}\n"
    );
    // Markers come after the head, which both sides share, so errors are said to be in lines from 6 or 7 on.
    if text.starts_with("<<<<<<<") {
        out = out.replace(&format!("dependencies:{empty}\n"), "");
        let (first, rest) = text.split_once('\n').unwrap();
        return format!(
            "{out}{first}\ndependencies:\n{}",
            lines(
                &rest.replace("=======\n", "=======\ndependencies:\n").replace("||||||| base\n", "||||||| base\ndependencies:\n")
            )
        );
    }
    out + &lines(text)
}

fn lines(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let Some(entry) = line.strip_prefix("=> ") else {
            out.push_str(line);
            out.push('\n');
            continue;
        };
        let (pin, wants) = entry.split_once(" for ").unwrap();
        let (wants, environments) = wants.split_once(" in ").map_or((wants, None), |(wants, names)| (wants, Some(names)));
        let [name, version, digit] = pin.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let digest = digit.repeat(64);
        let quoted: Vec<_> = wants
            .split(", ")
            .map(|text| if text.starts_with(['^', '~']) { text.to_owned() } else { format!("{text:?}") })
            .collect();
        out += &format!(
            "- name: {name}\n  repository: https://h\n  version: {version}\n  digest: sha256:{digest}\n  wants: [{}]\n",
            quoted.join(", ")
        );
        out += &environments.map_or(String::new(), |names| format!("  environments: [{names}]\n"));
    }
    out
}

fn want(line: &str, number: usize) -> Request {
    let (text, local_chart) = line.split_once(" of ").map_or((line, None), |(text, path)| (text, Some(path)));
    let (text, environment) = text.split_once(" in ").map_or((text, None), |(text, name)| (text, Some(name)));
    let (name, constraint) = text.strip_prefix("want ").unwrap().split_once(' ').unwrap();
    Request {
        chart: ChartRef::new(Source::parse("https://h").unwrap(), name).unwrap(),
        constraint: Constraint::parse(constraint).unwrap(),
        asked_by: match local_chart {
            Some(path) => Asker::LocalChart { path: LocalPath::parse(path).unwrap() },
            None => Asker::Release { name: "web".to_owned() },
        },
        origin: Origin { file: "helmfile.yaml".to_owned(), line: Some(number) },
        environment: environment.map(str::to_owned),
    }
}

fn any_pin() -> impl Strategy<Value = Pin> {
    let chart = ("(https://h|https://h:8443/a/b|oci://r/x)", "[a-zA-Z0-9][a-zA-Z0-9._-]{0,8}");
    let version = "v?[0-9]{1,3}(\\.[0-9]{1,2}){0,2}(-[a-z][a-z0-9]{0,3})?(\\+[a-z0-9]{1,3})?";
    let constraint = prop_oneof!["[\\^~<>]?[0-9]{1,2}(\\.[0-9]){0,2}", "\\*", "[0-9] - [0-9]", ">=[0-9],<[0-9] \\|\\| 9"];
    let texts = (prop::option::of("[ -~]{0,12}"), prop::option::of("[a-z0-9/?=&%+.-]{0,12}"));
    let rest = (prop::collection::vec(constraint, 1..4), prop::collection::vec("[a-zA-Z0-9 é:#-]{1,6}", 0..3));
    (chart, version, any::<[u8; 32]>(), texts, rest).prop_map(|((source, name), version, digest, (app_version, path), rest)| {
        let source = Source::parse(&source).unwrap();
        let url = path.filter(|_| matches!(source, Source::Http(_)));
        Pin {
            content: Content {
                chart: ChartRef::new(source, &name).unwrap(),
                version: Version::parse(&version).unwrap(),
                digest: Digest::from_bytes(digest),
                url: url.map(|path| url::Url::parse(&format!("https://h/{path}")).unwrap().to_string()),
                app_version,
                oci_manifest: None,
                index_digest: None,
                files_digest: (digest[0] % 2 == 0).then(|| Digest::of(&digest)),
            },
            wants: rest.0.iter().map(|text| Constraint::parse(text).unwrap()).collect(),
            environments: rest.1,
        }
    })
}

fn any_lockfile() -> impl Strategy<Value = Lockfile> {
    let local = prop::collection::vec(("[a-z./]{1,8}x", any_pin()), 0..3);
    (prop::collection::vec(any_pin(), 0..6), local).prop_filter_map("contradicts itself", |(dependencies, local)| {
        let render = RenderDefaults {
            helm: "4.3".to_owned(),
            kube_version: "1.37.0".to_owned(),
            by_helm: vec!["a".to_owned(), "b, /c".to_owned()],
        };
        let mut lockfile = Lockfile { render: Some(render), dependencies, ..Lockfile::default() };
        for (path, pin) in local {
            lockfile.section_mut(Some(&LocalPath::parse(&path).ok()?)).push(pin);
        }
        let lockfile = lockfile.sorted();
        lockfile.contradiction().is_none().then_some(lockfile)
    })
}
