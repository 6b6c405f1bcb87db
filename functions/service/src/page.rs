//! The callee's page, and the service worker that rings while it is closed.

use std::collections::BTreeMap;

use askama::Template;
use lambda_http::{
    Body,
    http::{HeaderValue, StatusCode, header},
};
use loop_http::{Error, Response};
use loop_pages::{
    CALL_SCRIPT, CalleePageTexts, ChannelOrigin, Document, Language, Layout, Policy, Script, Texts,
    fill, in_script,
};
use serde::Serialize;

/// What is particular to the script of the callee's page.
const CALLEE_SCRIPT: [&str; 5] = [
    include_str!("../assets/memory.js"),
    include_str!("../assets/ring.js"),
    include_str!("../assets/reach.js"),
    include_str!("../assets/links.js"),
    include_str!("../assets/callee.js"),
];
const SERVICE_WORKER: &str = include_str!("../assets/service-worker.js");

/// Makes the page and the worker.
#[derive(Debug)]
pub(crate) struct Pages {
    layout: Layout,
    worker_policy: HeaderValue,
}

#[derive(Template)]
#[template(path = "callee.html")]
struct CalleeTemplate<'a> {
    t: &'a CalleePageTexts,
    ring_heading: String,
    call_view: String,
}

/// What the script gets.
#[derive(Serialize)]
struct Data<'a> {
    texts: BTreeMap<&'a str, &'a str>,
    vapid_public_key: Option<&'a str>,
}

impl Pages {
    pub(crate) fn new(channel: Option<&ChannelOrigin>) -> Self {
        let files: Vec<_> = CALL_SCRIPT.into_iter().chain(CALLEE_SCRIPT).collect();
        Self {
            layout: Layout::with_service_worker(Script::new(&files), channel),
            worker_policy: Policy::of_service_worker(channel),
        }
    }

    /// Where a browser begins to get calls, and gets them.
    pub(crate) fn callee(
        &self,
        vapid_public_key: Option<&str>,
        language: Language,
    ) -> Result<Response, Error> {
        let texts = Texts::of(language);
        let t = &texts.callee_page;
        let caller = [("caller", r#"<bdi id="ring-caller"></bdi>"#)];
        let template = CalleeTemplate {
            t,
            ring_heading: fill(&t.ring_heading, &caller),
            call_view: texts.call_view()?,
        };
        let main = template.render().map_err(|_| Error::Internal { cause: "template".into() })?;
        let data = Data { texts: texts.callee_script(), vapid_public_key };
        let document = Document { title: t.title.clone(), main, data: Some(in_script(&data)) };
        self.layout.page(StatusCode::OK, language, &document)
    }

    /// What runs while the page is closed.
    pub(crate) fn service_worker(&self, language: Language) -> Response {
        let mut texts = Texts::of(language).notification();
        texts.insert("lang", language.code());
        let script =
            format!("\"use strict\";\nconst texts = {};\n{SERVICE_WORKER}", in_script(&texts));
        let mut response = Response::new(Body::Text(script));
        let headers = response.headers_mut();
        let javascript = HeaderValue::from_static("text/javascript; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, javascript);
        headers.insert(header::CONTENT_SECURITY_POLICY, self.worker_policy.clone());
        response
    }
}
