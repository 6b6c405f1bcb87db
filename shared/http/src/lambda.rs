//! Running as a Lambda function.

use std::{convert::Infallible, env, io, process::ExitCode, sync::Arc};

use lambda_http::{Adapter, Service, request::LambdaRequest, service_fn};
use lambda_runtime::LambdaEvent;
use loop_core::{Settings, settings::SettingsFaults};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::{
    Clock, Endpoint, EventEdge, EventFunction, Function, LogFormat, Logger, Request,
    event::sanitize, hide_panic_messages,
};

/// Boots the endpoint from the environment and answers invocations until Lambda ends the process.
///
/// A fault in the settings ends it at once, with one line that names all of them.
pub fn run<E: Endpoint>() -> ExitCode {
    report(serve_requests::<E>)
}

/// The same for a function that something else starts than an HTTP request.
pub fn run_events<F: EventFunction>() -> ExitCode {
    report(serve_events::<F>)
}

fn report(serve: impl FnOnce() -> Result<(), lambda_http::Error>) -> ExitCode {
    hide_panic_messages();
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}

fn serve_requests<E: Endpoint>() -> Result<(), lambda_http::Error> {
    let function = Arc::new(boot(Function::<E>::from_settings)?);
    runtime()?.block_on(async {
        function.warm().await;
        let mut adapter = Adapter::from(service_fn(move |request: Request| {
            let function = Arc::clone(&function);
            async move { Ok::<_, Infallible>(function.respond(request).await) }
        }));
        lambda_runtime::run(service_fn(move |mut event: LambdaEvent<LambdaRequest>| {
            sanitize(&mut event.payload);
            adapter.call(event)
        }))
        .await
    })
}

fn serve_events<F: EventFunction>() -> Result<(), lambda_http::Error> {
    let function = Arc::new(boot(EventEdge::<F>::from_settings)?);
    runtime()?.block_on(async {
        function.warm().await;
        lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
            let function = Arc::clone(&function);
            async move { Ok::<_, Infallible>(function.respond(event.payload).await) }
        }))
        .await
    })
}

/// Builds a function from the environment.
fn boot<T>(
    from_settings: impl FnOnce(&mut Settings<'_>, &Clock, Logger) -> Option<T>,
) -> Result<T, SettingsFaults> {
    let mut settings = Settings::new(|name| env::var(name).ok());
    let format = LogFormat::from_settings(&mut settings, LogFormat::Json);
    let logger = Logger::stdout(format.unwrap_or(LogFormat::Json));
    let function = from_settings(&mut settings, &Clock::system(), logger);
    settings.finish(function)
}

/// One thread: Lambda hands an instance one request at a time, and at our memory sizes less than
/// one CPU.
fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
