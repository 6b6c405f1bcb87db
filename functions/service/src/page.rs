//! The callee's page, and the service worker that rings while it is closed.

use lambda_http::http::{HeaderValue, header};
use loop_lambda::{Request, Response};
use loop_pages::{ChannelOrigin, Language, Policy, page};

/// What the build has made of them.
mod made {
    include!(concat!(env!("OUT_DIR"), "/pages.rs"));
}

/// Makes the page and the worker.
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

    /// Where a browser begins to get calls, and gets them: at `origin`, where it has a session, and
    /// at no other address that leads here.
    pub(crate) fn callee(
        &self,
        request: &Request,
        vapid_public_key: Option<&str>,
        origin: Option<&str>,
    ) -> Response {
        let language = Language::preferred(request);
        let values = [("vapid_public_key", vapid_public_key.into()), ("origin", origin.into())];
        page(request, language, made::callee(language), &values, &self.policy)
    }

    /// What runs while the page is closed.
    pub(crate) fn service_worker(&self, request: &Request) -> Response {
        let worker = made::service_worker(Language::preferred(request));
        let mut response = worker.answer(request, &[]);
        let headers = response.headers_mut();
        let javascript = HeaderValue::from_static("text/javascript; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, javascript);
        headers.insert(header::CONTENT_SECURITY_POLICY, self.worker_policy.clone());
        response
    }
}
