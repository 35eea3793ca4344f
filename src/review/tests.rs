//! What printers must hold to however large or hostile a review is. What reviews find is shown in `tests/suite/diff.rs`.

use super::changes::{Line, ReleaseChange, ResourceChange, Sign, What};
use super::{ImageChange, MARKDOWN_LIMIT, Review, html, json, markdown, text};

fn release(name: &str, resources: usize, line: &str) -> ReleaseChange {
    let lines = || vec![Line { sign: Sign::New, text: line.to_owned() }; 20];
    let resource = |number| ResourceChange { resource: format!("ConfigMap c{number}"), what: What::Changed, lines: lines() };
    ReleaseChange {
        release: name.to_owned(),
        environments: vec!["default".to_owned()],
        what: What::Changed,
        resources: (0..resources).map(resource).collect(),
        folded: 0,
    }
}

#[test]
fn a_comment_never_grows_beyond_its_limit_and_counts_what_was_cut() {
    let line = "x".repeat(100);
    let review = Review {
        environments: vec!["default".to_owned()],
        releases: (0..300).map(|number| release(&format!("r{number}"), 5, &line)).collect(),
        ..Review::default()
    };
    for limit in [300, 1_000, 5_000, MARKDOWN_LIMIT] {
        let page = markdown(&review, limit);
        assert!(page.chars().count() <= limit, "{} characters", page.chars().count());
        assert!(page.ends_with("`helmlock diff` shows everything._\n"), "{page}");
    }
    assert!(!markdown(&review, 10_000_000).contains("shows everything"));
}

#[test]
fn what_a_manifest_says_ends_no_fence_and_steers_no_terminal() {
    let review = Review { releases: vec![release("r", 1, "```` <b>\u{1b}[31m")], ..Review::default() };
    let page = markdown(&review, MARKDOWN_LIMIT);
    assert!(page.contains("`````diff\n"), "{page}");
    assert!(!page.contains('\u{1b}'));
    let page = html(&review);
    assert!(page.contains("+```` &lt;b&gt;\u{fffd}[31m</span>"), "{page}");
    let shown = anstream::adapter::strip_str(&text(&review, true)).to_string();
    assert!(shown.contains("+```` <b>\u{fffd}[31m"), "{shown}");
    assert_eq!(json(&review)["releases"][0]["resources"][0]["lines"][0], "+```` <b>\u{1b}[31m");
}

#[test]
fn what_is_so_in_some_environments_only_is_said() {
    let image = |environment: &str| ImageChange {
        release: "web".to_owned(),
        environments: vec![environment.to_owned()],
        image: "nginx".to_owned(),
        before: vec![":1".to_owned()],
        after: vec![String::new()],
    };
    let environments = vec!["default".to_owned(), "production".to_owned()];
    let review = Review { environments, images: vec![image("production")], ..Review::default() };
    let shown = anstream::adapter::strip_str(&text(&review, true)).to_string();
    assert!(shown.contains("  nginx 1 → latest in web (in production)\n"), "{shown}");
}
