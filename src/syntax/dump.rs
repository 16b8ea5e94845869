//! The tree as S-expressions: for golden cases and for seeing how a rule was read. Complete but for spans.

use std::fmt::Write as _;

use super::ast::{
    AtTime, DurationValue, Expect, Expr, ExprKind, Field, File, FindingType, Item, Literal, Name, OnClause, ParamItem,
    Path, PerClause, RepeatTimes, SeverityClause, SeverityValue, Step, Stmt, StmtKind, TestItem, TestValue,
    TestValueKind, TimeLit, TitlePart, TypeRef, WhenKind, quote,
};
use crate::value::time::duration_text;

/// The tree of a file.
#[must_use]
pub fn dump(file: &File) -> String {
    let mut out = Out::default();
    for line in &file.docs.lines {
        out.line(&format!("(file-doc {})", quote(&line.text)));
    }
    for item in &file.items {
        out.item(item);
    }
    for comment in &file.comments {
        out.line(&format!("(comment {})", quote(&comment.text)));
    }
    out.text
}

/// The tree of an expression, on one line.
#[must_use]
pub fn dump_expr(expr: &Expr) -> String {
    let inner = match &expr.kind {
        ExprKind::Literal(literal) => dump_literal(literal),
        ExprKind::Path(path) => path.text(),
        ExprKind::List(name) => format!("@{}", name.text),
        ExprKind::Array(parts) => format!("[{}]", join(parts, dump_expr)),
        ExprKind::Tuple(parts) => format!("(tuple {})", join(parts, dump_expr)),
        ExprKind::Call { callee, args } => {
            let args = args.iter().map(|a| match &a.name {
                Some(name) => format!(" {}: {}", name.text, dump_expr(&a.value)),
                None => format!(" {}", dump_expr(&a.value)),
            });
            format!("(call {}{})", callee.text(), args.collect::<String>())
        }
        ExprKind::Member { base, parts } => {
            let head = Name { text: "".into(), span: expr.span };
            let path = Path { span: expr.span, head, tail: parts.clone() };
            format!("(member {} {})", dump_expr(base), path.text().trim_start_matches("\"\""))
        }
        ExprKind::Unary { op, operand, .. } => format!("({} {})", op.word(), dump_expr(operand)),
        ExprKind::Binary { op, left, right } => {
            let not = if op.negated { "not " } else { "" };
            format!("({not}{} {} {})", op.text, dump_expr(left), dump_expr(right))
        }
        ExprKind::Range { start, end } => format!("(..= {} {})", dump_expr(start), dump_expr(end)),
        ExprKind::And(parts) => format!("(and {})", join(parts, dump_expr)),
        ExprKind::Or(parts) => format!("(or {})", join(parts, dump_expr)),
        ExprKind::SomeOf { count, conditions, .. } => format!("({count}-of {})", join(conditions, dump_expr)),
        ExprKind::Quantified { quantifier, name, sources, body } => {
            let sources = join(sources, dump_expr);
            format!("({} {} ({sources}) {})", quantifier.word(), name.text, dump_expr(body))
        }
    };
    if expr.bracketed { format!("‹{inner}›") } else { inner }
}

fn join<T>(parts: &[T], show: impl Fn(&T) -> String) -> String {
    parts.iter().map(show).collect::<Vec<_>>().join(" ")
}

fn dump_literal(literal: &Literal) -> String {
    match literal {
        Literal::Bool(b) => b.to_string(),
        Literal::Int(n) => n.to_string(),
        Literal::Float(n) => format!("{n:?}"),
        Literal::Size(n) => format!("{n}B"),
        Literal::Percent(n) => format!("(percent {n:?})"),
        Literal::Duration(ms) => duration_text(*ms),
        Literal::Distance(m) => format!("{m}metres"),
        Literal::Instant(t) => t.to_rfc3339(),
        Literal::Date(t) => format!("(date {})", t.to_rfc3339()),
        Literal::Clock(ms) => format!("(clock {})", duration_text(*ms)),
        Literal::Ip(ip) => ip.to_string(),
        Literal::Cidr(net) => net.to_string(),
        Literal::String { text, ignore_case } => format!("{}{}", if *ignore_case { "i" } else { "" }, quote(text)),
        Literal::Regex { pattern, ignore_case } => {
            format!("(regex{} {})", if *ignore_case { "-i" } else { "" }, quote(pattern))
        }
    }
}

