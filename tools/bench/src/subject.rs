//! What is measured.

use emulator::InvocationError;
use serde_json::Value;

use crate::{Failure, answer};

/// A binary, the event that it answers, and how to tell that it has done its work.
#[derive(Debug)]
pub(crate) struct Subject {
    /// Of the package and the binary.
    pub(crate) name: &'static str,
    /// The file in `events/`, without `.json`.
    pub(crate) event: &'static str,
    /// What has to be there before the event.
    pub(crate) needs: Needs,
    /// The status of a right answer. `None` where answers have none: such a one says only that
    /// nothing has failed.
    status: Option<u16>,
    /// A part of the body of a right answer.
    body: &'static str,
    /// How much it asks the call channel's gateway and queue for.
    pub(crate) told: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// It does without the table.
    Nothing,
    /// A table of its own for every run: placing calls fills it.
    Table,
    /// That, and a device of the callee in it.
    Device,
    /// A call that nobody has come to the channel for yet.
    PlacedCall,
    /// A call with its caller and a device of the callee in the channel.
    RingingCall,
    /// The same, for longer than it may ring.
    OverdueCall,
}

impl Needs {
    /// Whether it is about the call channel, beyond opening it.
    pub(crate) fn is_call(self) -> bool {
        matches!(self, Self::PlacedCall | Self::RingingCall | Self::OverdueCall)
    }
}

/// What its binary has to hold, and so what may be expected of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `lambda_http` alone.
    Reference,
    /// Tokens.
    Token,
    /// The AWS SDK and TLS.
    Database,
    /// That, and a client for push services.
    Push,
}

/// The smallest function first: it is what the others are compared with.
pub(crate) const SUBJECTS: [Subject; 14] = [
    Subject { event: "service", ..function("hello-lambda", Needs::Nothing, 200, "hello") },
    function("service", Needs::Nothing, 200, "loop"),
    function("create-call-url", Needs::Nothing, 200, "call_url"),
    function("open-call-url", Needs::Nothing, 200, "Bob"),
    function("heartbeat", Needs::Table, 200, "storage"),
    function("revoke-call-url", Needs::Table, 204, ""),
    function("list-calls", Needs::Table, 200, "calls"),
    function("register", Needs::Table, 200, "device_id"),
    function("unregister", Needs::Table, 204, ""),
    function("place-call", Needs::Device, 200, "\"notified\":true"),
    function("channel-connect", Needs::Nothing, 200, ""),
    // Hello to the caller, and a reminder.
    Subject { told: 2, ..function("channel-message", Needs::PlacedCall, 200, "") },
    // The end to the device, and its connection closed.
    Subject { told: 2, ..function("channel-disconnect", Needs::RingingCall, 200, "") },
    // The same to both.
    Subject { status: None, told: 4, ..function("call-deadline", Needs::OverdueCall, 200, "") },
];

impl Subject {
    pub(crate) fn kind(&self) -> Kind {
        match (self.name, self.needs) {
            ("hello-lambda", _) => Kind::Reference,
            ("place-call", _) => Kind::Push,
            (_, Needs::Nothing) => Kind::Token,
            (_, _) => Kind::Database,
        }
    }

    /// Whether the answer says that the function did its work.
    pub(crate) fn is_right(&self, answer: &Value) -> bool {
        let Some(status) = self.status else {
            return answer["batchItemFailures"].as_array().is_some_and(Vec::is_empty);
        };
        answer["statusCode"] == status && answer::text(answer).contains(self.body)
    }

    /// That it gave no answer.
    pub(crate) fn failure(&self, error: InvocationError) -> Failure {
        format!("{}: {error}", self.name).into()
    }
}

/// The one with this name.
pub(crate) fn named(name: &str) -> Result<&'static Subject, Failure> {
    let subject = SUBJECTS.iter().find(|subject| subject.name == name);
    subject.ok_or_else(|| format!("there is no function {name}").into())
}

/// Those with these names, and the first; all when there are no names.
pub(crate) fn choose(names: &[String]) -> Result<Vec<&'static Subject>, Failure> {
    let is_known = |name: &&String| SUBJECTS.iter().any(|subject| subject.name == name.as_str());
    if let Some(unknown) = names.iter().find(|name| !is_known(name)) {
        return Err(format!("there is no function {unknown}").into());
    }
    let is_chosen =
        |subject: &&Subject| names.is_empty() || names.iter().any(|name| name == subject.name);
    let (hello, functions) = SUBJECTS.split_at(1);
    Ok(hello.iter().chain(functions.iter().filter(is_chosen)).collect())
}

const fn function(name: &'static str, needs: Needs, status: u16, body: &'static str) -> Subject {
    Subject { name, event: name, needs, status: Some(status), body, told: 0 }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(chosen: &[&str]) -> Vec<&'static str> {
        let chosen: Vec<String> = chosen.iter().map(|name| (*name).to_owned()).collect();
        choose(&chosen).unwrap().iter().map(|subject| subject.name).collect()
    }

    #[test]
    fn the_ratios_have_something_to_refer_to() {
        assert_eq!(names(&["list-calls"]), ["hello-lambda", "list-calls"]);
        assert_eq!(names(&["hello-lambda"]), ["hello-lambda"]);
        assert_eq!(names(&[]).len(), SUBJECTS.len());
        assert!(choose(&["list-call".to_owned()]).is_err());
    }

    #[test]
    fn an_answer_that_nobody_was_rung_for_is_not_right() {
        let place_call = &SUBJECTS[9];
        let answer = |status: u16, body: &str| json!({ "statusCode": status, "body": body });
        assert!(place_call.is_right(&answer(200, r#"{"notified":true}"#)));
        assert!(!place_call.is_right(&answer(200, r#"{"notified":false}"#)));
        assert!(!place_call.is_right(&answer(503, r#"{"notified":true}"#)));
        let call_deadline = &SUBJECTS[13];
        assert!(call_deadline.is_right(&json!({ "batchItemFailures": [] })));
        let failed = json!({ "batchItemFailures": [{ "itemIdentifier": "1" }] });
        assert!(!call_deadline.is_right(&failed));
        assert!(SUBJECTS[5].is_right(&json!({ "statusCode": 204, "body": null })));
    }
}
