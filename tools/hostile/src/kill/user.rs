//! A user of the service, in whose name things are asked for, and looked for afterwards.

use std::time::{Duration, SystemTime};

use fastrand::Rng;
use load::{
    ClientError, Connection, Device, PlacedCall, PushReceiver, Request, Session, StatusCode,
};

use crate::kill::{
    findings::Findings,
    ledger::{Fate, Ledger},
};

/// A user with room for fewer calls gets calls from inspections alone.
const ROOM_FOR_CALLS: usize = 6;
const DEVICES: usize = 5;
const REVOCATIONS: usize = 3;
const VALID: Duration = Duration::from_hours(24);

#[derive(Debug)]
pub(crate) struct User {
    /// The name, with which those of its devices begin.
    name: String,
    session: Session,
    pub(crate) ledger: Ledger,
    /// Whether the next inspection is to inspect it.
    pub(crate) is_due: bool,
}

/// What all users of a client share.
#[derive(Debug)]
pub(crate) struct Context {
    /// The push service of all devices.
    pub(crate) push: PushReceiver,
    pub(crate) random: Rng,
    pub(crate) findings: Findings,
}

/// What came of calling.
#[derive(Debug)]
enum Called {
    Placed(PlacedCall),
    /// The link is revoked.
    Revoked,
    /// The callee has no device.
    NoDevice,
}

impl User {
    /// Registers a new user with one device.
    pub(crate) fn register(
        name: String,
        connection: &mut Connection,
        context: &mut Context,
    ) -> Result<Self, ClientError> {
        let device = format!("{name}.0");
        let register = Request::register(None, &context.simple_push(&device));
        let session = connection.send(&register)?.into_session()?;
        context.findings.users += 1;
        context.findings.registrations.acknowledged += 1;
        Ok(Self { name, session, ledger: Ledger::of_device(device), is_due: true })
    }

    /// Asks for one thing, if there is room for it.
    pub(crate) fn do_something(
        &mut self,
        connection: &mut Connection,
        context: &mut Context,
    ) -> Result<(), ClientError> {
        self.is_due = true;
        let devices = self.ledger.devices.len();
        match context.random.u8(..4) {
            0 if self.ledger.revocations.len() < REVOCATIONS => self.revoke(connection, context),
            1 if self.ledger.room() >= ROOM_FOR_CALLS => {
                let called = self.ring(connection, context)?;
                if !matches!(called, Called::Placed(_)) {
                    context.findings.unexpected.push(format!("{}: {called:?}", self.name));
                }
                Ok(())
            }
            2 if devices > 2 => self.remove_device(connection, context),
            2 | 3 if devices < DEVICES => self.add_device(connection, context),
            _ => Ok(()),
        }
    }

    /// Looks for everything that was acknowledged, by HTTP alone.
    pub(crate) fn inspect(
        &mut self,
        connection: &mut Connection,
        context: &mut Context,
    ) -> Result<(), ClientError> {
        let revoked = self.ledger.revocations.iter().filter(|(_, fate)| **fate != Fate::Undone);
        for token in revoked.map(|(token, _)| token.clone()).collect::<Vec<_>>() {
            let called = self.call(&token, connection, context)?;
            let is_revoked = matches!(called, Called::Revoked);
            let record = &mut context.findings.revocations;
            self.ledger.compare_revocation(&token, is_revoked, record);
        }
        context.push.take();
        let called = self.ring(connection, context)?;
        // A call is answered only after its pings.
        let pings = context.push.take();
        let listed = connection.send(&Request::list_calls(&self.session))?.into_calls()?;
        let findings = &mut context.findings;
        self.ledger.compare_calls(&listed, SystemTime::now(), &mut findings.calls);
        let (version, notified) = match called {
            Called::Placed(placed) => {
                let call = listed.iter().find(|call| call["call_id"] == placed.call_id.as_str());
                (call.and_then(|call| call["version"].as_u64()), placed.notified)
            }
            Called::NoDevice => (None, false),
            Called::Revoked => {
                findings.unexpected.push(format!("{}: a new link is revoked", self.name));
                return Ok(());
            }
        };
        let of_call = pings.into_iter().filter(|ping| Some(ping.version) == version);
        let devices = of_call.map(|ping| ping.device).filter(|device| self.is_mine(device));
        let pinged: Vec<_> = devices.collect();
        self.ledger.compare_devices(&pinged, notified, &mut findings.registrations);
        Ok(())
    }

