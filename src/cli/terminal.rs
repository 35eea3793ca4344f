//! stdout is data, stderr is talk: the only place that writes to either.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::{Color, Command, Format, Global, Output};
use super::masking::masked;
use crate::surroundings::Secrets;

/// How much is said, and in which form.
#[derive(Clone)]
pub(super) struct Terminal {
    verbosity: i8,
    output: Output,
    secrets: Secrets,
    /// Whether results may have secrets in them: those of a command that prints what is rendered.
    shows_secrets: bool,
}

/// A sign of life on the terminal; dropping it takes it away.
pub(super) struct Busy(ProgressBar);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// So much is held before it is written.
const PART: usize = 1 << 16;

/// Writes to stdout.
fn written(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

const GOOD: Style = AnsiColor::Green.on_default().bold();
const NOTE: Style = AnsiColor::Yellow.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

impl Terminal {
    /// The terminal as the flags want it. It shows none of these secrets, but where they belong to the result of `command`.
    pub(super) fn new(global: &Global, command: &Command, secrets: Secrets) -> Self {
        let choice = match (global.color, global.compatible.no_color) {
            (_, true) | (Color::Never, _) => anstream::ColorChoice::Never,
            (Color::Always, _) => anstream::ColorChoice::Always,
            (Color::Auto, _) => anstream::ColorChoice::Auto,
        };
        choice.write_global();
        let more = i8::try_from(global.verbose).unwrap_or(i8::MAX).max(i8::from(global.compatible.debug));
        let shows_secrets = matches!(command, Command::Template(_) | Command::Build(_) | Command::Fetch(_));
        Self { verbosity: if global.quiet { -1 } else { more }, output: global.output, secrets, shows_secrets }
    }

    /// The text without known secrets.
    pub(super) fn masked<'text>(&self, text: &'text str) -> Cow<'text, str> {
        masked(text, &self.secrets)
    }

    /// The form of results that every command has; text, where a command has one of its own.
    pub(super) fn format(&self) -> Format {
        if self.output == Output::Json { Format::Json } else { Format::Text }
    }

    /// The form that the user named.
    pub(super) fn output(&self) -> Output {
        self.output
    }

    /// Writes result bytes to stdout. A closed pipe is no failure: whoever read has read enough.
    ///
    /// # Errors
    /// Any other failure, such as a full disk behind a redirection.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let text = if self.shows_secrets { None } else { std::str::from_utf8(bytes).ok().map(|text| self.masked(text)) };
        let bytes = text.as_ref().map_or(bytes, |text| text.as_bytes());
        written(|out| out.write_all(bytes))
    }

    /// As [`Terminal::write`] does with all that `print` writes, without holding more than a part of it.
    pub(super) fn write_parts(&self, print: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        if !self.shows_secrets {
            let mut whole = Vec::new();
            print(&mut whole)?;
            return self.write(&whole);
        }
        written(|out| {
            let mut out = io::BufWriter::with_capacity(PART, out);
            print(&mut out)?;
            out.flush()
        })
    }

    /// Writes one JSON document to stdout.
    ///
    /// # Errors
    /// As [`Terminal::write`].
    pub(super) fn write_json(&self, value: &serde_json::Value) -> io::Result<()> {
        self.write(format!("{value:#}\n").as_bytes())
    }

    /// Writes a text whose colours are taken out where they are not wanted.
    ///
    /// # Errors
    /// As [`Terminal::write`].
    pub(super) fn write_coloured(&self, text: &str) -> io::Result<()> {
        let mut out = Vec::new();
        anstream::AutoStream::new(&mut out, anstream::AutoStream::choice(&io::stdout())).write_all(text.as_bytes())?;
        self.write(&out)
    }

    /// Says what was done: a verb and what it was done to.
    pub(super) fn done(&self, verb: &str, what: &str) {
        self.line(0, GOOD, &format!("{verb:>12}"), what);
    }

    /// Says something that needs attention and fails nothing.
    pub(super) fn warning(&self, text: &str) {
        self.line(0, NOTE, "warning:", text);
    }

    /// Says something that people want to know, and logs only where they ask for more.
    pub(super) fn aside(&self, text: &str) {
        self.line(i8::from(!io::stderr().is_terminal()), HINT, "note:", text);
    }

    /// Says something that only the curious want to know.
    pub(super) fn note(&self, text: &str) {
        self.line(1, HINT, "note:", text);
    }

    /// Says something that hardly anybody wants to know.
    pub(super) fn detail(&self, text: &str) {
        self.line(2, HINT, "note:", text);
    }

    /// Says what failed.
    pub(super) fn error(&self, text: &str) {
        self.line(-1, BAD, "error:", text);
    }

    /// Says what to do next, below an error.
    pub(super) fn hint(&self, text: &str) {
        self.line(-1, HINT, "  hint:", text);
    }

    /// Shows that something long goes on, with the time it takes so far; visible on a terminal only. It ends with the value.
    pub(super) fn busy(&self, verb: &'static str, what: String) -> Busy {
        let visible = self.verbosity >= 0 && io::stderr().is_terminal();
        let target = if visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template("{prefix:>12.green.bold} {msg} {spinner} {elapsed}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.set_prefix(verb);
        bar.set_message(what);
        if visible {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        Busy(bar)
    }

    fn line(&self, level: i8, style: Style, label: &str, text: &str) {
        if self.verbosity >= level {
            anstream::eprintln!("{style}{label}{style:#} {}", printable(&self.masked(text)));
        }
    }
}

/// `1 pin`, `2 pins`: every noun that messages count takes an s.
pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// Charts and servers get into messages; what would steer the terminal does not. A line may end as on Windows.
fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let ends_line = c == '\n' || c == '\r' && rest.peek() == Some(&'\n');
        printable.push(if c.is_control() && c != '\t' && !ends_line { '\u{FFFD}' } else { c });
    }
    printable
}
