//! The command line from outside: exit codes, what stands on stdout and what on stderr, the words of failures.

mod cli {
    mod basics;
    mod geo;
    #[path = "../../src/intel/geo/testing.rs"]
    mod mmdb;
    mod rules;
    mod run;
    mod tables;
    pub mod tool;
}
