//! An endpoint, and the edge that all endpoints have in common.

use std::{
    future::Future,
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use lambda_http::{Body, RequestExt, request::RequestContext};
use loop_core::Settings;

use crate::{
    Clock, Error, Logger, Site, answer, cors,
    junk::{JunkCounter, is_junk},
    log,
};

/// A request as the gateway hands it over, with its context in the extensions.
pub type Request = lambda_http::Request;

/// What goes back through the gateway.
pub type Response = lambda_http::Response<Body>;

/// One endpoint: what it needs, and what it answers.
pub trait Endpoint: Sized + Send + Sync + 'static {
    /// Builds it from its settings, once. Reads all of them before it gives up, so that every
    /// fault is reported at the same time.
    fn from_settings(settings: &mut Settings<'_>, clock: &Clock) -> Option<Self>;

    /// Opens connections before the first request, while Lambda still gives a full CPU.
    fn warm(&self) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// From request to answer.
    ///
    /// # Errors
    /// [`Error`] becomes a page for a person who has come here in a browser, and the JSON error of
    /// the API for all others.
    fn answer(&self, request: &Request) -> impl Future<Output = Result<Response, Error>> + Send;
}

/// An endpoint with the common edge around it: errors and panics become answers, CORS and security
/// headers are set, and each request leaves one log line; those for what is not there leave at most
/// one a minute.
#[derive(Debug)]
pub struct Function<E> {
    endpoint: E,
    site: Site,
    clock: Clock,
    logger: Logger,
    junk: JunkCounter,
}

impl<E: Endpoint> Function<E> {
    /// Builds the endpoint and its edge.
    pub fn from_settings(
        settings: &mut Settings<'_>,
        clock: &Clock,
        logger: Logger,
    ) -> Option<Self> {
        let endpoint = E::from_settings(settings, clock);
        let site = Site::from_settings(settings);
        Some(Self {
            endpoint: endpoint?,
            site: site?,
            clock: clock.clone(),
            logger,
            junk: JunkCounter::default(),
        })
    }

    /// Opens connections before the first request.
    pub async fn warm(&self) {
        self.endpoint.warm().await;
    }

    /// Answers a request, whatever happens.
    pub async fn respond(&self, request: Request) -> Response {
        let started = Instant::now();
        let answer = AssertUnwindSafe(self.endpoint.answer(&request)).catch_unwind().await;
        let result = answer.unwrap_or_else(|_| Err(Error::Internal { cause: "panic".into() }));
        self.finish(&request, result, started)
    }

    /// Answers an event that is no request: somebody has connected something else to the function.
    pub fn refuse(&self) -> Response {
        let fault = "must be a request to an HTTP API, in payload format 2.0";
        let mut response = answer::error(&Request::default(), &Error::invalid("event", fault));
        log::note(&mut response, "cause", log::FOREIGN_EVENT);
        self.finish(&Request::default(), Ok(response), Instant::now())
    }

    fn finish(
        &self,
        request: &Request,
        result: Result<Response, Error>,
        started: Instant,
    ) -> Response {
        let mut response = result.unwrap_or_else(|error| answer::error(request, &error));
        cors::allow(&self.site, request, &mut response);
        answer::protect(response.headers_mut(), self.site.is_secure());
        self.log(request, &mut response, started.elapsed());
        response
    }

    fn log(&self, request: &Request, response: &mut Response, duration: Duration) {
        if is_junk(response.status()) {
            match self.junk.count(self.clock.now()) {
                None => return,
                Some(requests) => log::note(response, "requests", requests),
            }
        }
        self.logger.write(&log::Line::of(request, response, duration));
    }
}

/// The value of a path parameter such as `{token}`; empty when the route has none of this name.
pub fn path_parameter<'a>(request: &'a Request, name: &str) -> &'a str {
    request.path_parameters_ref().and_then(|parameters| parameters.first(name)).unwrap_or_default()
}

/// The gateway's name for this request: for people who report a fault.
pub(crate) fn request_id(request: &Request) -> &str {
    context(request).and_then(|context| context.request_id.as_deref()).unwrap_or_default()
}

/// The route that the gateway has chosen, such as `POST /calls/{token}`: unlike the path, it never
/// holds a token.
pub(crate) fn route_key(request: &Request) -> &str {
    context(request).and_then(|context| context.route_key.as_deref()).unwrap_or_default()
}

/// The host name that the gateway was reached by, which no header of the client can change.
pub(crate) fn domain_name(request: &Request) -> Option<&str> {
    context(request).and_then(|context| context.domain_name.as_deref())
}

fn context(
    request: &Request,
) -> Option<&lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequestContext> {
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => Some(context),
        _ => None,
    }
}
