//! Work on many things at once, results in order: who comes later waits for who comes earlier, not the other way round.

use std::any::Any;
use std::collections::BTreeMap;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use corosensei::stack::DefaultStack;

use super::processors::{Processor, give_way};

/// Virtual memory for a worker's stack: templates nest deeply, and only what is used becomes real.
pub(super) const STACK: usize = 256 << 20;

/// How far work may run ahead of what was consumed, per worker: bounds what finished results may hold in memory.
const AHEAD: usize = 4;

/// Runs `work` on a stack for deep nesting, or on the one there is where the system gives no address space for it. A thread would
/// do, too, but takes a twentieth of a small rendering to start and to wait for.
pub(super) fn with_deep_stack<R>(work: impl FnOnce() -> R) -> R {
    match DefaultStack::new(STACK) {
        Ok(stack) => corosensei::on_stack(stack, work),
        Err(_) => work(),
    }
}

/// The number of workers: what the user wants, else one per core.
pub(super) fn count(wanted: Option<usize>) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, NonZero::get);
    wanted.filter(|&wanted| wanted > 0).unwrap_or_else(cores)
}

/// Runs `work` on every item with as many threads as [`count`] says, this one among them, and hands the results to `consume` in
/// the order of the items. When `consume` fails, no new work is begun and its error is returned.
pub(super) fn in_order<T, R, E>(
    items: &[T],
    wanted: Option<usize>,
    work: impl Fn(&T) -> R + Sync,
    consume: impl FnMut(R) -> Result<(), E> + Send,
) -> Result<(), E>
where
    T: Sync,
    R: Send,
    E: Send,
{
    // Asking for the number of cores takes as long as reading a file or two.
    let workers = if items.len() > 1 { count(wanted).min(items.len()) } else { 1 };
    let progress = Progress { next: 0, consumed: 0, finished: BTreeMap::new(), waiting: 0, end: None, consume };
    let line = Line { items, work, ahead: workers * AHEAD, progress: Mutex::new(progress), moved: Condvar::new() };
    if workers > 1 {
        run_on_threads(workers, &|| line.run());
    } else {
        line.run();
    }
    match line.progress.into_inner().unwrap_or_else(PoisonError::into_inner).end {
        None => Ok(()),
        Some(End::Failed(error)) => Err(error),
        Some(End::Panicked(panic)) => resume_unwind(panic),
    }
}

/// Runs this on so many threads, this one among them.
fn run_on_threads(count: usize, run: &(dyn Fn() + Sync)) {
    let busy = Processor::of_this_thread();
    std::thread::scope(|scope| {
        for _ in 1..count {
            let elsewhere = || {
                busy.leave();
                run();
            };
            // A worker's share goes to the others where the system gives no thread.
            if std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, elsewhere).is_err() {
                break;
            }
            give_way();
        }
        run();
    });
}

/// The items in a row, and who does what with them.
struct Line<'items, T, W, R, E, C> {
    items: &'items [T],
    work: W,
    ahead: usize,
    progress: Mutex<Progress<R, E, C>>,
    moved: Condvar,
}

struct Progress<R, E, C> {
    /// The first item that nobody works on.
    next: usize,
    consumed: usize,
    finished: BTreeMap<usize, std::thread::Result<R>>,
    /// How many workers are too far ahead.
    waiting: usize,
    end: Option<End<E>>,
    consume: C,
}

/// Why no new work is begun.
enum End<E> {
    Failed(E),
    Panicked(Box<dyn Any + Send>),
}

impl<T, W, R, E, C> Line<'_, T, W, R, E, C>
where
    W: Fn(&T) -> R,
    C: FnMut(R) -> Result<(), E>,
{
    /// What every worker does. Nobody waits for results: whoever finishes the next one in order consumes it, and those behind it
    /// that are there already.
    fn run(&self) {
        while let Some(index) = self.claim() {
            // A panic ends the run in its turn, not before what comes earlier.
            let result = catch_unwind(AssertUnwindSafe(|| (self.work)(&self.items[index])));
            self.deliver(index, result);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Progress<R, E, C>> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn claim(&self) -> Option<usize> {
        let mut progress = self.lock();
        loop {
            if progress.end.is_some() || progress.next >= self.items.len() {
                return None;
            }
            if progress.next < progress.consumed + self.ahead {
                progress.next += 1;
                return Some(progress.next - 1);
            }
            progress.waiting += 1;
            progress = self.moved.wait(progress).unwrap_or_else(PoisonError::into_inner);
            progress.waiting -= 1;
        }
    }

    fn deliver(&self, index: usize, result: std::thread::Result<R>) {
        let mut progress = self.lock();
        progress.finished.insert(index, result);
        progress.consume_ready();
        if progress.waiting > 0 {
            self.moved.notify_all();
        }
    }
}

impl<R, E, C: FnMut(R) -> Result<(), E>> Progress<R, E, C> {
    fn consume_ready(&mut self) {
        while self.end.is_none()
            && let Some(result) = self.finished.remove(&self.consumed)
        {
            self.consumed += 1;
            self.end = match result.map(&mut self.consume) {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(End::Failed(error)),
                Err(panic) => Some(End::Panicked(panic)),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<u64> = (0..100).collect();
        let mut seen = Vec::new();
        let slow_start = |item: &u64| {
            std::thread::sleep(std::time::Duration::from_micros(1000 / (item + 1)));
            *item
        };
        in_order(&items, Some(4), slow_start, |item| {
            seen.push(item);
            Ok::<(), ()>(())
        })
        .unwrap();
        assert_eq!(seen, items);
    }

    #[test]
    fn a_failure_stops_what_comes_later() {
        let mut seen = Vec::new();
        let stopped = in_order(
            &[1, 2, 3, 4],
            Some(2),
            |item| *item,
            |item| {
                seen.push(item);
                if item == 2 { Err("no more") } else { Ok(()) }
            },
        );
        assert_eq!((stopped, seen), (Err("no more"), vec![1, 2]));
    }

    #[test]
    fn a_panic_comes_in_its_turn() {
        let mut seen = Vec::new();
        let work = |item: &u64| if *item == 3 { panic!("three") } else { *item };
        let run = AssertUnwindSafe(|| {
            in_order(&[1, 2, 3, 4], Some(3), work, |item| {
                seen.push(item);
                Ok::<(), ()>(())
            })
        });
        let panic = catch_unwind(run).unwrap_err();
        assert_eq!((panic.downcast_ref(), seen), (Some(&"three"), vec![1, 2]));
    }
}
