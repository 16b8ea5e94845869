//! What others have catalogued, as data inside the binary: GuardDuty's finding types, ATT&CK's tactics and techniques.

pub mod attack;
pub mod guardduty;
