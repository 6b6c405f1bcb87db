//! What one user was told, and whether the service still knows it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::kill::{
    api::Called,
    findings::{Fault, Subject},
};

/// Calls that may ring one callee.
const CALLS_MAX: usize = 10;
/// How many seconds before its end a call need not be there any more.
const ENDING: u64 = 5;

/// What is known of something that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It was acknowledged, or seen since.
    Done,
    /// Asked for and not acknowledged: either is right, but only one, and from now on the same.
    InDoubt,
    /// It was undone with an acknowledgement, or seen not to have been done.
    Undone,
}

#[derive(Debug)]
pub(crate) struct User {
    /// What the paths of its push URLs begin with.
    pub(crate) name: String,
    pub(crate) cookie: String,
    /// Whether each rings, by path.
    pub(crate) devices: BTreeMap<String, Fate>,
    /// Whether each link is revoked, by token.
    pub(crate) revocations: BTreeMap<String, Fate>,
    /// When each call ends, by id.
    calls: BTreeMap<String, u64>,
    /// Calls that were not acknowledged, and not yet looked for.
    calls_in_doubt: usize,
    /// It has been used since it was last inspected.
    pub(crate) is_recent: bool,
}

/// How an inspection of doubtful things ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Doubts {
    pub(crate) done: usize,
    pub(crate) undone: usize,
}

impl Doubts {
    pub(crate) fn add(&mut self, other: Self) {
        self.done += other.done;
        self.undone += other.undone;
    }
}

impl User {
    /// With one device.
    pub(crate) fn new(name: String, cookie: String, device: String) -> Self {
        Self {
            name,
            cookie,
            devices: [(device, Fate::Done)].into(),
            revocations: BTreeMap::new(),
            calls: BTreeMap::new(),
            calls_in_doubt: 0,
            is_recent: true,
        }
    }

    /// How many more calls it can surely get.
    pub(crate) fn room(&self) -> usize {
        CALLS_MAX.saturating_sub(self.calls.len() + self.calls_in_doubt)
    }

    /// A call is on its way, and may or may not be stored.
    pub(crate) fn call_sent(&mut self) {
        self.calls_in_doubt += 1;
    }

    /// What became of the call that was on its way.
    pub(crate) fn call_answered(&mut self, called: &Called) {
        self.calls_in_doubt -= 1;
        if let Called::Placed(placed) = called {
            self.calls.insert(placed.id.clone(), placed.expires_at);
        }
    }

    /// Compares calls with those that are listed.
    pub(crate) fn compare_calls(
        &mut self,
        listed: &[Value],
        now: u64,
        doubts: &mut Doubts,
    ) -> Vec<Fault> {
        let mut faults = Vec::new();
        let fault = |text| Fault::new(Subject::Calls, format!("{}: {text}", self.name));
        let mut found = BTreeMap::new();
        for call in listed {
            match whole(call) {
                Some((id, expires_at)) => {
                    found.insert(id, expires_at);
                }
                None => faults.push(fault(format!("half a call is listed: {call}"))),
            }
        }
        for (id, expires_at) in &self.calls {
            if *expires_at > now + ENDING && !found.contains_key(id) {
                faults.push(fault(format!("call {id} was acknowledged and is lost")));
            }
        }
        let unknown: Vec<_> =
            found.iter().filter(|(id, _)| !self.calls.contains_key(*id)).collect();
        if unknown.len() > self.calls_in_doubt {
            let (more, asked) = (unknown.len(), self.calls_in_doubt);
            faults.push(fault(format!("{more} calls more than acknowledged, {asked} asked for")));
        }
        doubts.done += unknown.len();
        doubts.undone += self.calls_in_doubt.saturating_sub(unknown.len());
        self.calls_in_doubt = 0;
        self.calls.extend(
            unknown
                .into_iter()
                .map(|(id, expires_at)| (id.clone(), *expires_at))
                .collect::<Vec<_>>(),
        );
        faults
    }

    /// Compares devices with the paths that one call has pinged.
    pub(crate) fn compare_devices(
        &mut self,
        pinged: &[String],
        notified: bool,
        doubts: &mut Doubts,
    ) -> Vec<Fault> {
        let mut faults = Vec::new();
        let fault = |text| Fault::new(Subject::Registrations, format!("{}: {text}", self.name));
        let distinct: BTreeSet<_> = pinged.iter().collect();
        if distinct.len() != pinged.len() || notified == pinged.is_empty() {
            faults.push(fault(format!("notified: {notified}, and pinged were {pinged:?}")));
        }
        for path in distinct.iter().filter(|path| !self.devices.contains_key(**path)) {
            faults.push(fault(format!("{path} was pinged and never registered")));
        }
        for (path, fate) in &mut self.devices {
            let rings = distinct.contains(path);
            match (*fate, rings) {
                (Fate::Done, false) => {
                    faults.push(fault(format!("{path} was registered and does not ring")));
                }
                (Fate::Undone, true) => faults.push(fault(format!("{path} rings, and was gone"))),
                _ => {}
            }
            settle(fate, rings, doubts);
        }
        faults
    }

