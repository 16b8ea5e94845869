//! Agreement of the engine with a naive reference interpreter, over generated rules and events; the law of time and
//! state as tiny cases.
//!
//! `OUTGUARD_AGREE_SEED` and `OUTGUARD_AGREE_SETS` choose other and more sets (`tests/agree.sh`).

mod case;
mod engine;
mod generate;
mod law;
mod probes;
mod reference;
mod rng;
mod stateful;
mod stateless;
mod world;
