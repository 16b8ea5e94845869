//! `Expr -> nodes`, for one view: attributes become slots or absent, parameters constants, operators the node that
//! decides them fastest.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::graph::Graph;
use super::node::{CondId, CondNode, Holder, ListKind, LookupId, Space, TextOp, ValId, ValNode};
use super::view::Scope;
use crate::check::model::{AddressSpace, AttrRef, BinderId, Expr, ExprKind, ListId, Model, Quantifier};
use crate::ops::{Eval, Operator};
use crate::schema::{Need, Vocabulary};
use crate::value::json::Step;
use crate::value::{Truth, Value};

/// Lowers expressions of one rule into the graph of one view.
pub struct Lowering<'m> {
    /// The rule set, for its parameters.
    pub model: &'m Model,
    /// What the view's attributes are.
    pub vocabulary: &'m Vocabulary,
    /// Which events the view sees.
    pub scope: Scope,
    /// The nodes.
    pub graph: &'m mut Graph,
    /// Elements bound around the expression.
    binders: BTreeMap<BinderId, Bound>,
    /// Every attribute that was read, by its name.
    pub reads: BTreeMap<Arc<str>, ValId>,
    /// Every list that was asked, about the value of which expression.
    pub asked: Vec<(LookupId, ListId, Arc<str>)>,
    /// The input that the event is one of; attributes of another are known once a match is complete. `None`: there is
    /// no other.
    pub own: Option<usize>,
    /// Attributes of other inputs that were read.
    pub outer: Vec<AttrRef>,
}

/// What an element's name stands for.
#[derive(Clone)]
struct Bound {
    depth: u8,
    /// Elements of this attribute (`list<object>`), whose fields the source may name otherwise.
    of: Option<AttrRef>,
    /// For evidence: the list's own text.
    name: Arc<str>,
}

impl<'m> Lowering<'m> {
    /// Nothing read yet.
    pub fn new(model: &'m Model, vocabulary: &'m Vocabulary, scope: Scope, graph: &'m mut Graph) -> Self {
        Self {
            model,
            vocabulary,
            scope,
            graph,
            binders: BTreeMap::new(),
            reads: BTreeMap::new(),
            asked: Vec::new(),
            own: None,
            outer: Vec::new(),
        }
    }

    /// A condition.
    pub fn cond(&mut self, e: &Expr) -> CondId {
        let node = match &e.kind {
            ExprKind::Const(Value::Bool(b)) => CondNode::Const(Truth::from(*b)),
            ExprKind::Not(x) => CondNode::Not(self.cond(x)),
            ExprKind::And(parts) => CondNode::And(self.conds(parts)),
            ExprKind::Or(parts) => CondNode::Or(self.conds(parts)),
            ExprKind::AtLeast(n, parts) => CondNode::AtLeast(*n, self.conds(parts)),
            ExprKind::Has(x) => CondNode::Has(self.val(x)),
            ExprKind::Op(op, l, r) => return self.operator(op, l, r),
            ExprKind::Coalesce(a, b) if is_condition(a) => CondNode::Default(self.cond(a), self.cond(b)),
            ExprKind::Quantified { quantifier, binder, name, sources, body } => {
                return self.quantified(*quantifier, *binder, name, sources, body);
            }
            _ => return self.is(e),
        };
        self.graph.cond(node)
    }

    fn is(&mut self, e: &Expr) -> CondId {
        let val = self.val(e);
        self.graph.cond(CondNode::Is(val))
    }

    fn conds(&mut self, parts: &[Expr]) -> Box<[CondId]> {
        parts.iter().map(|p| self.cond(p)).collect()
    }

