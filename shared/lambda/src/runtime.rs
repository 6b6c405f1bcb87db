//! Runs a function in Lambda.

use std::{convert::Infallible, io, process::ExitCode, sync::Arc};

use futures_util::FutureExt;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_runtime::{LambdaEvent, service_fn};
use loop_core::{Clock, Settings, SettingsError, TraceId, UnknownSettings};
use serde_json::value::RawValue;
use tokio::runtime::Runtime;

use crate::{
    events::function::{EventEdge, EventFunction},
    http::{
        event,
        function::{HttpEdge, HttpFunction},
        request::Request,
    },
    log::{LogFormat, Logger},
    panics::hide_panic_messages,
};

/// An event as Lambda hands it over. The function reads it itself, because Lambda's crate would
/// report an event that it cannot read as an error of the function, in words of its own, and would
/// end the process if reading it panicked.
type Text = Box<RawValue>;

/// Runs a function behind the HTTP API: builds it from the environment, and responds to invocations
/// until Lambda ends the process.
///
/// Faulty settings end it at once, with one line that names all of them.
pub fn run_http<F: HttpFunction>() -> ExitCode {
    report(serve_requests::<F>)
}

/// Runs a function that a queue or a WebSocket API starts, in the same way as [`run_http`].
pub fn run_events<F: EventFunction>() -> ExitCode {
    report(serve_events::<F>)
}

fn report(serve: impl FnOnce() -> Result<(), lambda_runtime::Error>) -> ExitCode {
    hide_panic_messages();
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}

fn serve_requests<F: HttpFunction>() -> Result<(), lambda_runtime::Error> {
    let function = Arc::new(boot(HttpEdge::<F>::from_settings)?);
    runtime()?.block_on(async {
        function.warm().await;
        lambda_runtime::run(service_fn(move |event: LambdaEvent<Text>| {
            let function = Arc::clone(&function);
            async move { Ok::<_, Infallible>(respond(&function, &event).await) }
        }))
        .await
    })
}

fn serve_events<F: EventFunction>() -> Result<(), lambda_runtime::Error> {
    let function = Arc::new(boot(EventEdge::<F>::from_settings)?);
    runtime()?.block_on(async {
        function.warm().await;
        lambda_runtime::run(service_fn(move |event: LambdaEvent<Text>| {
            let function = Arc::clone(&function);
            async move {
                let trace = trace_of(&event);
                // JSON with text that is not Unicode is treated as an event of another kind.
                let event = serde_json::from_str(event.payload.get()).unwrap_or_default();
                Ok::<_, Infallible>(function.respond_traced(event, trace).await)
            }
        }))
        .await
    })
}

async fn respond<F: HttpFunction>(
    function: &HttpEdge<F>,
    event: &LambdaEvent<Text>,
) -> ApiGatewayV2httpResponse {
    event::of_response(match read(event) {
        // The future is boxed because the compiler cannot handle the nested futures of the SDK, the
        // function and the runtime otherwise.
        Some(request) => function.respond(request).boxed().await,
        None => function.refuse(),
    })
}

/// Reads a request, which the log line will tell the trace of.
fn read(event: &LambdaEvent<Text>) -> Option<Request> {
    let mut request = event::read(event.payload.get())?;
    if let Some(trace) = trace_of(event) {
        request.extensions_mut().insert(trace);
    }
    Some(request)
}

/// Returns the trace that Lambda names with each invocation, also where X-Ray records nothing.
fn trace_of(event: &LambdaEvent<Text>) -> Option<TraceId> {
    event.context.xray_trace_id.as_deref().and_then(TraceId::of_xray)
}

/// Builds a function from the environment.
fn boot<T>(
    from_settings: impl FnOnce(&mut Settings<'_>, &Clock, Logger) -> Option<T>,
) -> Result<T, SettingsError> {
    let mut settings = Settings::of_process();
    let format = LogFormat::from_settings(&mut settings, LogFormat::Json);
    let logger = Logger::stdout(format.unwrap_or(LogFormat::Json));
    // This comes before the faults, since a misspelt name may be the reason why a setting is
    // missing.
    if let Some(unknown) = UnknownSettings::of_process() {
        logger.warn(&unknown);
    }
    let function = from_settings(&mut settings, &Clock::system(), logger);
    settings.finish(function)
}

/// Makes a runtime with one thread: Lambda hands an instance one request at a time, and at our
/// memory sizes less than one CPU.
fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
