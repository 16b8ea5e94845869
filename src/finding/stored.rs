//! Findings in the making as bytes, for the state on disk: what is put is what is got, field by field.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::bounded::Bounded;
use super::order::{Framed, Ranked};
use super::{
    EventRef, FindingType, How, ListMatch, ListRole, Occurrence, Resource, Role, RuleInfo, Severity, Signal, Stage,
    StepRef, Story, Unusual,
};
use crate::value::bytes::{Bytes, put_bytes, put_number, put_value};
use crate::value::{Time, Value};

/// The first half of a SHA-256: a name for bytes.
pub type Name = [u8; 16];

/// The name of some bytes.
pub fn name(bytes: &[u8]) -> Name {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    std::array::from_fn(|i| digest[i])
}

/// Something that can be stored.
pub trait Stored: Sized {
    /// Appends it.
    fn put(&self, out: &mut Vec<u8>);
    /// Reads it; none if the bytes are none of its own.
    fn get(bytes: &mut Bytes<'_>) -> Option<Self>;
}

/// What a structure consists of, in the order of its bytes.
macro_rules! stored {
    ($($name:ident { $($field:ident),* $(,)? })*) => {
        $(impl Stored for $name {
            fn put(&self, out: &mut Vec<u8>) {
                $(self.$field.put(out);)*
            }
            fn get(bytes: &mut Bytes<'_>) -> Option<Self> {
                Some($name { $($field: Stored::get(bytes)?),* })
            }
        })*
    };
}
pub(super) use stored;

/// Words that stand for variants.
macro_rules! words {
    ($($name:ident: $($n:literal => $variant:ident),*;)*) => {
        $(impl Stored for $name {
            fn put(&self, out: &mut Vec<u8>) {
                out.push(match self { $($name::$variant => $n),* });
            }
            fn get(bytes: &mut Bytes<'_>) -> Option<Self> {
                match bytes.byte()? { $($n => Some($name::$variant),)* _ => None }
            }
        })*
    };
}

stored! {
    RuleInfo {
        finding_type, description, remediation, references, attack, revision, stage, hash, pack, pack_version,
    }
    Resource { kind, uid, name }
    ListMatch { list, entry, attribute, value, role, list_hash }
    Story { first, events, measures, steps, signals, unusual, error }
    StepRef { name, event }
    EventRef { time, id }
    Signal { finding_type, resource, principal, event, title, severity, attack, remote, lists }
    Unusual { profile, name, how, usual, by_account }
}

words! {
    Role: 0 => Actor, 1 => Target;
    Stage: 0 => Experimental, 1 => Stable, 2 => Deprecated;
    ListRole: 0 => Threat, 1 => Trusted, 2 => Plain;
}

impl Stored for How {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            How::New(v) => (0u8, v.clone()).put(out),
            How::Surge(x) => (1u8, *x).put(out),
            How::Surprise(v, x) => (2u8, (v.clone(), *x)).put(out),
        }
    }
    fn get(bytes: &mut Bytes<'_>) -> Option<Self> {
        Some(match bytes.byte()? {
            0 => How::New(Stored::get(bytes)?),
            1 => How::Surge(Stored::get(bytes)?),
            2 => How::Surprise(Stored::get(bytes)?, Stored::get(bytes)?),
            _ => return None,
        })
    }
}

impl Stored for u8 {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }
    fn get(bytes: &mut Bytes<'_>) -> Option<Self> {
        bytes.byte()
    }
}

impl Stored for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
    fn get(bytes: &mut Bytes<'_>) -> Option<Self> {
        match bytes.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl Stored for u32 {
    fn put(&self, out: &mut Vec<u8>) {
        put_number(out, u64::from(*self));
    }
    fn get(bytes: &mut Bytes<'_>) -> Option<Self> {
        u32::try_from(bytes.number()?).ok()
    }
}

impl Stored for u64 {
    fn put(&self, out: &mut Vec<u8>) {
        put_number(out, *self);
    }
    fn get(bytes: &mut Bytes<'_>) -> Option<Self> {
        bytes.number()
    }
}

impl Stored for u128 {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_be_bytes());
    }
    fn get(bytes: &mut Bytes<'_>) -> Option<Self> {
        Some(u128::from_be_bytes(bytes.take(16)?.try_into().ok()?))
    }
}

