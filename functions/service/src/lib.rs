//! `GET /` (for people the callee's page), `/service-worker.js`, `/__lbheartbeat__`,
//! `/__version__`, and all requests that no other function handles: unknown paths, wrong methods,
//! and the preflights of browsers.

mod page;

use lambda_http::{
    RequestExt,
    http::{HeaderValue, Method, header},
};
use loop_core::{
    Clock, Settings,
    setting::{description, vapid_public_key},
};
use loop_lambda::{
    Error, HttpFunction, Request, Response, Site,
    accept::{self, HTML},
    cors, response,
    routes::allowed_methods,
};
use loop_pages::ChannelOrigin;
use serde::Serialize;

use crate::page::Pages;

/// The function that describes this service and responds where no other function does.
#[derive(Debug)]
pub struct Service {
    site: Site,
    pages: Pages,
    description: Description,
    version: Version,
}

#[derive(Debug, Serialize)]
struct Description {
    name: &'static str,
    description: &'static str,
    version: &'static str,
    /// The `applicationServerKey` for `PushManager.subscribe()`.
    #[serde(skip_serializing_if = "Option::is_none")]
    vapid_public_key: Option<String>,
}

/// The version object of Dockerflow.
#[derive(Debug, Serialize)]
struct Version {
    source: String,
    version: &'static str,
    commit: String,
    build: String,
}

#[derive(Serialize)]
struct Nothing {}

impl HttpFunction for Service {
    fn from_settings(
        settings: &mut Settings<'_>,
        site: Option<&Site>,
        _clock: &Clock,
    ) -> Option<Self> {
        let channel = ChannelOrigin::from_settings(settings);
        let mut text = |name| settings.or(name, String::new(), description);
        let source = text("LOOP_SOURCE");
        let commit = text("LOOP_COMMIT");
        let build = text("LOOP_BUILD");
        let vapid_public_key = settings.optional("LOOP_VAPID_PUBLIC_KEY", vapid_public_key);
        let version = env!("CARGO_PKG_VERSION");
        Some(Self {
            site: site?.clone(),
            pages: Pages::new(channel?.as_ref()),
            description: Description {
                name: "loop",
                description: "Click-to-call links that ring a browser",
                version,
                vapid_public_key: vapid_public_key?,
            },
            version: Version { source: source?, version, commit: commit?, build: build? },
        })
    }

    async fn respond(&self, request: &Request) -> Result<Response, Error> {
        let path = request.raw_http_path();
        if request.method() == Method::OPTIONS {
            let methods = allowed_methods(path).ok_or(Error::NotFound)?;
            return Ok(cors::preflight(&self.site, request, &methods));
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(no_such_route(path));
        }
        match path {
            "/" => self.root(request),
            "/service-worker.js" => Ok(self.service_worker(request)),
            "/__version__" => accept::json(request).map(|()| response::json(&self.version)),
            // Load balancers state the types that they accept in many ways, and only look at the
            // status.
            "/__lbheartbeat__" => Ok(response::json(&Nothing {})),
            _ => Err(no_such_route(path)),
        }
    }
}

impl Service {
    /// Returns a page for people and for previews, or a description for programs, which name JSON.
    fn root(&self, request: &Request) -> Result<Response, Error> {
        let mut response = match accept::json_or_html(request, HTML)? {
            HTML => {
                let vapid_public_key = self.description.vapid_public_key.as_deref();
                let origin = self.site.origin(request).ok();
                self.pages.callee(request, vapid_public_key, origin.as_deref())
            }
            _ => response::json(&self.description),
        };
        vary(&mut response, "Accept, Accept-Language");
        Ok(response)
    }

    fn service_worker(&self, request: &Request) -> Response {
        let mut response = self.pages.service_worker(request);
        vary(&mut response, "Accept-Language");
        response
    }
}

fn vary(response: &mut Response, by: &'static str) {
    response.headers_mut().append(header::VARY, HeaderValue::from_static(by));
}

fn no_such_route(path: &str) -> Error {
    match allowed_methods(path) {
        Some(allow) => Error::MethodNotAllowed { allow },
        None => Error::NotFound,
    }
}
