//! What threads without a release of their own do: templates are parsed while their chart is still being unpacked and its values
//! read, then executed from the last one on, and printed files are cut into documents while the next ones are executed.
//!
//! They only fill the stores of trees and of cuts, and what the rendering has for templates executed aside. What is no template is
//! passed over here: that is the rendering's to tell.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::processors::{Processor, give_way};
use super::workers;
use crate::chart::File;
use crate::gotemplate::Trees;
use crate::render::{self, Aside, Cuts, Dialect, Progress};
use crate::yaml::Text;

/// From so many bytes on, a thread costs less than doing half of the work.
const MUCH: usize = 100_000;

/// A chart of so many bytes has as much to be parsed.
const MUCH_MORE: u64 = 400_000;

/// Waking a thread takes as long as doing the work on so many bytes.
const LITTLE: usize = 32_768;

/// More threads have nothing left to do: parsing the largest charts takes some ten milliseconds.
const MOST_THREADS: usize = 3;

/// Tells how many threads have nothing else to do: asking the system takes longer than parsing a small chart.
pub(super) type Threads = Box<dyn Fn() -> usize + Send>;

/// What is to be done, and those who do it. They go with it.
pub(super) struct Ahead(Arc<Line>);

struct Line {
    dialect: &'static Dialect,
    trees: Arc<Trees>,
    cuts: Arc<Cuts>,
    state: Mutex<State>,
    moved: Condvar,
}

enum Work {
    Parse(File),
    Execute(Arc<Aside>),
    Cut(Text),
    Job(Job),
}

/// What somebody else does where nobody here has done it.
type Job = Box<dyn FnOnce() + Send>;

impl Work {
    fn bytes(&self) -> usize {
        match self {
            Self::Parse(file) => file.contents.len(),
            Self::Execute(_) | Self::Job(_) => 0,
            Self::Cut(text) => text.len(),
        }
    }
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Work>,
    /// How much was ever waiting.
    bytes: usize,
    /// How much has come since somebody was last told.
    untold: usize,
    /// How many threads may be begun, until they are.
    threads: Option<Threads>,
    /// How many threads were begun.
    begun: usize,
    /// How many of them wait for work.
    idle: usize,
    /// Where whoever woke them last runs.
    waker: Processor,
    is_over: bool,
}

impl Ahead {
    /// Nothing waits, and none of the threads is begun, of which there may be so many.
    pub(super) fn new(threads: Threads, dialect: &'static Dialect, (trees, cuts): (Arc<Trees>, Arc<Cuts>)) -> Self {
        let state = State { threads: Some(threads), ..State::default() };
        Self(Arc::new(Line { dialect, trees, cuts, state: Mutex::new(state), moved: Condvar::new() }))
    }

    /// Begins threads for a chart that will turn out to be a large one, and has one of them do `job` before all else; says whether it is
    /// such a chart. Whoever needs what the job does must do it if nobody has begun it.
    pub(super) fn expect(&self, bytes: u64, job: impl FnOnce() + Send + 'static) -> bool {
        if bytes <= MUCH_MORE {
            return false;
        }
        let mut state = self.0.lock();
        state.waiting.push_front(Work::Job(Box::new(job)));
        match state.threads.take() {
            Some(threads) => self.0.begin(&threads, state),
            None => self.0.wake(state),
        }
        true
    }

    /// Takes a file of a chart that is being read, if it is a template.
    pub(super) fn add(&self, file: &File) {
        if file.name.starts_with(b"templates/") || memchr::memmem::find(&file.name, b"/templates/").is_some() {
            self.0.push([Work::Parse(file.clone())]);
        }
    }

    /// Helps with what a rendering needs next, and takes what it has printed.
    pub(super) fn follow(&self, progress: Progress<'_>) {
        match progress {
            Progress::Parsing(files) => {
                // Of what still waits some may belong to charts that are not installed.
                self.0.lock().waiting.clear();
                let new = files.iter().filter(|file| !render::is_parsed(file, self.0.dialect, &self.0.trees));
                self.0.push(new.map(|file| Work::Parse(file.clone())));
                self.help();
            }
            Progress::Executing(aside) => self.call(aside),
            Progress::Printed(text) => self.0.push([Work::Cut(text.clone())]),
        }
    }

    /// Does whatever still waits.
    pub(super) fn help(&self) {
        while let Some(work) = { self.0.lock().waiting.pop_front() } {
            self.0.work(work);
        }
    }

    /// Lets the threads that there are execute templates: what is left to parse is done.
    fn call(&self, aside: &Arc<Aside>) {
        let mut state = self.0.lock();
        for _ in 0..state.begun {
            state.waiting.push_front(Work::Execute(aside.clone()));
        }
        self.0.wake(state);
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.0.lock().is_over = true;
        self.0.moved.notify_all();
    }
}

impl Line {
    fn push(self: &Arc<Self>, work: impl IntoIterator<Item = Work>) {
        let mut state = self.lock();
        for work in work {
            state.bytes += work.bytes();
            state.untold += work.bytes();
            state.waiting.push_back(work);
        }
        if state.bytes > MUCH
            && let Some(threads) = state.threads.take()
        {
            self.begin(&threads, state);
        } else if state.threads.is_none() && state.untold > LITTLE {
            state.untold = 0;
            self.wake(state);
        }
    }

