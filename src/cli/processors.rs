//! Where threads run: what was just begun or woken goes on at once, on a processor of its own.
//!
//! Systems may put such a thread behind the one that began or woke it, and let other processors rest: Linux does so on virtual
//! machines that are told to use as few as they can, until it looks again some milliseconds later. That is as long as our whole work
//! takes. So whoever begins or wakes a thread gives way to it, and the thread leaves for another processor. Nobody stays bound to one.
//!
//! How many threads there are is not decided here.

/// The processor of a thread that has work for others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Processor(usize);

/// Lets threads that were just begun or woken run, if they wait behind this one.
pub(super) fn give_way() {
    std::thread::yield_now();
}

#[cfg(target_os = "linux")]
impl Processor {
    /// The one that this thread runs on.
    pub(super) fn of_this_thread() -> Self {
        Self(rustix::thread::sched_getcpu())
    }

    /// Has this thread go on elsewhere if it runs here, within what it may use. Where the system does not let it, it stays.
    pub(super) fn leave(self) {
        use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
        if Self::of_this_thread() != self || self.0 >= CpuSet::MAX_CPU {
            return;
        }
        let Ok(allowed) = sched_getaffinity(None) else { return };
        let mut others = allowed;
        others.unset(self.0);
        if others.count() > 0 && sched_setaffinity(None, &others).is_ok() {
            // It has moved; from now on the system may move it again.
            _ = sched_setaffinity(None, &allowed);
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl Processor {
    /// The one that this thread runs on, which only matters where [`Processor::leave`] does something.
    pub(super) fn of_this_thread() -> Self {
        Self(0)
    }

    /// Other systems are left to know best.
    pub(super) fn leave(self) {}
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::thread::sched_getaffinity;

    use super::*;

    #[test]
    fn a_thread_leaves_and_may_still_run_everywhere() {
        let allowed = sched_getaffinity(None).unwrap();
        for _ in 0..100 {
            let busy = Processor::of_this_thread();
            busy.leave();
            assert_eq!(sched_getaffinity(None).unwrap(), allowed);
        }
        // Nobody runs there.
        Processor(usize::MAX).leave();
        assert_eq!(sched_getaffinity(None).unwrap(), allowed);
    }

    #[test]
    fn who_may_run_on_one_processor_only_stays() {
        let one = |(): ()| {
            let here = Processor::of_this_thread();
            let mut only = rustix::thread::CpuSet::new();
            only.set(here.0);
            rustix::thread::sched_setaffinity(None, &only).unwrap();
            here.leave();
            (here, Processor::of_this_thread(), sched_getaffinity(None).unwrap() == only)
        };
        let (before, after, is_bound) = std::thread::spawn(move || one(())).join().unwrap();
        assert!(before == after && is_bound);
    }
}
