//! What a profile says of something unusual: what is new, how far beyond, what is usual.

use super::{Judge, Profile, each, split};
use crate::state::{Answer, Ask, How, Unusual};
use crate::value::{Raw, Time, Truth, Value, bytes::Bytes, bytes::put_value, head};

/// So many usual values are told.
const TOLD: usize = 10;
/// A value's text is kept up to so many bytes.
const SHORT: usize = 96;

impl Profile {
    /// What is unusual about what was asked, once it is to be told; asked like [`ask`](Profile::ask), at the same
    /// instant. Nothing where the answer was not true. Of surprise, each value that is present with its share.
    pub fn unusual(&mut self, t: Time, account: &[u8], key: &[u8], ask: &Ask, parts: &[Raw<'_>]) -> Vec<Unusual> {
        let mut found = Vec::new();
        let Some(judge) = self.judge(t.0, account, key) else { return found };
        let mut scratch = Vec::new();
        match ask {
            Ask::New(value, _) => each(&mut scratch, parts, |bytes, parts| {
                if !self.knows(judge, t.0, *value, self.hash.hash(0, bytes)) {
                    found.push(self.value(judge, t.0, *value, How::New(whole(parts))));
                }
            }),
            Ask::Surge { volume, .. } => {
                if self.ask(t, account, key, ask, parts) == Answer::Truth(Truth::True)
                    && let Some((amount, usual)) = self.measured(judge, *volume)
                {
                    let named = |name: &str, x: f64| (Value::str(name), x);
                    found.push(Unusual {
                        profile: self.spec.name.clone(),
                        name: self.spec.volumes[*volume].name.clone(),
                        how: How::Surge(amount),
                        usual: vec![named("mean", usual.mean), named("standard deviation", usual.sd)],
                        by_account: judge.young,
                    });
                }
            }
            Ask::Surprise(values) => {
                for (value, parts) in split(values, parts) {
                    let mut most: Option<(f64, Value)> = None;
                    each(&mut scratch, parts, |bytes, parts| {
                        let bits = self.counts_of(judge, t.0, value, self.hash.hash(0, bytes)).bits();
                        if most.as_ref().is_none_or(|m| bits > m.0) {
                            most = Some((bits, whole(parts)));
                        }
                    });
                    if let Some((bits, named)) = most {
                        found.push(self.value(judge, t.0, value, How::Surprise(named, bits)));
                    }
                }
            }
        }
        found
    }

    fn value(&self, judge: Judge, t: i64, value: usize, how: How) -> Unusual {
        Unusual {
            profile: self.spec.name.clone(),
            name: self.spec.values[value].0.clone(),
            how,
            usual: self.usual(judge, t, value),
            by_account: judge.young,
        }
    }

    /// The known values seen most, of equal ones the one known longest, then by what is written.
    fn usual(&self, judge: Judge, t: i64, value: usize) -> Vec<(Value, f64)> {
        let shared = &self.accounts[judge.account].pools[value];
        let pool = judge.mature().map_or(&shared.pool, |g| &self.groups[g].pools[value]);
        let settle = self.spec.settle;
        let mut told: Vec<_> = pool
            .entries
            .iter()
            .filter(|e| t.saturating_sub(e.start) >= settle)
            .filter_map(|e| Some((std::cmp::Reverse(e.count), e.start, shared.text(e.hash)?)))
            .collect();
        if told.len() > TOLD {
            told.select_nth_unstable(TOLD);
            told.truncate(TOLD);
        }
        told.sort_unstable();
        told.into_iter().filter_map(|(count, _, text)| Some((long(text)?, f64::from(count.0)))).collect()
    }
}

/// The parts as one value.
fn whole(parts: &[Raw<'_>]) -> Value {
    match parts {
        [one] => one.value(),
        several => Value::List(several.iter().map(|part| part.value()).collect()),
    }
}

/// A value's bytes, or, if they are long, the beginning of its text.
pub(super) fn short(bytes: &[u8], parts: &[Raw<'_>]) -> Box<[u8]> {
    if bytes.len() <= SHORT {
        return bytes.into();
    }
    let mut text = whole(parts).to_string();
    let cut = head(&text, SHORT - 8).len();
    if cut < text.len() {
        text.truncate(cut);
        text.push('…');
    }
    let mut out = Vec::new();
    put_value(&mut out, &Value::str(text));
    out.into()
}

/// The value of such bytes.
fn long(text: &[u8]) -> Option<Value> {
    let mut bytes = Bytes::new(text);
    let mut parts = Vec::new();
    while !bytes.rest.is_empty() {
        parts.push(Raw::read(&mut bytes)?);
    }
    Some(whole(&parts))
}
