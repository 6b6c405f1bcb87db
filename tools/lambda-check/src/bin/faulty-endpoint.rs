//! An endpoint that panics on request; the message must not be logged.

use std::process::ExitCode;

use loop_core::{Clock, Settings};
use loop_lambda::{Error, HttpFunction, Request, Response, Site, response};

fn main() -> ExitCode {
    loop_lambda::run_http::<FaultyEndpoint>()
}

struct FaultyEndpoint;

impl HttpFunction for FaultyEndpoint {
    fn from_settings(settings: &mut Settings<'_>, _: Option<&Site>, _: &Clock) -> Option<Self> {
        let secret = settings.optional("SECRET_OF_THE_BOOT", |text| Ok(text.to_owned()))?;
        assert_eq!(secret, None);
        Some(Self)
    }

    async fn respond(&self, request: &Request) -> Result<Response, Error> {
        let body = std::str::from_utf8(request.body()).unwrap_or_default();
        match body.split_once(' ') {
            Some(("panic", secret)) => panic!("{secret}"),
            Some(("expect", secret)) => Ok(failed(secret).expect("an answer")),
            Some(("index", secret)) => Err(Error::NotAcceptable(["json"][secret.len()])),
            _ => Ok(response::no_content()),
        }
    }
}

fn failed(fault: &str) -> Result<Response, &str> {
    Err(fault)
}
