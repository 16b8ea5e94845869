//! Laying out: a [`Doc`] says where lines may break, [`render`] breaks them where they would be too long.

/// Lines are broken to stay within this many columns, where they can be.
pub const WIDTH: usize = 110;

/// A piece of text that knows where it may break.
#[derive(Debug, Clone)]
pub enum Doc {
    /// Text without line ends.
    Text(String),
    /// Several, one behind the other.
    Concat(Vec<Doc>),
    /// Tried on one line; if it does not fit or holds a hard break, its own breaks are taken.
    Group(Vec<Doc>),
    /// Lines that begin inside are indented by so much more.
    Nest(usize, Box<Doc>),
    /// A blank, or a line end.
    Line,
    /// Nothing, or a line end.
    Soft,
    /// A line end.
    Hard,
    /// A line end and an empty line.
    Blank,
    /// Text only where the group is broken.
    IfBroken(&'static str),
    /// A comment behind what stands on the line; what follows begins a new one.
    Comment(String),
}

/// A text.
pub fn text(text: impl Into<String>) -> Doc {
    Doc::Text(text.into())
}

/// Whether a document cannot stand on one line.
fn is_hard(doc: &Doc) -> bool {
    match doc {
        Doc::Hard | Doc::Blank | Doc::Comment(_) => true,
        Doc::Concat(parts) | Doc::Group(parts) => parts.iter().any(is_hard),
        Doc::Nest(_, inner) => is_hard(inner),
        _ => false,
    }
}

/// What is still to be written: its indentation, whether its breaks are not taken, itself.
type Todo<'a> = Vec<(usize, bool, &'a Doc)>;

struct Page {
    out: String,
    column: usize,
    after_comment: bool,
}

impl Page {
    fn newline(&mut self, indent: usize) {
        let len = self.out.trim_end_matches(' ').len();
        self.out.truncate(len);
        self.out.push('\n');
        self.out.push_str(&" ".repeat(indent));
        self.column = indent;
        self.after_comment = false;
    }

    fn write(&mut self, text: &str, indent: usize) {
        if text.is_empty() {
            return;
        }
        if self.after_comment {
            self.newline(indent);
        }
        self.out.push_str(text);
        self.column += text.chars().count();
    }
}

/// Writes a document, its last line ended.
pub fn render(doc: &Doc) -> String {
    let mut page = Page { out: String::new(), column: 0, after_comment: false };
    let mut todo: Todo<'_> = vec![(0, false, doc)];
    while let Some((indent, flat, doc)) = todo.pop() {
        match doc {
            Doc::Text(text) => page.write(text, indent),
            Doc::IfBroken(text) if !flat => page.write(text, indent),
            Doc::IfBroken(_) => {}
            Doc::Concat(parts) => todo.extend(parts.iter().rev().map(|p| (indent, flat, p))),
            Doc::Group(parts) => {
                let flat = flat || (!is_hard(doc) && !page.after_comment && fits(parts, &todo, page.column));
                todo.extend(parts.iter().rev().map(|p| (indent, flat, p)));
            }
            Doc::Nest(by, inner) => todo.push((indent + by, flat, inner)),
            Doc::Line if flat => page.write(" ", indent),
            Doc::Soft if flat => {}
            Doc::Line | Doc::Soft | Doc::Hard => page.newline(indent),
            Doc::Blank => {
                page.newline(0);
                page.newline(indent);
            }
            Doc::Comment(text) => {
                if !page.out.is_empty() && !page.out.ends_with([' ', '\n']) {
                    page.write(" ", indent);
                }
                page.write(text, indent);
                page.after_comment = true;
            }
        }
    }
    page.newline(0);
    page.out
}

/// Whether the parts fit on the line, with what must follow them up to the next place where the line may end.
fn fits(parts: &[Doc], rest: &Todo<'_>, column: usize) -> bool {
    let Some(mut left) = WIDTH.checked_sub(column) else { return false };
    let mut next: Vec<(bool, &Doc)> = parts.iter().rev().map(|p| (true, p)).collect();
    let mut rest = rest.iter().rev();
    loop {
        let (flat, doc) = match next.pop() {
            Some(todo) => todo,
            None => match rest.next() {
                Some((_, flat, doc)) => (*flat, *doc),
                None => return true,
            },
        };
        let width = match doc {
            Doc::Text(text) => text.chars().count(),
            Doc::Concat(parts) | Doc::Group(parts) => {
                next.extend(parts.iter().rev().map(|p| (flat, p)));
                0
            }
            Doc::Nest(_, inner) => {
                next.push((flat, inner));
                0
            }
            Doc::Line if flat => 1,
            Doc::Soft | Doc::IfBroken(_) if flat => 0,
            Doc::IfBroken(text) => text.len(),
            Doc::Line | Doc::Soft | Doc::Hard | Doc::Blank | Doc::Comment(_) => return true,
        };
        match left.checked_sub(width) {
            Some(less) => left = less,
            None => return false,
        }
    }
}
