//! The model as text: for golden files and people ([`model`]), and in a canonical form that two rules share exactly if
//! they mean the same ([`super::hash`]).

use std::fmt::Write as _;

use super::model::{
    AddressSpace, BinderId, Expr, ExprKind, Finding, Input, Model, Part, Profile, ProfileQuestion, Quantifier, When,
};
use crate::schema::Vocabulary;
use crate::schema::path::path_text;
use crate::syntax::ast::quote;
use crate::value::Value;
use crate::value::json::Step;
use crate::value::time::duration_text;

/// Writes parts of a model as text.
pub struct Printer<'a> {
    model: &'a Model,
    vocabulary: &'a Vocabulary,
    /// Parameters by value, `and`, `or` and lists in an order of their own: for hashing.
    canonical: bool,
    binders: Vec<BinderId>,
}

impl<'a> Printer<'a> {
    /// A printer for people.
    #[must_use]
    pub fn new(model: &'a Model, vocabulary: &'a Vocabulary) -> Self {
        Self { model, vocabulary, canonical: false, binders: Vec::new() }
    }

    /// A printer whose text is the same for the same meaning.
    #[must_use]
    pub fn canonical(model: &'a Model, vocabulary: &'a Vocabulary) -> Self {
        Self { canonical: true, ..Self::new(model, vocabulary) }
    }

