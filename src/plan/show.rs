//! The plan in words: conditions as the language writes them, routes, mute rules, shared work. For `outguard plan` and
//! `outguard explain`.

use std::fmt::Write as _;

use super::lower::steps_text;
use super::node::{CondId, CondNode, Holder, Space, ValId, ValNode};
use super::view::View;
use super::{Graph, Plan};
use crate::check::model::Quantifier;
use crate::schema::Vocabulary;
use crate::value::time::duration_text;
use crate::value::{Truth, Value};

/// A condition as the language writes it.
#[must_use]
pub fn condition_text(plan: &Plan, view: &View, vocabulary: &Vocabulary, cond: CondId) -> String {
    Shower { plan, graph: &view.graph, vocabulary }.cond(cond, false)
}

/// A value as the language writes it.
#[must_use]
pub fn value_text(plan: &Plan, view: &View, vocabulary: &Vocabulary, val: ValId) -> String {
    Shower { plan, graph: &view.graph, vocabulary }.val(val)
}

struct Shower<'a> {
    plan: &'a Plan,
    graph: &'a Graph,
    vocabulary: &'a Vocabulary,
}

impl Shower<'_> {
    fn cond(&self, cond: CondId, inner: bool) -> String {
        let join = |parts: &[CondId], word: &str| {
            let text: Vec<String> = parts.iter().map(|&p| self.cond(p, true)).collect();
            let text = text.join(&format!(" {word} "));
            if inner { format!("({text})") } else { text }
        };
        match &self.graph.conds[cond.index()] {
            CondNode::Const(Truth::True) => "true".to_owned(),
            CondNode::Const(Truth::False) => "false".to_owned(),
            CondNode::Const(Truth::Unknown) => "unknown".to_owned(),
            CondNode::Not(c) => match &self.graph.conds[c.index()] {
                CondNode::Text(super::TextOp::Equals, v, k, caseless) => {
                    format!("{} != {}", self.val(*v), self.text_const(k.index(), *caseless))
                }
                CondNode::InList(l, list) => {
                    format!(
                        "{} not in @{}",
                        self.val(self.graph.lookups[l.index()].0),
                        self.plan.lists[list.index()].name
                    )
                }
                _ => format!("not {}", self.cond(*c, true)),
            },
            CondNode::And(parts) => join(parts, "and"),
            CondNode::Or(parts) => join(parts, "or"),
            CondNode::AtLeast(n, parts) => {
                let text: Vec<String> = parts.iter().map(|&p| self.cond(p, false)).collect();
                format!("{n} of ({})", text.join(", "))
            }
            CondNode::Has(v) => format!("has {}", self.val(*v)),
            CondNode::Is(v) => self.val(*v),
            CondNode::Default(a, b) => format!("({}) ?? {}", self.cond(*a, false), self.cond(*b, true)),
            CondNode::Compare(op, a, b) => format!("{} {} {}", self.val(*a), op.name, self.val(*b)),
            CondNode::Text(op, v, c, caseless) => {
                format!("{} {} {}", self.val(*v), op.name(), self.text_const(c.index(), *caseless))
            }
            CondNode::OneOf(v, set) => {
                let values: Vec<String> = self.graph.sets[set.index()].values.iter().map(literal).collect();
                match values.as_slice() {
                    [one] => format!("{} == {one}", self.val(*v)),
                    _ => format!("{} in [{}]", self.val(*v), values.join(", ")),
                }
            }
            CondNode::Member(v, holders) => {
                let holders: Vec<String> = holders.iter().map(|h| self.holder(h)).collect();
                match holders.as_slice() {
                    [one] => format!("{} in {one}", self.val(*v)),
                    _ => format!("{} in [{}]", self.val(*v), holders.join(", ")),
                }
            }
            CondNode::InList(l, list) => {
                let list = &self.plan.lists[list.index()];
                let word = if list.ty == crate::value::Type::Domain { "under" } else { "in" };
                format!("{} {word} @{}", self.val(self.graph.lookups[l.index()].0), list.name)
            }
            CondNode::Under(v, c) => format!("{} under {}", self.val(*v), literal(&self.graph.consts[c.index()])),
            CondNode::Regex(v, r) => {
                let r = &self.graph.regexes[r.index()];
                let flag = if r.caseless { "i" } else { "" };
                format!("{} matches /{}/{flag}", self.val(*v), r.pattern.replace('/', "\\/"))
            }
            CondNode::Quantified(q, sources, depth) => {
                let word = match q {
                    Quantifier::Any => "any",
                    Quantifier::All => "all",
                    Quantifier::None => "none",
                };
                let lists: Vec<String> = sources.iter().map(|(v, _)| self.val(*v)).collect();
                let body = sources.first().map_or_else(String::new, |(_, c)| self.cond(*c, true));
                let lists = if lists.len() == 1 { lists.concat() } else { format!("({})", lists.join(", ")) };
                format!("({word} {} in {lists}: {body})", element_name(*depth))
            }
        }
    }

    fn val(&self, val: ValId) -> String {
        match &self.graph.vals[val.index()] {
            ValNode::Absent => "(never carried)".to_owned(),
            ValNode::Const(c) => literal(&self.graph.consts[c.index()]),
            ValNode::Slot(slot) => {
                let need = &self.graph.needs[slot.index()];
                let class = &self.vocabulary.classes[usize::from(need.class.0)];
                format!("{}{}", class.attributes[usize::from(need.attr.0)].name, steps_text(&need.steps))
            }
            ValNode::Element(depth, steps) => format!("{}{}", element_name(*depth), steps_text(steps)),
            ValNode::Part(v, steps) => format!("{}{}", self.val(*v), steps_text(steps)),
            ValNode::Call(f, args) => {
                let args: Vec<String> = args.iter().map(|&a| self.val(a)).collect();
                match args.as_slice() {
                    [a, b] if !f.name.starts_with(|c: char| c.is_ascii_alphabetic()) => format!("({a} {} {b})", f.name),
                    _ => format!("{}({})", f.name, args.join(", ")),
                }
            }
            ValNode::Coalesce(a, b) => format!("({} ?? {})", self.val(*a), self.val(*b)),
            ValNode::List(items) => {
                let items: Vec<String> = items.iter().map(|&v| self.val(v)).collect();
                format!("[{}]", items.join(", "))
            }
            ValNode::Cond(c) => self.cond(*c, true),
            ValNode::Outer(place) => format!("(another input's {place})"),
        }
    }

    fn holder(&self, holder: &Holder) -> String {
        let constant = |c: &super::ConstId| literal(&self.graph.consts[c.index()]);
        match holder {
            Holder::Const(c) => constant(c),
            Holder::Range(a, b) => format!("{}..={}", constant(a), constant(b)),
            Holder::Space(Space::Private) => "private".to_owned(),
            Holder::Space(Space::Public) => "public".to_owned(),
            Holder::Caseless(c) => format!("i{}", constant(c)),
            Holder::Value(v) => self.val(*v),
        }
    }

    fn text_const(&self, index: usize, caseless: bool) -> String {
        format!("{}{}", if caseless { "i" } else { "" }, literal(&self.graph.consts[index]))
    }
}

