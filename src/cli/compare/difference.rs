//! What became of one release: equal, or what differs, in words that may be shown.

use similar::TextDiff;

use super::random::{Runs, Settled, settle};
use crate::cli::peer::{Answer, Peer};
use crate::review::masked;

/// How many lines of a difference are shown.
const SHOWN: usize = 20;

/// What became of one release.
pub(super) enum Verdict {
    /// Both printed the same, but for these lines, which are random by nature.
    Equal {
        /// Their numbers in the output, from one.
        random: Vec<usize>,
    },
    /// Neither renders it.
    BothRefuse,
    /// They do not agree.
    Different {
        /// The first lines of the difference, without secrets.
        shown: Vec<String>,
    },
}

/// Whether two answers need a second look, which costs another run.
pub(super) fn is_unclear(ours: &Answer, theirs: &Answer) -> bool {
    matches!((ours, theirs), (Ok(ours), Ok(theirs)) if ours != theirs)
}

/// Holds two answers against each other. The second ones tell what is random.
pub(super) fn judge(answers: [&Answer; 2], again: [Option<&Answer>; 2], peer: &Peer, key: &[u8; 32]) -> Verdict {
    let [ours_again, theirs_again] = again.map(|answer| answer?.as_deref().ok());
    match answers {
        [Ok(ours), Ok(theirs)] => {
            let Settled { ours, random } = settle(&Runs { ours, ours_again, theirs, theirs_again });
            if ours == *theirs {
                return Verdict::Equal { random };
            }
            Verdict::Different { shown: first_lines(&ours, theirs, peer, key) }
        }
        [Err(_), Err(_)] => Verdict::BothRefuse,
        [Err(error), Ok(_)] => Verdict::Different { shown: refusal("helmlock refuses it, helm does not:", error) },
        [Ok(_), Err(error)] => Verdict::Different { shown: refusal("helm refuses it, helmlock does not:", error) },
    }
}

fn refusal(who: &str, error: &str) -> Vec<String> {
    std::iter::once(who).chain(error.trim().lines().take(SHOWN)).map(str::to_owned).collect()
}

fn first_lines(ours: &[u8], theirs: &[u8], peer: &Peer, key: &[u8; 32]) -> Vec<String> {
    let [our_text, their_text] = [ours, theirs].map(|text| masked(&String::from_utf8_lossy(text), key));
    let diff = TextDiff::from_lines(&their_text, &our_text);
    let text = diff.unified_diff().header(&format!("helm {}", peer.version), "helmlock").to_string();
    if text.is_empty() {
        let at = ours.iter().zip(theirs).take_while(|(our, their)| our == their).count();
        return vec![format!("the first byte that differs is number {}", at + 1)];
    }
    let mut lines = text.lines();
    let mut shown: Vec<_> = lines.by_ref().take(SHOWN).map(str::to_owned).collect();
    let more = lines.count();
    if more > 0 {
        shown.push(format!("… and {more} lines more"));
    }
    shown
}
