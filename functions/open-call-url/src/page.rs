//! The pages: complete HTML that loads nothing, runs one script and talks only to this service.

use askama::Template;
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use lambda_http::http::{HeaderValue, StatusCode};
use loop_core::{CallUrlClaims, CalleeName, UnixSeconds};
use loop_http::{Error, Response, answer};
use ring::digest;

/// The one script, for the page that places a call.
pub(crate) const SCRIPT: &str = include_str!("../assets/page.js");
/// The style of all pages.
pub(crate) const STYLE: &str = include_str!("../assets/page.css");

/// Whom a link calls when its maker has not said.
const NAMELESS: &str = "the person who gave you this link";

/// Makes the pages.
#[derive(Debug)]
pub(crate) struct Pages {
    content_security_policy: HeaderValue,
}

#[derive(Template)]
#[template(path = "call.html")]
struct CallPage<'a> {
    callee: &'a str,
    remote_id: &'a str,
    expires_at: String,
    expires_at_text: String,
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    title: &'static str,
    text: &'static str,
}

impl Pages {
    pub(crate) fn new() -> Self {
        Self { content_security_policy: content_security_policy() }
    }

    /// Asks whether to call.
    pub(crate) fn call(&self, claims: &CallUrlClaims) -> Result<Response, Error> {
        let (expires_at, expires_at_text) = spell(claims.expires_at);
        let page = CallPage {
            callee: claims.callee_name.as_ref().map_or(NAMELESS, CalleeName::as_str),
            remote_id: claims.remote_id.as_str(),
            expires_at,
            expires_at_text,
        };
        self.page(StatusCode::OK, &page)
    }

    /// Says kindly why there is nobody to call.
    pub(crate) fn problem(&self, error: &Error) -> Result<Response, Error> {
        let page = match error {
            // One screen for both: whoever was sent a bad link can do the same about either.
            Error::Gone | Error::InvalidToken => ProblemPage {
                title: "This link is not valid",
                text: "It may have expired, or part of it may be missing. \
                       Ask the person who gave it to you for a new one.",
            },
            error => return Err(error.clone()),
        };
        let mut response = self.page(error.status(), &page)?;
        answer::describe(&mut response, error);
        Ok(response)
    }

    fn page(&self, status: StatusCode, page: &impl Template) -> Result<Response, Error> {
        let html = page.render().map_err(|_| Error::Internal { cause: "template".into() })?;
        Ok(answer::html(status, html, &self.content_security_policy))
    }
}

/// Nothing but our own style and script, known by their hashes, and requests to our own origin.
fn content_security_policy() -> HeaderValue {
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'",
        hash_source(SCRIPT),
        hash_source(STYLE),
    );
    HeaderValue::try_from(policy).expect("base64 and ASCII keywords")
}

/// How a policy names an inline script or style (Content Security Policy Level 3, section 2.3.1).
fn hash_source(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(digest::digest(&digest::SHA256, text.as_bytes())))
}

/// A moment for machines and for people without JavaScript.
fn spell(moment: UnixSeconds) -> (String, String) {
    let timestamp = i64::try_from(moment.get()).ok().and_then(|s| Timestamp::from_second(s).ok());
    timestamp.map_or_else(Default::default, |timestamp| {
        (timestamp.to_string(), timestamp.strftime("%-d %B %Y, %H:%M UTC").to_string())
    })
}
