//! What a group of a rule remembers and how it steps: windows, sequences. Keys, limits, expiry, the queue of deadlines
//! and persistence are shared and know machines by this trait only.

use super::spec::{Fired, Happening};
use crate::value::Time;
use crate::value::bytes::Bytes;

/// The groups of one rule, each a [`Group`](Machine::Group). A machine may own what its groups share (the spec, slabs,
/// scratch space), so a group can be as small as a handle: nothing but its machine looks inside.
///
/// A machine has no clock; times only come with events and deadlines, and for one group never go back. Whatever it
/// tells depends on the events of the group only.
pub trait Machine {
    /// What is remembered of one group.
    type Group;

    /// A group that has seen nothing.
    fn open(&mut self) -> Self::Group;

    /// Gives back a group and whatever it holds.
    fn close(&mut self, group: Self::Group);

    /// A second group that has seen the same; for looking ahead.
    fn copy(&mut self, group: &Self::Group) -> Self::Group;

    /// All events of the group at one instant, at least one, in order of identity. Matches that they complete are
    /// appended. A deadline before `at` that was not asked for is decided first.
    fn step(&mut self, group: &mut Self::Group, at: Time, events: &[Happening<'_>], out: &mut Vec<Fired>);

    /// Reads something of what the group keeps elsewhere, so that memory brings it near; the value means nothing.
    fn touch(&self, _group: &Self::Group) -> u8 {
        0
    }

    /// The next instant at which the group must be decided though no event comes (the end of a window, a deadline).
    fn due(&self, group: &Self::Group) -> Option<Time>;

    /// Decides what is due at `at` or before; afterwards [`due`](Machine::due) is later than `at`, or none. Nothing of
    /// the instant `at` itself need have been stepped.
    fn decide(&mut self, group: &mut Self::Group, at: Time, out: &mut Vec<Fired>);

    /// The instant from which on the group is as good as one that has seen nothing, if no event comes: it may then be
    /// closed. Not before [`due`](Machine::due).
    fn ends(&self, group: &Self::Group) -> Time;

    /// How many events it has gathered towards a match; at the limit the group with the fewest makes room.
    fn progress(&self, group: &Self::Group) -> u32;

    /// Says that an occurrence with these events behind it came to nothing (an exception held): they count as not
    /// named yet. Events that it no longer keeps are left out.
    fn unname(&mut self, _group: &mut Self::Group, _behind: &[(Time, u128)]) {}

    /// Appends the group's state, its version first, all that [`load`](Machine::load) needs.
    fn save(&self, group: &Self::Group, out: &mut Vec<u8>);

    /// Reads what [`save`](Machine::save) wrote, all of it; nothing if the bytes are none of its own.
    fn load(&mut self, bytes: &mut Bytes<'_>) -> Option<Self::Group>;

    /// Bytes in memory of all its groups, about; without the handles themselves.
    fn bytes(&self) -> usize;
}