    /// Compares a revocation with whether a call to the link was refused.
    pub(crate) fn compare_revocation(
        &mut self,
        token: &str,
        is_revoked: bool,
        doubts: &mut Doubts,
    ) -> Option<Fault> {
        let fate = self.revocations.get_mut(token)?;
        let is_lost = *fate == Fate::Done && !is_revoked;
        settle(fate, is_revoked, doubts);
        is_lost.then(|| {
            let text = format!("{}: a link was revoked and rings again", self.name);
            Fault::new(Subject::Revocations, text)
        })
    }
}

fn settle(fate: &mut Fate, is_done: bool, doubts: &mut Doubts) {
    if *fate == Fate::InDoubt {
        *(if is_done { &mut doubts.done } else { &mut doubts.undone }) += 1;
        *fate = if is_done { Fate::Done } else { Fate::Undone };
    }
}

/// Id and end of a call that has everything that a callee needs.
fn whole(call: &Value) -> Option<(String, u64)> {
    for name in ["remote_id", "call_type", "provider", "session_id", "session_token", "server_url"]
    {
        call[name].as_str()?;
    }
    call["version"].as_u64()?;
    Some((call["call_id"].as_str()?.to_owned(), call["expires_at"].as_u64()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kill::api::Placed;

    fn bob() -> User {
        User::new("/bob".into(), "session=1".into(), "/bob/0".into())
    }

    fn listed(id: &str) -> Value {
        json!({
            "call_id": id, "version": 1, "remote_id": "a", "call_type": "audio", "provider": "direct",
            "session_id": id, "session_token": "t", "server_url": "ws://localhost", "expires_at": 1000,
        })
    }

    fn placed(id: &str) -> Called {
        Called::Placed(Placed { id: id.into(), expires_at: 1000, notified: true })
    }

    #[test]
    fn an_acknowledged_call_must_be_listed_until_it_ends() {
        let mut bob = bob();
        bob.call_sent();
        bob.call_answered(&placed("1"));
        let doubts = &mut Doubts::default();
        assert!(bob.compare_calls(&[listed("1")], 0, doubts).is_empty());
        assert_eq!(bob.compare_calls(&[], 0, doubts).len(), 1);
        assert!(bob.compare_calls(&[], 999, doubts).is_empty());
        assert_eq!(*doubts, Doubts::default());
    }

    #[test]
    fn a_call_in_doubt_is_there_or_not_and_stays_so() {
        let mut bob = bob();
        bob.call_sent();
        assert_eq!(bob.room(), 9);
        let doubts = &mut Doubts::default();
        assert!(bob.compare_calls(&[listed("1")], 0, doubts).is_empty());
        assert_eq!(*doubts, Doubts { done: 1, undone: 0 });
        assert_eq!(bob.compare_calls(&[], 0, doubts).len(), 1, "it was seen");
        bob.call_sent();
        assert!(bob.compare_calls(&[listed("1")], 0, doubts).is_empty());
        assert_eq!(*doubts, Doubts { done: 1, undone: 1 });
        let faults = bob.compare_calls(&[listed("1"), listed("2")], 0, doubts);
        assert_eq!(faults.len(), 1, "it was seen not to be there");
    }

    #[test]
    fn half_a_call_is_a_fault() {
        let mut bob = bob();
        bob.call_sent();
        let mut half = listed("1");
        half["session_token"] = Value::Null;
        assert_eq!(bob.compare_calls(&[half], 0, &mut Doubts::default()).len(), 1);
    }

    #[test]
    fn devices_ring_once_if_they_are_registered() {
        let mut bob = bob();
        bob.devices.insert("/bob/1".into(), Fate::InDoubt);
        bob.devices.insert("/bob/2".into(), Fate::Undone);
        let doubts = &mut Doubts::default();
        let [zero, one, two, three] = [0, 1, 2, 3].map(|number| format!("/bob/{number}"));
        assert!(bob.compare_devices(&[zero.clone(), one.clone()], true, doubts).is_empty());
        assert_eq!(*doubts, Doubts { done: 1, undone: 0 });
        let mut faults = |pinged: &[&String], notified| {
            let pinged: Vec<_> = pinged.iter().map(|path| (*path).clone()).collect();
            bob.compare_devices(&pinged, notified, doubts).len()
        };
        assert_eq!(faults(&[&zero], true), 1, "it has rung before");
        assert_eq!(faults(&[&one], true), 1, "it was acknowledged");
        assert_eq!(faults(&[&zero, &one, &two], true), 1, "it was removed");
        assert_eq!(faults(&[&zero, &one, &three], true), 1, "nobody knows it");
        assert_eq!(faults(&[&zero, &one, &one], true), 1, "twice");
        assert_eq!(faults(&[&zero, &one], false), 1, "they are notified");
    }

    #[test]
    fn a_revoked_link_stays_revoked() {
        let mut bob = bob();
        bob.revocations.insert("a".into(), Fate::Done);
        bob.revocations.insert("b".into(), Fate::InDoubt);
        let doubts = &mut Doubts::default();
        assert_eq!(bob.compare_revocation("a", true, doubts), None);
        assert!(bob.compare_revocation("a", false, doubts).is_some());
        assert_eq!(bob.compare_revocation("b", true, doubts), None);
        assert!(bob.compare_revocation("b", false, doubts).is_some());
        assert_eq!(*doubts, Doubts { done: 1, undone: 0 });
    }
}
