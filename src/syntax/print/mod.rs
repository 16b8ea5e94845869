//! The printer: `Ast + text -> canonical text`. Items stand in column 0, clauses in the order of the language, two
//! blanks an indentation, one empty line at most; literals stay as they were spelled and comments where they were.
//! Printing what was printed changes nothing, and parsing it gives the same tree.

mod clause;
mod expr;
mod layout;
mod test;

use super::ast::{Comment, File, FindingItem, Item, ParamItem, ProfileItem, SuppressItem, TuneItem};
use super::scan::{Kind, scan};
use crate::text::Span;
use layout::{Doc, render, text};

/// The canonical text of a file that was parsed from `text`. Of a file with errors this would lose what could not be
/// read: such a file is not to be printed.
#[must_use]
pub fn print(file: &File, text: &str) -> String {
    let mut printer = Printer { text, comments: comments_of(file), used: Vec::new() };
    printer.used = vec![false; printer.comments.len()];
    let doc = printer.file(file);
    let out = render(&doc);
    if out.trim().is_empty() { String::new() } else { out }
}

/// Every comment of the file, docs as they were written among them, in the order of the text.
fn comments_of(file: &File) -> Vec<Comment> {
    let mut all = file.comments.clone();
    all.extend(file.docs.lines.iter().cloned());
    for item in &file.items {
        all.extend(item.docs().lines.iter().cloned());
        if let Item::Finding(finding) = item {
            all.extend(finding.params.iter().flat_map(|p| p.docs.lines.iter().cloned()));
        }
    }
    all.sort_by_key(|c| c.span.start);
    all
}

struct Printer<'t> {
    text: &'t str,
    comments: Vec<Comment>,
    used: Vec<bool>,
}

/// A node in a body: where it stands, its place in the canonical order, whether an empty line always stands around it.
struct Node {
    span: Span,
    rank: usize,
    apart: bool,
    doc: Doc,
}

/// A node with the comments that go with it.
struct Chunk {
    rank: usize,
    apart: bool,
    /// Whether an empty line stood before it.
    blank: bool,
    doc: Doc,
}

