//! The events that a function is given one after the other, each with what it needs.

use std::{fs, path::Path, time::Duration};

use loop_core::{
    CallToken, CallUrlClaims, CalleeName, Participant, RemoteId, UrlId, UserId, progress::Role,
};
use loop_testkit::TEST_KEY_RING;
use serde_json::{Value, json};

use crate::{
    Failure,
    subject::{Needs, Subject},
    table::{self, Table},
};

/// How long tokens are valid: longer than anything is measured.
const LIFETIME: Duration = Duration::from_hours(24);
/// How long a call may ring that is to be ended by something else.
const LONG: Duration = Duration::from_secs(600);

/// The events for `count` invocations of a function; what they need is put into the table. What
/// can be done only once is done to a callee of its own each time.
pub(crate) async fn prepare(
    subject: &Subject,
    table: Option<&Table>,
    push_url: &str,
    count: u32,
) -> Result<Vec<Value>, Failure> {
    let event = event(subject.event)?;
    let mut events = Vec::new();
    for number in 0..count {
        let callee = UserId::from_bytes(u128::from(number).to_be_bytes());
        let mut event = event.clone();
        match (subject.needs, table) {
            (Needs::Nothing, _) | (Needs::Table, Some(_)) => {}
            (Needs::Device, Some(table)) => {
                table.add_device(callee, push_url).await?;
                put_call_token(&mut event, callee)?;
            }
            (Needs::PlacedCall, Some(table)) => {
                table.place_call(callee).await?;
                put_connection(&mut event, callee);
                put_hello(&mut event, callee)?;
            }
            (Needs::RingingCall, Some(table)) => {
                table.ring(callee, &connection(callee), LONG).await?;
                put_connection(&mut event, callee);
            }
            (Needs::OverdueCall, Some(table)) => {
                // For a minute after its deadline it is still there.
                let call = table.ring(callee, &connection(callee), Duration::ZERO).await?;
                let (slot, at) = (call.slot.number(), call.progress.deadline());
                let reminder =
                    json!({ "callee": callee, "call": call.call, "slot": slot, "at": at });
                event["Records"][0]["body"] = reminder.to_string().into();
            }
            (needs, None) => return Err(format!("{needs:?} without a table").into()),
        }
        events.push(event);
    }
    Ok(events)
}

/// The event in `events/` for this function.
pub(crate) fn event(function: &str) -> Result<Value, Failure> {
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events");
    let file = events.join(format!("{function}.json"));
    let text =
        fs::read(&file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    Ok(serde_json::from_slice(&text)?)
}

/// A link like the one in the events, of another callee.
fn put_call_token(event: &mut Value, callee: UserId) -> Result<(), Failure> {
    let claims = CallUrlClaims {
        expires_at: table::now().seconds().after(LIFETIME),
        url_id: UrlId::from_bytes([1; 8]),
        callee,
        remote_id: RemoteId::try_from("alice@example.com".to_owned())?,
        callee_name: Some(CalleeName::try_from("Bob".to_owned())?),
    };
    let token = CallToken::sign(&TEST_KEY_RING.parse()?, &claims);
    let path = format!("/calls/{}", token.as_str());
    event["rawPath"] = path.as_str().into();
    event["requestContext"]["http"]["path"] = path.into();
    event["pathParameters"]["token"] = token.as_str().into();
    Ok(())
}

/// The caller's first message.
fn put_hello(event: &mut Value, callee: UserId) -> Result<(), Failure> {
    let caller = Participant {
        callee,
        call: table::call_of(callee),
        role: Role::Caller,
        expires_at: table::now().seconds().after(LIFETIME),
    };
    let token = caller.sign(&TEST_KEY_RING.parse()?);
    let hello = json!({ "type": "hello", "token": token.expose() });
    event["body"] = hello.to_string().into();
    Ok(())
}

fn put_connection(event: &mut Value, callee: UserId) {
    event["requestContext"]["connectionId"] = connection(callee).into();
}

/// Of the caller, in the call to `callee`.
fn connection(callee: UserId) -> String {
    format!("caller-of-{callee}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::subject::SUBJECTS;

    #[tokio::test]
    async fn what_can_be_done_only_once_has_an_event_for_each_time() {
        for subject in &SUBJECTS {
            let table = Table::start().await.unwrap();
            let events = prepare(subject, Some(&table), "http://localhost/bob", 3).await;
            let events = events.unwrap_or_else(|failure| panic!("{}: {failure}", subject.name));
            let distinct: BTreeSet<_> = events.iter().map(Value::to_string).collect();
            let is_repeated = matches!(subject.needs, Needs::Nothing | Needs::Table);
            assert_eq!(distinct.len(), if is_repeated { 1 } else { 3 }, "{}", subject.name);
        }
    }
}
