//! A function for messages of a queue that panics on request; the message must not be logged.

use std::process::ExitCode;

use loop_core::{Clock, LogFields, Settings};
use loop_lambda::{Error, EventFunction, SqsMessage, StatusCode};

fn main() -> ExitCode {
    loop_lambda::run_events::<FaultyEventFunction>()
}

struct FaultyEventFunction;

impl EventFunction for FaultyEventFunction {
    type Item = SqsMessage;

    fn from_settings(_: &mut Settings<'_>, _: &Clock) -> Option<Self> {
        Some(Self)
    }

    async fn handle(&self, message: &SqsMessage, _: &mut LogFields) -> Result<StatusCode, Error> {
        match message.body().split_once(' ') {
            Some(("panic", secret)) => panic!("{secret}"),
            _ => Ok(StatusCode::OK),
        }
    }
}
