//! `run --profile`: which rules took the most time, and how often they were looked at for nothing.

use crate::cli::terminal::{Paint, Stream};
use crate::engine::RuleCount;
use crate::plan::Plan;

/// How many rules are shown.
const SHOWN: usize = 15;

/// The slowest rules, worst first.
pub fn text(plan: &Plan, counts: &[RuleCount], stream: &Stream) -> String {
    let mut rules: Vec<(&str, RuleCount)> =
        plan.rules.iter().zip(counts).map(|(r, c)| (r.info.finding_type.as_str(), *c)).collect();
    rules.retain(|(_, c)| c.considered > 0);
    rules.sort_by(|a, b| b.1.nanos.cmp(&a.1.nanos).then_with(|| a.0.cmp(b.0)));
    let total: u64 = rules.iter().map(|(_, c)| c.nanos).sum();
    let mut out = format!("{} the conditions of {} rules\n", Paint(stream.color).bold("timed"), rules.len());
    out.push_str("      TIME  SHARE   LOOKED AT        HELD  NS EACH  RULE\n");
    for (name, c) in rules.iter().take(SHOWN) {
        let share = 100.0 * c.nanos as f64 / total.max(1) as f64;
        let millis = c.nanos as f64 / 1e6;
        let each = c.nanos / c.considered.max(1);
        out.push_str(&format!(
            "{millis:>7.1} ms  {share:>4.0}%  {:>10}  {:>10}  {each:>7}  {name}\n",
            c.considered, c.held
        ));
    }
    if rules.len() > SHOWN {
        out.push_str(&format!("  and {} more\n", rules.len() - SHOWN));
    }
    out
}