    /// A value.
    pub fn val(&mut self, e: &Expr) -> ValId {
        let node = match &e.kind {
            ExprKind::Const(Value::Null) => ValNode::Absent,
            ExprKind::Const(value) => ValNode::Const(self.graph.constant(value)),
            ExprKind::Caseless(text) => ValNode::Const(self.graph.constant(&Value::Str(text.clone()))),
            ExprKind::Param(id) => {
                let model = self.model;
                ValNode::Const(self.graph.constant(&model.params[id.index()].value))
            }
            ExprKind::Attr(attr) => return self.attr(attr),
            ExprKind::Element(binder, steps) => self.element(*binder, steps),
            ExprKind::Part(base, steps) => {
                let v = self.val(base);
                ValNode::Part(v, steps.as_slice().into())
            }
            ExprKind::Call(function, args) => ValNode::Call(function, args.iter().map(|a| self.val(a)).collect()),
            ExprKind::Coalesce(a, b) => ValNode::Coalesce(self.val(a), self.val(b)),
            ExprKind::ListOf(items) => match constants(items) {
                Some(values) => ValNode::Const(self.graph.constant(&Value::List(values))),
                None => ValNode::List(items.iter().map(|i| self.val(i)).collect()),
            },
            // State and profiles are decided by another stage; regexes and lists are no values.
            ExprKind::Aggregate(..) | ExprKind::Profile(..) | ExprKind::Regex(..) | ExprKind::List(_) => {
                ValNode::Absent
            }
            ExprKind::Object(_) | ExprKind::Range(..) | ExprKind::Space(_) => ValNode::Absent,
            _ => ValNode::Cond(self.cond(e)),
        };
        self.graph.val(node)
    }

    /// An attribute: a slot, or absent where the view never has it.
    pub fn attr(&mut self, attr: &AttrRef) -> ValId {
        if self.own.is_some_and(|own| own != attr.input) {
            let known = self.outer.iter().position(|a| a == attr);
            let place = known.unwrap_or_else(|| {
                self.outer.push(attr.clone());
                self.outer.len() - 1
            });
            return self.graph.val(ValNode::Outer(u8::try_from(place).unwrap_or(u8::MAX)));
        }
        let known = self.scope.carries(self.vocabulary, attr.class, attr.attr);
        let node = if known {
            let need = Need { class: attr.class, attr: attr.attr, steps: attr.steps.clone() };
            ValNode::Slot(self.graph.slot(&need))
        } else {
            ValNode::Absent
        };
        let val = self.graph.val(node);
        self.reads.insert(name_of(self.vocabulary, attr), val);
        val
    }

    /// Binds the elements of a list at the outermost depth while `f` lowers what reads them.
    pub fn with_element<T>(&mut self, binder: BinderId, list: &Expr, f: impl FnOnce(&mut Self) -> T) -> T {
        let of = match &list.kind {
            ExprKind::Attr(attr) => Some(attr.clone()),
            _ => None,
        };
        let depth = u8::try_from(self.binders.len()).unwrap_or(u8::MAX);
        self.binders.insert(binder, Bound { depth, of, name: Arc::from("element") });
        let out = f(self);
        self.binders.remove(&binder);
        out
    }

    fn element(&mut self, binder: BinderId, steps: &[Step]) -> ValNode {
        let Some(bound) = self.binders.get(&binder).cloned() else { return ValNode::Absent };
        let steps = match &bound.of {
            Some(attr) => self.vocabulary.element_steps(attr.class, attr.attr, steps),
            None => steps.to_vec(),
        };
        ValNode::Element(bound.depth, steps.into())
    }

    fn quantified(
        &mut self,
        quantifier: Quantifier,
        binder: BinderId,
        name: &Arc<str>,
        sources: &[Expr],
        body: &Expr,
    ) -> CondId {
        let depth = u8::try_from(self.binders.len()).unwrap_or(u8::MAX);
        let mut parts = Vec::new();
        for source in sources {
            let list = self.val(source);
            let of = match &source.kind {
                ExprKind::Attr(attr) => Some(attr.clone()),
                _ => None,
            };
            self.binders.insert(binder, Bound { depth, of, name: name.clone() });
            parts.push((list, self.cond(body)));
            self.binders.remove(&binder);
        }
        self.graph.cond(CondNode::Quantified(quantifier, parts.into(), depth))
    }

