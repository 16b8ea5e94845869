//! `outguard fmt [PATH…]`.

mod diff;
