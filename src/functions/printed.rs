//! What `toYaml` printed of plain data, for all runs of a thread: most of what releases of one chart print are its defaults, which
//! are one and the same data for all of them.
//!
//! Only data that nothing has touched is known by its place in memory. What templates may have changed is a matter of their run
//! (`gotemplate/written.rs`).

use std::cell::RefCell;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::yaml::{self, Text};

/// Beyond this many bytes nothing more is kept.
const MOST_BYTES: usize = 4 << 20;
/// What an entry takes besides its text, at least.
const ENTRY_BYTES: usize = 128;

/// The texts of a thread.
#[derive(Default)]
struct Printed {
    /// By the place of what was printed, which no other data takes as long as this has it.
    texts: FxHashMap<(usize, usize), (yaml::Value, Text)>,
    bytes: usize,
}

thread_local! {
    static PRINTED: RefCell<Printed> = RefCell::default();
}

/// The text of a map or a list, which `print` makes unless it did before. Errors are not remembered.
pub(super) fn once<E>(plain: &yaml::Value, print: impl FnOnce(&yaml::Value) -> Result<Text, E>) -> Result<Text, E> {
    let Some(place) = place(plain) else { return print(plain) };
    if let Some(text) = PRINTED.with_borrow(|printed| printed.texts.get(&place).map(|(_, text)| text.clone())) {
        return Ok(text);
    }
    let text = print(plain)?;
    PRINTED.with_borrow_mut(|printed| {
        printed.bytes += text.len() + ENTRY_BYTES;
        if printed.bytes <= MOST_BYTES {
            printed.texts.insert(place, (plain.clone(), text.clone()));
        }
    });
    Ok(text)
}

fn place(plain: &yaml::Value) -> Option<(usize, usize)> {
    match plain {
        yaml::Value::Map(map) => Some((Arc::as_ptr(map).addr(), map.len())),
        yaml::Value::List(items) => Some((items.as_ptr().addr(), items.len())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_data_is_printed_once_and_equal_data_anew() {
        let read = || yaml::read(b"a: [b]", &yaml::Rules::HELM).unwrap();
        let (one, other) = (read(), read());
        let print = |name: &str| {
            let name = Text::from(name);
            move |_: &yaml::Value| Ok::<_, ()>(name)
        };
        assert_eq!(once(&one, |_| Err(())), Err(()));
        assert_eq!(once(&one, print("first")), Ok("first".into()));
        assert_eq!(once(&one.clone(), print("second")), Ok("first".into()));
        assert_eq!(once(&other, print("second")), Ok("second".into()));
        assert_eq!(once(&yaml::Value::Null, print("null")), Ok("null".into()));
        assert_eq!(once(&yaml::Value::Null, print("nothing")), Ok("nothing".into()));
    }
}
