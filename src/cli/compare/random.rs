//! Lines that are random by nature, told from lines that differ.
//!
//! A line is random if a second run prints another one: the peer's second run, or one of ours with other randomness and at
//! another time. Then only its shape is compared: what both programs print alike in all their runs must be the same, and what
//! varies must be of the same kind. Where runs have different numbers of lines, nothing can be told, and nothing is excused.

/// What both programs printed, each of them up to two times.
pub(super) struct Runs<'text> {
    /// We.
    pub(super) ours: &'text [u8],
    /// We, with other randomness at another time.
    pub(super) ours_again: Option<&'text [u8]>,
    /// The peer.
    pub(super) theirs: &'text [u8],
    /// The peer once more.
    pub(super) theirs_again: Option<&'text [u8]>,
}

/// Our text with the peer's line wherever both are random alike.
pub(super) struct Settled {
    /// The text.
    pub(super) ours: Vec<u8>,
    /// The numbers of these lines, from one.
    pub(super) random: Vec<usize>,
}

/// Takes randomness out of our text.
pub(super) fn settle(runs: &Runs<'_>) -> Settled {
    let (ours, theirs) = (lines(runs.ours), lines(runs.theirs));
    if ours.len() != theirs.len() {
        return Settled { ours: runs.ours.to_vec(), random: Vec::new() };
    }
    let ours_again = second(runs.ours_again, &ours);
    let theirs_again = second(runs.theirs_again, &theirs);
    let mut settled = Settled { ours: Vec::with_capacity(runs.ours.len()), random: Vec::new() };
    for at in 0..ours.len() {
        let (our, their) = ([ours[at], ours_again[at]], [theirs[at], theirs_again[at]]);
        let varies = our[0] != our[1] || their[0] != their[1];
        if our[0] != their[0] && varies && are_alike(our, their) {
            settled.random.push(at + 1);
            settled.ours.extend_from_slice(their[0]);
        } else {
            settled.ours.extend_from_slice(our[0]);
        }
    }
    settled
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|&byte| byte == b'\n').collect()
}

/// The lines of the second run; those of the first one where a second tells nothing.
fn second<'text>(again: Option<&'text [u8]>, first: &[&'text [u8]]) -> Vec<&'text [u8]> {
    again.map(lines).filter(|again| again.len() == first.len()).unwrap_or_else(|| first.to_vec())
}

/// Whether two lines of two runs each have one shape.
fn are_alike(ours: [&[u8]; 2], theirs: [&[u8]; 2]) -> bool {
    let [ours, theirs] = [ours.map(words), theirs.map(words)];
    let count = ours[0].len();
    if [&ours[1], &theirs[0], &theirs[1]].iter().all(|words| words.len() == count) {
        let varies = |at: usize| ours[0][at] != ours[1][at] || theirs[0][at] != theirs[1][at];
        return (0..count).all(|at| {
            let (our, their) = (ours[0][at], theirs[0][at]);
            our == their || varies(at) && is_word(our[0]) == is_word(their[0])
        });
    }
    // What holds punctuation of its own (`randAscii`) is compared up to where it begins.
    let begins = [&ours, &theirs].map(|[first, second]| first.iter().zip(second).position(|(word, again)| word != again));
    match begins {
        [Some(our), Some(their)] if our != their => false,
        [Some(begin), _] | [None, Some(begin)] => ours[0].get(..begin) == theirs[0].get(..begin),
        [None, None] => false,
    }
}

/// Cuts a line into runs of the characters that keys, digests and base64 are made of, and single other ones.
fn words(line: &[u8]) -> Vec<&[u8]> {
    line.chunk_by(|left, right| is_word(*left) && is_word(*right)).collect()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=_".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(ours: [&str; 2], theirs: [&str; 2]) -> (String, Vec<usize>) {
        let [ours, ours_again] = ours.map(str::as_bytes);
        let [theirs, theirs_again] = theirs.map(str::as_bytes);
        let runs = Runs { ours, ours_again: Some(ours_again), theirs, theirs_again: Some(theirs_again) };
        let Settled { ours, random } = settle(&runs);
        (String::from_utf8(ours).unwrap(), random)
    }

    #[test]
    fn what_varies_in_either_program_is_random_and_the_rest_is_not() {
        let ours = ["a: 1\npassword: \"x1\"\nat: 2026-01-02\n", "a: 1\npassword: \"y2\"\nat: 2027-02-03\n"];
        let theirs = ["a: 2\npassword: \"zz\"\nat: 2025-03-04\n", "a: 2\npassword: \"qq\"\nat: 2025-03-04\n"];
        assert_eq!(settled(ours, theirs), ("a: 1\npassword: \"zz\"\nat: 2025-03-04\n".to_owned(), vec![2, 3]));
    }

    #[test]
    fn a_random_line_of_another_shape_differs() {
        for (ours, again) in [("key: x", "key: y"), ("pass: \"x\"", "pass: \"y\""), ("pass: x", "pass: y ")] {
            let (_, random) = settled([ours, again], ["pass: 1", "pass: 2"]);
            assert_eq!(random.is_empty(), ours != "pass: x", "{ours}");
        }
    }

    #[test]
    fn other_numbers_of_lines_excuse_nothing() {
        assert_eq!(settled(["a: 1\n", "a: 2\n"], ["a: 3\nb: 1\n", "a: 4\nb: 1\n"]), ("a: 1\n".to_owned(), vec![]));
    }
}
