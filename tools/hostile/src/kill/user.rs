//! A user of the service, for whom a client makes requests and searches their outcomes.

use std::{collections::BTreeMap, time::Duration};

use fastrand::Rng;
use load::{
    ClientError, Connection, Device, Method, PushReceiver, Request, Response, Session, StatusCode,
};
use serde_json::{Value, json};

use crate::kill::facts::Facts;

/// The time for which calls ring, which is longer than most measurements.
pub(crate) const RINGING: Duration = Duration::from_mins(10);
/// The age up to which a call has to be there.
const RINGING_SURELY: Duration = Duration::from_secs(595);
/// The number of calls that may ring one callee in any case.
const CALLS_MAX: usize = 10;
/// The room for calls that a user needs to get calls besides those of inspections.
const ROOM_FOR_CALLS: usize = 6;
const DEVICES: usize = 5;
const REVOCATIONS: usize = 3;
/// The responses to a call through a revoked link, and to a call to a user without a device.
const REVOKED: &str = "410, errno 111";
const NO_DEVICE: &str = "409, errno 122";

#[derive(Debug)]
pub(crate) struct User {
    /// The name, which is the prefix of its devices' names.
    name: String,
    session: Session,
    /// The token of each link by the link's name, which is also the caller's.
    links: BTreeMap<String, String>,
    /// The devices that are registered.
    pub(crate) devices: Facts,
    /// The links that are revoked.
    pub(crate) revocations: Facts,
    /// The links through which a call rings.
    pub(crate) calls: Facts,
    /// True if the next inspection includes this user.
    pub(crate) is_due: bool,
}

/// The state that all users of a client share.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) connection: Connection,
    /// The push service of all devices.
    pub(crate) push: PushReceiver,
    pub(crate) random: Rng,
    /// The responses that no request allows, such as a 500.
    pub(crate) unexpected: Vec<String>,
}

impl User {
    /// Registers a new user with one device.
    pub(crate) fn register(name: String, context: &mut Context) -> Result<Self, ClientError> {
        let device = format!("{name}.0");
        let register = Request::register(None, &context.simple_push(&device));
        let session = context.connection.send(&register)?.into_session()?;
        let mut devices = Facts::default();
        devices.acknowledge(&device, true);
        let (revocations, calls) = (Facts::default(), Facts::default());
        let links = BTreeMap::new();
        Ok(Self { name, session, links, devices, revocations, calls, is_due: true })
    }

    /// Returns the number of further calls that the user can get in any case.
    pub(crate) fn room(&self) -> usize {
        CALLS_MAX.saturating_sub(self.calls.not_undone().count())
    }

    /// Requests one thing, if there is room for it.
    pub(crate) fn do_something(&mut self, context: &mut Context) -> Result<(), ClientError> {
        self.is_due = true;
        match context.random.u8(..4) {
            0 if self.revocations.len() < REVOCATIONS => self.revoke(context),
            1 if self.room() >= ROOM_FOR_CALLS => {
                let link = self.make_link(context)?;
                self.call(&link, context)?.into_placed_call().map(drop)
            }
            2 if self.devices.len() > 2 => self.remove_device(context),
            2 | 3 if self.devices.len() < DEVICES => self.add_device(context),
            _ => Ok(()),
        }
    }

    /// Searches for everything that was acknowledged, by HTTP alone.
    pub(crate) fn inspect(&mut self, context: &mut Context) -> Result<(), ClientError> {
        let links: Vec<_> = self.revocations.not_undone().cloned().collect();
        let mut revoked = Vec::new();
        for link in links {
            let response = self.call(&link, context)?;
            match &*response.summary() {
                REVOKED => revoked.push(link),
                NO_DEVICE => {}
                _ => drop(response.into_placed_call()?),
            }
        }
        self.revocations.compare(&revoked, Duration::MAX);

        let link = self.make_link(context)?;
        context.push.take();
        let response = self.call(&link, context)?;
        // The response to a call comes after its pings.
        let pings = context.push.take();
        let notified = match &*response.summary() {
            NO_DEVICE => false,
            _ => response.into_placed_call()?.notified,
        };
        let listed =
            context.connection.send(&Request::pending_calls(&self.session))?.into_calls()?;
        let callers: Vec<_> = listed.iter().map(caller).collect();
        self.calls.compare(&callers, RINGING_SURELY);

        let call = listed.iter().find(|call| call["remote_id"] == link.as_str());
        let version = call.and_then(|call| call["version"].as_u64());
        let of_call = pings.into_iter().filter(|ping| Some(ping.version) == version);
        let is_mine = |device: &String| device.split('.').next() == Some(&self.name);
        let pinged: Vec<_> = of_call.map(|ping| ping.device).filter(is_mine).collect();
        self.devices.compare(&pinged, Duration::MAX);
        if notified == pinged.is_empty() {
            self.devices.tally.faults.push(format!("notified: {notified}, pinged: {pinged:?}"));
        }
        Ok(())
    }

