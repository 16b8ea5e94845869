//! Coverage as a layer for ATT&CK Navigator (layer format 4.5).

use serde_json::{Value, json};

use super::Report;
use crate::catalogue::attack;

/// The layer: the score of a technique is how many types tell it, the comment which.
pub fn layer(report: &Report<'_>) -> Value {
    let techniques = report.coverage.techniques();
    let most = techniques.values().map(|(_, types)| types.len()).max().unwrap_or(1);
    let given = match &report.only {
        Some(only) => {
            let names: Vec<&str> = only.iter().map(|s| &*report.vocabulary.source(*s).name).collect();
            format!(", with {}", names.join(", "))
        }
        None => String::new(),
    };
    json!({
        "name": format!("Outguard{given}"),
        "versions": { "attack": attack::MAJOR, "navigator": "5.1.0", "layer": "4.5" },
        "domain": "enterprise-attack",
        "description": format!(
            "Finding types that fire in a test, by technique of ATT&CK v{}{given}. A score is a number of types.",
            attack::VERSION
        ),
        "sorting": 3,
        "layout": {
            "layout": "side", "aggregateFunction": "sum", "showID": true, "showName": true,
            "showAggregateScores": true, "countUnscored": false, "expandedSubtechniques": "annotated",
        },
        "hideDisabled": false,
        "techniques": techniques.values().map(|(technique, types)| json!({
            "techniqueID": technique.id, "score": types.len(), "comment": types.join("\n"), "enabled": true,
            "showSubtechniques": technique.id.contains('.'),
        })).collect::<Vec<_>>(),
        "gradient": { "colors": ["#dbe9f6", "#08519c"], "minValue": 0, "maxValue": most },
        "showTacticRowBackground": false,
        "selectTechniquesAcrossTactics": true,
        "selectSubtechniquesWithParent": false,
    })
}