    /// Begins threads. Whoever renders does it all where the system gives none.
    fn begin(self: &Arc<Self>, threads: &Threads, mut state: MutexGuard<'_, State>) {
        let count = threads().min(MOST_THREADS);
        state.begun = count;
        drop(state);
        let busy = Processor::of_this_thread();
        for _ in 0..count {
            let line = self.clone();
            let run = move || {
                busy.leave();
                line.run();
            };
            _ = std::thread::Builder::new().stack_size(workers::STACK).spawn(run);
        }
        give_way();
    }

    /// Has idle threads look for work.
    fn wake(&self, mut state: MutexGuard<'_, State>) {
        if state.idle > 0 {
            state.waker = Processor::of_this_thread();
            drop(state);
            self.moved.notify_all();
            give_way();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(self: &Arc<Self>) {
        while let Some(work) = self.next() {
            self.work(work);
        }
    }

    /// The next piece of work, waited for; none when all is over.
    fn next(&self) -> Option<Work> {
        let mut state = self.lock();
        while state.waiting.is_empty() && !state.is_over {
            state.idle += 1;
            state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
            let waker = state.waker;
            drop(state);
            waker.leave();
            state = self.lock();
        }
        if state.is_over { None } else { state.waiting.pop_front() }
    }

    fn work(self: &Arc<Self>, work: Work) {
        match work {
            Work::Parse(file) => render::parse_ahead(&file, self.dialect, &self.trees),
            Work::Execute(aside) => aside.help(&self.trees, &|text| self.push([Work::Cut(text)])),
            Work::Cut(text) => self.cuts.cut(&text, self.dialect),
            Work::Job(job) => job(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Whoever asks for a template gets the tree that is there.
    #[test]
    fn what_waits_is_parsed_by_whoever_has_time_and_threads_end() {
        let (dialect, trees) = (Dialect::newest(), Arc::new(Trees::new()));
        let file = |number: usize| File {
            name: format!("templates/{number}.yaml").into(),
            contents: format!("{{{{ .Values.x{number} }}}}{}", "-".repeat(1000)).into(),
        };
        let files: Vec<_> = (0..300).map(file).collect();
        let ahead = Ahead::new(Box::new(|| 2), dialect, (trees.clone(), Arc::default()));
        for file in &files {
            ahead.add(file);
        }
        ahead.add(&File { name: "README.md".into(), contents: "{{ no template".into() });
        ahead.add(&File { name: "charts/s/templates/wrong.yaml".into(), contents: "{{ no template".into() });
        ahead.help();
        let line = ahead.0.clone();
        ahead.follow(Progress::Parsing(&files));
        ahead.follow(Progress::Printed(&Text::from(vec![b'-'; 1000])));
        ahead.help();
        drop(ahead);
        let state = line.lock();
        assert!(state.is_over && state.waiting.is_empty() && state.threads.is_none());
        drop(state);
        wait_for_end(&line);
        assert_eq!(trees.len(), 300);
    }

    /// Threads hold what they work on until they have ended.
    fn wait_for_end(line: &Arc<Line>) {
        let began = std::time::Instant::now();
        while Arc::strong_count(line) > 1 {
            assert!(began.elapsed().as_secs() < 20, "a thread does not end");
            std::thread::yield_now();
        }
    }

    /// They wait for work from then on, and do all of it without anybody's help.
    #[test]
    fn threads_are_ready_for_a_large_chart() {
        let trees = Arc::new(Trees::new());
        let ahead = Ahead::new(Box::new(|| 2), Dialect::newest(), (trees.clone(), Arc::default()));
        let done = Arc::new(AtomicUsize::new(0));
        let expect = |bytes| {
            let done = done.clone();
            ahead.expect(bytes, move || _ = done.fetch_add(1, Ordering::Relaxed))
        };
        assert!(!expect(MUCH_MORE));
        assert_eq!(ahead.0.lock().begun, 0);
        assert!(expect(MUCH_MORE + 1) && expect(MUCH_MORE + 1));
        assert_eq!(ahead.0.lock().begun, 2);
        let line = ahead.0.clone();
        let began = std::time::Instant::now();
        let wait = |is_so: &dyn Fn(&State) -> bool| {
            while !is_so(&line.lock()) {
                assert!(began.elapsed().as_secs() < 20, "the threads do not get there");
                std::thread::yield_now();
            }
        };
        wait(&|state| state.idle == 2 && state.waiting.is_empty());
        assert_eq!(done.load(Ordering::Relaxed), 2);
        for number in 0..100 {
            let name = format!("templates/{number}.yaml").into();
            ahead.add(&File { name, contents: format!("{{{{ .Values.x{number} }}}}{}", "-".repeat(1000)).into() });
        }
        wait(&|state| state.waiting.len() <= LITTLE / 1000 && state.idle == 2);
        drop(ahead);
        wait_for_end(&line);
        assert!(trees.len() > 60);
    }
}