fn dump_duration(duration: &DurationValue) -> String {
    match duration {
        DurationValue::Literal { millis, .. } => duration_text(*millis),
        DurationValue::Param(name) => format!("(param {})", name.text),
    }
}

fn dump_type(ty: &TypeRef) -> String {
    match &ty.argument {
        Some(inner) => format!("{}<{}>", ty.name.text, dump_type(inner)),
        None => ty.name.text.to_string(),
    }
}

fn dump_finding_type(ty: &FindingType) -> String {
    let part = |p: &Option<std::sync::Arc<str>>| p.as_deref().map_or_else(|| "-".to_owned(), str::to_owned);
    format!("{} {} {} {} {}", ty.purpose, ty.resource, ty.family, part(&ty.mechanism), part(&ty.artifact))
}

fn dump_value(value: &TestValue) -> String {
    match &value.kind {
        TestValueKind::Expr(expr) => dump_expr(expr),
        TestValueKind::Object(fields) => dump_fields(fields),
        TestValueKind::List(values) => format!("[{}]", join(values, dump_value)),
        TestValueKind::Null => "null".to_owned(),
    }
}

fn dump_fields(fields: &[Field]) -> String {
    format!("{{{}}}", join(fields, |f| format!("{}: {}", f.path.text(), dump_value(&f.value))))
}

fn dump_severity(value: &SeverityValue) -> String {
    match value {
        SeverityValue::Word(name) => name.text.to_string(),
        SeverityValue::Number { value, .. } => format!("{value:?}"),
        SeverityValue::Attribute(expr) => format!("(of {})", dump_expr(expr)),
    }
}

fn dump_step(step: &Step) -> String {
    let mut out = String::new();
    if let Some(within) = &step.within {
        let _ = write!(out, "within {} ", dump_duration(within));
    }
    let no = if step.negated { "no " } else { "" };
    format!("({out}{no}{} x{})", step.name.text, step.times)
}

#[derive(Default)]
struct Out {
    text: String,
    depth: usize,
}

