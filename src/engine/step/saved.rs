//! State as records: an owner (a rule or profile, named by what its state means), a key and bytes. What changed since
//! the last time is handed out; a later stepper, with other rules perhaps, takes in what still means the same.

use super::Stepper;
use crate::value::Time;
use crate::value::bytes::{Bytes, put_bytes, put_number};

/// The owner of what belongs to no rule.
const STEPPER: &str = "step";

/// Version of the stepper's own records.
const VERSION: u8 = 1;

/// Takes a record: owner, key, and bytes, or nothing if the record is to be removed.
pub type Record<'f> = dyn FnMut(&str, &[u8], Option<&[u8]>) + 'f;

/// Bytes that are none of a record: damaged, or of another version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken;

impl Stepper<'_> {
    /// From now on, changes are kept until they are taken.
    pub fn keep_changes(&mut self) {
        self.profiles.iter_mut().flatten().for_each(crate::state::profile::Profile::keep_changes);
    }

    /// Every owner of this rule set, with the rule or profile that it stands for.
    #[must_use]
    pub fn owners(&self) -> Vec<(String, String)> {
        let rules = self.plan.rules.iter().zip(&self.tables).filter(|(_, table)| table.is_some());
        let rules = rules.map(|(r, _)| (format!("rule {}", r.stateful_hash), r.info.finding_type.to_string()));
        let profiles = self.plan.profiles.iter().zip(&self.profiles).filter(|(_, profile)| profile.is_some());
        rules
            .chain(profiles.map(|(p, _)| (format!("profile {}", p.hash), format!("profile {}", p.spec.name))))
            .chain([(STEPPER.to_owned(), "what waits to be stepped".to_owned())])
            .collect()
    }

    /// Profiles, and until when the account that came last learns.
    #[must_use]
    pub fn learning(&self) -> Vec<(String, Time)> {
        let profiles = self.plan.profiles.iter().zip(&self.profiles);
        profiles
            .filter_map(|(of, p)| Some((format!("profile {}", of.spec.name), p.as_ref()?.learns_until()?)))
            .collect()
    }

    /// Groups and bytes of each owner, about.
    #[must_use]
    pub fn sizes(&self) -> Vec<(String, usize, usize)> {
        let rules = self.plan.rules.iter().zip(&self.tables).filter_map(|(rule, table)| {
            let table = table.as_ref()?;
            Some((rule.info.finding_type.to_string(), table.len(), table.bytes()))
        });
        let profiles = self.plan.profiles.iter().zip(&self.profiles).filter_map(|(of, profile)| {
            let profile = profile.as_ref()?;
            Some((format!("profile {}", of.spec.name), profile.groups(), profile.bytes()))
        });
        rules.chain(profiles).collect()
    }

    /// Hands out what changed since the last time.
    pub fn changes(&mut self, told: &mut Record<'_>) {
        for (rule, table) in self.plan.rules.iter().zip(&mut self.tables) {
            let Some(table) = table else { continue };
            let owner = format!("rule {}", rule.stateful_hash);
            if table.dirty() > 0 {
                table.export(false, &mut |key, bytes| {
                    let mut name = vec![1];
                    name.extend_from_slice(key);
                    told(&owner, &name, bytes);
                });
                told(&owner, &[0], Some(&table.head()));
            }
        }
        for (of, profile) in self.plan.profiles.iter().zip(&mut self.profiles) {
            let Some(profile) = profile else { continue };
            let owner = format!("profile {}", of.hash);
            profile.take_changes(|name, bytes| told(&owner, name, bytes));
        }
        let mut own = vec![VERSION];
        own.extend_from_slice(&self.now.0.to_be_bytes());
        let waiting: Vec<&[u8]> = self.waiting.iter().map(AsRef::as_ref).chain(self.gathering()).collect();
        put_number(&mut own, waiting.len() as u64);
        waiting.iter().for_each(|hit| put_bytes(&mut own, hit));
        put_number(&mut own, self.signals.len() as u64);
        let mut signals: Vec<_> = self.signals.iter().collect();
        signals.sort_unstable();
        for (id, (time, kept)) in signals {
            own.extend_from_slice(&id.to_be_bytes());
            own.extend_from_slice(&time.0.to_be_bytes());
            put_bytes(&mut own, kept);
        }
        told(STEPPER, &[], Some(&own));
    }

    /// Takes in a record; all of one owner in order of their keys, before the first hit. False: no rule or profile has
    /// this state any more.
    ///
    /// # Errors
    /// The record is damaged.
    pub fn load(&mut self, owner: &str, key: &[u8], bytes: &[u8]) -> Result<bool, Broken> {
        if owner == STEPPER {
            return self.load_own(bytes).map(|()| true).ok_or(Broken);
        }
        if let Some(hash) = owner.strip_prefix("profile ") {
            let place = self.plan.profiles.iter().position(|p| *p.hash == *hash);
            let Some(Some(profile)) = place.map(|p| &mut self.profiles[p]) else { return Ok(false) };
            return profile.load(key, bytes).map(|()| true).map_err(|_| Broken);
        }
        let hash = owner.strip_prefix("rule ").ok_or(Broken)?;
        let place = self.plan.rules.iter().position(|r| *r.stateful_hash == *hash);
        let Some(Some(table)) = place.map(|p| &mut self.tables[p]) else { return Ok(false) };
        let taken = match key.split_first() {
            Some((0, [])) => table.import_head(bytes),
            Some((1, key)) => table.import(key, bytes),
            _ => false,
        };
        if taken { Ok(true) } else { Err(Broken) }
    }

    fn load_own(&mut self, bytes: &[u8]) -> Option<()> {
        let mut bytes = Bytes::new(bytes);
        if bytes.byte()? != VERSION {
            return None;
        }
        self.now = Time(i64::from_be_bytes(bytes.take(8)?.try_into().ok()?));
        for _ in 0..bytes.number()? {
            self.waiting.insert(Box::from(bytes.bytes()?));
        }
        for _ in 0..bytes.number()? {
            let id = u128::from_be_bytes(bytes.take(16)?.try_into().ok()?);
            let time = Time(i64::from_be_bytes(bytes.take(8)?.try_into().ok()?));
            self.signals.insert(id, (time, Box::from(bytes.bytes()?)));
        }
        bytes.rest.is_empty().then_some(())
    }

    /// Hits of the instant that is being gathered.
    fn gathering(&self) -> impl Iterator<Item = &[u8]> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        begins.zip(self.ends.iter().copied()).map(|(begin, end)| &self.batch[begin..end])
    }
}
