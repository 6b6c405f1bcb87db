//! Things that were acknowledged, and what became of them.

use crate::check::Check;

/// All that was found.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) users: usize,
    pub(crate) removals: usize,
    pub(crate) registrations: Record,
    pub(crate) revocations: Record,
    pub(crate) calls: Record,
    /// Responses that have no place here, such as a 500.
    pub(crate) unexpected: Vec<String>,
}

/// What was found of things of one kind.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) acknowledged: usize,
    /// The number of times that one was looked for.
    pub(crate) looked_for: usize,
    /// The number of those without a response that are stored.
    pub(crate) stored: usize,
    /// The number of those without a response that are not stored.
    pub(crate) not_stored: usize,
    pub(crate) faults: Vec<String>,
}

impl Findings {
    /// Adds those of another client.
    pub(crate) fn add(mut self, other: Self) -> Self {
        self.users += other.users;
        self.removals += other.removals;
        self.registrations.add(other.registrations);
        self.revocations.add(other.revocations);
        self.calls.add(other.calls);
        self.unexpected.extend(other.unexpected);
        self
    }

    /// Returns a check for each kind.
    pub(crate) fn checks(&self) -> Vec<Check> {
        let Self { users, removals, registrations, revocations, calls, unexpected } = self;
        let devices = registrations.acknowledged;
        let registered = format!("{devices} devices of {users} users and {removals} removals");
        let as_it_should_be = "every other one as it should be".to_owned();
        vec![
            registrations.check("registrations", &registered),
            revocations.check("revocations", &revocations.acknowledged.to_string()),
            calls.check("calls", &calls.acknowledged.to_string()),
            Check::of_faults("answers", as_it_should_be, unexpected),
        ]
    }
}

impl Record {
    fn add(&mut self, other: Self) {
        self.acknowledged += other.acknowledged;
        self.looked_for += other.looked_for;
        self.stored += other.stored;
        self.not_stored += other.not_stored;
        self.faults.extend(other.faults);
    }

    fn check(&self, name: &'static str, acknowledged: &str) -> Check {
        let Self { looked_for, stored, not_stored, .. } = self;
        let found = format!(
            "{acknowledged} acknowledged, {looked_for} times looked for; of {} without an answer \
             {stored} are stored",
            stored + not_stored
        );
        Check::of_faults(name, found, &self.faults)
    }
}
