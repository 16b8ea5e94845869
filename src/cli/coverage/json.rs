//! Coverage as one JSON document.

use serde_json::{Value, json};

use super::{Report, file_of};
use crate::catalogue::attack;
use crate::catalogue::guardduty::catalogue;
use crate::coverage::{Row, Tested};

/// The document.
pub fn document(report: &Report<'_>) -> Value {
    let coverage = &report.coverage;
    let counts = coverage.counts();
    let source = |s: &crate::schema::SourceId| report.vocabulary.source(*s).name.to_string();
    json!({
        "catalogue": {
            "service": catalogue().service, "as_of": catalogue().as_of, "active": counts.active,
            "defined": counts.defined, "fire_in_a_test": counts.fire, "not_derivable": counts.underivable,
            "missing": counts.missing, "retired": catalogue().retired.len(),
        },
        "own": { "defined": counts.ours, "fire_in_a_test": counts.ours_fire },
        "tests": { "passed": coverage.tests.0, "failed": coverage.tests.1 },
        "sources_given": report.only.as_ref().map(|only| only.iter().map(source).collect::<Vec<_>>()),
        "types": coverage.rows.iter().map(|row| of_row(report, row)).collect::<Vec<_>>(),
        "sources": coverage.sources(report.vocabulary).iter().map(|s| json!({
            "source": source(&s.source), "alone": s.alone, "with_others": s.together,
        })).collect::<Vec<_>>(),
        "attack_version": attack::VERSION,
        "tactics": coverage.tactics().iter().map(|t| json!({
            "id": t.tactic.id, "name": t.tactic.name, "types": t.types, "techniques": t.techniques,
        })).collect::<Vec<_>>(),
        "techniques": coverage.techniques().values().map(|(technique, types)| json!({
            "id": technique.id, "name": technique.name, "types": types,
        })).collect::<Vec<_>>(),
        "against": report.against.as_ref().map(|against| json!({
            "events": against.events.iter().map(|(s, n)| (source(s), json!(n))).collect::<serde_json::Map<_, _>>(),
            "unreadable": against.unreadable,
            "undecided": against.worst().iter().map(|(ty, gaps)| json!({
                "type": ty, "considered": gaps.considered, "unknown": gaps.unknown, "absent": gaps.absent,
            })).collect::<Vec<_>>(),
        })),
    })
}

fn of_row(report: &Report<'_>, row: &Row) -> Value {
    let tested = |tested| match tested {
        Tested::Fires => "fires",
        Tested::Untested => "untested",
        Tested::Fails => "fails",
    };
    json!({
        "type": row.ty,
        "catalogue": row.entry.map(|e| json!({
            "evidence": e.evidence, "severity": e.severity.map(|l| l.word()), "why_not": e.why_not,
        })),
        "rule": row.rule.as_ref().map(|rule| json!({
            "file": file_of(report.program, rule.finding),
            "severity": rule.levels.iter().map(|l| l.word()).collect::<Vec<_>>(),
            "attack": rule.attack, "tactics": rule.tactics.iter().map(|t| t.short).collect::<Vec<_>>(),
            "needs": report.sets(&rule.needs), "can_fire": rule.can_fire, "test": tested(rule.tested),
            "quiet_test": rule.quiet, "ours": rule.ours,
        })),
    })
}
