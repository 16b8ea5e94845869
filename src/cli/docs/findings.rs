//! The pages of the shipped pack: an overview, and a page for each folder of rules.

use std::collections::BTreeMap;
use std::path::Path;

use super::Page;
use super::markdown::{anchor, code, codes, link, prose, sentence, table};
use crate::check::model::Finding;
use crate::cli::exit::{Exit, Failure};
use crate::cli::explain::{state, written};
use crate::cli::render::plural;
use crate::finding::{Level, Severity, Stage};
use crate::plan::{self, CondId, CondNode, Plan, ValId, ValNode, View, ViewRule};
use crate::program::{Program, embedded};
use crate::schema::Vocabulary;
use crate::text::Span;
use crate::value::Value;

const HEAD: &str = "# Findings of the shipped pack

What `outguard run` looks for unless `--rules` names other rules. Each page is written from the rules: conditions are
those of the evaluation plan, with every `let` and `param` in place; a rule over several inputs is shown as it is
written. `outguard explain TYPE` says more.

";

/// A level of a severity, and when it has that level; `None`: else.
type Branch = (String, Option<String>);

/// From which width on a condition goes on over several lines.
const WIDTH: usize = 100;

/// The shipped rules with their plan.
struct Pack<'a> {
    program: Program,
    plan: Plan,
    vocabulary: &'a Vocabulary,
}

/// The shipped rules.
pub fn shipped(vocabulary: &Vocabulary) -> Result<Program, Failure> {
    let (pack, files) = embedded();
    let program = Program::load(files, vec![pack], vocabulary);
    if let Some(error) = program.diagnostics.iter().find(|d| d.is_error()) {
        let at = error.span().map(|s| (program.sources.file(s.file).name.clone(), program.sources.position(s)));
        let place = at.map(|(name, at)| format!("{name}:{}:{}: ", at.line, at.column)).unwrap_or_default();
        let told =
            format!("the shipped rules do not load: {place}{}\n  help: `outguard lint` says more", error.message);
        return Err(Failure::Many(vec![told], Exit::Rules));
    }
    Ok(program)
}

/// The overview and the pages of the folders, of rules that load.
pub fn pages(program: Program, vocabulary: &Vocabulary) -> Vec<Page> {
    let plan = program.plan(vocabulary);
    let pack = Pack { program, plan, vocabulary };
    let mut folders: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (i, finding) in pack.program.model.findings.iter().enumerate() {
        folders.entry(pack.folder(finding)).or_default().push(i);
    }
    for findings in folders.values_mut() {
        findings.sort_by(|&a, &b| pack.finding(a).ty.cmp(&pack.finding(b).ty));
    }
    let mut pages = vec![Page { path: "findings/README.md".to_owned(), text: pack.overview(&folders) }];
    for (folder, findings) in &folders {
        let mut text = format!("# Findings: {folder}\n\n[All findings](README.md)\n\n");
        findings.iter().for_each(|&i| text += &pack.section(i));
        pages.push(Page { path: format!("findings/{folder}.md"), text });
    }
    pages
}