impl Printer<'_> {
    fn slice(&self, start: u32, end: u32) -> &str {
        self.text.get(start as usize..end as usize).unwrap_or("")
    }

    fn at(&self, span: Span) -> Doc {
        text(self.slice(span.start, span.end))
    }

    /// A literal as it was spelled: without the brackets that its span may have.
    fn spelled(&self, span: Span) -> Doc {
        let whole = self.slice(span.start, span.end);
        if !whole.starts_with('(') {
            return text(whole);
        }
        let tokens = scan(whole);
        let inner = |t: &&super::scan::Token| !matches!(t.kind, Kind::Open | Kind::Close | Kind::Comment);
        match (tokens.iter().find(inner), tokens.iter().rfind(inner)) {
            (Some(first), Some(last)) => text(&whole[first.start..last.end]),
            _ => text(whole),
        }
    }

    /// The comments between two places that were not printed yet, as the text as written and where it stands.
    fn take(&mut self, start: u32, end: u32) -> Vec<(Span, String)> {
        let from = self.comments.partition_point(|c| c.span.start < start);
        let to = self.comments.partition_point(|c| c.span.start < end);
        let mut out = Vec::new();
        for i in from..to {
            if !std::mem::replace(&mut self.used[i], true) {
                let span = self.comments[i].span;
                out.push((span, self.slice(span.start, span.end).to_owned()));
            }
        }
        out
    }

    /// Whether no line ends between two places.
    fn same_line(&self, start: u32, end: u32) -> bool {
        !self.slice(start, end).contains('\n')
    }

    /// Whether an empty line stands between two places.
    fn empty_line(&self, start: u32, end: u32) -> bool {
        self.slice(start, end).matches('\n').count() > 1
    }

    fn file(&mut self, file: &File) -> Doc {
        let nodes = file.items.iter().map(|item| self.item(item)).collect();
        let begin = if self.text.starts_with('\u{feff}') { 3 } else { 0 };
        Doc::Concat(self.body(nodes, begin, u32::try_from(self.text.len()).unwrap_or(u32::MAX)))
    }

    /// Nodes and the comments between them, each on lines of its own, in canonical order.
    fn body(&mut self, mut nodes: Vec<Node>, start: u32, end: u32) -> Vec<Doc> {
        nodes.sort_by_key(|n| n.span.start);
        let mut chunks: Vec<Chunk> = Vec::new();
        let mut cursor = start;
        let mut first = true;
        for node in nodes {
            let mut parts = Vec::new();
            let mut blank_before = None;
            for (span, comment) in self.take(cursor, node.span.start) {
                let blank = !first && self.empty_line(cursor, span.start);
                if blank_before.is_some() {
                    parts.push(if blank { Doc::Blank } else { Doc::Hard });
                }
                blank_before.get_or_insert(blank);
                parts.push(text(&comment));
                (cursor, first) = (span.end, false);
                if comment.starts_with("///") {
                    // Nothing stands between docs and what they document.
                    cursor = cursor.max(self.line_before(node.span.start, span.end));
                }
            }
            let blank = !first && self.empty_line(cursor, node.span.start);
            if blank_before.is_some() {
                parts.push(if blank { Doc::Blank } else { Doc::Hard });
            }
            // Comments inside that no part of it took stand above; a stray doc becomes no doc by that.
            for (_, comment) in self.take(node.span.start, node.span.end) {
                let plain = comment.strip_prefix("///").or_else(|| comment.strip_prefix("//!"));
                parts.push(text(plain.map_or_else(|| comment.clone(), |rest| format!("//{rest}"))));
                parts.push(Doc::Hard);
            }
            parts.push(node.doc);
            cursor = node.span.end;
            first = false;
            let line_end = self.slice(cursor, end).find('\n').map_or(end, |n| cursor + n as u32);
            let next_node = self.slice(cursor, line_end).find("//").map_or(line_end, |n| cursor + n as u32);
            if self.slice(cursor, next_node).trim().is_empty() {
                for (span, comment) in self.take(cursor, line_end) {
                    parts.push(Doc::Comment(comment));
                    cursor = span.end;
                }
            }
            chunks.push(Chunk {
                rank: node.rank,
                apart: node.apart,
                blank: blank_before.unwrap_or(blank),
                doc: Doc::Concat(parts),
            });
        }
        chunks.sort_by_key(|c| c.rank);
        let mut out = Vec::new();
        let mut apart = false;
        for chunk in chunks {
            if !out.is_empty() {
                out.push(if chunk.blank || chunk.apart || apart { Doc::Blank } else { Doc::Hard });
            }
            apart = chunk.apart;
            out.push(chunk.doc);
        }
        for (span, comment) in self.take(cursor, end) {
            if !out.is_empty() {
                out.push(if self.empty_line(cursor, span.start) { Doc::Blank } else { Doc::Hard });
            }
            out.push(text(comment));
            cursor = span.end;
        }
        out
    }

    /// The begin of the line of `at`, if it lies behind `from`.
    fn line_before(&self, at: u32, from: u32) -> u32 {
        self.slice(from, at).rfind('\n').map_or(from, |n| from + n as u32)
    }

    /// `head {`, the nodes indented, `}`.
    fn block(&mut self, head: Vec<Doc>, nodes: Vec<Node>, span: Span) -> Doc {
        let body = self.body(nodes, span.start, span.end.saturating_sub(1));
        let mut parts = head;
        if body.is_empty() {
            parts.push(text(" {}"));
            return Doc::Concat(parts);
        }
        let mut inner = vec![Doc::Hard];
        inner.extend(body);
        parts.extend([text(" {"), Doc::Nest(2, Box::new(Doc::Concat(inner))), Doc::Hard, text("}")]);
        Doc::Concat(parts)
    }

    fn item(&mut self, item: &Item) -> Node {
        let (apart, doc) = match item {
            Item::List(i) => {
                let mut parts = vec![text(format!("list @{}: ", i.name.text)), expr::type_ref(&i.ty)];
                if let Some(entries) = &i.entries {
                    let open = i.ty.span.end;
                    parts.push(text(" = "));
                    parts.push(self.enclosed("[", "]", entries, Span { start: open, ..i.span }));
                }
                (false, Doc::Concat(parts))
            }
            Item::Let(i) => {
                let mut head = format!("let {}", i.name.text);
                if let Some(kind) = &i.kind {
                    head.push_str(&format!(" on {}", kind.text));
                }
                (false, self.assigned(format!("{head} ="), &i.value))
            }
            Item::Param(i) => (false, self.param(i, "param ")),
            Item::Profile(i) => (true, self.profile(i)),
            Item::Finding(i) => (true, self.finding(i)),
            Item::Tune(i) => (true, self.tune(i)),
            Item::Suppress(i) => (true, self.suppress(i)),
            Item::Test(i) => (true, self.test(i)),
        };
        Node { span: item.span(), rank: 0, apart, doc }
    }

    fn param(&mut self, param: &ParamItem, keyword: &str) -> Doc {
        let ty = render(&expr::type_ref(&param.ty));
        let head = text(format!("{keyword}{}: {} = ", param.name.text, ty.trim_end()));
        Doc::Group(vec![head, self.expr(&param.value)])
    }

    fn finding(&mut self, i: &FindingItem) -> Doc {
        let mut nodes = Vec::new();
        let mut add = |rank: usize, span: Span, doc: Doc| nodes.push(Node { span, rank, apart: false, doc });
        if let Some(c) = &i.revision {
            add(0, c.span, Doc::Concat(vec![text("revision "), self.at(c.number_span)]));
        }
        if let Some(c) = &i.stage {
            add(1, c.span, text(format!("{:9}{}", "stage", c.word.text)));
        }
        if let Some(c) = &i.publish {
            add(2, c.span, text(format!("{:9}{}", "publish", c.word.text)));
        }
        for p in &i.params {
            add(3, p.span, self.param(p, "param    "));
        }
        if let Some(c) = &i.severity {
            add(4, c.span, self.severity(c));
        }
        if let Some(c) = &i.attack {
            let ids: Vec<&str> = c.techniques.iter().map(|t| &*t.text).collect();
            add(5, c.span, text(format!("{:9}{}", "attack", ids.join(", "))));
        }
        if let Some(c) = &i.title {
            add(6, c.span, Doc::Concat(vec![text(format!("{:9}", "title")), self.at(c.text_span)]));
        }
        if let Some(c) = &i.remediation {
            add(7, c.span, Doc::Concat(vec![text("remediation "), self.at(c.text.span)]));
        }
        if let Some(c) = &i.references {
            add(8, c.span, self.references(c));
        }
        if let Some(c) = &i.on {
            add(9, c.span, self.on(c));
        }
        if let Some(c) = &i.per {
            add(10, c.span, self.per(c));
        }
        if let Some(c) = &i.when {
            add(11, c.span, self.when(c));
        }
        if let Some(c) = &i.within {
            add(12, c.span, self.within(c));
        }
        if let Some(c) = &i.dedup {
            add(13, c.span, self.dedup(c));
        }
        for c in &i.excepts {
            add(14, c.span, self.except(c));
        }
        for t in &i.tests {
            add(15, t.span, self.test(t));
        }
        self.block(vec![text(format!("finding {}", i.ty.text))], nodes, i.span)
    }

    fn profile(&mut self, i: &ProfileItem) -> Doc {
        let mut nodes = Vec::new();
        let mut add = |rank: usize, span: Span, doc: Doc| nodes.push(Node { span, rank, apart: false, doc });
        if let Some(c) = &i.on {
            add(0, c.span, self.on(c));
        }
        if let Some(c) = &i.per {
            add(1, c.span, self.per(c));
        }
        for (rank, word, clause) in [(2, "learn", &i.learn), (3, "remember", &i.remember), (4, "settle", &i.settle)] {
            if let Some(c) = clause {
                add(rank, c.span, Doc::Concat(vec![text(format!("{word} ")), self.duration(&c.duration)]));
            }
        }
        let names = i.values.iter().map(|v| &v.name).chain(i.volumes.iter().map(|v| &v.name));
        let width = names.map(|n| n.text.len()).max().unwrap_or(0);
        for v in &i.values {
            add(5, v.span, self.assigned(format!("value  {:width$} =", v.name.text), &v.value));
        }
        for v in &i.volumes {
            add(6, v.span, self.volume(v, width));
        }
        self.block(vec![text(format!("profile {}", i.name.text))], nodes, i.span)
    }

    fn tune(&mut self, i: &TuneItem) -> Doc {
        let mut nodes = Vec::new();
        let mut add = |rank: usize, span: Span, doc: Doc| nodes.push(Node { span, rank, apart: false, doc });
        for c in &i.excepts {
            add(0, c.span, self.except(c));
        }
        if let Some(c) = &i.severity {
            add(1, c.span, self.severity(c));
        }
        for c in &i.sets {
            let value = self.expr(&c.value);
            add(2, c.span, Doc::Concat(vec![text(format!("set {} = ", c.param.text)), value]));
        }
        if let Some(c) = &i.shadow {
            add(3, c.span, Doc::Concat(vec![text("shadow until "), self.at(c.until.span)]));
        }
        if let Some(span) = i.disable {
            add(4, span, text("disable"));
        }
        self.block(vec![text(format!("tune {}", i.target.text))], nodes, i.span)
    }

    fn suppress(&mut self, i: &SuppressItem) -> Doc {
        let mut nodes = Vec::new();
        if let Some(c) = &i.on {
            nodes.push(Node { span: c.span, rank: 0, apart: false, doc: self.on(c) });
        }
        for (rank, word, span) in
            [(1, "owner", i.owner.as_ref().map(|o| o.span)), (2, "until", i.until.as_ref().map(|u| u.span))]
        {
            if let Some(span) = span {
                let doc = Doc::Concat(vec![text(format!("{word} ")), self.at(span)]);
                nodes.push(Node { span, rank, apart: false, doc });
            }
        }
        self.block(vec![text("suppress "), self.at(i.name.span)], nodes, i.span)
    }
}
