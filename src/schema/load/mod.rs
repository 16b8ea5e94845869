//! Vocabulary files -> [`Vocabulary`]: `shared/*.yaml` (attributes that several classes have), `classes/*.yaml`,
//! `sources/*.yaml`, `resources.yaml`. The form is told in `docs/vocabulary.md`.

mod class;
mod cursor;
mod lines;
mod recipe;
mod resource;
mod source;

use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};

pub use cursor::VocabularyError;
use cursor::{Cursor, Result};

use super::{Class, Source, Vocabulary, yaml};

static BUILTIN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/grammar/vocabulary");

/// An event keeps its classes in 32 bits.
const MAX_CLASSES: usize = 32;

impl Vocabulary {
    /// The vocabulary that is embedded in the program.
    ///
    /// # Errors
    /// Never in a released build: a test loads it.
    pub fn builtin() -> Result<Vocabulary> {
        let mut files = Vec::new();
        collect(&BUILTIN, &mut files);
        Vocabulary::load(&files)
    }

    /// A vocabulary of files: names relative to its folder (`classes/api.yaml`) and their text.
    ///
    /// # Errors
    /// The first thing that is wrong, with file and place.
    pub fn load(files: &[(&str, &str)]) -> Result<Vocabulary> {
        let mut files = files.to_vec();
        files.sort_unstable();
        let mut trees = Vec::new();
        for (name, text) in files {
            let tree = yaml::parse(text).map_err(|e| VocabularyError {
                file: name.to_owned(),
                path: String::new(),
                what: e.to_string(),
                help: None,
            })?;
            trees.push((name, tree));
        }
        let of = |folder: &'static str| {
            trees
                .iter()
                .filter(move |(name, _)| name.starts_with(folder) && name.ends_with(".yaml"))
                .map(|(name, node)| Cursor { file: name, path: String::new(), node })
        };
        let mut shared = BTreeMap::new();
        for file in of("shared/") {
            let (name, attributes) = class::shared(&file)?;
            shared.insert(name, attributes);
        }
        let mut classes: Vec<Class> = Vec::new();
        for file in of("classes/") {
            let class = class::class(&file, &shared)?;
            if classes.iter().any(|c| c.name == class.name) {
                return Err(file.fail(format!("class `{}` is there twice", class.name)));
            }
            classes.push(class);
        }
        if classes.len() > MAX_CLASSES {
            return Err(VocabularyError {
                file: "classes".to_owned(),
                path: String::new(),
                what: format!("more than {MAX_CLASSES} classes"),
                help: None,
            });
        }
        let mut sources: Vec<Source> = Vec::new();
        for file in of("sources/") {
            let source = source::source(&file, &classes)?;
            if sources.iter().any(|s| s.name == source.name) || classes.iter().any(|c| c.name == source.name) {
                return Err(file.fail(format!("kind `{}` is there twice", source.name)));
            }
            sources.push(source);
        }
        for (place, file) in of("sources/").enumerate() {
            sources[place].form_of = source::form_of(&file, &sources)?;
        }
        let mut resources = BTreeMap::new();
        for file in of("resources") {
            resource::resources(&file, &classes, &mut resources)?;
        }
        Ok(Vocabulary { classes, sources, resources })
    }
}

fn collect<'a>(dir: &'a Dir<'a>, files: &mut Vec<(&'a str, &'a str)>) {
    for file in dir.files() {
        if let (Some(name), Some(text)) = (file.path().to_str(), file.contents_utf8()) {
            files.push((name, text));
        }
    }
    for folder in dir.dirs() {
        collect(folder, files);
    }
}