impl Pack<'_> {
    fn finding(&self, i: usize) -> &Finding {
        &self.program.model.findings[i]
    }

    /// The rule file of a finding, as the embedded pack names it: `rules/ec2/mining.og`.
    fn file(&self, finding: &Finding) -> &str {
        &self.program.sources.file(finding.span.file).name
    }

    /// The folder that a finding's rule file is in.
    fn folder(&self, finding: &Finding) -> String {
        let parent = Path::new(self.file(finding)).parent().and_then(Path::file_name);
        parent.map_or_else(|| "other".to_owned(), |n| n.to_string_lossy().into_owned())
    }

    /// The views in which a finding can fire.
    fn views(&self, i: usize) -> Vec<(&View, &ViewRule)> {
        let sources = self.plan.views.iter().take(self.plan.projections.len());
        let all = self.plan.views.iter().skip(self.plan.projections.len()).filter(|v| &*v.name == "finding");
        sources.chain(all).flat_map(|v| v.rules.iter().filter(move |r| r.rule == i).map(move |r| (v, r))).collect()
    }

    /// Where its events come from.
    fn sources(&self, i: usize) -> String {
        let mut names: Vec<&str> = self.views(i).iter().map(|(v, _)| &*v.name).collect();
        if names.is_empty() {
            names = self.finding(i).inputs.iter().map(|input| self.vocabulary.kind_name(input.kind)).collect();
        }
        names.dedup();
        codes(names, "none")
    }

    fn overview(&self, folders: &BTreeMap<String, Vec<usize>>) -> String {
        let mut out = HEAD.to_owned();
        let model = &self.program.model;
        out += &format!("{} in all.\n\n", plural(model.findings.len(), "finding type"));
        for (folder, findings) in folders {
            out += &format!("## [{folder}]({folder}.md)\n\n");
            let rows = findings.iter().map(|&i| {
                let finding = self.finding(i);
                let to = format!("{folder}.md#{}", anchor(finding.ty.as_str()));
                vec![link(finding.ty.as_str(), &to), first_sentence(&finding.docs), self.levels(i), self.sources(i)]
            });
            out += &table(&["finding type", "what", "severity", "sources"], rows);
        }
        let lists = model.lists.iter().enumerate().filter(|(_, l)| l.span.is_some());
        let rows: Vec<Vec<String>> = lists
            .map(|(n, list)| {
                let used = if self.plan.lists[n].used { "" } else { " No rule asks for it yet." };
                let entries = match list.constants.len() {
                    0 => "from the deployment".to_owned(),
                    n => format!("{n} in the rules, more from the deployment"),
                };
                let what = format!("{}{used}", sentence(&list.docs));
                vec![code(&format!("@{}", list.name)), code(&list.ty.to_string()), entries, what]
            })
            .collect();
        if !rows.is_empty() {
            out += "## Lists\n\n`outguard run --list NAME=FILE` or the deployment file binds them; [lists.md](../lists.md) has the \
                    formats.\n\n";
            out += &table(&["list", "type", "entries", "what"], rows);
        }
        out
    }

    fn section(&self, i: usize) -> String {
        let finding = self.finding(i);
        let mut out = format!("## {}\n\n{}\n\n", code(finding.ty.as_str()), described(&finding.docs));
        let file = self.file(finding);
        let mut rows = vec![
            ("severity", self.levels(i)),
            ("ATT&CK", techniques(finding)),
            ("sources", self.sources(i)),
            ("rule", link(file, &format!("../../{file}"))),
        ];
        if finding.stage != Stage::Stable {
            rows.push(("stage", finding.stage.word().to_owned()));
        }
        if !finding.publish {
            rows.push(("publish", "never: it feeds other findings".to_owned()));
        }
        out += &table(&["", ""], rows.into_iter().map(|(what, text)| vec![what.to_owned(), text]));
        out += &self.condition(i);
        let severity = self.severity(i);
        if severity.len() > 1 {
            out += "**Severity**\n\n";
            severity.iter().for_each(|(level, when)| out += &format!("- {}\n", branch(level, when)));
            out.push('\n');
        }
        if let Some(remediation) = &finding.remediation {
            out += &format!("**What to do.** {}\n\n", sentence(remediation));
        }
        if !finding.references.is_empty() {
            let all: Vec<String> = finding.references.iter().map(|r| format!("<{r}>")).collect();
            out += &format!("**Read more.** {}\n\n", all.join(", "));
        }
        out
    }

    /// When it fires: one text if every source asks the same, else one a source.
    fn condition(&self, i: usize) -> String {
        let views = self.views(i);
        let finding = self.finding(i);
        if views.is_empty() || finding.inputs.len() > 1 {
            return self.clauses(i) + &self.over_time(i);
        }
        let mut texts: Vec<(Vec<&str>, String)> = Vec::new();
        for (view, rule) in views {
            let text = self.view_text(view, rule);
            match texts.iter_mut().find(|(_, t)| *t == text) {
                Some((names, _)) => names.push(&view.name),
                None => texts.push((vec![&view.name], text)),
            }
        }
        let one = texts.len() == 1;
        let mut out = String::new();
        for (mut names, text) in texts {
            names.dedup();
            let over = if one { String::new() } else { format!(" over {}", codes(names, "none")) };
            let begins = match finding.when {
                Some(_) => format!("**Looks at events{over} where**"),
                None => format!("**Fires{over} when**"),
            };
            out += &format!("{begins}\n\n```text\n{text}```\n\n");
        }
        out + &self.over_time(i)
    }

    /// What a rule over several events does, a point each.
    fn over_time(&self, i: usize) -> String {
        let mut out = String::new();
        for (label, text) in state::words(&self.program, &self.plan, self.vocabulary, i) {
            match label {
                "" => out += &format!("; {text}"),
                "keeps" => {}
                _ => out += &format!("\n- {label}: {text}"),
            }
        }
        if out.is_empty() { out } else { format!("{}\n\n", out.trim_start()) }
    }

    fn view_text(&self, view: &View, rule: &ViewRule) -> String {
        let mut out = self.parts(view, rule.condition);
        for exception in &rule.exceptions {
            let text = plan::condition_text(&self.plan, view, self.vocabulary, exception.condition);
            out += &format!("except {:?}: {text}\n", exception.name);
        }
        out
    }

    /// A condition, one part a line.
    fn parts(&self, view: &View, cond: CondId) -> String {
        match self.joined(view, cond) {
            Some((word, parts)) => {
                let all: Vec<String> = parts.iter().map(|&p| self.part(view, p, 0)).collect();
                format!("{}\n", all.join(&format!("\n{word} ")))
            }
            None => format!("{}\n", self.part(view, cond, 0)),
        }
    }

    /// A part of a condition; a long one goes on over indented lines.
    fn part(&self, view: &View, cond: CondId, depth: usize) -> String {
        let text = plan::condition_text(&self.plan, view, self.vocabulary, cond);
        let Some((word, parts)) = self.joined(view, cond) else { return text };
        if text.len() + 2 * depth < WIDTH {
            return format!("({text})");
        }
        let indent = "  ".repeat(depth + 1);
        let all: Vec<String> = parts.iter().map(|&p| self.part(view, p, depth + 1)).collect();
        format!("(\n{indent}{}\n{})", all.join(&format!("\n{indent}{word} ")), "  ".repeat(depth))
    }

    fn joined<'v>(&self, view: &'v View, cond: CondId) -> Option<(&'static str, &'v [CondId])> {
        match &view.graph.conds[cond.index()] {
            CondNode::And(parts) => Some(("and", parts)),
            CondNode::Or(parts) => Some(("or", parts)),
            _ => None,
        }
    }

    /// The clauses as they are written, of a finding that is not decided event by event.
    fn clauses(&self, i: usize) -> String {
        let finding = self.finding(i);
        let lines = written(&self.program, finding, &["on", "per", "when", "within"]);
        let text: String = lines.into_iter().map(|l| format!("{l}\n")).collect();
        format!("**Fires when**\n\n```outguard\n{text}```\n\n")
    }

    /// The levels that it may have, in the order of its branches.
    fn levels(&self, i: usize) -> String {
        let mut levels: Vec<String> = Vec::new();
        for (level, _) in self.severity(i) {
            if !levels.contains(&level) {
                levels.push(level);
            }
        }
        match levels.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            _ => levels.concat(),
        }
    }

    /// Its severity: levels, each with when; conditions are those of the first view.
    fn severity(&self, i: usize) -> Vec<Branch> {
        let views = self.views(i);
        let Some((view, rule)) = views.first() else { return self.severity_of_model(i) };
        let (branches, otherwise) = &rule.severity;
        let mut out: Vec<Branch> = branches
            .iter()
            .map(|(cond, level)| {
                let text = plan::condition_text(&self.plan, view, self.vocabulary, *cond);
                (level_words(*level), Some(text))
            })
            .collect();
        out.push((self.value_words(view, *otherwise), None));
        out
    }

    fn value_words(&self, view: &View, val: ValId) -> String {
        let number = match &view.graph.vals[val.index()] {
            ValNode::Const(c) => match &view.graph.consts[c.index()] {
                Value::Int(n) => Some(*n as f64),
                Value::Float(x) => Some(*x),
                _ => None,
            },
            _ => None,
        };
        number.map_or_else(|| code(&plan::value_text(&self.plan, view, self.vocabulary, val)), level_words)
    }

    /// The same of a finding that is not decided event by event, as it is written.
    fn severity_of_model(&self, i: usize) -> Vec<Branch> {
        let severity = &self.finding(i).severity;
        let text = |span: Span| self.program.sources.slice(span);
        let mut out: Vec<Branch> = severity
            .branches
            .iter()
            .map(|(cond, level)| (level_words(*level), Some(text(cond.span).to_owned())))
            .collect();
        let rest = text(severity.otherwise.span);
        out.push((if Level::parse(rest).is_some() { rest.to_owned() } else { code(rest) }, None));
        out
    }
}