    /// An expression, bracketed throughout. `inputs` are those that its attributes are of.
    pub fn expr(&mut self, expr: &Expr, inputs: &[Input]) -> String {
        match &expr.kind {
            ExprKind::Const(value) => value_text(value),
            ExprKind::Caseless(text) => format!("i{}", quote(text)),
            ExprKind::Regex(text, i) => format!("/{text}/{}", if *i { "i" } else { "" }),
            ExprKind::Attr(a) => {
                let name = &self.vocabulary.attr(a.class, a.attr).name;
                let input = match inputs.get(a.input).and_then(|i| i.name.as_deref()) {
                    Some(_) if self.canonical && inputs.len() == 1 => String::new(),
                    Some(_) if self.canonical => format!("${}.", a.input),
                    Some(name) => format!("{name}."),
                    None => String::new(),
                };
                format!("{input}{name}{}", tail(&a.steps))
            }
            ExprKind::Element(id, steps) => format!("{}{}", self.binder(*id), tail(steps)),
            ExprKind::Part(inner, steps) => format!("{}{}", self.expr(inner, inputs), tail(steps)),
            ExprKind::Space(AddressSpace::Private) => "private".to_owned(),
            ExprKind::Space(AddressSpace::Public) => "public".to_owned(),
            ExprKind::List(id) => format!("@{}", self.model.lists[id.index()].name),
            ExprKind::Param(id) => {
                let param = &self.model.params[id.index()];
                if self.canonical { value_text(&param.value) } else { param.name.to_string() }
            }
            ExprKind::ListOf(items) => format!("[{}]", self.many(items, inputs, true).join(", ")),
            ExprKind::Object(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|(k, v)| format!("{}: {}", quote(k), self.expr(v, inputs))).collect();
                format!("{{{}}}", fields.join(", "))
            }
            ExprKind::Range(a, b) => format!("{}..={}", self.expr(a, inputs), self.expr(b, inputs)),
            ExprKind::Op(op, a, b) => format!("({} {} {})", self.expr(a, inputs), op.name, self.expr(b, inputs)),
            ExprKind::Call(f, args) => format!("{}({})", f.name, self.many(args, inputs, false).join(", ")),
            ExprKind::Aggregate(agg, args, of) => {
                let mut args = self.many(args, inputs, false);
                if let Some(input) = of {
                    let name = inputs.get(*input).and_then(|i| i.name.as_deref()).filter(|_| !self.canonical);
                    args.insert(0, name.map_or_else(|| format!("${input}"), str::to_owned));
                }
                format!("{}({})", agg.name, args.join(", "))
            }
            ExprKind::Profile(id, question) => self.question(&self.model.profiles[id.index()], question, inputs),
            ExprKind::Not(inner) => format!("not {}", self.expr(inner, inputs)),
            ExprKind::And(parts) => format!("({})", self.many(parts, inputs, true).join(" and ")),
            ExprKind::Or(parts) => format!("({})", self.many(parts, inputs, true).join(" or ")),
            ExprKind::AtLeast(n, parts) => format!("{n} of ({})", self.many(parts, inputs, true).join(", ")),
            ExprKind::Has(inner) => format!("has {}", self.expr(inner, inputs)),
            ExprKind::Coalesce(a, b) => format!("({} ?? {})", self.expr(a, inputs), self.expr(b, inputs)),
            ExprKind::Quantified { quantifier, binder, sources, body, .. } => {
                let word = match quantifier {
                    Quantifier::Any => "any",
                    Quantifier::All => "all",
                    Quantifier::None => "none",
                };
                let sources = self.many(sources, inputs, true).join(", ");
                format!("({word} {} in ({sources}): {})", self.binder(*binder), self.expr(body, inputs))
            }
        }
    }

    fn many(&mut self, exprs: &[Expr], inputs: &[Input], any_order: bool) -> Vec<String> {
        let mut out: Vec<String> = exprs.iter().map(|e| self.expr(e, inputs)).collect();
        if self.canonical && any_order {
            out.sort();
        }
        out
    }

    fn binder(&mut self, id: BinderId) -> String {
        let at = self.binders.iter().position(|b| *b == id).unwrap_or_else(|| {
            self.binders.push(id);
            self.binders.len() - 1
        });
        format!("e{at}")
    }

    fn question(&mut self, profile: &Profile, question: &ProfileQuestion, inputs: &[Input]) -> String {
        let name = profile.name.clone();
        match question {
            ProfileQuestion::New(value, None) => format!("{name}.new({})", profile.values[*value].0),
            ProfileQuestion::New(value, Some(instead)) => {
                format!("{name}.new({} = {})", profile.values[*value].0, self.many(instead, inputs, false).join(", "))
            }
            ProfileQuestion::Surge { volume, sigma, floor } => {
                format!("{name}.surge({}, sigma: {sigma}, floor: {floor})", profile.volumes[*volume].name)
            }
            ProfileQuestion::Surprise(values) => {
                let values: Vec<&str> = values.iter().map(|v| profile.values[*v].0.as_ref()).collect();
                format!("{name}.surprise({})", values.join(", "))
            }
        }
    }

    fn input(&mut self, input: &Input, inputs: &[Input]) -> String {
        let mut out = String::new();
        if let Some(name) = input.name.as_ref().filter(|_| !self.canonical) {
            let _ = write!(out, "{name} = ");
        }
        out.push_str(self.vocabulary.kind_name(input.kind));
        if let Some(condition) = &input.condition {
            let _ = write!(out, " where {}", self.expr(condition, inputs));
        }
        out
    }

    /// What a finding means, a clause a line: everything that decides which findings there are and how severe.
    pub fn meaning(&mut self, f: &Finding) -> String {
        let mut out = String::new();
        let inputs = &f.inputs;
        for (i, input) in inputs.iter().enumerate() {
            let _ = writeln!(
                out,
                "on {}{}",
                if inputs.len() > 1 { format!("${i} ") } else { String::new() },
                self.input(input, inputs)
            );
        }
        if let Some(group) = &f.group {
            let mut keys = Vec::new();
            if let Some((id, list)) = &group.each {
                keys.push(format!("each {} in {}", self.binder(*id), self.expr(list, inputs)));
            }
            keys.extend(group.keys.iter().map(|key| self.many(key, inputs, false).join(" = ")));
            let across = if group.across_accounts { " across accounts" } else { "" };
            let _ = writeln!(out, "per {}{across}", keys.join(", "));
        }
        match &f.when {
            Some(When::Condition(condition)) => {
                let _ = writeln!(out, "when {}", self.expr(condition, inputs));
            }
            Some(When::Sequence(steps, _)) => {
                let steps: Vec<String> = steps
                    .iter()
                    .map(|s| {
                        let within = s.within.map_or(String::new(), |d| format!("within {} ", duration_text(d)));
                        let name = inputs.get(s.input).and_then(|i| i.name.as_deref()).filter(|_| !self.canonical);
                        let name = name.map_or_else(|| format!("${}", s.input), str::to_owned);
                        let no = if s.absent { "no " } else { "" };
                        let times = if s.times > 1 { format!(" x{}", s.times) } else { String::new() };
                        format!("{within}{no}{name}{times}")
                    })
                    .collect();
                let _ = writeln!(out, "when {}", steps.join(" then "));
            }
            None => {}
        }
        if let Some(window) = &f.window {
            let tumbling = if window.tumbling { " tumbling" } else { "" };
            let _ = writeln!(out, "within {}{tumbling}", duration_text(window.length));
        }
        let mut severity: Vec<String> =
            f.severity.branches.iter().map(|(c, level)| format!("{level:?} if {}", self.expr(c, inputs))).collect();
        severity.push(self.expr(&f.severity.otherwise, inputs));
        let _ = writeln!(out, "severity {}", severity.join(", else "));
        if let Some(dedup) = &f.dedup {
            let quiet = dedup.quiet.map_or(String::new(), |d| format!(" for {}", duration_text(d)));
            let _ = writeln!(out, "dedup by {}{quiet}", self.many(&dedup.by, inputs, false).join(", "));
        }
        let mut exceptions: Vec<String> = f
            .exceptions
            .iter()
            .map(|e| {
                let until = e.until.map_or(String::new(), |t| format!(" until {}", t.to_rfc3339()));
                format!("except {}{until}", self.expr(&e.condition, inputs))
            })
            .collect();
        if self.canonical {
            exceptions.sort();
        }
        for exception in exceptions {
            let _ = writeln!(out, "{exception}");
        }
        if !f.publish {
            out.push_str("publish never\n");
        }
        if let Some(until) = f.shadow_until {
            let _ = writeln!(out, "shadow until {}", until.to_rfc3339());
        }
        if f.disabled {
            out.push_str("disable\n");
        }
        out
    }

    /// What a profile means.
    pub fn profile(&mut self, p: &Profile) -> String {
        let inputs = std::slice::from_ref(&p.input);
        let mut out = format!("on {}\n", self.input(&p.input, inputs));
        let _ = writeln!(out, "per {}", self.many(&p.group, inputs, false).join(", "));
        let times = [p.learn, p.remember, p.settle].map(duration_text);
        let _ = writeln!(out, "learn {} remember {} settle {}", times[0], times[1], times[2]);
        for (name, exprs) in &p.values {
            let _ = writeln!(out, "value {name} = {}", self.many(exprs, inputs, false).join(", "));
        }
        for v in &p.volumes {
            let condition = v.condition.as_ref().map_or(String::new(), |c| format!(" where {}", self.expr(c, inputs)));
            let aggregate = self.expr(&v.aggregate, inputs);
            let _ = writeln!(out, "volume {} = {aggregate}{condition} every {}", v.name, duration_text(v.every));
        }
        out
    }
}

