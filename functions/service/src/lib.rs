//! `GET /`, `/__lbheartbeat__`, `/__version__`, and whatever no other function answers: unknown
//! paths, wrong methods, and the preflights of browsers.

use lambda_http::{RequestExt, http::Method};
use loop_core::{Reason, Settings};
use loop_http::{
    Clock, Endpoint, Error, Request, Response, Site, accept, answer, cors, routes::allowed_methods,
};
use serde::Serialize;

/// Says what this service is.
#[derive(Debug)]
pub struct Service {
    site: Site,
    description: Description,
    version: Version,
}

#[derive(Debug, Serialize)]
struct Description {
    name: &'static str,
    description: &'static str,
    version: &'static str,
    /// What `PushManager.subscribe()` wants as `applicationServerKey`.
    #[serde(skip_serializing_if = "Option::is_none")]
    vapid_public_key: Option<String>,
}

/// As Dockerflow wants it.
#[derive(Debug, Serialize)]
struct Version {
    source: String,
    version: &'static str,
    commit: String,
    build: String,
}

#[derive(Serialize)]
struct Nothing {}

impl Endpoint for Service {
    fn from_settings(settings: &mut Settings<'_>, _clock: &Clock) -> Option<Self> {
        let site = Site::from_settings(settings);
        let mut text =
            |name| settings.or(name, String::new(), |text| Ok::<_, Reason>(text.to_owned()));
        let source = text("LOOP_SOURCE");
        let commit = text("LOOP_COMMIT");
        let build = text("LOOP_BUILD");
        let vapid_public_key = text("LOOP_VAPID_PUBLIC_KEY");
        let version = env!("CARGO_PKG_VERSION");
        Some(Self {
            site: site?,
            description: Description {
                name: "loop",
                description: "Click-to-call links that ring a browser",
                version,
                vapid_public_key: vapid_public_key.filter(|key| !key.is_empty()),
            },
            version: Version { source: source?, version, commit: commit?, build: build? },
        })
    }

    async fn answer(&self, request: &Request) -> Result<Response, Error> {
        let path = request.raw_http_path();
        if request.method() == Method::OPTIONS {
            let methods = allowed_methods(path).ok_or(Error::NotFound)?;
            return Ok(cors::preflight(&self.site, request, &methods));
        }
        if request.method() != Method::GET {
            return Err(no_such_route(path));
        }
        match path {
            "/" => accept::json(request).map(|()| answer::json(&self.description)),
            "/__version__" => accept::json(request).map(|()| answer::json(&self.version)),
            // Load balancers say what they accept in many ways, and only look at the status.
            "/__lbheartbeat__" => Ok(answer::json(&Nothing {})),
            _ => Err(no_such_route(path)),
        }
    }
}

fn no_such_route(path: &str) -> Error {
    match allowed_methods(path) {
        Some(allow) => Error::MethodNotAllowed { allow },
        None => Error::NotFound,
    }
}