/// `high`, or `high (7.5)` where the number is not the word's own.
fn level_words(number: f64) -> String {
    let severity = Severity::new(number);
    let level = severity.level();
    if level.severity() == severity { level.word().to_owned() } else { format!("{} ({number})", level.word()) }
}

fn branch(level: &str, when: &Option<String>) -> String {
    match when {
        Some(when) => format!("{level} if {}", code(when)),
        None => format!("else {level}"),
    }
}

/// A doc comment as prose, paragraph by paragraph.
fn described(docs: &str) -> String {
    let docs = docs.trim();
    if docs.is_empty() {
        "No description.".to_owned()
    } else {
        docs.split("\n\n").map(prose).collect::<Vec<_>>().join("\n\n")
    }
}

fn first_sentence(docs: &str) -> String {
    let text = prose(docs);
    let end = text.find(". ").map_or(text.len(), |n| n + 1);
    text[..end].to_owned()
}

fn techniques(finding: &Finding) -> String {
    let link = |id: &str| format!("[{id}](https://attack.mitre.org/techniques/{}/)", id.replace('.', "/"));
    let all: Vec<String> = finding.attack.iter().map(|t| link(&t.id)).collect();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::RuleFile;

    #[test]
    fn what_a_finding_does_over_time_is_said() {
        let text = "/// Many refused calls. Benign: a broken script.\n\
                    finding Recon:IAMUser/Denied {\n  param tries: int = 20\n  severity high if actor.user.type == root, else low\n  \
                    on cloudtrail where status == failure\n  per actor.principal\n  when count() >= tries\n  within 10m\n}\n\
                    finding Recon:IAMUser/Guessed {\n  severity low\n  on bad = cloudtrail where status == failure,\n     \
                    ok  = cloudtrail where status == success\n  per actor.principal\n  when bad x5 then ok\n  within 10m\n}\n";
        let file = RuleFile { name: "rules/iam/denied.og".into(), text: text.into(), pack: None };
        let vocabulary = crate::program::vocabulary();
        let program = Program::load(vec![file], Vec::new(), vocabulary);
        assert!(program.is_ok(), "{:?}", program.diagnostics);
        let pages = pages(program, vocabulary);
        let paths: Vec<&str> = pages.iter().map(|p| p.path.as_str()).collect();
        assert_eq!(paths, ["findings/README.md", "findings/iam.md"]);
        assert!(
            pages[0].text.contains("| Many refused calls. | high or low | `cloudtrail`, `ocsf_cloudtrail` |"),
            "{}",
            pages[0].text
        );
        let page = &pages[1].text;
        for told in [
            "**Looks at events where**\n\n```text\nstatus == \"failure\"\n```",
            "\n- of whom: each actor.principal of an account; events without it are not counted\n",
            "\n- fires when: count() >= 20 within 10m; asked at each event, of the 10m up to it\n",
            "\n- decides: at once: more events can only make it truer\n",
            "**Fires when**\n\n```outguard\non bad = cloudtrail where status == failure,\n   ok  = cloudtrail where status == success\n\
             per actor.principal\nwhen bad x5 then ok\nwithin 10m\n```",
            "\n- fires when: 1. bad, 5 times; 2. ok; less than 10m from the first to the last",
            "\n- decides: at the watermark",
        ] {
            assert!(page.contains(told), "{told}\nin\n{page}");
        }
        assert!(page.contains("- high if `actor.user.type == \"root\"`\n- else low\n"), "{page}");
    }
}
