//! Regexes: valid, linear, and small enough that a pack of them fits in memory.

use regex::RegexBuilder;

/// Longest pattern, in bytes: longer ones are lists in disguise.
pub(super) const MAX_PATTERN: usize = 1024;

/// Largest compiled program, in bytes: a counted repetition (`\w{1,5000}`) may be short and huge.
pub(super) const MAX_PROGRAM: usize = 256 * 1024;

/// Why a regex does not stand.
pub(super) struct Bad {
    pub message: String,
    pub help: String,
}

/// Compiles a pattern to see whether it may stand.
pub(super) fn compile(pattern: &str, ignore_case: bool) -> Result<(), Bad> {
    if pattern.len() > MAX_PATTERN {
        return Err(Bad {
            message: format!("this regex has {} bytes; at most {MAX_PATTERN} are allowed", pattern.len()),
            help: "many words are a list: `x in [\"a\", \"b\"]`".to_owned(),
        });
    }
    match RegexBuilder::new(pattern).case_insensitive(ignore_case).size_limit(MAX_PROGRAM).build() {
        Ok(_) => Ok(()),
        Err(regex::Error::CompiledTooBig(_)) => Err(Bad {
            message: format!("this regex compiles to more than {} KiB", MAX_PROGRAM / 1024),
            help: "make counted repetitions smaller, and `\\w` ASCII: `[0-9A-Za-z_]`".to_owned(),
        }),
        Err(regex::Error::Syntax(text)) => {
            let why = text.lines().last().unwrap_or_default();
            let why = why.strip_prefix("error: ").unwrap_or(why).to_owned();
            let help = if why.contains("look-around") || why.contains("backreferences") {
                "regexes run in linear time: no look-around, no backreferences; write two conditions".to_owned()
            } else {
                "the syntax is that of the `regex` crate; `/` is written `\\/`".to_owned()
            };
            Err(Bad { message: format!("this regex is not valid: {why}"), help })
        }
        Err(other) => Err(Bad { message: format!("this regex is not valid: {other}"), help: String::new() }),
    }
}

#[cfg(test)]
mod tests {
    use super::compile;

    #[test]
    fn limits() {
        assert!(compile("^curl/7", false).is_ok());
        assert!(compile(r"(?i)\b(kali|parrot)\b", false).is_ok());
        assert!(compile("(", false).is_err());
        assert!(compile("a(?=b)", false).is_err_and(|b| b.help.contains("look-around")));
        assert!(compile(r"\w{1,5000}", false).is_err_and(|b| b.message.contains("256 KiB")));
        assert!(compile(&"a".repeat(2000), false).is_err_and(|b| b.message.contains("2000 bytes")));
    }
}
