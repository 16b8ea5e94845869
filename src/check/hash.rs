//! The meaning of a finding as a hash: equal for equal meaning, whatever the text looks like. Not in it: names of
//! parameters, inputs and elements, the order of `and`, `or` and `[…]`, titles, descriptions, techniques, `revision`
//! and `stage`. In it: values of parameters after tuning, constants of lists, profiles.

use std::fmt::Write as _;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::model::{Expr, ExprKind, Finding, Model, When};
use super::print::Printer;
use crate::schema::Vocabulary;
use crate::value::Value;

/// Changes when the canonical form does, so that hashes of two versions are never taken for one another.
const FORM: &str = "outguard-rule-1";

/// Fills the hashes of every finding and profile.
pub(super) fn finish(model: &mut Model, vocabulary: &Vocabulary) {
    let of = |f: &Finding| (hash(f, model, vocabulary), stateful(f, model, vocabulary));
    let hashes: Vec<_> = model.findings.iter().map(of).collect();
    for (finding, hashes) in model.findings.iter_mut().zip(hashes) {
        (finding.hash, finding.state_hash) = hashes;
    }
    let hashes: Vec<_> = model.profiles.iter().map(|p| profile(p, model, vocabulary)).collect();
    for (profile, hash) in model.profiles.iter_mut().zip(hashes) {
        profile.hash = hash;
    }
}

/// Hash of what a finding counts.
fn stateful(finding: &Finding, model: &Model, vocabulary: &Vocabulary) -> Arc<str> {
    let mut bare = finding.clone();
    bare.severity.branches.clear();
    bare.severity.otherwise.kind = ExprKind::Const(Value::Int(0));
    bare.exceptions.clear();
    (bare.dedup, bare.shadow_until, bare.disabled, bare.publish) = (None, None, false, true);
    hash(&bare, model, vocabulary)
}

/// Hash of what a profile learns.
fn profile(profile: &super::model::Profile, model: &Model, vocabulary: &Vocabulary) -> Arc<str> {
    hex(&format!("{FORM}\nprofile {}\n{}", profile.name, Printer::canonical(model, vocabulary).profile(profile)))
}

fn hash(finding: &Finding, model: &Model, vocabulary: &Vocabulary) -> Arc<str> {
    let mut printer = Printer::canonical(model, vocabulary);
    let mut text = format!("{FORM}\n{}\n{}", finding.ty, printer.meaning(finding));
    let (mut lists, mut profiles) = (Vec::new(), Vec::new());
    let mut collect = |expr: &Expr| {
        expr.visit(&mut |e| match &e.kind {
            ExprKind::List(id) if !lists.contains(id) => lists.push(*id),
            ExprKind::Profile(id, _) if !profiles.contains(id) => profiles.push(*id),
            _ => {}
        });
    };
    each_expr(finding, &mut collect);
    for id in &profiles {
        let profile = &model.profiles[id.index()];
        profile.input.condition.iter().for_each(&mut collect_into(&mut lists));
        profile.values.iter().flat_map(|(_, exprs)| exprs).for_each(&mut collect_into(&mut lists));
        profile.volumes.iter().filter_map(|v| v.condition.as_ref()).for_each(&mut collect_into(&mut lists));
    }
    profiles.sort_by_key(|id| model.profiles[id.index()].name.clone());
    lists.sort_by_key(|id| model.lists[id.index()].name.clone());
    for id in profiles {
        let profile = &model.profiles[id.index()];
        let _ = write!(text, "profile {}\n{}", profile.name, Printer::canonical(model, vocabulary).profile(profile));
    }
    for id in lists {
        let list = &model.lists[id.index()];
        let mut entries: Vec<String> = list.constants.iter().map(Value::to_string).collect();
        entries.sort();
        let _ = writeln!(text, "list @{}: {} {entries:?}", list.name, list.ty);
    }
    hex(&text)
}

fn hex(text: &str) -> Arc<str> {
    let digest = Sha256::digest(text.as_bytes());
    let hex: String = digest.iter().fold(String::with_capacity(64), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    });
    hex.into()
}

fn collect_into(lists: &mut Vec<super::model::ListId>) -> impl FnMut(&Expr) + '_ {
    move |expr| {
        expr.visit(&mut |e| {
            if let ExprKind::List(id) = &e.kind
                && !lists.contains(id)
            {
                lists.push(*id);
            }
        });
    }
}

