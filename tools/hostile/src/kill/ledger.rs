//! What one user was told, and whether the service still knows it.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use load::PlacedCall;
use serde_json::Value;

use crate::kill::findings::Record;

/// Calls that may ring one callee.
const CALLS_MAX: usize = 10;
/// The time before its end at which a call need not be there any more.
const ENDING: Duration = Duration::from_secs(5);

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

/// What is known of everything that a user asked for.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Whether each device is registered.
    pub(crate) devices: BTreeMap<String, Fate>,
    /// Whether each link is revoked, by token.
    pub(crate) revocations: BTreeMap<String, Fate>,
    /// The end of each call, by id.
    calls: BTreeMap<String, SystemTime>,
    /// Calls that were not acknowledged, and not yet looked for.
    calls_in_doubt: usize,
}

impl Fate {
    /// Compares it with what is seen, from which it follows if it was in doubt.
    fn compare(&mut self, is_done: bool, thing: &str, record: &mut Record) {
        match (*self, is_done) {
            (Self::InDoubt, true) => record.stored += 1,
            (Self::InDoubt, false) => record.not_stored += 1,
            (Self::Done, false) => record.faults.push(format!("{thing} was done, and is not")),
            (Self::Undone, true) => record.faults.push(format!("{thing} is done, and was not")),
            (Self::Done, true) | (Self::Undone, false) => {}
        }
        if *self == Self::InDoubt {
            *self = if is_done { Self::Done } else { Self::Undone };
        }
    }
}

impl Ledger {
    /// Builds the ledger of a user with one device.
    pub(crate) fn of_device(device: String) -> Self {
        Self { devices: [(device, Fate::Done)].into(), ..Self::default() }
    }

    /// Returns how many more calls the user can surely get.
    pub(crate) fn room(&self) -> usize {
        CALLS_MAX.saturating_sub(self.calls.len() + self.calls_in_doubt)
    }

    /// Adds a call that is on its way, and may or may not be stored.
    pub(crate) fn call_sent(&mut self) {
        self.calls_in_doubt += 1;
    }

    /// Replaces a call that was on its way by the one that was placed.
    pub(crate) fn call_placed(&mut self, placed: &PlacedCall) {
        self.calls_in_doubt -= 1;
        self.calls.insert(placed.call_id.clone(), unix_time(placed.expires_at));
    }

    /// Removes a call that was on its way.
    pub(crate) fn call_refused(&mut self) {
        self.calls_in_doubt -= 1;
    }

    /// Compares calls with those that are listed.
    pub(crate) fn compare_calls(&mut self, listed: &[Value], now: SystemTime, record: &mut Record) {
        record.looked_for += listed.len();
        let mut found = BTreeMap::new();
        for call in listed {
            match id_and_end(call) {
                Some((id, end)) => drop(found.insert(id, end)),
                None => record.faults.push(format!("half a call is listed: {call}")),
            }
        }
        for (id, end) in &self.calls {
            if *end > now + ENDING && !found.contains_key(id) {
                record.faults.push(format!("call {id} was acknowledged and is lost"));
            }
        }
        let asked = mem::take(&mut self.calls_in_doubt);
        let known = self.calls.len();
        self.calls.extend(found);
        let more = self.calls.len() - known;
        if more > asked {
            let fault = format!("{more} calls more than acknowledged, {asked} asked for");
            record.faults.push(fault);
        }
        record.stored += more;
        record.not_stored += asked.saturating_sub(more);
    }

    /// Compares devices with those that one call has pinged.
    pub(crate) fn compare_devices(
        &mut self,
        pinged: &[String],
        notified: bool,
        record: &mut Record,
    ) {
        record.looked_for += self.devices.len();
        let distinct: BTreeSet<_> = pinged.iter().collect();
        if distinct.len() != pinged.len() || notified == pinged.is_empty() {
            let registered = &self.devices;
            record.faults.push(format!("notified: {notified}, {pinged:?} of {registered:?}"));
        }
        let is_unknown = |device: &&&String| !self.devices.contains_key(**device);
        let unknown = distinct.iter().filter(is_unknown);
        record.faults.extend(unknown.map(|it| format!("{it} rings, and was never registered")));
        for (device, fate) in &mut self.devices {
            fate.compare(distinct.contains(device), &format!("registration of {device}"), record);
        }
    }

    /// Compares a revocation with whether a call to the link was refused.
    pub(crate) fn compare_revocation(&mut self, token: &str, is_done: bool, record: &mut Record) {
        record.looked_for += 1;
        if let Some(fate) = self.revocations.get_mut(token) {
            fate.compare(is_done, &format!("revocation of {token}"), record);
        }
    }
}