fn tail(steps: &[Step]) -> String {
    let text = path_text(steps);
    if text.is_empty() || text.starts_with('[') { text } else { format!(".{text}") }
}

fn value_text(value: &Value) -> String {
    match value {
        Value::Str(s) => quote(s),
        Value::Float(x) => format!("{x:?}"),
        Value::List(items) => format!("[{}]", items.iter().map(value_text).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// A whole model as text, for golden files.
#[must_use]
pub fn model(model: &Model, vocabulary: &Vocabulary) -> String {
    let mut out = String::new();
    let mut printer = Printer::new(model, vocabulary);
    for list in model.lists.iter().filter(|l| l.span.is_some()) {
        let _ =
            writeln!(out, "list @{}: {} = {}", list.name, list.ty, value_text(&Value::List(list.constants.clone())));
    }
    for param in &model.params {
        let _ = writeln!(out, "param {}: {} = {}", param.name, param.ty, value_text(&param.value));
    }
    for profile in &model.profiles {
        let _ = writeln!(out, "profile {}\n{}", profile.name, indent(&printer.profile(profile)));
    }
    for f in &model.findings {
        let _ = writeln!(out, "finding {}", f.ty);
        out.push_str(&indent(&printer.meaning(f)));
        let title: String = f
            .title
            .parts
            .iter()
            .map(|p| match p {
                Part::Text(text) => text.to_string(),
                Part::Hole(expr) => format!("{{{}}}", printer.expr(expr, &f.inputs)),
            })
            .collect();
        let _ = writeln!(out, "  title {}", quote(&title));
        if !f.attack.is_empty() {
            let ids: Vec<&str> = f.attack.iter().map(|t| t.id.as_ref()).collect();
            let _ = writeln!(out, "  attack {}", ids.join(", "));
        }
    }
    for s in &model.suppressions {
        let inputs = std::slice::from_ref(&s.input);
        let _ = writeln!(out, "suppress {}\n  on {}", quote(&s.name), printer.input(&s.input, inputs));
    }
    for test in &model.tests {
        let _ = writeln!(out, "test {} ({} statements)", quote(&test.name), test.body.len());
    }
    out
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}
