//! Things that were requested, and whether the service still has them.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use crate::check::Check;

/// The knowledge about one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The thing was acknowledged, or has been seen.
    Done,
    /// The thing was requested and not acknowledged. It may be there or not, and has to stay so.
    InDoubt,
    /// The thing was undone or refused with an acknowledgement, or was seen to be missing.
    Undone,
}

/// The things of one kind that a user has requested.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// The knowledge about each thing, and the moment of its last request, by name.
    things: BTreeMap<String, (Fate, Instant)>,
    pub(crate) tally: Tally,
}

/// The findings about things of one kind.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) done: usize,
    pub(crate) undone: usize,
    looked_for: usize,
    /// The numbers of things in doubt that turned out to be stored, and not to be.
    in_doubt: [usize; 2],
    pub(crate) faults: Vec<String>,
}

impl Facts {
    /// Returns the number of all things.
    pub(crate) fn len(&self) -> usize {
        self.things.len()
    }

    /// Returns the names of things that are done or in doubt.
    pub(crate) fn not_undone(&self) -> impl Iterator<Item = &String> {
        self.things.iter().filter(|(_, (fate, _))| *fate != Fate::Undone).map(|(name, _)| name)
    }

    /// Returns true if the thing is known to be done.
    pub(crate) fn is_done(&self, name: &str) -> bool {
        self.things.get(name).is_some_and(|(fate, _)| *fate == Fate::Done)
    }

    /// Notes that a thing is requested.
    pub(crate) fn ask(&mut self, name: &str) {
        self.things.insert(name.to_owned(), (Fate::InDoubt, Instant::now()));
    }

    /// Notes that a thing was acknowledged as done or undone.
    pub(crate) fn acknowledge(&mut self, name: &str, is_done: bool) {
        let (fate, count) = match is_done {
            true => (Fate::Done, &mut self.tally.done),
            false => (Fate::Undone, &mut self.tally.undone),
        };
        *count += 1;
        self.things.insert(name.to_owned(), (fate, Instant::now()));
    }

    /// Compares the things that were requested within this `age` with all that are seen, and
    /// settles those in doubt.
    pub(crate) fn compare(&mut self, seen: &[String], age: Duration) {
        let Self { things, tally } = self;
        tally.looked_for += things.len();
        let distinct: BTreeSet<_> = seen.iter().collect();
        if distinct.len() != seen.len() {
            tally.faults.push(format!("something is there twice: {seen:?}"));
        }
        let unknown = distinct.iter().filter(|name| !things.contains_key(**name));
        tally.faults.extend(unknown.map(|name| format!("{name} was never asked for")));
        for (name, (fate, since)) in things {
            if since.elapsed() > age {
                continue;
            }
            let is_seen = distinct.contains(name);
            match (*fate, is_seen) {
                (Fate::InDoubt, _) => {
                    tally.in_doubt[usize::from(!is_seen)] += 1;
                    *fate = if is_seen { Fate::Done } else { Fate::Undone };
                }
                (Fate::Done, false) => tally.faults.push(format!("{name} is lost")),
                (Fate::Undone, true) => tally.faults.push(format!("{name} is there again")),
                (Fate::Done, true) | (Fate::Undone, false) => {}
            }
        }
    }
}

impl Tally {
    /// Returns the sum of both.
    pub(crate) fn add(mut self, other: Self) -> Self {
        self.done += other.done;
        self.undone += other.undone;
        self.looked_for += other.looked_for;
        (0..2).for_each(|index| self.in_doubt[index] += other.in_doubt[index]);
        self.faults.extend(other.faults);
        self
    }

    /// Builds the check that there are no faults.
    pub(crate) fn check(&self, name: &'static str, acknowledged: String) -> Check {
        let [stored, not_stored] = self.in_doubt;
        let found = format!(
            "{acknowledged} acknowledged, {} times looked for; of {} without an answer {stored} \
             are stored",
            self.looked_for,
            stored + not_stored
        );
        Check::of_faults(name, found, &self.faults)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::MAX;

    /// Returns the number of faults of one comparison.
    fn faults(facts: &mut Facts, seen: &[&str], age: Duration) -> usize {
        let seen: Vec<_> = seen.iter().map(|name| (*name).to_owned()).collect();
        facts.compare(&seen, age);
        std::mem::take(&mut facts.tally.faults).len()
    }

    #[test]
    fn what_was_acknowledged_must_be_there_until_it_ends() {
        let mut calls = Facts::default();
        calls.ask("1");
        calls.acknowledge("1", true);
        assert_eq!(faults(&mut calls, &["1"], LONG), 0);
        assert_eq!(faults(&mut calls, &[], LONG), 1);
        assert_eq!(faults(&mut calls, &[], Duration::ZERO), 0);
        assert_eq!(calls.tally.in_doubt, [0, 0]);
    }

    #[test]
    fn a_thing_in_doubt_is_there_or_not_and_stays_so() {
        let mut calls = Facts::default();
        calls.ask("1");
        calls.ask("2");
        assert!(!calls.is_done("1") && calls.not_undone().count() == 2);
        assert_eq!(faults(&mut calls, &["1"], LONG), 0);
        assert_eq!(calls.tally.in_doubt, [1, 1]);
        assert!(calls.is_done("1") && calls.not_undone().count() == 1);
        assert_eq!(faults(&mut calls, &[], LONG), 1, "it was seen");
        assert_eq!(faults(&mut calls, &["1", "2"], LONG), 1, "it was seen not to be there");
        assert_eq!(calls.tally.in_doubt, [1, 1]);
    }

    #[test]
    fn things_are_there_once_if_they_were_asked_for() {
        let mut devices = Facts::default();
        devices.acknowledge("0", true);
        devices.acknowledge("1", true);
        devices.acknowledge("2", false);
        assert_eq!(faults(&mut devices, &["0", "1"], LONG), 0);
        assert_eq!(faults(&mut devices, &["0", "1", "2"], LONG), 1, "it was removed");
        assert_eq!(faults(&mut devices, &["0", "1", "3"], LONG), 1, "it is unknown");
        assert_eq!(faults(&mut devices, &["0", "1", "1"], LONG), 1, "twice");
    }

    #[test]
    fn what_became_of_a_thing_may_change_by_an_acknowledgement() {
        let mut devices = Facts::default();
        devices.acknowledge("0", true);
        devices.ask("0");
        assert_eq!(faults(&mut devices, &[], LONG), 0, "its removal was in doubt");
        devices.acknowledge("0", true);
        devices.acknowledge("0", false);
        assert_eq!(faults(&mut devices, &["0"], LONG), 1);
        assert_eq!((devices.tally.done, devices.tally.undone), (2, 1));
    }
}
