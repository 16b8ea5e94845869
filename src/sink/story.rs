//! What is behind a finding that took more than one event, in the words that the formats share: measures, steps,
//! signals, and what was unusual.

use std::sync::Arc;

use crate::finding::{Finding, How, Signals, Unusual};
use crate::value::Value;

/// So many usual values are told in text; JSON has all.
const USUAL: usize = 5;

/// A step of a sequence: how many events filled it, one after the other.
#[derive(Debug, PartialEq)]
pub struct Run<'f> {
    pub name: &'f Arc<str>,
    pub times: usize,
}

/// The steps, equal neighbours as one.
pub fn runs(f: &Finding) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    for step in &f.steps {
        match runs.last_mut() {
            Some(run) if *run.name == step.name => run.times += 1,
            _ => runs.push(Run { name: &step.name, times: 1 }),
        }
    }
    runs
}

/// `fail x10, then ok`; nothing for what is no sequence.
pub fn steps(f: &Finding) -> Option<String> {
    let words: Vec<String> = runs(f)
        .iter()
        .map(|run| if run.times > 1 { format!("{} x{}", run.name, run.times) } else { run.name.to_string() })
        .collect();
    (!words.is_empty()).then(|| words.join(", then "))
}

/// `count() 23`, one text a measure. What is no longer exact, numbers of different values only, says so.
pub fn measures(f: &Finding) -> Vec<String> {
    let error = f.error.filter(|e| e.is_finite()).map(|e| format!(" (± {:.1} %)", e * 100.0)).unwrap_or_default();
    let error = |name: &str| if name.starts_with("distinct(") { error.as_str() } else { "" };
    let number = |value: &Value| match value {
        Value::Float(x) => rounded(*x),
        other => other.to_string(),
    };
    f.measures.iter().map(|(name, value)| format!("{name} {}{}", number(value), error(name))).collect()
}

/// Mean and standard deviation of what is usual, for a volume.
pub fn mean(u: &Unusual) -> Option<(f64, f64)> {
    let named = |name: &str| u.usual.iter().find(|(v, _)| v.as_str() == Some(name)).map(|(_, x)| *x);
    matches!(u.how, How::Surge(_)).then(|| named("mean").zip(named("standard deviation"))).flatten()
}

/// The values that are usual, with how often they were seen; none for a volume.
pub fn usual(u: &Unusual) -> &[(Value, f64)] {
    if matches!(u.how, How::Surge(_)) { &[] } else { &u.usual }
}

/// `new country NL, usual are DE, SE`.
pub fn unusual(u: &Unusual) -> String {
    let whose = if u.by_account { " in the account" } else { "" };
    let what = match &u.how {
        How::New(value) => format!("new {} {value}{whose}", u.name),
        How::Surge(amount) => format!("{} {}{whose}", u.name, rounded(*amount)),
        How::Surprise(value, bits) => format!("rare {} {value}{whose} ({bits:.1} bits)", u.name),
    };
    let known: Vec<String> = usual(u).iter().take(USUAL).map(|(value, _)| value.to_string()).collect();
    match mean(u) {
        Some((mean, sd)) => format!("{what}, usual is {} ± {}", rounded(mean), rounded(sd)),
        None if known.is_empty() => what,
        None => format!("{what}, usual is {}", known.join(", ")),
    }
}

/// `Recon:EC2/Portscan x3`.
pub fn signal(s: &Signals) -> String {
    let ty = &s.newest.finding_type;
    if s.count > 1 { format!("{ty} x{}", s.count) } else { ty.to_string() }
}

/// A number for people: two decimals at most.
fn rounded(x: f64) -> String {
    let text = format!("{x:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::{mean, unusual};
    use crate::finding::{How, Unusual};
    use crate::value::Value;

    fn strange(how: How, usual: &[(&str, f64)]) -> Unusual {
        let usual = usual.iter().map(|(v, n)| (Value::str(*v), *n)).collect();
        Unusual { profile: "principal".into(), name: "country".into(), how, usual, by_account: false }
    }

    #[test]
    fn what_is_unusual_in_words() {
        let new = strange(How::New(Value::str("NL")), &[("DE", 40.0), ("SE", 2.0)]);
        assert_eq!((unusual(&new).as_str(), mean(&new)), ("new country NL, usual is DE, SE", None));
        let by_account = Unusual { by_account: true, usual: Vec::new(), ..new };
        assert_eq!(unusual(&by_account), "new country NL in the account");
        let surge = strange(How::Surge(540.0), &[("mean", 12.345), ("standard deviation", 4.0)]);
        assert_eq!(unusual(&surge), "country 540, usual is 12.35 ± 4");
        let rare = strange(How::Surprise(Value::str("NL"), 7.25), &[]);
        assert_eq!(unusual(&rare), "rare country NL (7.2 bits)");
    }
}