    fn operator(&mut self, op: &'static Operator, left: &Expr, right: &Expr) -> CondId {
        match op.eval {
            Eval::Pair(_) => self.pair(op, left, right),
            Eval::Member => self.member(left, right),
            Eval::Under => self.under(left, right),
            Eval::Regex => {
                let v = self.val(left);
                let regex = match &right.kind {
                    ExprKind::Regex(pattern, caseless) => self.graph.regex(pattern, *caseless),
                    _ => None,
                };
                let node = regex.map_or(CondNode::Const(Truth::Unknown), |r| CondNode::Regex(v, r));
                self.graph.cond(node)
            }
        }
    }

    fn pair(&mut self, op: &'static Operator, left: &Expr, right: &Expr) -> CondId {
        // `"x" == attribute` is `attribute == "x"`.
        let (left, right) =
            if op.name == "==" && is_text(left) && !is_text(right) { (right, left) } else { (left, right) };
        let l = self.val(left);
        let node = match (TextOp::of(op.name), &right.kind) {
            (Some(text), ExprKind::Caseless(s)) => {
                CondNode::Text(text, l, self.graph.constant(&Value::Str(s.clone())), true)
            }
            (Some(text), ExprKind::Const(s @ Value::Str(_))) => CondNode::Text(text, l, self.graph.constant(s), false),
            _ => CondNode::Compare(op, l, self.val(right)),
        };
        self.graph.cond(node)
    }

    fn member(&mut self, left: &Expr, right: &Expr) -> CondId {
        let v = self.val(left);
        if let ExprKind::List(list) = right.kind {
            return self.in_list(left, v, list);
        }
        let items: Vec<&Expr> = match &right.kind {
            ExprKind::ListOf(items) => items.iter().collect(),
            _ => vec![right],
        };
        let mut plain = Vec::new();
        let mut holders = Vec::new();
        let mut conds = Vec::new();
        for item in items {
            match &item.kind {
                ExprKind::Space(AddressSpace::Private) => holders.push(Holder::Space(Space::Private)),
                ExprKind::Space(AddressSpace::Public) => holders.push(Holder::Space(Space::Public)),
                ExprKind::Const(value) => self.constants(value, &mut plain, &mut holders),
                ExprKind::Caseless(text) => {
                    holders.push(Holder::Caseless(self.graph.constant(&Value::Str(text.clone()))));
                }
                ExprKind::Range(a, b) => match (constant(self.model, a), constant(self.model, b)) {
                    (Some(a), Some(b)) => holders.push(Holder::Range(self.graph.constant(&a), self.graph.constant(&b))),
                    _ => conds.push(self.graph.truth(Truth::Unknown)),
                },
                ExprKind::List(list) => conds.push(self.in_list(left, v, *list)),
                ExprKind::Param(id) => {
                    let model = self.model;
                    self.constants(&model.params[id.index()].value, &mut plain, &mut holders);
                }
                _ => {
                    let item = self.val(item);
                    if self.graph.is_absent(item) {
                        conds.push(self.graph.truth(Truth::Unknown));
                    } else {
                        holders.push(Holder::Value(item));
                    }
                }
            }
        }
        if !plain.is_empty() {
            let set = self.graph.set(plain);
            conds.push(self.graph.cond(CondNode::OneOf(v, set)));
        }
        if !holders.is_empty() {
            conds.push(self.graph.cond(CondNode::Member(v, holders.into())));
        }
        self.graph.cond(CondNode::Or(conds.into()))
    }

    /// What a value can be a member of: texts and numbers by look-up, the rest (networks above all) by holder.
    fn constants(&mut self, value: &Value, plain: &mut Vec<Value>, holders: &mut Vec<Holder>) {
        match value {
            Value::List(values) => values.iter().for_each(|v| self.constants(v, plain, holders)),
            Value::Str(_) | Value::Int(_) | Value::Bool(_) => plain.push(value.clone()),
            value => holders.push(Holder::Const(self.graph.constant(value))),
        }
    }