impl Stored for Name {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }
    fn get(bytes: &mut Bytes<'_>) -> Option<Self> {
        bytes.take(16)?.try_into().ok()
    }
}

impl Stored for i64 {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_be_bytes());
    }
    fn get(bytes: &mut Bytes<'_>) -> Option<Self> {
        Some(i64::from_be_bytes(bytes.take(8)?.try_into().ok()?))
    }
}

impl Stored for Time {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }
    fn get(bytes: &mut Bytes<'_>) -> Option<Self> {
        Some(Time(i64::get(bytes)?))
    }
}

impl Stored for f64 {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_bits().to_be_bytes());
    }
    fn get(bytes: &mut Bytes<'_>) -> Option<Self> {
        Some(f64::from_bits(u64::from_be_bytes(bytes.take(8)?.try_into().ok()?)))
    }
}

impl Stored for Severity {
    fn put(&self, out: &mut Vec<u8>) {
        self.value().put(out);
    }
    fn get(bytes: &mut Bytes<'_>) -> Option<Self> {
        f64::get(bytes).map(Severity::new)
    }
}

impl Stored for FindingType {
    fn put(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.as_str().as_bytes());
    }
    fn get(bytes: &mut Bytes<'_>) -> Option<Self> {
        FindingType::parse(bytes.text()?).ok()
    }
}

impl Stored for Arc<str> {
    fn put(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.as_bytes());
    }
    fn get(bytes: &mut Bytes<'_>) -> Option<Self> {
        bytes.text().map(Arc::from)
    }
}

impl Stored for Value {
    fn put(&self, out: &mut Vec<u8>) {
        put_value(out, self);
    }
    fn get(bytes: &mut Bytes<'_>) -> Option<Self> {
        bytes.value()
    }
}

impl Stored for Ranked {
    fn put(&self, out: &mut Vec<u8>) {
        put_value(out, &self.0);
    }
    fn get(bytes: &mut Bytes<'_>) -> Option<Self> {
        bytes.value().map(Ranked)
    }
}

impl Stored for Framed {
    fn put(&self, out: &mut Vec<u8>) {
        put_bytes(out, &self.0);
    }
    fn get(bytes: &mut Bytes<'_>) -> Option<Self> {
        bytes.bytes().map(|b| Framed(b.to_vec()))
    }
}

impl<A: Stored, B: Stored> Stored for (A, B) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }
    fn get(bytes: &mut Bytes<'_>) -> Option<Self> {
        Some((A::get(bytes)?, B::get(bytes)?))
    }
}

impl<T: Stored> Stored for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(inner) = self {
            inner.put(out);
        }
    }
    fn get(bytes: &mut Bytes<'_>) -> Option<Self> {
        Some(if bool::get(bytes)? { Some(T::get(bytes)?) } else { None })
    }
}

impl<T: Stored> Stored for Box<T> {
    fn put(&self, out: &mut Vec<u8>) {
        (**self).put(out);
    }
    fn get(bytes: &mut Bytes<'_>) -> Option<Self> {
        T::get(bytes).map(Box::new)
    }
}

/// A collection: how many, then each.
fn all<'a, T: Stored + 'a>(items: impl ExactSizeIterator<Item = &'a T>, out: &mut Vec<u8>) {
    put_number(out, items.len() as u64);
    items.for_each(|item| item.put(out));
}

impl<T: Stored> Stored for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        all(self.iter(), out);
    }
    fn get(bytes: &mut Bytes<'_>) -> Option<Self> {
        (0..bytes.number()?).map(|_| T::get(bytes)).collect()
    }
}

impl<T: Stored + Ord> Stored for BTreeSet<T> {
    fn put(&self, out: &mut Vec<u8>) {
        all(self.iter(), out);
    }
    fn get(bytes: &mut Bytes<'_>) -> Option<Self> {
        (0..bytes.number()?).map(|_| T::get(bytes)).collect()
    }
}

impl<K: Stored + Ord, V: Stored> Stored for BTreeMap<K, V> {
    fn put(&self, out: &mut Vec<u8>) {
        put_number(out, self.len() as u64);
        for (key, value) in self {
            key.put(out);
            value.put(out);
        }
    }
    fn get(bytes: &mut Bytes<'_>) -> Option<Self> {
        (0..bytes.number()?).map(|_| Some((K::get(bytes)?, V::get(bytes)?))).collect()
    }
}