    fn add_device(&mut self, context: &mut Context) -> Result<(), ClientError> {
        let device = format!("{}.{}", self.name, self.devices.len());
        self.devices.ask(&device);
        let register = Request::register(Some(&self.session), &context.simple_push(&device));
        context.connection.send(&register)?.expect(StatusCode::OK)?;
        self.devices.acknowledge(&device, true);
        Ok(())
    }

    /// Removes any device but the first, without which calls would fail.
    fn remove_device(&mut self, context: &mut Context) -> Result<(), ClientError> {
        let device = format!("{}.{}", self.name, context.random.usize(1..self.devices.len()));
        if self.devices.is_done(&device) {
            self.devices.ask(&device);
            let unregister = Request::unregister(&self.session, &context.simple_push(&device));
            context.connection.send(&unregister)?.expect(StatusCode::NO_CONTENT)?;
            self.devices.acknowledge(&device, false);
        }
        Ok(())
    }

    /// Makes a link and revokes it.
    fn revoke(&mut self, context: &mut Context) -> Result<(), ClientError> {
        let link = self.make_link(context)?;
        self.revocations.ask(&link);
        let revoke = Request::revoke_link(&self.session, &self.links[&link]);
        context.connection.send(&revoke)?.expect(StatusCode::NO_CONTENT)?;
        self.revocations.acknowledge(&link, true);
        Ok(())
    }

    fn call(&mut self, link: &str, context: &mut Context) -> Result<Response, ClientError> {
        self.calls.ask(link);
        let response = context.connection.send(&Request::place(&self.links[link]))?;
        self.calls.acknowledge(link, response.status == StatusCode::OK);
        Ok(response)
    }

    /// Makes a link for a caller of its own, and returns the caller's name. One link would not do,
    /// since the number of calls that ring through it is limited.
    fn make_link(&mut self, context: &mut Context) -> Result<String, ClientError> {
        let caller = format!("{}/{}", self.name, self.links.len());
        let wish = json!({ "remote_id": caller, "valid_duration": 86_400 });
        let make = Request::new(Method::POST, "/call-url").session(&self.session).json(&wish);
        let token = context.connection.send(&make)?.into_call_token()?;
        self.links.insert(caller.clone(), token);
        Ok(caller)
    }
}

impl Context {
    fn simple_push(&self, device: &str) -> Device {
        Device::SimplePush(self.push.url(device))
    }
}

/// Returns the caller's name, if the call has everything that a callee needs. For an incomplete
/// call it returns a description, which is the name of no caller.
fn caller(call: &Value) -> String {
    let texts = ["call_id", "call_type", "provider", "session_id", "session_token", "server_url"];
    let numbers = ["version", "expires_at"];
    let is_whole = texts.iter().all(|name| call[name].is_string())
        && numbers.iter().all(|name| call[name].is_u64());
    let caller = call["remote_id"].as_str().filter(|_| is_whole);
    caller.map_or_else(|| format!("half a call, {call},"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_call_is_a_fault() {
        let mut call = json!({
            "call_id": "1", "version": 1, "remote_id": "a", "call_type": "audio",
            "provider": "direct", "session_id": "1", "session_token": "t",
            "server_url": "ws://localhost", "expires_at": 1000,
        });
        let mut calls = Facts::default();
        calls.ask("a");
        calls.compare(&[caller(&call)], Duration::MAX);
        assert!(calls.tally.faults.is_empty());
        call["session_token"] = Value::Null;
        calls.compare(&[caller(&call)], Duration::MAX);
        assert_eq!(calls.tally.faults.len(), 2, "it is not there, and something else is");
    }
}
