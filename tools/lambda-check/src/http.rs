//! The check of functions behind the HTTP API.

use std::{fmt, io};

use emulator::http_handler::HttpHandler;
use loop_core::{Clock, Settings};
use loop_lambda::{HttpFunction, LogFormat, Logger};
use loop_testkit::{PushReceiver, fixtures::event};

use crate::{
    log_lines::assert_only_log_lines,
    normal,
    world::{World, spawn},
};

/// Checks that the function built as `binary` responds to `events/<name>.json` with success, and
/// with the response that `F` gives in this process, as the local server runs it, except for random
/// parts.
///
/// # Panics
/// The two responses differ.
pub async fn responds_as_in_process<F: HttpFunction + fmt::Debug>(binary: &str, name: &str) {
    let event = event(name);
    let push = PushReceiver::start().await;
    let (here, there) = (World::new(&push).await, World::new(&push).await);

    let mut settings = Settings::new(|name| here.environment.get(name).cloned());
    let logger = Logger::new(LogFormat::Json, io::sink());
    let function = HttpHandler::from_settings::<F>(&mut settings, &Clock::system(), &logger);
    let function = settings.finish(function).unwrap();
    let expected = normal::of_response(function.invoke(&event).await.unwrap());
    assert!(expected.status.starts_with('2'), "{name}: {expected:?}");

    let process = spawn(binary, &there.environment).await;
    let response = process.invoke(event.clone()).await;
    let response = response.unwrap_or_else(|error| panic!("{error:?}: {:?}", process.output()));
    assert_eq!(normal::of_event_response(&response), expected, "{name}");

    // The instance lives on: it responds again, and has written only log lines.
    process.invoke(event.clone()).await.unwrap();
    assert_only_log_lines(&process, &event, &there.environment);
}
