//! Work on many things at once, results in order: who comes later waits for who comes earlier, not the other way round.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Condvar, Mutex, PoisonError};

/// Virtual memory for a worker's stack: templates nest deeply, and only what is used becomes real.
const STACK: usize = 256 << 20;

/// How far workers may run ahead of the consumer, per worker: bounds what finished results may hold in memory.
const AHEAD: usize = 2;

struct Progress<R> {
    next: usize,
    consumed: usize,
    finished: BTreeMap<usize, std::thread::Result<R>>,
    stopped: bool,
}

/// Runs `work` on a thread with a stack for deep nesting, or here where the system gives no thread.
pub(super) fn with_deep_stack<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    let mut work = Some(work);
    let result = std::thread::scope(|scope| {
        let spawned = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || work.take().map(|work| work()));
        match spawned.map(std::thread::ScopedJoinHandle::join) {
            Ok(joined) => joined.unwrap_or_else(|panic| resume_unwind(panic)),
            Err(_) => None,
        }
    });
    match (result, work) {
        (Some(result), _) => result,
        (None, Some(work)) => work(),
        (None, None) => unreachable!("work was taken by the thread, which gave its result"),
    }
}

/// The number of workers: what the user wants, else one per core.
pub(super) fn count(wanted: Option<usize>) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, NonZero::get);
    wanted.filter(|&wanted| wanted > 0).unwrap_or_else(cores)
}

/// Runs `work` on every item with `workers` threads and hands the results to `consume` in the order of the items.
/// When `consume` fails, no new work is begun and its error is returned.
pub(super) fn in_order<T, R, E>(
    items: &[T],
    workers: usize,
    work: impl Fn(&T) -> R + Sync,
    mut consume: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E>
where
    T: Sync,
    R: Send,
{
    let workers = workers.min(items.len()).max(1);
    let progress = Mutex::new(Progress { next: 0, consumed: 0, finished: BTreeMap::new(), stopped: false });
    let changed = Condvar::new();
    let mut spawned_workers = 0;
    std::thread::scope(|scope| {
        for _ in 0..workers {
            let worker = std::thread::Builder::new().stack_size(STACK);
            let spawned = worker.spawn_scoped(scope, || {
                while let Some(index) = claim(&progress, &changed, items.len(), workers * AHEAD) {
                    // A panic is ours to mend, but it must not leave the consumer waiting for ever.
                    let result = catch_unwind(AssertUnwindSafe(|| work(&items[index])));
                    lock(&progress).finished.insert(index, result);
                    changed.notify_all();
                }
            });
            // A worker's share goes to the others where the system gives no thread; with no thread at all, to us.
            match spawned {
                Ok(_) => spawned_workers += 1,
                Err(_) => break,
            }
        }
        if spawned_workers == 0 {
            return items.iter().try_for_each(|item| consume(work(item)));
        }
        for index in 0..items.len() {
            let result = take(&progress, &changed, index);
            if let Err(error) = consume(result) {
                lock(&progress).stopped = true;
                changed.notify_all();
                return Err(error);
            }
        }
        Ok(())
    })
}

fn lock<R>(progress: &Mutex<Progress<R>>) -> std::sync::MutexGuard<'_, Progress<R>> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}

fn claim<R>(progress: &Mutex<Progress<R>>, changed: &Condvar, items: usize, ahead: usize) -> Option<usize> {
    let mut state = lock(progress);
    loop {
        if state.stopped || state.next >= items {
            return None;
        }
        if state.next < state.consumed + ahead {
            state.next += 1;
            return Some(state.next - 1);
        }
        state = changed.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
}

fn take<R>(progress: &Mutex<Progress<R>>, changed: &Condvar, index: usize) -> R {
    let mut state = lock(progress);
    loop {
        if let Some(result) = state.finished.remove(&index) {
            state.consumed = index + 1;
            changed.notify_all();
            drop(state);
            return result.unwrap_or_else(|panic| resume_unwind(panic));
        }
        state = changed.wait(state).unwrap_or_else(PoisonError::into_inner);
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
        in_order(&items, 4, slow_start, |item| {
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
            2,
            |item| *item,
            |item| {
                seen.push(item);
                if item == 2 { Err("no more") } else { Ok(()) }
            },
        );
        assert_eq!((stopped, seen), (Err("no more"), vec![1, 2]));
    }
}
