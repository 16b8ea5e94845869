//! How often rules looked at an event and could not decide, because an attribute was absent: by recording, by attribute,
//! by rule.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::sync::OnceLock;

use outguard::engine::{Engine, Lists};
use outguard::plan::Plan;
use outguard::program;
use outguard::schema::{Context, Event};
use outguard::source::{Handler, Reader, Setup, Skip, Unreadable};

use super::data::{self, is_json};
use super::pack::{lists, plan};

/// So many rules and attributes are named.
const SHOWN: usize = 12;

/// A recording: what to call it, its folder, its files.
type Recording = (&'static str, &'static str, fn(&str) -> bool);

const RECORDINGS: [Recording; 5] = [
    ("CloudTrail of 2024", "stratus_detonation_2024", is_json),
    ("CloudTrail of 2023", "invictus_stratus_2023", is_json),
    ("flows of an exposed host", "rita_cloud_host_2024/vpcflow", |_| true),
    ("DNS of an exposed host", "rita_cloud_host_2024/r53", |_| true),
    ("Kubernetes audit", "k8s_audit_misc", |_| true),
];

#[derive(Default, Clone)]
struct Counts {
    considered: u64,
    unknown: u64,
}

struct Seen<'p> {
    engine: Engine<'p>,
    all: Counts,
    rules: BTreeMap<usize, Counts>,
    absent: BTreeMap<String, u64>,
    by_rule: BTreeMap<usize, BTreeMap<String, u64>>,
}

impl Handler for Seen<'_> {
    fn event(&mut self, event: &Event<'_>) {
        let (all, rules, absent, by_rule) = (&mut self.all, &mut self.rules, &mut self.absent, &mut self.by_rule);
        self.engine.gaps(event, &mut |gap| {
            for counts in [&mut *all, rules.entry(gap.rule).or_default()] {
                counts.considered += 1;
                counts.unknown += u64::from(gap.unknown);
            }
            for name in gap.absent {
                *by_rule.entry(gap.rule).or_default().entry(name.clone()).or_default() += 1;
                *absent.entry(name).or_default() += 1;
            }
        });
    }

    fn unreadable(&mut self, _: Unreadable<'_>) {}

    fn skipped(&mut self, _: Skip) {}
}

#[test]
fn what_rules_lack_is_counted() {
    section();
}

/// The page's part, measured once.
pub fn section() -> Option<String> {
    static SECTION: OnceLock<Option<String>> = OnceLock::new();
    SECTION.get_or_init(measure).clone()
}

fn top<K: Ord + Clone>(counts: &BTreeMap<K, u64>, n: usize) -> Vec<(K, u64)> {
    let mut all: Vec<(K, u64)> = counts.iter().map(|(k, n)| (k.clone(), *n)).collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    all.truncate(n);
    all
}

fn percent(part: u64, of: u64) -> f64 {
    100.0 * part as f64 / of.max(1) as f64
}

fn measure() -> Option<String> {
    let (plan, lists): (&Plan, Lists) = (plan(), lists(Vec::new()));
    let mut rows = String::new();
    let (mut rules, mut by_rule) = (BTreeMap::<usize, Counts>::new(), BTreeMap::<usize, BTreeMap<String, u64>>::new());
    for (name, folder, wanted) in RECORDINGS {
        let setup = Setup { vocabulary: program::vocabulary(), projections: &plan.projections, forced: None };
        let mut reader = Reader::new(setup);
        let mut seen = Seen {
            engine: Engine::new(plan, program::vocabulary(), &lists),
            all: Counts::default(),
            rules: BTreeMap::new(),
            absent: BTreeMap::new(),
            by_rule: BTreeMap::new(),
        };
        for path in data::files(&data::place(folder)?, wanted) {
            reader.read(File::open(&path).expect("readable"), "log", &Context::default(), &mut seen).expect("readable");
        }
        let Counts { considered, unknown } = seen.all;
        assert!(considered > 0, "{name}");
        let causes: Vec<String> = top(&seen.absent, 4).iter().map(|(name, n)| format!("`{name}` {n}")).collect();
        let share = percent(unknown, considered);
        let _ = writeln!(rows, "| {name} | {considered} | {unknown} | {share:.1} | {} |", causes.join(", "));
        for (rule, counts) in seen.rules {
            let sum = rules.entry(rule).or_default();
            sum.considered += counts.considered;
            sum.unknown += counts.unknown;
        }
        for (rule, absent) in seen.by_rule {
            for (name, n) in absent {
                *by_rule.entry(rule).or_default().entry(name).or_default() += n;
            }
        }
    }
    let worst: BTreeMap<usize, u64> = rules.iter().map(|(r, c)| (*r, c.unknown)).collect();
    let mut table = String::new();
    for (rule, unknown) in top(&worst, SHOWN).into_iter().filter(|(_, n)| *n > 0) {
        let ty = plan.rules[rule].info.finding_type.as_str();
        let causes: Vec<String> =
            by_rule.get(&rule).map(|a| top(a, 3)).unwrap_or_default().iter().map(|(n, _)| format!("`{n}`")).collect();
        let _ = writeln!(table, "| `{ty}` | {} | {unknown} | {} |", rules[&rule].considered, causes.join(", "));
    }
    Some(format!(
        "## What rules could not decide\n\nA condition over an absent attribute is neither true nor false. How often a rule \
         looked at an event and came to *unknown*, and what was absent; no list is bound, and only rules count that the event's \
         values lead to. `outguard coverage --against LOGS` counts the same for anybody's logs.\n\n\
         | recording | looked at | undecided | % | lacking most |\n| --- | --: | --: | --: | --- |\n{rows}\n\
         The rules that are undecided most often:\n\n| type | looked at | undecided | lacking |\n| --- | --: | --: | --- |\n{table}"
    ))
}
