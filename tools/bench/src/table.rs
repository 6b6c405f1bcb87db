//! The table, with the items that functions need for their work.

use std::time::{Duration, SystemTime};

use emulator::EmbeddedDynamoDb;
use load::BoxError;
use loop_core::{
    CallId, CallToken, CallUrlClaims, CalleeName, KeyRing, Participant, PushKind, RemoteId,
    Settings, UnixMillis, UnixSeconds, UrlId, UserId,
    progress::{ConnectionId, Event, Role, Timeouts},
};
use loop_store::{ChannelCall, Registrant, Store};
use loop_testkit::{TEST_KEY_RING, fixtures};
use serde_json::{Value, json};

use crate::subject::{Needs, Subject};

pub(crate) const NAME: &str = "loop";
/// The time for which tokens are valid, which is longer than any measurement.
const LIFETIME: Duration = Duration::from_hours(24);
/// The time that a call may ring that ends for another reason.
const LONG: Duration = Duration::from_secs(600);

/// An embedded DynamoDB with a table.
pub(crate) struct Table {
    dynamodb: EmbeddedDynamoDb,
    store: Store,
}

impl Table {
    pub(crate) async fn start() -> Result<Self, BoxError> {
        let dynamodb = EmbeddedDynamoDb::start(None).await?;
        dynamodb.create_table(NAME)?;
        let endpoint_url = dynamodb.endpoint_url();
        let mut settings = Settings::new(|name| match name {
            "LOOP_TABLE" => Some(NAME.to_owned()),
            "AWS_REGION" => Some("us-east-1".to_owned()),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("good-for-nothing".to_owned()),
            "AWS_ENDPOINT_URL_DYNAMODB" => Some(endpoint_url.clone()),
            _ => None,
        });
        let store = Store::from_settings(&mut settings);
        let store = settings.finish(store)?;
        Ok(Self { dynamodb, store })
    }

    /// Returns the URL of DynamoDB, without TLS.
    pub(crate) fn endpoint_url(&self) -> String {
        self.dynamodb.endpoint_url()
    }

    /// Stores the items that an invocation needs, and returns its event. An event that can be
    /// handled only once has another callee for each `number`.
    pub(crate) async fn prepare(
        &self,
        subject: &Subject,
        push_url: &str,
        number: u32,
    ) -> Result<Value, BoxError> {
        let callee = UserId::from_bytes(u128::from(number).to_be_bytes());
        let caller = format!("caller-of-{callee}");
        let mut event = subject.event.clone();
        match subject.needs {
            Needs::Nothing | Needs::Table => {}
            Needs::Device => {
                self.add_device(callee, push_url).await?;
                event["pathParameters"]["token"] = call_token(callee)?.as_str().into();
            }
            Needs::PlacedCall => {
                self.place(callee).await?;
                let token = caller_of(callee).sign(&ring()?.keys());
                let hello = json!({ "type": "hello", "token": token.expose() });
                event["requestContext"]["connectionId"] = caller.into();
                event["body"] = hello.to_string().into();
            }
            Needs::RingingCall => {
                self.ring(callee, &caller, LONG).await?;
                event["requestContext"]["connectionId"] = caller.into();
            }
            Needs::OverdueCall => {
                // The table keeps the call for a minute after its deadline.
                let call = self.ring(callee, &caller, Duration::ZERO).await?;
                let (slot, at) = (call.slot.number(), call.progress.deadline());
                let message =
                    json!({ "callee": callee, "call": call.call, "slot": slot, "at": at });
                event["Records"][0]["body"] = message.to_string().into();
            }
        }
        Ok(event)
    }

    /// Registers a device that is notified by Web Push.
    async fn add_device(&self, user: UserId, push_url: &str) -> Result<(), BoxError> {
        let device = fixtures::device(PushKind::WebPush, push_url, now());
        self.store.register(user, Registrant::New, &device, now()).await?;
        Ok(())
    }

    /// Places a call with no connection to its channel.
    async fn place(&self, callee: UserId) -> Result<ChannelCall, BoxError> {
        let caller = caller_of(callee);
        let call = fixtures::call(caller.call, now());
        let state = self.store.callee(callee, call.url, None, now()).await?;
        self.store.place(callee, &state, &call, now()).await?;
        let found = self.store.find_call(&caller, now()).await?;
        Ok(found.ok_or("the call that was placed is not there")?)
    }

    /// Places a call that rings for `limit`, with its caller and a device of the callee in the
    /// channel.
    async fn ring(
        &self,
        callee: UserId,
        caller: &str,
        limit: Duration,
    ) -> Result<ChannelCall, BoxError> {
        let mut call = self.place(callee).await?;
        let timeouts = Timeouts { ringing: limit, ..Timeouts::default() };
        let device = format!("device-of-{callee}");
        let now = now();
        for (role, connection) in [(Role::Caller, caller), (Role::Callee, device.as_str())] {
            let connection = ConnectionId::new(connection);
            self.store.bind(&connection, &call.binding(role), expiry()).await?;
            let hello = Event::Join(role, connection);
            call = self.store.advance(call, &hello, now, &timeouts).await?.call;
        }
        Ok(call)
    }
}

/// Returns the caller of the one call that each callee has here.
fn caller_of(callee: UserId) -> Participant {
    let call = CallId::from_bytes(*callee.as_bytes());
    Participant { callee, call, role: Role::Caller, expires_at: expiry() }
}

/// Signs a token like the one in the events for another callee.
fn call_token(callee: UserId) -> Result<CallToken, BoxError> {
    let claims = CallUrlClaims {
        expires_at: expiry(),
        url_id: UrlId::from_bytes([1; 8]),
        callee,
        remote_id: RemoteId::try_from("alice@example.com".to_owned())?,
        callee_name: Some(CalleeName::try_from("Bob".to_owned())?),
    };
    Ok(CallToken::sign(&ring()?.keys(), &claims))
}

/// Returns the key ring that the functions are given.
fn ring() -> Result<KeyRing, BoxError> {
    Ok(TEST_KEY_RING.parse()?)
}

/// Returns the time by the clock that the functions use.
fn now() -> UnixMillis {
    SystemTime::now().into()
}

fn expiry() -> UnixSeconds {
    now().seconds().after(LIFETIME)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::subject;

    #[tokio::test]
    async fn what_can_be_done_only_once_has_an_event_for_each_time() {
        for subject in &subject::choose(&[]).unwrap() {
            let table = Table::start().await.unwrap();
            let mut distinct = BTreeSet::new();
            for number in 0..3 {
                let event = table.prepare(subject, "http://localhost/bob", number).await;
                let event = event.unwrap_or_else(|error| panic!("{}: {error}", subject.name));
                distinct.insert(event.to_string());
            }
            let is_repeated = matches!(subject.needs, Needs::Nothing | Needs::Table);
            assert_eq!(distinct.len(), if is_repeated { 1 } else { 3 }, "{}", subject.name);
        }
    }
}