    fn under(&mut self, left: &Expr, right: &Expr) -> CondId {
        let v = self.val(left);
        match &right.kind {
            ExprKind::List(list) => self.in_list(left, v, *list),
            ExprKind::ListOf(items) => {
                let parts: Vec<CondId> = items.iter().map(|i| self.under(left, i)).collect();
                self.graph.cond(CondNode::Or(parts.into()))
            }
            ExprKind::Const(domain) => self.under_constant(v, domain),
            ExprKind::Param(id) => {
                let model = self.model;
                self.under_constant(v, &model.params[id.index()].value)
            }
            _ => self.graph.truth(Truth::Unknown),
        }
    }

    fn under_constant(&mut self, v: ValId, value: &Value) -> CondId {
        if let Value::List(domains) = value {
            let parts: Vec<CondId> = domains.iter().map(|d| self.under_constant(v, d)).collect();
            return self.graph.cond(CondNode::Or(parts.into()));
        }
        let domain = self.graph.constant(value);
        self.graph.cond(CondNode::Under(v, domain))
    }

    fn in_list(&mut self, left: &Expr, v: ValId, list: ListId) -> CondId {
        let kind = ListKind::of(&self.model.lists[list.index()].ty);
        if let (false, Some(kind)) = (self.graph.is_absent(v), kind) {
            let lookup = self.graph.lookup(v, kind);
            let name = self.text_of(left);
            self.asked.push((lookup, list, name));
            return self.graph.cond(CondNode::InList(lookup, list));
        }
        self.graph.truth(Truth::Unknown)
    }

    /// What an expression is called in evidence: the attribute's name where it is one.
    fn text_of(&self, e: &Expr) -> Arc<str> {
        match &e.kind {
            ExprKind::Attr(attr) => name_of(self.vocabulary, attr),
            ExprKind::Element(binder, steps) => {
                let base = self.binders.get(binder).map_or_else(|| Arc::from("element"), |b| b.name.clone());
                Arc::from(format!("{base}{}", steps_text(steps)))
            }
            ExprKind::Coalesce(a, _) => self.text_of(a),
            ExprKind::Call(f, args) => {
                Arc::from(format!("{}({})", f.name, args.first().map_or_else(|| Arc::from(""), |a| self.text_of(a))))
            }
            _ => Arc::from("value"),
        }
    }
}

/// The dotted name of an attribute with its steps: `api.request.data.bucketName`, `resources[].uid`.
pub fn name_of(vocabulary: &Vocabulary, attr: &AttrRef) -> Arc<str> {
    let name = &vocabulary.classes[usize::from(attr.class.0)].attributes[usize::from(attr.attr.0)].name;
    if attr.steps.is_empty() { name.clone() } else { Arc::from(format!("{name}{}", steps_text(&attr.steps))) }
}

/// Steps as the language writes them behind a name.
pub fn steps_text(steps: &[Step]) -> String {
    steps
        .iter()
        .map(|s| match s {
            Step::Key(k) if k.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.') => format!(".{k}"),
            Step::Key(k) => format!(".\"{k}\""),
            Step::Index(i) => format!("[{i}]"),
            Step::Each => "[]".to_owned(),
        })
        .collect()
}

fn is_text(e: &Expr) -> bool {
    matches!(e.kind, ExprKind::Const(Value::Str(_)) | ExprKind::Caseless(_))
}

/// Whether an expression is a condition by its form, not a value that happens to be boolean.
fn is_condition(e: &Expr) -> bool {
    matches!(
        e.kind,
        ExprKind::Not(_)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::AtLeast(..)
            | ExprKind::Op(..)
            | ExprKind::Quantified { .. }
            | ExprKind::Has(_)
    )
}

fn constant(model: &Model, e: &Expr) -> Option<Value> {
    match &e.kind {
        ExprKind::Const(value) => Some(value.clone()),
        ExprKind::Param(id) => Some(model.params[id.index()].value.clone()),
        _ => None,
    }
}

fn constants(items: &[Expr]) -> Option<Vec<Value>> {
    items
        .iter()
        .map(|i| match &i.kind {
            ExprKind::Const(value) => Some(value.clone()),
            _ => None,
        })
        .collect()
}
