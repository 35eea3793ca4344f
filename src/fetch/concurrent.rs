//! Many waits at once on one thread, with results in the order of the questions.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

/// Does `work` for every item, at most `width` at a time. Results stand in the order of the items.
pub(super) async fn each<T, R>(items: &[T], width: usize, work: impl AsyncFn(&T) -> R) -> Vec<R> {
    let next = Cell::new(0);
    let results: RefCell<Vec<Option<R>>> = RefCell::new(items.iter().map(|_| None).collect());
    let worker = || async {
        loop {
            let index = next.replace(next.get() + 1);
            let Some(item) = items.get(index) else { return };
            let result = work(item).await;
            results.borrow_mut()[index] = Some(result);
        }
    };
    let mut workers: Vec<Pin<Box<dyn Future<Output = ()> + '_>>> = Vec::new();
    workers.extend((0..width.min(items.len())).map(|_| Box::pin(worker()) as Pin<Box<dyn Future<Output = ()> + '_>>));
    poll_fn(|context| {
        workers.retain_mut(|worker| worker.as_mut().poll(context).is_pending());
        if workers.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    drop(workers);
    results.into_inner().into_iter().map(|result| result.expect("workers end when every item is done")).collect()
}
