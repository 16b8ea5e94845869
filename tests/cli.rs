//! The command line from outside: exit codes, what stands on stdout and what on stderr, the words of failures.

mod cli {
    mod basics;
    mod rules;
    mod run;
    pub mod tool;
}
