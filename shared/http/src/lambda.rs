//! Running an endpoint as a Lambda function.

use std::{convert::Infallible, env, process::ExitCode, sync::Arc};

use lambda_http::service_fn;
use loop_core::Settings;

use crate::{Clock, Endpoint, Function, LogFormat, Logger, Request};

/// Boots the endpoint from the environment and answers invocations until Lambda ends the process.
///
/// A fault in the settings ends it at once, with one line that names all of them.
pub fn run<E: Endpoint>() -> ExitCode {
    match boot::<E>() {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}

fn boot<E: Endpoint>() -> Result<(), lambda_http::Error> {
    let mut settings = Settings::new(|name| env::var(name).ok());
    let function = LogFormat::from_settings(&mut settings, LogFormat::Json).and_then(|format| {
        Function::<E>::from_settings(&mut settings, &Clock::system(), Logger::stdout(format))
    });
    let function = Arc::new(settings.finish(function)?);
    // One thread: Lambda hands an instance one request at a time, and at our memory sizes less
    // than one CPU.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        function.warm().await;
        lambda_http::run(service_fn(move |request: Request| {
            let function = Arc::clone(&function);
            async move { Ok::<_, Infallible>(function.respond(request).await) }
        }))
        .await
    })
}