impl<T: Stored + Ord, const N: usize> Stored for Bounded<T, N> {
    fn put(&self, out: &mut Vec<u8>) {
        let (items, truncated) = self.parts();
        items.put(out);
        truncated.put(out);
    }
    fn get(bytes: &mut Bytes<'_>) -> Option<Self> {
        Bounded::of_parts(Stored::get(bytes)?, Stored::get(bytes)?)
    }
}

/// What findings say of rules, each kept once: most findings of a run are of few rules.
#[derive(Debug, Default)]
pub struct Rules {
    by_name: HashMap<Name, Arc<RuleInfo>>,
    /// By address; the rule is held in `by_name`, so no other can come to stand there.
    names: HashMap<usize, Name>,
    /// Not told yet to who stores them.
    new: Vec<Name>,
}

impl Rules {
    /// The name of a rule.
    pub fn name(&mut self, rule: &Arc<RuleInfo>) -> Name {
        let place = Arc::as_ptr(rule) as usize;
        if let Some(known) = self.names.get(&place) {
            return *known;
        }
        let name = name(&self.bytes(rule));
        match self.by_name.get(&name) {
            // The same rule, loaded a second time: not held, so its address may become another's.
            Some(known) if !Arc::ptr_eq(known, rule) => {}
            _ => {
                self.by_name.insert(name, rule.clone());
                self.names.insert(place, name);
                self.new.push(name);
            }
        }
        name
    }

    fn bytes(&self, rule: &RuleInfo) -> Vec<u8> {
        let mut bytes = Vec::new();
        rule.put(&mut bytes);
        bytes
    }

    /// The rules that came since this was asked last, as bytes.
    pub fn fresh(&mut self) -> Vec<(Name, Vec<u8>)> {
        let new = std::mem::take(&mut self.new);
        new.into_iter().filter_map(|n| Some((n, self.bytes(self.by_name.get(&n)?)))).collect()
    }

    /// Takes in a stored rule.
    pub fn restore(&mut self, stored: Name, value: &[u8]) -> Option<()> {
        let mut bytes = Bytes::new(value);
        let rule = Arc::new(RuleInfo::get(&mut bytes)?);
        if !bytes.rest.is_empty() || name(value) != stored {
            return None;
        }
        self.names.insert(Arc::as_ptr(&rule) as usize, stored);
        self.by_name.insert(stored, rule);
        Some(())
    }

    /// The rule of that name.
    pub fn get(&self, name: &Name) -> Option<Arc<RuleInfo>> {
        self.by_name.get(name).cloned()
    }
}

/// Appends an occurrence; its rule goes by name.
pub fn put_occurrence(o: &Occurrence, rules: &mut Rules, out: &mut Vec<u8>) {
    rules.name(&o.rule).put(out);
    o.time.put(out);
    o.event.put(out);
    o.source.put(out);
    o.class.put(out);
    o.account.put(out);
    o.region.put(out);
    o.severity.put(out);
    o.title.put(out);
    o.resource.put(out);
    o.role.put(out);
    o.principal.put(out);
    o.attributes.put(out);
    o.evidence.put(out);
    o.list_matches.put(out);
    o.archived_by.put(out);
    o.dedup.put(out);
    o.quiet.put(out);
    o.story.put(out);
}

/// Reads an occurrence.
pub fn get_occurrence(rules: &Rules, bytes: &mut Bytes<'_>) -> Option<Occurrence> {
    Some(Occurrence {
        rule: rules.get(&Stored::get(bytes)?)?,
        time: Stored::get(bytes)?,
        event: Stored::get(bytes)?,
        source: Stored::get(bytes)?,
        class: Stored::get(bytes)?,
        account: Stored::get(bytes)?,
        region: Stored::get(bytes)?,
        severity: Stored::get(bytes)?,
        title: Stored::get(bytes)?,
        resource: Stored::get(bytes)?,
        role: Stored::get(bytes)?,
        principal: Stored::get(bytes)?,
        attributes: Stored::get(bytes)?,
        evidence: Stored::get(bytes)?,
        list_matches: Stored::get(bytes)?,
        archived_by: Stored::get(bytes)?,
        dedup: Stored::get(bytes)?,
        quiet: Stored::get(bytes)?,
        story: Stored::get(bytes)?,
    })
}
