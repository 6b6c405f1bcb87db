//! Who the callee is: the session cookie, and why a foreign site can't use it.

use lambda_http::http::{HeaderValue, Method, header};
use loop_core::{KeyRing, Session, Settings, UnixSeconds, limits::SESSION_LIFETIME};

use super::{
    error::Error,
    request::{Request, Response},
    site::Site,
};

/// Over TLS. The prefix makes browsers refuse the cookie from a sibling domain or a plain
/// connection (RFC 6265bis, section 4.1.3.2).
const SECURE_COOKIE: &str = "__Host-loop_session";
/// On a developer's machine, where there is no TLS.
const LOCAL_COOKIE: &str = "loop_session";
/// How the site that makes the request is related to ours (Fetch Metadata, section 2.3).
const FETCH_SITE: &str = "sec-fetch-site";

/// Reads and gives out session cookies. `docs/sessions.md` says why no other site can use one.
///
/// This is the one place where credentials become a user id: another way to authenticate belongs
/// here, in [`Sessions::of_request`].
#[derive(Clone, Debug)]
pub struct Sessions {
    keys: KeyRing,
    site: Site,
}

impl Sessions {
    /// Reads `LOOP_TOKEN_KEYS`; `None` when it is faulty, or when there is no site.
    pub fn from_settings(settings: &mut Settings<'_>, site: Option<&Site>) -> Option<Self> {
        let keys = KeyRing::from_settings(settings);
        Some(Self { keys: keys?, site: site?.clone() })
    }

    /// The key ring that signs sessions, and call URLs too.
    pub fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// The site that sessions are for.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// The session that the request proves.
    ///
    /// # Errors
    /// [`Error::Unauthorized`]: there is none, or it is not valid. [`Error::ForeignOrigin`]: the
    /// request was made by a site that may not use it.
    pub fn required(&self, request: &Request, now: UnixSeconds) -> Result<Session, Error> {
        self.of_request(request, now)?
            .ok_or(Error::Unauthorized("no valid session: register a push URL first"))
    }

    /// The session that the request proves, if it proves one. A session that has expired, or was
    /// signed with a key that is gone, is as good as none: its holder can only begin anew.
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

    /// Gives out a session with a response.
    pub fn give(&self, session: &Session, response: &mut Response) {
        // A foreign site on the list needs the cookie sent along with its requests; everybody
        // else is safer without that.
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

    /// Gives out `renewed`, if there is one.
    pub fn renew(&self, renewed: Option<Session>, response: &mut Response) {
        if let Some(session) = renewed {
            self.give(&session, response);
        }
    }

    /// Browsers say which site makes a request that can change something. One that is neither ours
    /// nor on the list is refused, whatever else it sends.
    fn refuse_foreign_site(&self, request: &Request) -> Result<(), Error> {
        if matches!(*request.method(), Method::GET | Method::HEAD) {
            return Ok(());
        }
        let is_welcome = match request.headers().get(header::ORIGIN) {
            Some(origin) => {
                let origin = origin.to_str().unwrap_or_default();
                origin == self.site.origin(request)? || self.site.allows(origin)
            }
            // No browser, or one whose user hides the origin: it still says whether it is ours
            // (Fetch Metadata). `none` is what the user has done by hand.
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

/// Names and values of all cookies (RFC 6265, section 4.2.1).
fn cookies(request: &Request) -> impl Iterator<Item = (&str, &str)> {
    let headers = request.headers().get_all(header::COOKIE).iter();
    let values = headers.filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='))
}
