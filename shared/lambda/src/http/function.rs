//! Functions behind the HTTP API, and the edge that all of them share.

use std::{
    future::Future,
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use lambda_http::http::HeaderValue;
use loop_core::{Clock, Counters, LogFields, Metric, Settings};

use super::{
    cors,
    error::Error,
    front::{Front, ORIGIN_SECRET},
    request::{Request, Response, request_id, route_key, trace_id},
    response,
    scan_sampler::{ScanSampler, is_refusal_of_scan},
    site::Site,
};
use crate::{
    edge_log::EdgeLog,
    log::{FOREIGN_EVENT, Line, Logger},
};

/// A function behind the HTTP API: its construction, and its response to a request.
pub trait HttpFunction: Sized + Send + Sync + 'static {
    /// Builds the function from its settings, once. Reads all of them before it gives up, so that
    /// every fault is reported at the same time. `site` is that of the edge; it is `None` when the
    /// edge has reported a fault in its settings.
    fn from_settings(
        settings: &mut Settings<'_>,
        site: Option<&Site>,
        clock: &Clock,
    ) -> Option<Self>;

    /// Opens connections before the first request, while Lambda still gives a full CPU.
    fn warm(&self) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// Returns the counters that the function and its clients add to, if it has any. The edge tells
    /// their counts with its log lines.
    fn counters(&self) -> Option<&Counters> {
        None
    }

    /// Makes the response to a request.
    ///
    /// # Errors
    /// The edge turns an [`Error`] into a page if a person has opened the address in a browser, and
    /// into the JSON error of the API for all other clients.
    fn respond(&self, request: &Request) -> impl Future<Output = Result<Response, Error>> + Send;
}

/// A function with the common edge around it: errors and panics become responses, CORS and security
/// headers are set, and each request leaves one log line. Refusals that a scan can cause leave at
/// most one line a minute.
#[derive(Debug)]
pub struct HttpEdge<F> {
    function: F,
    front: Front,
    site: Site,
    log: EdgeLog,
    scans: ScanSampler,
}

impl<F: HttpFunction> HttpEdge<F> {
    /// Builds the function and its edge.
    pub fn from_settings(
        settings: &mut Settings<'_>,
        clock: &Clock,
        logger: Logger,
    ) -> Option<Self> {
        let front = Front::from_settings(settings);
        let site = Site::from_settings(settings);
        let function = F::from_settings(settings, site.as_ref(), clock);
        let log = EdgeLog::from_settings(settings, clock, logger);
        Some(Self {
            function: function?,
            front: front?,
            site: site?,
            log: log?,
            scans: ScanSampler::default(),
        })
    }

    /// Opens connections before the first request.
    pub async fn warm(&self) {
        self.function.warm().await;
    }

    /// Responds to a request. An error or a panic of the function becomes a response, too.
    pub async fn respond(&self, request: Request) -> Response {
        let started = Instant::now();
        let secret = request.headers().get(ORIGIN_SECRET).map(HeaderValue::as_bytes);
        if !self.front.admits(secret) {
            return self.finish(&request, Err(Error::NotThroughFront), started);
        }
        let outcome = AssertUnwindSafe(self.function.respond(&request)).catch_unwind().await;
        let result = outcome.unwrap_or_else(|_| Err(Error::Internal { cause: "panic".into() }));
        self.finish(&request, result, started)
    }

    /// Responds to an event that is not a request, because another source of events is connected to
    /// the function.
    pub fn refuse(&self) -> Response {
        let fault = "must be a request to an HTTP API, in payload format 2.0";
        let mut response = response::error(&Request::default(), &Error::invalid("event", fault));
        response::log_field(&mut response, "cause", FOREIGN_EVENT);
        self.finish(&Request::default(), Ok(response), Instant::now())
    }

    fn finish(
        &self,
        request: &Request,
        result: Result<Response, Error>,
        started: Instant,
    ) -> Response {
        let mut response = result.unwrap_or_else(|error| response::error(request, &error));
        cors::allow(&self.site, request, &mut response);
        response::protect(response.headers_mut(), self.site.is_secure());
        self.log(request, &mut response, started.elapsed());
        response
    }

    fn log(&self, request: &Request, response: &mut Response, duration: Duration) {
        let mut junk = None;
        if is_refusal_of_scan(response.status()) {
            let Some(requests) = self.scans.count(self.log.clock().now()) else { return };
            response::log_field(response, "requests", requests);
            junk = Some((Metric::Junk, requests));
        }
        let fields = response.extensions_mut().remove::<LogFields>().unwrap_or_default();
        let line = Line {
            method: request.method().to_string(),
            route: route_key(request).to_owned(),
            status: response.status().as_u16(),
            request_id: request_id(request).to_owned(),
            duration,
            trace: trace_id(request),
            fields,
        };
        self.log.write(&line, self.function.counters(), junk);
    }
}
