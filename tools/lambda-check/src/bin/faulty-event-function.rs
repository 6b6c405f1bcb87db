//! A function for messages of a queue that panics when it is told to, with a message that nobody
//! may see.

use std::process::ExitCode;

use loop_core::Settings;
use loop_lambda::{Clock, Error, EventFunction, Notes, QueueMessage, StatusCode};

fn main() -> ExitCode {
    loop_lambda::lambda::run_events::<FaultyEventFunction>()
}

struct FaultyEventFunction;

impl EventFunction for FaultyEventFunction {
    type Item = QueueMessage;

    fn from_settings(_: &mut Settings<'_>, _: &Clock) -> Option<Self> {
        Some(Self)
    }

    async fn handle(&self, message: &QueueMessage, _: &mut Notes) -> Result<StatusCode, Error> {
        match message.body().split_once(' ') {
            Some(("panic", secret)) => panic!("{secret}"),
            _ => Ok(StatusCode::OK),
        }
    }
}
