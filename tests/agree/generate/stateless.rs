//! Rule sets of rules that decide each event alone: conditions, exceptions, severity by branches, titles, `let`s,
//! parameters, lists, suppressions, findings over findings.

use outguard::check::Model;

use super::attributes::{Form, KINDS};
use super::conditions::{Scope, condition, leaf};
use crate::rng::Rng;
use crate::world::keep;

/// What stands in front of every set.
pub const HEAD: &str = r#"
list @texts: string = ["alpha", "22", "straße"]
list @ips: ip = [10.0.0.1, 198.51.100.0/24, 2001:db8::1]
list @numbers: int = [22, 443, -3]
list @domains: domain = ["example.com", "bad.co.uk"]
param some_texts: list<string> = ["alpha", "gamma-7"]
param one_text: string = "beta"
param least: int = 22
param office: list<ip> = [10.0.0.0/8, 8.8.8.8]
"#;

/// A rule set, and what of it did not load.
pub struct Made {
    /// The text.
    pub text: String,
    /// The rules.
    pub model: Model,
    /// Items that did not load, and why.
    pub refused: Vec<(String, String)>,
}

/// A rule set of about `size` rules, without those that do not load.
pub fn rules(rng: &mut Rng, size: usize, over_findings: bool) -> Made {
    let names: Vec<(String, &str)> = KINDS.iter().enumerate().map(|(n, (kind, _))| (format!("l{n}"), *kind)).collect();
    let lets = KINDS.iter().zip(&names).map(|((kind, attributes), (name, _))| {
        format!("let {name} on {kind} = {}\n", condition(rng, &Scope::new(attributes, &[]), 1))
    });
    let (head, _, mut refused) = keep(HEAD, lets.collect());
    let mut items = Vec::new();
    for n in 0..size {
        let (kind, attributes) = *rng.pick(KINDS);
        let mine = names.iter().filter(|(name, k)| *k == kind && head.contains(&format!("let {name} ")));
        let known: Vec<String> = mine.map(|(name, _)| name.clone()).collect();
        items.push(rule(rng, n, kind, &Scope::new(attributes, &known)));
    }
    if over_findings {
        items.extend((0..3).map(|n| over_findings_rule(rng, n, size)));
        let least = rng.between(1, 6);
        items.push(format!(
            "suppress \"s\" {{\n  on finding where severity < {least} and cloud.account.uid == \"111122223333\"\n}}\n"
        ));
    }
    let (text, model, more) = keep(&head, items);
    refused.extend(more);
    Made { text, model, refused }
}

fn over_findings_rule(rng: &mut Rng, n: usize, size: usize) -> String {
    let severity = rng.between(1, 9);
    let of = rng.below(size);
    let types = format!("type in [\"Recon:EC2/G{of}\", \"Recon:EC2/G{}\", \"Recon:EC2/F{}\"]", of + 1, 9 * n);
    let condition = if rng.percent(50) { types.as_str() } else { "type.resource == \"EC2\"" };
    format!(
        "finding Recon:EC2/F{n} {{\n  severity {}\n  title \"over {{title}} of {{cloud.account.uid}}\"\n  \
         on finding where {condition} and severity >= {severity}\n}}\n",
        rng.between(0, 10)
    )
}

fn rule(rng: &mut Rng, n: usize, kind: &str, scope: &Scope<'_>) -> String {
    let plain: Vec<&str> = scope
        .attributes
        .iter()
        .filter(|(_, f)| !matches!(f, Form::Json | Form::Texts | Form::Ips | Form::Objects(_)))
        .map(|(n, _)| *n)
        .collect();
    let severity = match rng.below(3) {
        0 => "high".to_owned(),
        1 => format!("{}", rng.between(0, 10)),
        _ => format!("high if {}, medium if {}, else low", leaf(rng, scope), leaf(rng, scope)),
    };
    let title = format!("{} did {{{}}} and {{{}}}", n, rng.pick(&plain), rng.pick(&plain));
    let mut out = format!(
        "finding Recon:EC2/G{n} {{\n  severity {severity}\n  title \"{title}\"\n  on {kind} where {}\n",
        condition(rng, scope, 3)
    );
    if rng.percent(20) {
        out.push_str(&format!("  except \"x\" where {}\n", leaf(rng, scope)));
    }
    if rng.percent(5) {
        out.push_str("  publish never\n");
    }
    out.push_str("}\n");
    out
}
