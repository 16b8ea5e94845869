//! `outguard run EVENTS…`.

pub mod inputs;
