//! The index of error codes.

use super::markdown::{link, prose, table};
use crate::diag::codes::REGISTRY;

const HEAD: &str = "# Errors

Every message of the checker has a code that never changes its meaning. `outguard explain CODE` prints its page. A
rule set with an error is not run (exit code 2); a warning is told. What concerns logs costs the log and not the run, and
ends in exit code 3.

";

/// What codes with a beginning are about.
const FAMILIES: [(&str, &str); 9] = [
    ("E01", "Words and syntax"),
    ("E02", "Names"),
    ("E03", "Types"),
    ("E04", "Absent attributes"),
    ("E05", "Findings and their clauses"),
    ("E06", "Lists"),
    ("E07", "Tests"),
    ("E08", "Logs"),
    ("E09", "Not evaluated yet"),
];

pub fn page() -> String {
    let mut out = HEAD.to_owned();
    for (start, about) in FAMILIES {
        let rows = REGISTRY.iter().filter(|i| i.code.0.starts_with(start)).map(|info| {
            let code = info.code.0;
            vec![link(code, &format!("../errors/{code}.md")), prose(info.title)]
        });
        out += &format!("## {about}\n\n{}", table(&["code", "what is wrong"], rows));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_of_one_family() {
        for info in REGISTRY {
            let families = FAMILIES.iter().filter(|(start, _)| info.code.0.starts_with(start)).count();
            assert_eq!(families, 1, "{}", info.code.0);
        }
    }
}
