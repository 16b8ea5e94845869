//! The shipped pack over recorded logs with known truth: recall, false positives, agreement with other people's rules.
//! The recordings lie beside the checkout; where they are absent, the tests say so and pass. `docs/quality.md` holds
//! the figures: `OUTGUARD_WRITE_QUALITY=1 cargo test --test recorded` writes it anew.

mod behaviour;
mod cases;
mod data;
mod falco;
mod feeds;
mod gaps;
mod invictus;
mod network;
mod own;
mod pack;
mod panther;
mod quality;
mod rates;
mod rds;
mod reading;
mod runs;
mod stratus;
mod streamalert;
