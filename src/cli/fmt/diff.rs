//! A unified diff of two texts by lines, for `fmt --diff`.

use std::fmt::Write;

use crate::cli::terminal::{Paint, safe};

/// Unchanged lines shown around a change.
const CONTEXT: usize = 3;

/// Beyond this many pairs of lines, what differs is shown as one block: a diff is for reading.
const MAX_PAIRS: usize = 16 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Keep,
    Drop,
    Add,
}

/// The difference, or nothing where there is none. Line ends count: a missing one at the end is told.
#[must_use]
pub fn unified(name: &str, old: &str, new: &str, paint: Paint) -> String {
    if old == new {
        return String::new();
    }
    let (a, b): (Vec<&str>, Vec<&str>) = (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let script = script(&a, &b);
    let name = safe(name);
    let mut out =
        format!("{}\n{}\n", paint.bold(&format!("--- {name}")), paint.bold(&format!("+++ {name} (formatted)")));
    for hunk in hunks(&script) {
        write_hunk(&mut out, &script, hunk, &a, &b, paint);
    }
    out
}

/// Ranges of the script that hold changes, with context, joined where they touch.
fn hunks(script: &[Op]) -> Vec<(usize, usize)> {
    let mut hunks: Vec<(usize, usize)> = Vec::new();
    for (i, op) in script.iter().enumerate() {
        if *op != Op::Keep {
            let (from, to) = (i.saturating_sub(CONTEXT), (i + 1 + CONTEXT).min(script.len()));
            match hunks.last_mut() {
                Some(last) if last.1 >= from => last.1 = to,
                _ => hunks.push((from, to)),
            }
        }
    }
    hunks
}

fn write_hunk(out: &mut String, script: &[Op], (from, to): (usize, usize), a: &[&str], b: &[&str], paint: Paint) {
    let count = |ops: &[Op], not: Op| ops.iter().filter(|o| **o != not).count();
    let (mut i, mut j) = (count(&script[..from], Op::Add), count(&script[..from], Op::Drop));
    let (old, new) = (count(&script[from..to], Op::Add), count(&script[from..to], Op::Drop));
    let start = |at: usize, len: usize| if len == 0 { at } else { at + 1 };
    let head = format!("@@ -{},{old} +{},{new} @@", start(i, old), start(j, new));
    let _ = writeln!(out, "{}", paint.cyan(&head));
    for op in &script[from..to] {
        let (sign, line) = match op {
            Op::Add => ('+', b[j]),
            Op::Drop => ('-', a[i]),
            Op::Keep => (' ', a[i]),
        };
        i += usize::from(*op != Op::Add);
        j += usize::from(*op != Op::Drop);
        let text = format!("{sign}{}", safe(line.trim_end_matches('\n')));
        let text = match op {
            Op::Add => paint.green(&text),
            Op::Drop => paint.red(&text),
            Op::Keep => text,
        };
        out.push_str(&text);
        out.push_str(if line.ends_with('\n') { "\n" } else { "\n\\ no line end at the end of the file\n" });
    }
}

/// The shortest edit by the longest common subsequence, what is equal at both ends aside.
fn script(a: &[&str], b: &[&str]) -> Vec<Op> {
    let head = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(x, y)| x == y).count();
    let (x, y) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
    let mut ops = vec![Op::Keep; head];
    if x.len().saturating_mul(y.len()) > MAX_PAIRS {
        ops.extend(x.iter().map(|_| Op::Drop));
        ops.extend(y.iter().map(|_| Op::Add));
    } else {
        ops.extend(middle(x, y));
    }
    ops.extend(std::iter::repeat_n(Op::Keep, tail));
    ops
}

fn middle(x: &[&str], y: &[&str]) -> Vec<Op> {
    let width = y.len() + 1;
    let mut common = vec![0u32; (x.len() + 1) * width];
    for i in (0..x.len()).rev() {
        for j in (0..y.len()).rev() {
            common[i * width + j] = if x[i] == y[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut ops = Vec::with_capacity(x.len() + y.len());
    while i < x.len() || j < y.len() {
        if i < x.len() && j < y.len() && x[i] == y[j] {
            ops.push(Op::Keep);
            (i, j) = (i + 1, j + 1);
        } else if j == y.len() || i < x.len() && common[(i + 1) * width + j] >= common[i * width + j + 1] {
            ops.push(Op::Drop);
            i += 1;
        } else {
            ops.push(Op::Add);
            j += 1;
        }
    }
    ops
}

#[cfg(test)]
mod tests {
    use super::unified;
    use crate::cli::terminal::Paint;

    #[test]
    fn shows_what_changed_and_its_surroundings() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\n";
        let new = "a\nB\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl";
        insta::assert_snapshot!(unified("x.og", old, new, Paint(false)), @r"
        --- x.og
        +++ x.og (formatted)
        @@ -1,5 +1,5 @@
         a
        -b
        +B
         c
         d
         e
        @@ -9,3 +9,4 @@
         i
         j
         k
        +l
        \ no line end at the end of the file
        ");
        assert_eq!(unified("x.og", old, old, Paint(false)), "");
    }

    #[test]
    fn from_nothing_and_to_nothing() {
        assert!(unified("x", "", "a\n", Paint(false)).contains("@@ -0,0 +1,1 @@\n+a\n"));
        assert!(unified("x", "a\n", "", Paint(false)).contains("@@ -1,1 +0,0 @@\n-a\n"));
    }
}