impl Out {
    fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "{:1$}{line}", "", self.depth * 2);
    }

    fn inside(&mut self, write: impl FnOnce(&mut Self)) {
        self.depth += 1;
        write(self);
        self.depth -= 1;
    }

    fn item(&mut self, item: &Item) {
        for line in &item.docs().lines {
            self.line(&format!("(doc {})", quote(&line.text)));
        }
        match item {
            Item::List(i) => {
                let entries = i.entries.as_ref().map_or(String::new(), |e| format!(" [{}]", join(e, dump_expr)));
                self.line(&format!("(list @{} {}{entries})", i.name.text, dump_type(&i.ty)));
            }
            Item::Let(i) => {
                let kind = i.kind.as_ref().map_or(String::new(), |k| format!(" on {}", k.text));
                self.line(&format!("(let {}{kind} {})", i.name.text, dump_expr(&i.value)));
            }
            Item::Param(i) => self.param(i),
            Item::Test(i) => self.test(i),
            Item::Profile(i) => {
                self.line(&format!("(profile {}{})", i.name.text, broken(i.broken)));
                self.inside(|o| {
                    i.on.iter().for_each(|c| o.on(c));
                    i.per.iter().for_each(|c| o.per(c));
                    for (word, clause) in [("learn", &i.learn), ("remember", &i.remember), ("settle", &i.settle)] {
                        if let Some(clause) = clause {
                            o.line(&format!("({word} {})", dump_duration(&clause.duration)));
                        }
                    }
                    for v in &i.values {
                        o.line(&format!("(value {} {})", v.name.text, dump_expr(&v.value)));
                    }
                    for v in &i.volumes {
                        let filter = v.filter.as_ref().map_or(String::new(), |f| format!(" where {}", dump_expr(f)));
                        let (aggregate, every) = (dump_expr(&v.aggregate), dump_duration(&v.every));
                        o.line(&format!("(volume {} {aggregate}{filter} every {every})", v.name.text));
                    }
                });
            }
            Item::Finding(i) => {
                self.line(&format!("(finding {}{})", dump_finding_type(&i.ty), broken(i.broken)));
                self.inside(|o| o.finding(i));
            }
            Item::Tune(i) => {
                self.line(&format!("(tune {}{})", dump_finding_type(&i.target), broken(i.broken)));
                self.inside(|o| {
                    i.excepts.iter().for_each(|e| o.except(e));
                    i.severity.iter().for_each(|s| o.severity(s));
                    for set in &i.sets {
                        o.line(&format!("(set {} {})", set.param.text, dump_expr(&set.value)));
                    }
                    if let Some(shadow) = &i.shadow {
                        o.line(&format!("(shadow {})", shadow.until.time.to_rfc3339()));
                    }
                    if i.disable.is_some() {
                        o.line("(disable)");
                    }
                });
            }
            Item::Suppress(i) => {
                self.line(&format!("(suppress {}{})", quote(&i.name.text), broken(i.broken)));
                self.inside(|o| {
                    i.on.iter().for_each(|c| o.on(c));
                    o.owned(i.owner.as_ref().map(|s| &*s.text), i.until.as_ref());
                });
            }
        }
    }

    fn finding(&mut self, i: &super::ast::FindingItem) {
        if let Some(c) = &i.revision {
            self.line(&format!("(revision {})", c.number));
        }
        for (word, clause) in [("stage", &i.stage), ("publish", &i.publish)] {
            if let Some(c) = clause {
                self.line(&format!("({word} {})", c.word.text));
            }
        }
        i.params.iter().for_each(|p| self.param(p));
        i.severity.iter().for_each(|s| self.severity(s));
        if let Some(c) = &i.attack {
            self.line(&format!("(attack {})", join(&c.techniques, |t| t.text.to_string())));
        }
        if let Some(c) = &i.title {
            let parts = join(&c.parts, |p| match p {
                TitlePart::Text(text) => quote(text),
                TitlePart::Hole(expr) => format!("(hole {})", dump_expr(expr)),
            });
            self.line(&format!("(title {parts})"));
        }
        if let Some(c) = &i.remediation {
            self.line(&format!("(remediation {})", quote(&c.text.text)));
        }
        if let Some(c) = &i.references {
            self.line(&format!("(references {})", join(&c.links, |l| quote(&l.text))));
        }
        i.on.iter().for_each(|c| self.on(c));
        i.per.iter().for_each(|c| self.per(c));
        if let Some(c) = &i.when {
            let text = match &c.kind {
                WhenKind::Condition(expr) => dump_expr(expr),
                WhenKind::Sequence(steps) => format!("(then {})", join(steps, dump_step)),
            };
            self.line(&format!("(when {text})"));
        }
        if let Some(c) = &i.within {
            let tumbling = if c.tumbling.is_some() { " tumbling" } else { "" };
            self.line(&format!("(within {}{tumbling})", dump_duration(&c.duration)));
        }
        if let Some(c) = &i.dedup {
            let quiet = c.quiet.as_ref().map_or(String::new(), |q| format!(" for {}", dump_duration(q)));
            self.line(&format!("(dedup [{}]{quiet})", join(&c.by, dump_expr)));
        }
        i.excepts.iter().for_each(|e| self.except(e));
        i.tests.iter().for_each(|t| self.test(t));
    }

    fn param(&mut self, p: &ParamItem) {
        if self.depth > 0 {
            p.docs.lines.iter().for_each(|l| self.line(&format!("(doc {})", quote(&l.text))));
        }
        self.line(&format!("(param {} {} {})", p.name.text, dump_type(&p.ty), dump_expr(&p.value)));
    }

    fn severity(&mut self, s: &SeverityClause) {
        let branches =
            s.branches.iter().map(|b| format!("({} if {}) ", dump_severity(&b.value), dump_expr(&b.condition)));
        let branches: String = branches.collect();
        self.line(&format!("(severity {branches}{})", dump_severity(&s.otherwise)));
    }

    fn on(&mut self, on: &OnClause) {
        let bindings = join(&on.bindings, |b| {
            let name = b.name.as_ref().map_or(String::new(), |n| format!("{} = ", n.text));
            let filter = b.filter.as_ref().map_or(String::new(), |f| format!(" {}", dump_expr(f)));
            format!("({name}{}{filter})", b.kind.text)
        });
        self.line(&format!("(on {bindings})"));
    }

    fn per(&mut self, per: &PerClause) {
        let mut parts = Vec::new();
        if let Some(each) = &per.each {
            parts.push(format!("(each {} ({}))", each.name.text, join(&each.sources, dump_expr)));
        }
        parts.extend(per.keys.iter().map(|k| match k.aligned.as_slice() {
            [one] => dump_expr(one),
            many => format!("(aligned {})", join(many, dump_expr)),
        }));
        if per.across_accounts.is_some() {
            parts.push("across-accounts".to_owned());
        }
        self.line(&format!("(per {})", parts.join(" ")));
    }

    fn except(&mut self, e: &super::ast::ExceptClause) {
        self.line(&format!("(except {} {})", quote(&e.name.text), dump_expr(&e.condition)));
        self.inside(|o| o.owned(e.owner.as_ref().map(|s| &*s.text), e.until.as_ref()));
    }

    fn owned(&mut self, owner: Option<&str>, until: Option<&TimeLit>) {
        if let Some(owner) = owner {
            self.line(&format!("(owner {})", quote(owner)));
        }
        if let Some(until) = until {
            self.line(&format!("(until {})", until.time.to_rfc3339()));
        }
    }

    fn test(&mut self, test: &TestItem) {
        self.line(&format!("(test {}{})", quote(&test.name.text), broken(test.broken)));
        self.inside(|o| test.body.iter().for_each(|s| o.stmt(s)));
    }

    fn block(&mut self, head: &str, body: &[Stmt]) {
        self.line(&format!("({head})"));
        self.inside(|o| body.iter().for_each(|s| o.stmt(s)));
    }

    fn stmt(&mut self, stmt: &Stmt) {
        let line = match &stmt.kind {
            StmtKind::GivenList { list, value } => format!("(given @{} {})", list.text, dump_value(value)),
            StmtKind::GivenParam { param, value } => format!("(given {} {})", param.text, dump_value(value)),
            StmtKind::Event { kind, fields } => format!("(event {} {})", kind.text, dump_fields(fields)),
            StmtKind::At(AtTime::Instant(time)) => format!("(at {})", time.to_rfc3339()),
            StmtKind::At(AtTime::Clock(ms)) => format!("(at clock {})", duration_text(*ms)),
            StmtKind::After(by) => format!("(after {})", dump_duration(by)),
            StmtKind::Advance(by) => format!("(advance {})", dump_duration(by)),
            StmtKind::Repeat { times, every, body } => {
                let times = match times {
                    RepeatTimes::Count { count, .. } => count.to_string(),
                    RepeatTimes::Each { name, values } => format!("{} in {}", name.text, dump_expr(values)),
                };
                let every = every.as_ref().map_or(String::new(), |e| format!(" every {}", dump_duration(e)));
                return self.block(&format!("repeat {times}{every}"), body);
            }
            StmtKind::Shuffle(body) => return self.block("shuffle", body),
            StmtKind::Late { by, body } => return self.block(&format!("late {}", dump_duration(by)), body),
            StmtKind::Replay { file, kind } => format!("(replay {} as {})", quote(&file.text), kind.text),
            StmtKind::Expect(Expect::None) => "(expect none)".to_owned(),
            StmtKind::Expect(Expect::Archived) => "(expect archived)".to_owned(),
            StmtKind::Expect(Expect::Count { count, ty, .. }) => {
                let ty = ty.as_ref().map_or(String::new(), |t| format!(" {}", dump_finding_type(t)));
                format!("(expect {count} findings{ty})")
            }
            StmtKind::Expect(Expect::Finding { ty, fields }) => {
                let ty = ty.as_ref().map_or(String::new(), |t| format!(" {}", dump_finding_type(t)));
                format!("(expect finding{ty} {})", dump_fields(fields))
            }
        };
        self.line(&line);
    }
}

fn broken(broken: bool) -> &'static str {
    if broken { " broken" } else { "" }
}
