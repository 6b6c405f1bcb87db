//! Looking for everything that was acknowledged, by HTTP alone.

use std::{
    net::SocketAddr,
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{
    Failure,
    kill::{
        api::{Api, Called, Unacknowledged},
        client::{Client, Scope},
        findings::{Fault, Subject},
        ledger::Fate,
        pings::PingsByCall,
    },
};

/// How many users are inspected each time besides those who were used.
const SAMPLE: usize = 5;
/// Who has room for fewer calls is kept for the last inspection: one call, and another one if a
/// revocation that was in doubt was none.
const ROOM_KEPT: usize = 2;

/// A call to a user's devices, the pings of which are still to be compared.
#[derive(Debug)]
pub(crate) struct Rung {
    user: usize,
    version: u64,
    notified: bool,
}

impl Client {
    /// Inspects calls and revocations, and rings all devices.
    ///
    /// # Errors
    /// The server is gone. What it answers wrongly is among the faults.
    pub(crate) fn inspect(
        &mut self,
        address: SocketAddr,
        scope: Scope,
    ) -> Result<(Vec<Rung>, Vec<Fault>), Failure> {
        let mut api = Api::connect(address)?;
        let (mut rung, mut faults) = (Vec::new(), Vec::new());
        for user in self.chosen(scope) {
            self.users[user].is_recent = false;
            match self.inspect_user(&mut api, user, &mut faults) {
                Ok(one) => rung.extend(one),
                Err(Unacknowledged::Refused(text)) => {
                    faults.push(Fault::new(Subject::Answers, text));
                }
                Err(Unacknowledged::Lost(error)) => {
                    return Err(format!("no answer during an inspection: {error}").into());
                }
            }
        }
        Ok((rung, faults))
    }

    /// Compares devices with pings, when all pings have come.
    pub(crate) fn compare(&mut self, rung: &[Rung], pings: &PingsByCall) -> Vec<Fault> {
        let mut faults = Vec::new();
        for &Rung { user, version, notified } in rung {
            let user = &mut self.users[user];
            let pinged = pings.of(&user.name, version);
            let doubts = &mut self.tally.devices_in_doubt;
            faults.extend(user.compare_devices(pinged, notified, doubts));
            self.tally.rung += user.devices.len();
        }
        faults
    }

    fn chosen(&mut self, scope: Scope) -> Vec<usize> {
        let all = 0..self.users.len();
        if scope == Scope::All {
            return all.collect();
        }
        let mut chosen: Vec<_> = all.filter(|user| self.users[*user].is_recent).collect();
        for _ in 0..SAMPLE.min(self.users.len()) {
            let user = self.random.below(self.users.len());
            if self.users[user].room() > ROOM_KEPT && !chosen.contains(&user) {
                chosen.push(user);
            }
        }
        chosen
    }

    fn inspect_user(
        &mut self,
        api: &mut Api,
        index: usize,
        faults: &mut Vec<Fault>,
    ) -> Result<Option<Rung>, Unacknowledged> {
        let (user, tally) = (&mut self.users[index], &mut self.tally);
        let revoked = user.revocations.iter().filter(|(_, fate)| **fate != Fate::Undone);
        for token in revoked.map(|(token, _)| token.clone()).collect::<Vec<_>>() {
            user.call_sent();
            let called = api.call(&token)?;
            user.call_answered(&called);
            let is_revoked = called == Called::Revoked;
            let doubts = &mut tally.revocations_in_doubt;
            faults.extend(user.compare_revocation(&token, is_revoked, doubts));
            tally.refused += 1;
        }
        // Another link each time: how many calls ring through one is limited.
        let link = api.make_link(&user.cookie)?;
        user.call_sent();
        let called = api.call(&link)?;
        user.call_answered(&called);
        let listed = api.pending_calls(&user.cookie)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        faults.extend(user.compare_calls(&listed, now, &mut tally.calls_in_doubt));
        tally.listed += listed.len();
        match called {
            Called::Placed(placed) => {
                tally.calls += 1;
                let call = listed.iter().find(|call| call["call_id"] == placed.id.as_str());
                let version = call.and_then(|call| call["version"].as_u64());
                Ok(version.map(|version| Rung { user: index, version, notified: placed.notified }))
            }
            Called::NoDevice => {
                faults.extend(user.compare_devices(&[], false, &mut tally.devices_in_doubt));
                Ok(None)
            }
            Called::Revoked => {
                let text = format!("{}: a link is gone that nobody revoked", user.name);
                Err(Unacknowledged::Refused(text))
            }
        }
    }
}