/// Returns id and end of a call that has everything that a callee needs.
fn id_and_end(call: &Value) -> Option<(String, SystemTime)> {
    for name in ["remote_id", "call_type", "provider", "session_id", "session_token", "server_url"]
    {
        call[name].as_str()?;
    }
    call["version"].as_u64()?;
    Some((call["call_id"].as_str()?.to_owned(), unix_time(call["expires_at"].as_u64()?)))
}

fn unix_time(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn bob() -> Ledger {
        Ledger::of_device("bob.0".into())
    }

    fn listed(id: &str) -> Value {
        json!({
            "call_id": id, "version": 1, "remote_id": "a", "call_type": "audio", "provider": "direct",
            "session_id": id, "session_token": "t", "server_url": "ws://localhost", "expires_at": 1000,
        })
    }

    /// Counts the faults of one comparison, and adds it to the doubts that were settled.
    fn faults(settled: &mut [usize; 2], compare: impl FnOnce(&mut Record)) -> usize {
        let mut record = Record::default();
        compare(&mut record);
        *settled = [settled[0] + record.stored, settled[1] + record.not_stored];
        record.faults.len()
    }

    #[test]
    fn an_acknowledged_call_must_be_listed_until_it_ends() {
        let (mut bob, mut settled) = (bob(), [0, 0]);
        bob.call_sent();
        let placed = PlacedCall { call_id: "1".into(), expires_at: 1000, notified: true };
        bob.call_placed(&placed);
        let mut compare = |listed: &[Value], now| {
            faults(&mut settled, |record| bob.compare_calls(listed, unix_time(now), record))
        };
        assert_eq!(compare(&[listed("1")], 0), 0);
        assert_eq!(compare(&[], 0), 1);
        assert_eq!(compare(&[], 999), 0);
        assert_eq!(settled, [0, 0]);
    }

    #[test]
    fn a_call_in_doubt_is_there_or_not_and_stays_so() {
        let (mut bob, mut settled) = (bob(), [0, 0]);
        let mut compare = |sent: bool, listed: &[Value]| {
            (0..usize::from(sent)).for_each(|_| bob.call_sent());
            faults(&mut settled, |record| bob.compare_calls(listed, UNIX_EPOCH, record))
        };
        assert_eq!(compare(true, &[listed("1")]), 0);
        assert_eq!(compare(false, &[]), 1, "it was seen");
        assert_eq!(compare(true, &[listed("1")]), 0);
        assert_eq!(compare(false, &[listed("1"), listed("2")]), 1, "it was seen not to be there");
        assert_eq!(settled, [2, 1], "also the one that nobody asked for");
        bob.call_sent();
        assert_eq!(bob.room(), 7);
    }

    #[test]
    fn half_a_call_is_a_fault() {
        let mut bob = bob();
        bob.call_sent();
        let mut half = listed("1");
        half["session_token"] = Value::Null;
        let compare = |record: &mut Record| bob.compare_calls(&[half], UNIX_EPOCH, record);
        assert_eq!(faults(&mut [0, 0], compare), 1);
    }

    #[test]
    fn devices_ring_once_if_they_are_registered() {
        let (mut bob, mut settled) = (bob(), [0, 0]);
        bob.devices.insert("bob.1".into(), Fate::InDoubt);
        bob.devices.insert("bob.2".into(), Fate::Undone);
        let mut compare = |pinged: &[usize], notified| {
            let pinged: Vec<_> = pinged.iter().map(|number| format!("bob.{number}")).collect();
            faults(&mut settled, |record| bob.compare_devices(&pinged, notified, record))
        };
        assert_eq!(compare(&[0, 1], true), 0);
        assert_eq!(compare(&[0], true), 1, "it has rung before");
        assert_eq!(compare(&[1], true), 1, "it was acknowledged");
        assert_eq!(compare(&[0, 1, 2], true), 1, "it was removed");
        assert_eq!(compare(&[0, 1, 3], true), 1, "it is unknown");
        assert_eq!(compare(&[0, 1, 1], true), 1, "twice");
        assert_eq!(compare(&[0, 1], false), 1, "they are notified");
        assert_eq!(settled, [1, 0]);
    }

    #[test]
    fn a_revoked_link_stays_revoked() {
        let (mut bob, mut settled) = (bob(), [0, 0]);
        bob.revocations = [("a".into(), Fate::Done), ("b".into(), Fate::InDoubt)].into();
        let mut compare = |token, is_done| {
            faults(&mut settled, |record| bob.compare_revocation(token, is_done, record))
        };
        assert_eq!((compare("a", true), compare("a", false)), (0, 1));
        assert_eq!((compare("b", true), compare("b", false)), (0, 1));
        assert_eq!(settled, [1, 0]);
    }
}
