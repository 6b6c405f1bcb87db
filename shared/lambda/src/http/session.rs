//! The session cookie, which names the callee, and its protection from foreign sites.

use lambda_http::http::{HeaderValue, Method, header};
use loop_core::{Keys, Session, SessionToken, Settings, UnixSeconds, limits::SESSION_LIFETIME};

use super::{
    error::Error,
    request::{Request, Response},
    site::Site,
};

/// The name of the cookie over TLS. Its prefix makes browsers refuse the cookie from a sibling
/// domain or a plain connection (RFC 6265bis, section 4.1.3.2).
const SECURE_COOKIE: &str = "__Host-loop_session";
/// The name of the cookie on a developer's machine, where there is no TLS.
const LOCAL_COOKIE: &str = "loop_session";
/// The header that says how the site that makes the request is related to ours (Fetch Metadata,
/// section 2.3).
const FETCH_SITE: &str = "sec-fetch-site";

/// The reader and the source of session cookies. `docs/sessions.md` says why no other site can use
/// one.
///
/// This is the one place where credentials become a user id: another way to authenticate belongs
/// here, in [`Sessions::of_request`].
#[derive(Clone, Debug)]
pub struct Sessions {
    keys: Keys<SessionToken>,
    site: Site,
}

impl Sessions {
    /// Reads `LOOP_SESSION_KEYS`. Returns `None` when it is faulty, or when there is no site.
    pub fn from_settings(settings: &mut Settings<'_>, site: Option<&Site>) -> Option<Self> {
        let keys = Keys::from_settings(settings);
        Some(Self { keys: keys?, site: site?.clone() })
    }

    /// Returns the site that sessions are for.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Returns the session that the request proves.
    ///
    /// # Errors
    /// [`Error::Unauthorized`]: there is none, or it is not valid. [`Error::ForeignOrigin`]: the
    /// request was made by a site that may not use it.
    pub fn required(&self, request: &Request, now: UnixSeconds) -> Result<Session, Error> {
        self.of_request(request, now)?
            .ok_or(Error::Unauthorized("no valid session: register a push URL first"))
    }

    /// Returns the session that the request proves, if it proves one. A session that has expired,
    /// or was signed with a key that is gone, counts as none: its holder can only begin anew.
    ///
    /// # Errors
    /// [`Error::ForeignOrigin`]: the request was made by a site that may not use sessions here.
    pub fn of_request(
        &self,
        request: &Request,
        now: UnixSeconds,
    ) -> Result<Option<Session>, Error> {
        self.refuse_foreign_site(request)?;
        let cookie = self.cookie_name();
        Ok(cookies(request)
            .filter_map(|(name, value)| (name == cookie).then_some(value))
            .find_map(|value| Session::verify(&self.keys, value, now).ok()))
    }

    /// Adds the cookie of a session to a response.
    pub fn give(&self, session: &Session, response: &mut Response) {
        // A foreign site on the list needs the cookie with its requests. If there is no such site,
        // it is safer if browsers do not send the cookie along with cross-site requests.
        let (secure, same_site) = match (self.site.is_secure(), self.site.has_allowed_origins()) {
            (true, true) => ("; Secure", "None"),
            (true, false) => ("; Secure", "Strict"),
            (false, _) => ("", "Strict"),
        };
        let cookie = format!(
            "{}={}; Path=/; Max-Age={}; HttpOnly{secure}; SameSite={same_site}",
            self.cookie_name(),
            session.sign(&self.keys).as_str(),
            SESSION_LIFETIME.as_secs(),
        );
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }

    /// Adds the cookie of `renewed`, if there is one.
    pub fn renew(&self, renewed: Option<Session>, response: &mut Response) {
        if let Some(session) = renewed {
            self.give(&session, response);
        }
    }

    /// Refuses a request that can change something and comes from a foreign site that is not on the
    /// list, no matter what else it holds. Browsers say which site makes such a request.
    fn refuse_foreign_site(&self, request: &Request) -> Result<(), Error> {
        if matches!(*request.method(), Method::GET | Method::HEAD) {
            return Ok(());
        }
        let is_welcome = match request.headers().get(header::ORIGIN) {
            Some(origin) => {
                let origin = origin.to_str().unwrap_or_default();
                origin == self.site.origin(request)? || self.site.allows(origin)
            }
            // Either the client is not a browser, or its user hides the origin; a browser then
            // still says whether the site is ours (Fetch Metadata). `none` means that the user has
            // made the request by hand.
            None => request
                .headers()
                .get(FETCH_SITE)
                .is_none_or(|site| matches!(site.as_bytes(), b"same-origin" | b"none")),
        };
        if is_welcome {
            return Ok(());
        }
        Err(Error::ForeignOrigin { own: self.site.origin(request)? })
    }

    fn cookie_name(&self) -> &'static str {
        if self.site.is_secure() { SECURE_COOKIE } else { LOCAL_COOKIE }
    }
}

/// Returns the names and values of all cookies (RFC 6265, section 4.2.1).
fn cookies(request: &Request) -> impl Iterator<Item = (&str, &str)> {
    let headers = request.headers().get_all(header::COOKIE).iter();
    let values = headers.filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='))
}
