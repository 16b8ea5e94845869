//! The one pipeline of rules: `files -> SourceMap -> syntax -> check -> lint -> Program`. Lint, test, plan, run and the
//! rest all begin here, so that a rule means the same to each.

mod pack;

use std::sync::{Arc, OnceLock};
use std::thread;

use crate::check::{self, Model};
use crate::diag::Diagnostic;
use crate::lint;
use crate::plan::{self, Plan};
use crate::schema::Vocabulary;
use crate::syntax::{self, Parsed, ast};
use crate::text::{FileId, SourceMap};

pub use pack::{LANGUAGE_VERSION, Manifest, Pack, PackError, embedded, yaml_help, yaml_message};

/// From how many files on parsing is split among threads.
const PARALLEL_FROM: usize = 8;

/// A rule file as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFile {
    /// As the user named it; what messages show.
    pub name: Arc<str>,
    /// The text.
    pub text: Arc<str>,
    /// The pack that it belongs to: an index into the packs it was read with.
    pub pack: Option<usize>,
}

/// A rule set: its text, its trees, what it means, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Program {
    /// The rule files.
    pub sources: SourceMap,
    /// Their trees, in the same order.
    pub files: Vec<ast::File>,
    /// What they mean; where there are errors, only the items without any.
    pub model: Model,
    /// What parser and checker have to say, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// The packs that files come from.
    pub packs: Vec<Pack>,
    /// By file: its pack.
    pack_of: Vec<Option<usize>>,
}

impl Program {
    /// Parses and checks rule files, all together, because names are global to them.
    #[must_use]
    pub fn load(rules: Vec<RuleFile>, packs: Vec<Pack>, vocabulary: &Vocabulary) -> Self {
        let mut sources = SourceMap::default();
        let mut pack_of = Vec::with_capacity(rules.len());
        for rule in rules {
            sources.add(rule.name, rule.text);
            pack_of.push(rule.pack);
        }
        let mut diagnostics = Vec::new();
        let mut files = Vec::with_capacity(pack_of.len());
        for parsed in parse(&sources) {
            diagnostics.extend(parsed.diagnostics);
            files.push(parsed.file);
        }
        let checked = check::check(&files, &sources, vocabulary);
        diagnostics.extend(checked.diagnostics);
        diagnostics.sort_by_key(|d| d.span().map(|s| (s.file, s.start, s.end)));
        Self { sources, files, model: checked.model, diagnostics, packs, pack_of }
    }

    /// Whether every rule loads.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// What is probably wrong with rules that load; nothing where some do not.
    #[must_use]
    pub fn lint(&self, vocabulary: &Vocabulary, settings: &lint::Settings) -> Vec<Diagnostic> {
        if !self.is_ok() {
            return Vec::new();
        }
        let cx = lint::Cx { model: &self.model, files: &self.files, sources: &self.sources, vocabulary };
        lint::lint(&cx, settings)
    }

    /// The evaluation plan.
    #[must_use]
    pub fn plan(&self, vocabulary: &Vocabulary) -> Plan {
        plan::build(&self.model, vocabulary, &|file| self.plan_pack(file), None)
    }

    /// The pack of a file as findings state it; rules outside of any pack are of the pack `local`.
    #[must_use]
    pub fn plan_pack(&self, file: FileId) -> plan::Pack {
        match self.pack(file) {
            Some(pack) => plan::Pack { name: pack.manifest.name.clone(), version: pack.manifest.version.clone() },
            None => plan::Pack { name: "local".into(), version: "0.0.0".into() },
        }
    }

    /// The pack that a file belongs to.
    #[must_use]
    pub fn pack(&self, file: FileId) -> Option<&Pack> {
        let pack = self.pack_of.get(file.0 as usize).copied().flatten()?;
        self.packs.get(pack)
    }
}

/// Parses every file, on several threads where it pays; in the order of the files.
fn parse(sources: &SourceMap) -> Vec<Parsed> {
    let files: Vec<(FileId, Arc<str>)> = sources.iter().map(|(id, f)| (id, f.text.clone())).collect();
    let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get).min(8);
    if files.len() < PARALLEL_FROM || threads == 1 {
        return files.iter().map(|(id, text)| syntax::parse(*id, text)).collect();
    }
    thread::scope(|scope| {
        let work = |part: &[(FileId, Arc<str>)]| part.iter().map(|(id, text)| syntax::parse(*id, text)).collect();
        let parts: Vec<_> = files
            .chunks(files.len().div_ceil(threads))
            .map(|part| scope.spawn(move || -> Vec<Parsed> { work(part) }))
            .collect();
        let joined = parts.into_iter().map(|t| t.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        joined.flatten().collect()
    })
}

/// The vocabulary of events that is inside the binary.
#[must_use]
pub fn vocabulary() -> &'static Vocabulary {
    static VOCABULARY: OnceLock<Vocabulary> = OnceLock::new();
    VOCABULARY.get_or_init(|| Vocabulary::builtin().expect("a test loads the embedded vocabulary"))
}
