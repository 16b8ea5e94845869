//! Clauses on paper.

use super::Printer;
use super::layout::{Doc, text};
use crate::syntax::ast::{
    DedupClause, DurationValue, ExceptClause, OnClause, PerClause, ReferencesClause, SeverityClause, SeverityValue,
    Step, VolumeClause, WhenClause, WhenKind, WithinClause,
};

impl Printer<'_> {
    pub(super) fn duration(&self, duration: &DurationValue) -> Doc {
        self.at(duration.span())
    }

    fn severity_value(&mut self, value: &SeverityValue) -> Doc {
        match value {
            SeverityValue::Word(name) => text(&*name.text),
            SeverityValue::Number { span, .. } => self.spelled(*span),
            SeverityValue::Attribute(expr) => self.expr(expr),
        }
    }

    pub(super) fn severity(&mut self, c: &SeverityClause) -> Doc {
        let mut parts = Vec::new();
        let mut cursor = c.span.start;
        for branch in &c.branches {
            if !parts.is_empty() {
                parts.push(text(","));
                parts.extend(self.between(cursor, branch.span.start));
                parts.push(Doc::Line);
            }
            parts.extend([self.severity_value(&branch.value), text(" if "), self.expr(&branch.condition)]);
            cursor = branch.span.end;
        }
        if !parts.is_empty() {
            parts.push(text(","));
            parts.extend(self.between(cursor, c.otherwise.span().start));
            parts.extend([Doc::Line, text("else ")]);
        }
        parts.push(self.severity_value(&c.otherwise));
        Doc::Group(vec![text("severity "), Doc::Nest(9, Box::new(Doc::Concat(parts)))])
    }

    pub(super) fn references(&mut self, c: &ReferencesClause) -> Doc {
        let mut parts = Vec::new();
        let mut cursor = c.span.start;
        for link in &c.links {
            if !parts.is_empty() {
                parts.push(text(","));
                parts.extend(self.between(cursor, link.span.start));
                parts.push(Doc::Line);
            }
            parts.push(self.at(link.span));
            cursor = link.span.end;
        }
        Doc::Group(vec![text("references "), Doc::Nest(11, Box::new(Doc::Concat(parts)))])
    }

    /// Several kinds stand below each other, their names aligned.
    pub(super) fn on(&mut self, c: &OnClause) -> Doc {
        let names = c.bindings.iter().filter_map(|b| b.name.as_ref());
        let width = names.map(|n| n.text.len()).max().unwrap_or(0);
        let mut parts = Vec::new();
        let mut cursor = c.span.start;
        for binding in &c.bindings {
            if !parts.is_empty() {
                parts.push(text(","));
                parts.extend(self.between(cursor, binding.span.start));
                parts.push(Doc::Hard);
            }
            let name = binding.name.as_ref().map_or(String::new(), |n| format!("{:width$} = ", n.text));
            parts.push(text(format!("{name}{}", binding.kind.text)));
            if let Some(filter) = &binding.filter {
                parts.extend([text(" where "), self.expr(filter)]);
            }
            cursor = binding.span.end;
        }
        let nest = if c.bindings.len() > 1 { 3 } else { 0 };
        Doc::Concat(vec![text("on "), Doc::Nest(nest, Box::new(Doc::Concat(parts)))])
    }

    pub(super) fn per(&mut self, c: &PerClause) -> Doc {
        let mut head = vec![text("per ")];
        let mut cursor = c.span.start;
        if let Some(each) = &c.each {
            let span = crate::text::Span { start: each.name.span.end, ..each.span };
            head.extend([text(format!("each {} in ", each.name.text)), self.sources(&each.sources, span), text(": ")]);
            cursor = each.span.end;
        }
        let mut parts = Vec::new();
        for key in &c.keys {
            let mut one = Vec::new();
            if !parts.is_empty() {
                parts.push(text(","));
                parts.extend(self.between(cursor, key.span.start));
                one.push(Doc::Line);
            }
            for (i, expr) in key.aligned.iter().enumerate() {
                if i > 0 {
                    one.push(text(" = "));
                }
                one.push(self.expr(expr));
            }
            parts.push(Doc::Group(one));
            cursor = key.span.end;
        }
        if c.across_accounts.is_some() {
            parts.push(Doc::Group(vec![Doc::Line, text("across accounts")]));
        }
        head.push(Doc::Nest(2, Box::new(Doc::Concat(parts))));
        Doc::Concat(head)
    }

    pub(super) fn when(&mut self, c: &WhenClause) -> Doc {
        let steps = match &c.kind {
            WhenKind::Condition(expr) => return Doc::Concat(vec![text("when "), self.expr(expr)]),
            WhenKind::Sequence(steps) => steps,
        };
        let mut parts = vec![text("when ")];
        let mut cursor = None;
        for step in steps {
            if let Some(end) = cursor {
                parts.extend(self.between(end, step.span.start));
                parts.extend([Doc::Line, text("then ")]);
            }
            parts.push(self.step(step));
            cursor = Some(step.span.end);
        }
        Doc::Group(vec![Doc::Nest(2, Box::new(Doc::Concat(parts)))])
    }

    fn step(&self, step: &Step) -> Doc {
        let mut parts = Vec::new();
        if let Some(within) = &step.within {
            parts.extend([text("within "), self.duration(within), text(" ")]);
        }
        let no = if step.negated { "no " } else { "" };
        let times = if step.times == 1 { String::new() } else { format!(" x{}", step.times) };
        parts.push(text(format!("{no}{}{times}", step.name.text)));
        Doc::Concat(parts)
    }

    pub(super) fn within(&mut self, c: &WithinClause) -> Doc {
        let tumbling = if c.tumbling.is_some() { " tumbling" } else { "" };
        Doc::Concat(vec![text("within "), self.duration(&c.duration), text(tumbling)])
    }

    pub(super) fn dedup(&mut self, c: &DedupClause) -> Doc {
        let mut parts = vec![text("dedup")];
        let mut cursor = c.span.start;
        for (i, key) in c.by.iter().enumerate() {
            parts.push(text(if i == 0 { " by" } else { "," }));
            if i > 0 {
                parts.extend(self.between(cursor, key.span.start));
                parts.push(Doc::Line);
            } else {
                parts.push(text(" "));
            }
            parts.push(self.expr(key));
            cursor = key.span.end;
        }
        if let Some(quiet) = &c.quiet {
            parts.extend([text(" for "), self.duration(quiet)]);
        }
        Doc::Group(vec![Doc::Nest(2, Box::new(Doc::Concat(parts)))])
    }

    /// Owner and end stand on a line of their own.
    pub(super) fn except(&mut self, c: &ExceptClause) -> Doc {
        let mut parts = vec![text("except "), self.at(c.name.span), text(" where "), self.expr(&c.condition)];
        let owner = c.owner.as_ref().map(|o| ("owner ", o.span));
        let until = c.until.as_ref().map(|u| ("until ", u.span));
        let mut cursor = c.condition.span.end;
        let mut line = Vec::new();
        for (word, span) in owner.into_iter().chain(until) {
            if line.is_empty() {
                line.extend(self.between(cursor, span.start.max(cursor)));
                line.push(Doc::Hard);
            } else {
                line.push(text(" "));
            }
            line.extend([text(word), self.at(span)]);
            cursor = span.end;
        }
        parts.push(Doc::Nest(2, Box::new(Doc::Concat(line))));
        Doc::Concat(parts)
    }

    pub(super) fn volume(&mut self, c: &VolumeClause, width: usize) -> Doc {
        let mut parts = vec![text(format!("volume {:width$} = ", c.name.text)), self.expr(&c.aggregate)];
        if let Some(filter) = &c.filter {
            parts.extend([text(" where "), self.expr(filter)]);
        }
        parts.extend([text(" every "), self.duration(&c.every)]);
        Doc::Group(parts)
    }
}
