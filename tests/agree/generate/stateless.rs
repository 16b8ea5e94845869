//! Rule sets of rules that decide each event alone: conditions, exceptions, severity by branches, titles, `let`s,
//! parameters, lists, suppressions, findings over findings.

use super::attributes::{Form, KINDS};
use super::conditions::{Scope, condition, leaf};
use crate::rng::Rng;
use crate::world::compile;

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

/// A rule set in text, and how many rules were made for it and did not load.
pub struct Made {
    /// The text.
    pub text: String,
    /// Rules that loaded.
    pub rules: usize,
    /// Rules that did not.
    pub refused: usize,
    /// Why, for those.
    pub why: Vec<String>,
}

/// A rule set of about `size` rules, without those that do not load.
pub fn rules(rng: &mut Rng, size: usize, over_findings: bool) -> Made {
    let mut made = Made { text: HEAD.to_owned(), rules: 0, refused: 0, why: Vec::new() };
    let mut lets: Vec<(String, &str)> = Vec::new();
    for (n, (kind, attributes)) in KINDS.iter().enumerate() {
        let item = format!("let l{n} on {kind} = {}\n", condition(rng, &Scope::new(attributes, &[]), 1));
        if made.keep(HEAD, &item, false) {
            lets.push((format!("l{n}"), kind));
        }
    }
    let head = made.text.clone();
    for n in 0..size {
        let (kind, attributes) = *rng.pick(KINDS);
        let known: Vec<String> = lets.iter().filter(|(_, k)| *k == kind).map(|(l, _)| l.clone()).collect();
        let scope = Scope::new(attributes, &known);
        let rule = rule(rng, n, kind, &scope);
        made.keep(&head, &rule, true);
    }
    if over_findings {
        for n in 0..3 {
            let severity = rng.between(1, 9);
            let least = rng.between(0, made.rules as i64);
            let types = format!("type in [\"Recon:EC2/G{least}\", \"Recon:EC2/G{}\", \"Recon:EC2/F{}\"]", least + 1, 9 * n);
            let condition = if rng.percent(50) { types.as_str() } else { "type.resource == \"EC2\"" };
            let rule = format!(
                "finding Recon:EC2/F{n} {{\n  severity {}\n  title \"over {{title}} of {{cloud.account.uid}}\"\n  on finding where {condition} and severity >= {severity}\n}}\n",
                rng.between(0, 10)
            );
            made.keep(&head, &rule, true);
        }
        let rule = format!("suppress \"s\" {{\n  on finding where severity < {} and cloud.account.uid == \"111122223333\"\n}}\n", rng.between(1, 6));
        made.keep(&head, &rule, true);
    }
    made
}

impl Made {
    /// Keeps an item if it loads behind `head`: the lists, parameters and `let`s.
    fn keep(&mut self, head: &str, item: &str, is_rule: bool) -> bool {
        match compile(&format!("{head}\n{item}")) {
            Ok(_) => {
                self.text.push('\n');
                self.text.push_str(item);
                self.rules += usize::from(is_rule);
                true
            }
            Err(why) => {
                self.refused += usize::from(is_rule);
                self.why.push(format!("{}\n{item}", why.join("\n")));
                false
            }
        }
    }
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
