//! What was found over all rounds.

use std::collections::BTreeMap;

use crate::{
    check::Check,
    kill::client::{Client, Tally},
};

/// More faults than these of one kind are only counted.
const SHOWN: usize = 5;

/// What a fault is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    Registrations,
    Revocations,
    Calls,
    /// An answer that has no place here, such as a 500.
    Answers,
}

/// Something that should not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    subject: Subject,
    text: String,
}

/// All faults.
#[derive(Debug, Default)]
pub(crate) struct Findings(BTreeMap<Subject, Vec<String>>);

impl Fault {
    pub(crate) fn new(subject: Subject, text: String) -> Self {
        Self { subject, text }
    }
}

impl Findings {
    pub(crate) fn add(&mut self, faults: Vec<Fault>) {
        for Fault { subject, text } in faults {
            self.0.entry(subject).or_default().push(text);
        }
    }

    pub(crate) fn unexpected(&mut self, text: String) {
        self.add(vec![Fault::new(Subject::Answers, text)]);
    }

    /// A check for each subject.
    pub(crate) fn checks(&self, clients: &[Client]) -> Vec<Check> {
        let mut tally = Tally::default();
        clients.iter().for_each(|client| tally.add(client.tally()));
        let doubts = |of: crate::kill::ledger::Doubts| {
            format!("of {} without an answer {} are stored", of.done + of.undone, of.done)
        };
        let registrations = format!(
            "{} devices of {} users and {} removals acknowledged, {} times looked for; {}",
            tally.devices,
            tally.users,
            tally.removals,
            tally.rung,
            doubts(tally.devices_in_doubt)
        );
        let revocations = format!(
            "{} acknowledged, {} times looked for; {}",
            tally.revocations,
            tally.refused,
            doubts(tally.revocations_in_doubt)
        );
        let calls = format!(
            "{} acknowledged, {} times looked for; {}",
            tally.calls,
            tally.listed,
            doubts(tally.calls_in_doubt)
        );
        vec![
            self.check("registrations", Subject::Registrations, registrations),
            self.check("revocations", Subject::Revocations, revocations),
            self.check("calls", Subject::Calls, calls),
            self.check("answers", Subject::Answers, "every other one as it should be".to_owned()),
        ]
    }

    fn check(&self, name: &'static str, subject: Subject, found: String) -> Check {
        let faults = self.0.get(&subject).map_or(&[][..], Vec::as_slice);
        if faults.is_empty() {
            return Check::new(name, true, found);
        }
        let shown = faults.iter().take(SHOWN).map(|fault| format!("\n    {fault}"));
        let found = format!("{} faults; {found}:{}", faults.len(), shown.collect::<String>());
        Check::new(name, false, found)
    }
}
