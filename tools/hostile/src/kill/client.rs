//! Somebody who asks for things, and remembers what was acknowledged.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicBool, Ordering},
};

use http_load::Random;

use crate::kill::{
    api::{Api, Called, Unacknowledged},
    ledger::{Doubts, Fate, User},
};

/// Who has room for fewer calls is not used any more: inspections need it.
const ROOM_FOR_USE: usize = 4;
/// Who has room for fewer gets calls from inspections alone.
const ROOM_FOR_CALLS: usize = 6;
const DEVICES: usize = 5;
const REVOCATIONS: usize = 3;

/// Which users are inspected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Those who were used since the last time, and some of the others.
    Recent,
    All,
}

/// A client with users of its own, in whose name it does one thing after the other.
#[derive(Debug)]
pub(crate) struct Client {
    number: usize,
    pub(super) random: Random,
    /// Scheme, host and port of all push URLs.
    push_origin: String,
    pub(super) users: Vec<User>,
    pub(super) tally: Tally,
    /// How many names were given: also to those of whom nothing was heard again.
    named: usize,
}

/// What was acknowledged, how often it was looked for, and what became of the rest.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) users: usize,
    pub(crate) devices: usize,
    pub(crate) removals: usize,
    pub(crate) revocations: usize,
    pub(crate) calls: usize,
    pub(crate) rung: usize,
    pub(crate) refused: usize,
    pub(crate) listed: usize,
    pub(crate) devices_in_doubt: Doubts,
    pub(crate) revocations_in_doubt: Doubts,
    pub(crate) calls_in_doubt: Doubts,
}

impl Client {
    pub(crate) fn new(number: usize, seed: u64, push_origin: String) -> Self {
        let (random, tally) = (Random::new(seed, number as u64), Tally::default());
        Self { number, random, push_origin, users: Vec::new(), tally, named: 0 }
    }

    pub(crate) fn tally(&self) -> Tally {
        self.tally
    }

    /// Does things until the server is killed.
    ///
    /// # Errors
    /// An answer was not what it should be, or the server was gone too early.
    pub(crate) fn load(
        &mut self,
        address: SocketAddr,
        is_killed: &AtomicBool,
    ) -> Result<(), String> {
        let ended = Api::connect(address).map_err(Unacknowledged::from).and_then(|mut api| {
            loop {
                self.do_something(&mut api)?;
            }
        });
        match ended {
            Err(Unacknowledged::Lost(_)) if is_killed.load(Ordering::SeqCst) => Ok(()),
            Err(Unacknowledged::Lost(error)) => Err(format!("no answer before the kill: {error}")),
            Err(Unacknowledged::Refused(text)) => Err(text),
            Ok(()) => Ok(()),
        }
    }

    fn do_something(&mut self, api: &mut Api) -> Result<(), Unacknowledged> {
        let usable = |user: &User| user.room() >= ROOM_FOR_USE;
        let chosen = match self.users.len() {
            0 => None,
            count => Some(self.random.below(count)).filter(|it| usable(&self.users[*it])),
        };
        let Some(chosen) = chosen.filter(|_| !self.random.percent(30)) else {
            return self.begin(api);
        };
        self.users[chosen].is_recent = true;
        match self.random.below(4) {
            0 => self.revoke(api, chosen),
            1 => self.call(api, chosen),
            2 if self.users[chosen].devices.len() > 2 => self.remove_device(api, chosen),
            _ => self.add_device(api, chosen),
        }
    }

    /// Registers a new user.
    fn begin(&mut self, api: &mut Api) -> Result<(), Unacknowledged> {
        let name = format!("/{}-{}", self.number, self.named);
        self.named += 1;
        let device = format!("{name}/0");
        let cookie = api.register(None, &format!("{}{device}", self.push_origin))?;
        let no_session = || Unacknowledged::Refused("a registration gave no session".to_owned());
        let cookie = cookie.ok_or_else(no_session)?;
        self.users.push(User::new(name, cookie, device));
        self.tally.users += 1;
        self.tally.devices += 1;
        Ok(())
    }

    fn add_device(&mut self, api: &mut Api, user: usize) -> Result<(), Unacknowledged> {
        let user = &mut self.users[user];
        if user.devices.len() >= DEVICES {
            return Ok(());
        }
        let path = format!("{}/{}", user.name, user.devices.len());
        user.devices.insert(path.clone(), Fate::InDoubt);
        api.register(Some(&user.cookie), &format!("{}{path}", self.push_origin))?;
        user.devices.insert(path, Fate::Done);
        self.tally.devices += 1;
        Ok(())
    }

    /// Any but the first, without which nobody could call.
    fn remove_device(&mut self, api: &mut Api, user: usize) -> Result<(), Unacknowledged> {
        let user = &mut self.users[user];
        let path = format!("{}/{}", user.name, 1 + self.random.below(user.devices.len() - 1));
        if user.devices.get(&path) != Some(&Fate::Done) {
            return Ok(());
        }
        user.devices.insert(path.clone(), Fate::InDoubt);
        api.unregister(&user.cookie, &format!("{}{path}", self.push_origin))?;
        user.devices.insert(path, Fate::Undone);
        self.tally.removals += 1;
        Ok(())
    }

    fn revoke(&mut self, api: &mut Api, user: usize) -> Result<(), Unacknowledged> {
        let user = &mut self.users[user];
        if user.revocations.len() >= REVOCATIONS {
            return Ok(());
        }
        let token = api.make_link(&user.cookie)?;
        user.revocations.insert(token.clone(), Fate::InDoubt);
        api.revoke(&user.cookie, &token)?;
        user.revocations.insert(token, Fate::Done);
        self.tally.revocations += 1;
        Ok(())
    }

    fn call(&mut self, api: &mut Api, user: usize) -> Result<(), Unacknowledged> {
        let user = &mut self.users[user];
        if user.room() < ROOM_FOR_CALLS {
            return Ok(());
        }
        let link = api.make_link(&user.cookie)?;
        user.call_sent();
        let called = api.call(&link)?;
        user.call_answered(&called);
        let Called::Placed(_) = called else {
            let text = format!("{}: {called:?}", user.name);
            return Err(Unacknowledged::Refused(text));
        };
        self.tally.calls += 1;
        Ok(())
    }
}

impl Tally {
    pub(crate) fn add(&mut self, other: Self) {
        let mut sums = [
            (&mut self.users, other.users),
            (&mut self.devices, other.devices),
            (&mut self.removals, other.removals),
            (&mut self.revocations, other.revocations),
            (&mut self.calls, other.calls),
            (&mut self.rung, other.rung),
            (&mut self.refused, other.refused),
            (&mut self.listed, other.listed),
        ];
        sums.iter_mut().for_each(|(sum, other)| **sum += *other);
        self.devices_in_doubt.add(other.devices_in_doubt);
        self.revocations_in_doubt.add(other.revocations_in_doubt);
        self.calls_in_doubt.add(other.calls_in_doubt);
    }
}