fn at(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn element_name(depth: u8) -> &'static str {
    ["x", "y", "z", "w"].get(usize::from(depth)).copied().unwrap_or("e")
}

fn literal(value: &Value) -> String {
    match value {
        Value::Str(s) => format!("{s:?}"),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(literal).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}

impl Plan {
    /// What a route leads to: a finding type, or the name of a profile.
    fn candidate(&self, view: &View, candidate: u32) -> &str {
        let candidate = candidate as usize;
        match view.rules.get(candidate) {
            Some(rule) => self.rules[rule.rule].info.finding_type.as_str(),
            None => {
                view.learners.get(candidate - view.rules.len()).map_or("", |l| &*self.profiles[l.profile].spec.name)
            }
        }
    }

    /// The whole plan as text: per view, how events reach rules and what each rule asks.
    #[must_use]
    pub fn to_text(&self, vocabulary: &Vocabulary) -> String {
        let mut out = String::new();
        for view in self.views.iter().take(self.projections.len()) {
            if view.rules.is_empty() && view.mute.is_empty() && view.learners.is_empty() {
                continue;
            }
            self.view_text(view, vocabulary, &mut out);
        }
        for profile in self.profiles.iter().filter(|p| p.used) {
            let spec = &profile.spec;
            let names: Vec<&str> =
                spec.values.iter().map(|(n, _)| &**n).chain(spec.volumes.iter().map(|v| &*v.name)).collect();
            let [learn, remember, settle] = [spec.learn, spec.remember, spec.settle].map(duration_text);
            let _ = writeln!(out, "profile {}: {}", spec.name, names.join(", "));
            let _ = writeln!(out, "    learns {learn}, remembers {remember}, settles after {settle}");
        }
        out
    }

    fn view_text(&self, view: &View, vocabulary: &Vocabulary, out: &mut String) {
        let source = vocabulary.sources.iter().position(|s| s.name == view.name).unwrap_or(0);
        let _ = writeln!(
            out,
            "source {}: {} rules, {} attributes from {} wire fields, {} conditions ({} shared)",
            view.name,
            view.rules.len(),
            view.graph.needs.len(),
            self.projections[source].paths.len(),
            view.graph.conds.len(),
            view.memo_len,
        );
        let names = |rules: &[u32]| -> Vec<&str> { rules.iter().map(|&r| self.candidate(view, r)).collect() };
        for keyed in &view.routes.keyed {
            let _ = writeln!(out, "  by {} ({} values)", keyed.name, keyed.texts.len() + keyed.ints.len());
            let mut texts: Vec<(String, &Vec<u32>)> = keyed.texts.iter().map(|(k, v)| (format!("{k:?}"), v)).collect();
            texts.extend(keyed.ints.iter().map(|(k, v)| (k.to_string(), v)));
            texts.sort();
            for (key, rules) in texts {
                let _ = writeln!(out, "    {key} -> {}", names(rules).join(", "));
            }
        }
        for listed in &view.routes.listed {
            let val = value_text(self, view, vocabulary, view.graph.lookups[listed.lookup.index()].0);
            let _ = writeln!(out, "  by the lists that {val} is in, one look-up");
            for (list, rules) in &listed.rules {
                let _ = writeln!(out, "    @{} -> {}", self.lists[list.index()].name, names(rules).join(", "));
            }
        }
        for found in &view.routes.found {
            let val = value_text(self, view, vocabulary, view.automata[found.automaton].val);
            let _ = writeln!(out, "  by substrings of {val}, one automaton");
            for (bit, rules) in &found.rules {
                let pattern = view.by_automaton.iter().position(|p| *p == Some((at(found.automaton), *bit)));
                let cond = CondId(pattern.map_or(0, at));
                let _ = writeln!(
                    out,
                    "    {} -> {}",
                    condition_text(self, view, vocabulary, cond),
                    names(rules).join(", ")
                );
            }
        }
        if !view.routes.always.is_empty() {
            let _ = writeln!(out, "  looked at for every event: {}", names(&view.routes.always).join(", "));
        }
        for automaton in &view.automata {
            let val = value_text(self, view, vocabulary, automaton.val);
            let _ = writeln!(out, "  one automaton for {} substring tests on {val}", automaton.patterns);
        }
        for rule in &view.rules {
            let info = &self.rules[rule.rule].info;
            let _ = writeln!(out, "  {}", info.finding_type);
            let input = self.rules[rule.rule].inputs.get(usize::from(rule.input)).and_then(Option::as_deref);
            let word = input.map_or_else(|| "where".to_owned(), |name| format!("{name} where"));
            let _ = writeln!(out, "    {word:<7} {}", condition_text(self, view, vocabulary, rule.condition));
            for x in &rule.exceptions {
                let _ =
                    writeln!(out, "    except  {:?}: {}", x.name, condition_text(self, view, vocabulary, x.condition));
            }
            self.state_text(view, rule, vocabulary, out);
            let key: Vec<String> = rule.dedup.iter().map(|&v| value_text(self, view, vocabulary, v)).collect();
            let _ = writeln!(out, "    one per {} {}", rule.resource.kind, key.join(", "));
        }
        for &mute in &view.mute {
            let _ = writeln!(out, "  cannot fire here: {}", self.rules[mute].info.finding_type);
        }
        out.push('\n');
    }

    /// The plan as JSON, for tools: views, routes, rules with their conditions.
    #[must_use]
    pub fn to_json(&self, vocabulary: &Vocabulary) -> serde_json::Value {
        let views: Vec<serde_json::Value> = self
            .views
            .iter()
            .take(self.projections.len())
            .zip(&self.projections)
            .filter(|(view, _)| !view.rules.is_empty() || !view.mute.is_empty())
            .map(|(view, projection)| {
                let paths: Vec<String> = projection.paths.iter().map(|p| p.join(".")).collect();
                let rules: Vec<serde_json::Value> = view
                    .rules
                    .iter()
                    .map(|r| {
                        serde_json::json!({
                            "type": self.rules[r.rule].info.finding_type.as_str(),
                            "hash": self.rules[r.rule].info.hash,
                            "condition": condition_text(self, view, vocabulary, r.condition),
                            "resource": r.resource.kind,
                            "key": r.dedup.iter().map(|&v| value_text(self, view, vocabulary, v)).collect::<Vec<_>>(),
                        })
                    })
                    .collect();
                serde_json::json!({
                    "source": view.name,
                    "wire_fields": paths,
                    "conditions": view.graph.conds.len(),
                    "shared": view.memo_len,
                    "rules": rules,
                    "cannot_fire": view.mute.iter().map(|&m| self.rules[m].info.finding_type.as_str()).collect::<Vec<_>>(),
                })
            })
            .collect();
        serde_json::json!({ "views": views })
    }

    /// The routes as a Graphviz graph.
    #[must_use]
    pub fn to_dot(&self, vocabulary: &Vocabulary) -> String {
        let mut out = String::from("digraph plan {\n  rankdir=LR; node [shape=box, fontname=monospace];\n");
        for view in self.views.iter().take(self.projections.len()).filter(|v| !v.rules.is_empty()) {
            let mut edge = |from: &str, label: &str, rules: &[u32]| {
                for &r in rules {
                    let to = self.candidate(view, r);
                    let _ = writeln!(out, "  {from:?} -> {to:?} [label={label:?}];");
                }
            };
            for keyed in &view.routes.keyed {
                let from = format!("{}: {}", view.name, keyed.name);
                let mut texts: Vec<(&Box<str>, &Vec<u32>)> = keyed.texts.iter().collect();
                texts.sort();
                texts.iter().for_each(|(key, rules)| edge(&from, key, rules));
                let mut ints: Vec<(&i64, &Vec<u32>)> = keyed.ints.iter().collect();
                ints.sort();
                ints.iter().for_each(|(key, rules)| edge(&from, &key.to_string(), rules));
            }
            for listed in &view.routes.listed {
                let val = value_text(self, view, vocabulary, view.graph.lookups[listed.lookup.index()].0);
                let from = format!("{}: {val}", view.name);
                listed.rules.iter().for_each(|(list, rules)| {
                    edge(&from, &format!("@{}", self.lists[list.index()].name), rules);
                });
            }
            edge(&view.name, "always", &view.routes.always);
        }
        out.push_str("}\n");
        out
    }
}
