//! The callee's page, and the service worker that rings while it is closed.

use lambda_http::http::{HeaderValue, header};
use loop_lambda::{Request, Response, preferred_language};
use loop_pages::{ChannelOrigin, Policy, page};

/// The pages as the build script compiled them.
mod made {
    include!(concat!(env!("OUT_DIR"), "/pages.rs"));
}

/// The maker of the page and of the worker.
#[derive(Debug)]
pub(crate) struct Pages {
    policy: HeaderValue,
    worker_policy: HeaderValue,
}

impl Pages {
    pub(crate) fn new(channel: Option<&ChannelOrigin>) -> Self {
        Self {
            policy: Policy::new(made::INLINE, channel).service_worker().header(),
            worker_policy: Policy::of_service_worker(channel),
        }
    }

    /// Returns the page on which a browser begins to get calls, and gets them. It has its session
    /// at `origin` only, and at no other address that leads here.
    pub(crate) fn callee(
        &self,
        request: &Request,
        vapid_public_key: Option<&str>,
        origin: Option<&str>,
    ) -> Response {
        let language = preferred_language(request);
        let values = [("vapid_public_key", vapid_public_key.into()), ("origin", origin.into())];
        page(request, language, made::callee(language), &values, &self.policy)
    }

    /// Returns the service worker, which runs while the page is closed.
    pub(crate) fn service_worker(&self, request: &Request) -> Response {
        let worker = made::service_worker(preferred_language(request));
        let mut response = worker.respond(request, &[]);
        let headers = response.headers_mut();
        let javascript = HeaderValue::from_static("text/javascript; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, javascript);
        headers.insert(header::CONTENT_SECURITY_POLICY, self.worker_policy.clone());
        response
    }
}
