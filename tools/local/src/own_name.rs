//! The redirect to one name for this machine: to browsers, `localhost` and `127.0.0.1` are two
//! sites, each with its own cookies and push subscriptions, and links are made for one of them.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, Method, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse, Redirect, Response},
};

/// The names by which a machine reaches itself, as a URL has them.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Returns `router` behind the redirects of [`OwnName`], when links are made for this machine.
pub(crate) fn under_own_name(router: Router, public_origin: &str) -> Router {
    match OwnName::of_origin(public_origin) {
        Some(own_name) => {
            router.layer(middleware::from_fn_with_state(Arc::new(own_name), redirect))
        }
        None => router,
    }
}

async fn redirect(
    State(own_name): State<Arc<OwnName>>,
    request: Request,
    router: Next,
) -> Response {
    match own_name.instead(request.method(), request.uri(), request.headers()) {
        Some(redirect) => redirect.into_response(),
        None => router.run(request).await,
    }
}

/// The name of this machine that links are made for. People who have opened the service under
/// another of its names are redirected to it; programs, which do not need one site, get a response
/// under each name.
#[derive(Debug)]
struct OwnName {
    origin: String,
    /// The port with its colon; empty for the default port.
    port: String,
}

impl OwnName {
    /// Returns the name in `origin`, or `None` when links are made for another machine.
    fn of_origin(origin: &str) -> Option<Self> {
        let authority = origin.strip_prefix("http://")?;
        let port = LOOPBACK.iter().find_map(|name| port_of(authority, name))?;
        Some(Self { origin: origin.to_owned(), port: port.to_owned() })
    }

    /// Returns the redirect for a request, if the person who sent it has to use another name.
    fn instead(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Redirect> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let host = text(header::HOST)?;
        let is_other_name = LOOPBACK.iter().any(|name| port_of(host, name) == Some(&self.port))
            && self.origin.strip_prefix("http://") != Some(host);
        let is_person = matches!(*method, Method::GET | Method::HEAD)
            && text(header::ACCEPT).is_some_and(|accept| accept.contains("text/html"));
        let path = uri.path_and_query().map_or("/", |it| it.as_str());
        (is_other_name && is_person).then(|| Redirect::temporary(&format!("{}{path}", self.origin)))
    }
}

/// Returns the text after `name`, if it is empty or a port.
fn port_of<'a>(authority: &'a str, name: &str) -> Option<&'a str> {
    let port = authority.strip_prefix(name)?;
    (port.is_empty() || port.starts_with(':')).then_some(port)
}

#[cfg(test)]
mod tests {
    use axum::{
        http::{HeaderValue, StatusCode},
        response::IntoResponse,
    };

    use super::*;

    const PERSON: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

    fn instead(origin: &str, host: &str, accept: &'static str, method: Method) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        let uri = "/calls/a%2Fb?c".parse().unwrap();
        let redirect = OwnName::of_origin(origin)?.instead(&method, &uri, &headers)?;
        let response = redirect.into_response();
        assert_eq!(response.status(), StatusCode::TEMPORARY_REDIRECT);
        Some(response.headers()[header::LOCATION].to_str().unwrap().to_owned())
    }

    #[test]
    fn who_comes_under_another_name_of_this_machine_is_led_to_the_right_one() {
        for (origin, host) in [
            ("http://localhost:3000", "127.0.0.1:3000"),
            ("http://localhost:3000", "[::1]:3000"),
            ("http://127.0.0.1:3000", "localhost:3000"),
            ("http://localhost", "127.0.0.1"),
        ] {
            let expected = Some(format!("{origin}/calls/a%2Fb?c"));
            assert_eq!(instead(origin, host, PERSON, Method::GET), expected, "{origin} {host}");
        }
    }

    #[test]
    fn everybody_else_stays() {
        for (origin, host) in [
            ("http://localhost:3000", "localhost:3000"),
            // A developer who forwards another port has to stay on that port.
            ("http://localhost:3000", "127.0.0.1:8080"),
            ("http://localhost:3000", "192.0.2.1:3000"),
            ("http://localhost:3000", "127.0.0.1.evil.example:3000"),
            ("http://localhost:3000", "localhost.evil.example:3000"),
            ("http://localhost.example:3000", "localhost:3000"),
            ("https://loop.example.org", "127.0.0.1:3000"),
        ] {
            assert_eq!(instead(origin, host, PERSON, Method::GET), None, "{origin} {host}");
        }
        let (own, other) = ("http://localhost:3000", "127.0.0.1:3000");
        assert_eq!(instead(own, other, "application/json", Method::GET), None);
        assert_eq!(instead(own, other, "*/*", Method::GET), None);
        assert_eq!(instead(own, other, PERSON, Method::POST), None);
        assert!(instead(own, other, PERSON, Method::HEAD).is_some());
    }
}