/// Every expression of a finding that its meaning rests on.
fn each_expr(finding: &Finding, f: &mut dyn FnMut(&Expr)) {
    finding.inputs.iter().filter_map(|i| i.condition.as_ref()).for_each(&mut *f);
    if let Some(group) = &finding.group {
        group.each.iter().for_each(|(_, list)| f(list));
        group.keys.iter().flatten().for_each(&mut *f);
    }
    if let Some(When::Condition(condition)) = &finding.when {
        f(condition);
    }
    finding.severity.branches.iter().for_each(|(c, _)| f(c));
    f(&finding.severity.otherwise);
    finding.dedup.iter().flat_map(|d| &d.by).for_each(&mut *f);
    finding.exceptions.iter().for_each(|e| f(&e.condition));
}

#[cfg(test)]
mod tests {
    use crate::check::check;
    use crate::schema::Vocabulary;
    use crate::syntax::parse;
    use crate::text::SourceMap;

    /// The hash of the only finding of some files.
    fn hash(files: &[&str]) -> String {
        let vocabulary = Vocabulary::builtin().expect("vocabulary");
        let mut map = SourceMap::default();
        let parsed: Vec<_> = files.iter().map(|text| parse(map.add("t.og", *text), text).file).collect();
        let checked = check(&parsed, &map, &vocabulary);
        assert!(checked.is_ok(), "{:?}", checked.diagnostics);
        assert_eq!(checked.model.findings.len(), 1);
        checked.model.findings[0].hash.to_string()
    }

    const BASE: &str = "list @a: string = [\"x\", \"y\"]\nfinding Recon:IAMUser/T {\n  param n: int = 3\n  severity low\n  \
                        on cloudtrail where status == failure and api.operation in @a\n  per actor.principal\n  \
                        when count() >= n\n  within 10m\n}\n";

    #[test]
    fn equal_meaning_has_equal_hash() {
        let base = hash(&[BASE]);
        assert_eq!(base.len(), 64);
        for (from, to) in [
            ("param n: int = 3", "param limit: int = 3"),
            ("status == failure and api.operation in @a", "api.operation in @a and status == failure"),
            ("severity low", "severity 2\n  title \"other words\"\n  attack T1078\n  revision 7\n  stage experimental"),
            ("[\"x\", \"y\"]", "[\"y\", \"x\"]"),
            ("on cloudtrail", "on e = cloudtrail"),
            ("within 10m", "within 600s // ten minutes"),
            ("list @a", "let failed on cloudtrail = status == failure\nlist @a"),
        ] {
            let text = BASE
                .replace(from, to)
                .replace("count() >= n", if to.contains("limit") { "count() >= limit" } else { "count() >= n" });
            assert_ne!(text, BASE, "{from}");
            assert_eq!(hash(&[&text]), base, "{from} -> {to}");
        }
        let expanded = BASE.replace("status == failure and", "failed and") + "let failed on api = status == failure\n";
        assert_eq!(hash(&[&expanded]), base);
        let whole = BASE.replace("status == failure and api.operation in @a", "failed")
            + "let failed on api = status == failure and api.operation in @a\n";
        assert_eq!(hash(&[&whole]), base);
        assert_eq!(hash(&[BASE, "/// A list of its own.\nlist @b: ip\n"]), base);
    }

    #[test]
    fn other_meaning_has_another_hash() {
        let base = hash(&[BASE]);
        for (from, to) in [
            ("= 3", "= 4"),
            ("severity low", "severity medium"),
            ("\"y\"]", "\"z\"]"),
            ("within 10m", "within 11m"),
            ("within 10m", "within 10m tumbling"),
            ("on cloudtrail", "on api"),
            ("per actor.principal", "per actor.principal across accounts"),
            ("within 10m", "within 10m\n  except \"a\" where read_only == true"),
            ("within 10m", "within 10m\n  dedup by actor.principal"),
            ("severity low", "publish never\n  severity low"),
        ] {
            assert_ne!(hash(&[&BASE.replace(from, to)]), base, "{from} -> {to}");
        }
        let tuned = "tune Recon:IAMUser/T { set n = 9 }\n";
        assert_ne!(hash(&[BASE, tuned]), base);
    }
}
