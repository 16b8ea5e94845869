//! The index of lints.

use super::markdown::{link, prose, table};
use crate::lint::LINTS;

const HEAD: &str = "# Lints

What is probably wrong with a rule that loads: it can never fire, or fires for the wrong reason. `outguard explain
NAME` prints a page. Above a rule, `// lint: allow(NAME) reason` allows one; `outguard lint --allow NAME` and `--deny
NAME` hold for a run.

";

pub fn page() -> String {
    let rows = LINTS.iter().map(|lint| {
        let page = format!("../lints/{}.md", lint.name);
        vec![link(lint.name, &page), lint.level.word().to_owned(), prose(lint.title)]
    });
    format!("{HEAD}{}", table(&["lint", "level", "what it finds"], rows))
}