    fn add_device(
        &mut self,
        connection: &mut Connection,
        context: &mut Context,
    ) -> Result<(), ClientError> {
        let device = format!("{}.{}", self.name, self.ledger.devices.len());
        self.ledger.devices.insert(device.clone(), Fate::InDoubt);
        let register = Request::register(Some(&self.session), &context.simple_push(&device));
        connection.send(&register)?.expect(StatusCode::OK)?;
        self.ledger.devices.insert(device, Fate::Done);
        context.findings.registrations.acknowledged += 1;
        Ok(())
    }

    /// Removes any device but the first, without which calls would fail.
    fn remove_device(
        &mut self,
        connection: &mut Connection,
        context: &mut Context,
    ) -> Result<(), ClientError> {
        let number = context.random.usize(1..self.ledger.devices.len());
        let device = format!("{}.{number}", self.name);
        if self.ledger.devices.get(&device) != Some(&Fate::Done) {
            return Ok(());
        }
        self.ledger.devices.insert(device.clone(), Fate::InDoubt);
        let unregister = Request::unregister(&self.session, &context.simple_push(&device));
        connection.send(&unregister)?.expect(StatusCode::NO_CONTENT)?;
        self.ledger.devices.insert(device, Fate::Undone);
        context.findings.removals += 1;
        Ok(())
    }

    /// Makes a link and revokes it.
    fn revoke(
        &mut self,
        connection: &mut Connection,
        context: &mut Context,
    ) -> Result<(), ClientError> {
        let token = self.make_link(connection)?;
        self.ledger.revocations.insert(token.clone(), Fate::InDoubt);
        let revoke = Request::revoke_call_url(&self.session, &token);
        connection.send(&revoke)?.expect(StatusCode::NO_CONTENT)?;
        self.ledger.revocations.insert(token, Fate::Done);
        context.findings.revocations.acknowledged += 1;
        Ok(())
    }

    /// Calls through a link of its own: how many calls ring through one is limited.
    fn ring(
        &mut self,
        connection: &mut Connection,
        context: &mut Context,
    ) -> Result<Called, ClientError> {
        let token = self.make_link(connection)?;
        self.call(&token, connection, context)
    }

    fn call(
        &mut self,
        token: &str,
        connection: &mut Connection,
        context: &mut Context,
    ) -> Result<Called, ClientError> {
        self.ledger.call_sent();
        let response = connection.send(&Request::place_call(token))?;
        let called = match (response.status, response.errno()) {
            (StatusCode::GONE, Some(111)) => Called::Revoked,
            (StatusCode::CONFLICT, Some(122)) => Called::NoDevice,
            _ => Called::Placed(response.into_placed_call()?),
        };
        match &called {
            Called::Placed(placed) => {
                self.ledger.call_placed(placed);
                context.findings.calls.acknowledged += 1;
            }
            Called::Revoked | Called::NoDevice => self.ledger.call_refused(),
        }
        Ok(called)
    }

    fn make_link(&self, connection: &mut Connection) -> Result<String, ClientError> {
        connection.send(&Request::create_call_url(&self.session, VALID))?.into_call_token()
    }

    fn is_mine(&self, device: &str) -> bool {
        device.rsplit_once('.').is_some_and(|(name, _)| name == self.name)
    }
}

impl Context {
    fn simple_push(&self, device: &str) -> Device {
        Device::SimplePush(self.push.url(device))
    }
}
