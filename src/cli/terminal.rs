//! The terminal: colour, width, and whether somebody watches. Read once at the start and handed down.

use std::env;
use std::io::{self, BufWriter, IsTerminal, StdoutLock};

use clap::ValueEnum;

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColorChoice {
    /// Colour on a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Colour everywhere
    Always,
    /// No colour
    Never,
}

/// How wide text is laid out where nobody watches: fits a mail, a ticket, a log of a build.
pub const PIPE_WIDTH: usize = 100;

/// One of the two standard streams.
#[derive(Debug, Clone, Copy)]
pub struct Stream {
    /// Somebody watches.
    pub interactive: bool,
    /// May be coloured.
    pub color: bool,
    /// Characters in a line.
    pub width: usize,
}

/// What is known of the terminal.
#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    /// Standard output: results.
    pub out: Stream,
    /// Standard error: progress, the summary, failures.
    pub err: Stream,
}

impl Terminal {
    /// Looks at the streams and the environment.
    #[must_use]
    pub fn detect(choice: ColorChoice) -> Self {
        let stream = |interactive: bool| Stream {
            interactive,
            color: match choice {
                ColorChoice::Always => true,
                ColorChoice::Never => false,
                ColorChoice::Auto => interactive && set("NO_COLOR").is_none() && set("TERM").as_deref() != Some("dumb"),
            },
            width: if interactive { columns() } else { PIPE_WIDTH },
        };
        Self { out: stream(io::stdout().is_terminal()), err: stream(io::stderr().is_terminal()) }
    }
}

/// An environment variable that is set and not empty.
fn set(name: &str) -> Option<String> {
    env::var(name).ok().filter(|v| !v.is_empty())
}

/// The terminal's width, within what can be read.
fn columns() -> usize {
    let told = set("COLUMNS").and_then(|c| c.parse::<usize>().ok());
    let seen = || comfy_table::Table::new().width().map(usize::from);
    told.or_else(seen).unwrap_or(80).clamp(40, 160)
}

/// Standard output, buffered; dropped or flushed at the end of a command.
#[must_use]
pub fn stdout() -> BufWriter<StdoutLock<'static>> {
    BufWriter::with_capacity(1 << 16, io::stdout().lock())
}

/// A few styles, or none.
#[derive(Debug, Clone, Copy)]
pub struct Paint(pub bool);

impl Paint {
    fn wrap(self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// A heading.
    #[must_use]
    pub fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    /// What matters less.
    #[must_use]
    pub fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    /// What went wrong.
    #[must_use]
    pub fn red(self, text: &str) -> String {
        self.wrap("1;31", text)
    }

    /// What went well.
    #[must_use]
    pub fn green(self, text: &str) -> String {
        self.wrap("32", text)
    }

    /// What may be wrong.
    #[must_use]
    pub fn yellow(self, text: &str) -> String {
        self.wrap("33", text)
    }

    /// A name of something.
    #[must_use]
    pub fn cyan(self, text: &str) -> String {
        self.wrap("36", text)
    }
}

/// Text in lines of at most `width` characters (but for longer words), each indented; ends in a line end.
#[must_use]
pub fn wrap(text: &str, width: usize, indent: usize) -> String {
    let blanks = " ".repeat(indent);
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for paragraph in text.lines() {
        let mut used = 0;
        for word in paragraph.split_whitespace() {
            let len = word.chars().count();
            if used > 0 && used + 1 + len > width {
                out.push('\n');
                used = 0;
            }
            if used == 0 {
                out.push_str(&blanks);
                used = indent;
            } else {
                out.push(' ');
                used += 1;
            }
            out.push_str(word);
            used += len;
        }
        out.push('\n');
    }
    out
}

/// The lines of a doc comment as paragraphs: a line goes on in the next, unless that is blank, an item of a list or
/// begins with a label (`Benign: …`).
#[must_use]
pub fn paragraphs(text: &str) -> String {
    let begins = |line: &str| {
        let label = line.split_once(':').is_some_and(|(l, _)| l.len() < 24 && l.starts_with(char::is_uppercase));
        line.is_empty() || label || line.starts_with(['-', '*', '`'])
    };
    let mut out = String::with_capacity(text.len());
    for line in text.lines().map(str::trim) {
        if !out.is_empty() {
            out.push(if begins(line) || out.ends_with('\n') { '\n' } else { ' ' });
        }
        out.push_str(line);
    }
    out
}

/// Text that is safe to print: control and direction characters are escaped.
#[must_use]
pub fn safe(text: &str) -> String {
    if !text.chars().any(unsafe_to_print) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if unsafe_to_print(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

/// Whether a character would move the cursor, start an escape sequence or turn the direction of text.
#[must_use]
pub fn unsafe_to_print(c: char) -> bool {
    c.is_control() || crate::syntax::is_bidi_control(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_printed_can_steer_a_terminal() {
        assert_eq!(safe("a\u{1b}[2Jb\u{202e}c"), "a\\u{1b}[2Jb\\u{202e}c");
        assert_eq!(safe("plain – text"), "plain – text");
    }

    #[test]
    fn text_is_wrapped_at_words() {
        assert_eq!(wrap("one two three", 9, 2), "  one two\n  three\n");
        assert_eq!(wrap("", 9, 2), "");
        assert_eq!(wrap("alongwordthatdoesnotfit x", 5, 0), "alongwordthatdoesnotfit\nx\n");
    }

    #[test]
    fn paint_is_silent_without_colour() {
        assert_eq!(Paint(false).red("x"), "x");
        assert_eq!(Paint(true).red("x"), "\x1b[1;31mx\x1b[0m");
    }
}
