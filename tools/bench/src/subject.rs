//! The functions that are measured, with the needs and the outcomes of their events.

use load::BoxError;
use loop_testkit::fixtures::event;
use serde_json::Value;

use crate::{
    response,
    template::{self, Function},
};

/// The package of the smallest function, with which the others are compared.
const HELLO: &str = "hello-lambda";
/// The name that events of the queue have in place of a route.
const QUEUE: &str = "queue";

/// A binary and its event.
#[derive(Debug)]
pub(crate) struct Subject {
    /// The name of the package and the binary.
    pub(crate) name: String,
    pub(crate) event: Value,
    pub(crate) needs: Needs,
    expected: Expected,
}

/// The state that an event needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    Nothing,
    /// A table of its own for every run, since calls fill it.
    Table,
    /// A table with a device of the callee.
    Device,
    /// A call whose caller is not in the channel yet.
    PlacedCall,
    /// A call with its caller and a device of the callee in the channel.
    RingingCall,
    /// A call that has rung for longer than it may.
    OverdueCall,
}

/// The outcome that shows that a function did its work.
#[derive(Debug)]
struct Expected {
    /// The status of the response. `None` for a batch of the queue, of which nothing may fail.
    status: Option<u16>,
    /// A part of the body.
    body: &'static str,
    /// Requests to the call channel's gateway and queue.
    channel_requests: usize,
}

/// Returns the hello-world, then the functions of these names, or all if there are no names.
///
/// # Errors
/// There is no such function.
pub(crate) fn choose(names: &[String]) -> Result<Vec<Subject>, BoxError> {
    let functions = template::functions()?;
    let is_known = |name: &str| name == HELLO || functions.iter().any(|it| it.name == name);
    if let Some(unknown) = names.iter().find(|name| !is_known(name)) {
        return Err(format!("there is no function {unknown}").into());
    }
    let any = event(&template::handler(&functions, "GET /")?.name);
    let expected = Expected { status: Some(200), body: "hello", channel_requests: 0 };
    let hello = Subject { name: HELLO.to_owned(), event: any, needs: Needs::Nothing, expected };
    let chosen = functions.iter().filter(|it| names.is_empty() || names.contains(&it.name));
    Ok(std::iter::once(hello).chain(chosen.map(Subject::of)).collect())
}

impl Subject {
    /// Returns a function with its event.
    pub(crate) fn of(function: &Function) -> Self {
        let event = event(&function.name);
        let route = event["routeKey"].as_str().or(event["requestContext"]["routeKey"].as_str());
        let (needs, expected) = of_route(route.unwrap_or(QUEUE), function.uses_table);
        Self { name: function.name.clone(), event, needs, expected }
    }

    /// Checks the response, and the number of requests to the channel.
    ///
    /// # Errors
    /// The function has not done its work. The error has the response.
    pub(crate) fn check(&self, response: &Value, channel_requests: usize) -> Result<(), BoxError> {
        let is_right = match self.expected.status {
            None => response["batchItemFailures"].as_array().is_some_and(Vec::is_empty),
            Some(status) => {
                response["statusCode"] == status
                    && response::text(response).contains(self.expected.body)
            }
        };
        if is_right && channel_requests == self.expected.channel_requests {
            return Ok(());
        }
        Err(format!(
            "{}: not the response that tools/bench/src/subject.rs expects, after \
             {channel_requests} requests to the channel: {response}",
            self.name
        )
        .into())
    }
}

/// Returns the needs and the outcome of an event of this route. An unknown route may need the
/// table, and responds with 200.
fn of_route(route: &str, uses_table: bool) -> (Needs, Expected) {
    let usual = if uses_table { Needs::Table } else { Needs::Nothing };
    let (needs, status, body, channel_requests) = match route {
        "GET /" => (usual, Some(200), "loop", 0),
        "POST /call-url" => (usual, Some(200), "call_url", 0),
        "DELETE /call-url/{token}" | "DELETE /registration" => (usual, Some(204), "", 0),
        "GET /calls/{token}" => (usual, Some(200), "Bob", 0),
        "GET /__heartbeat__" => (usual, Some(200), "storage", 0),
        "GET /calls" => (usual, Some(200), "calls", 0),
        "POST /registration" => (usual, Some(200), "device_id", 0),
        "POST /calls/{token}" => (Needs::Device, Some(200), "\"notified\":true", 0),
        // The gateway sends hello to the caller, and the queue gets a message.
        "$default" => (Needs::PlacedCall, Some(200), "", 2),
        // The gateway sends the end to the device, and closes its connection.
        "$disconnect" => (Needs::RingingCall, Some(200), "", 2),
        // The gateway does the same with both connections.
        QUEUE => (Needs::OverdueCall, None, "", 4),
        _ => (usual, Some(200), "", 0),
    };
    (needs, Expected { status, body, channel_requests })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_reference_of_the_ratios_is_always_among_the_chosen() {
        let names = |chosen: &[&str]| -> Vec<String> {
            let chosen: Vec<String> = chosen.iter().map(|name| (*name).to_owned()).collect();
            choose(&chosen).unwrap().into_iter().map(|subject| subject.name).collect()
        };
        let all = template::functions().unwrap();
        assert_eq!(names(&[]).len(), all.len() + 1);
        assert_eq!(names(&[&all[0].name]), [HELLO, &all[0].name]);
        assert_eq!(names(&[HELLO]), [HELLO]);
        assert!(choose(&["no-such-function".to_owned()]).is_err());
    }

    #[test]
    fn a_call_without_a_notified_device_is_not_right() {
        let subjects = choose(&[]).unwrap();
        let check = |needs, response: Value, channel_requests| {
            let mut subjects = subjects.iter();
            let subject = subjects.find(|subject| subject.needs == needs).unwrap();
            subject.check(&response, channel_requests).is_ok()
        };
        let place = |status: u16, body: &str| {
            check(Needs::Device, json!({ "statusCode": status, "body": body }), 0)
        };
        assert!(place(200, r#"{"notified":true}"#));
        assert!(!place(200, r#"{"notified":false}"#));
        assert!(!place(503, r#"{"notified":true}"#));
        let deadline = |failures: Value| json!({ "batchItemFailures": failures });
        assert!(check(Needs::OverdueCall, deadline(json!([])), 4));
        assert!(!check(Needs::OverdueCall, deadline(json!([])), 3));
        let failed = deadline(json!([{ "itemIdentifier": "1" }]));
        assert!(!check(Needs::OverdueCall, failed, 4));
        let removed = json!({ "statusCode": 204, "body": null });
        let delete = subjects.iter().find(|it| it.event["routeKey"] == "DELETE /registration");
        assert!(delete.unwrap().check(&removed, 0).is_ok());
    }
}
