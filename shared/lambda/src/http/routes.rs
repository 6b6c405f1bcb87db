//! The route table of the service. The local server mounts it, a test compares `template.yaml` with
//! it, and the service tells 404 from 405 by it.

/// A method and path, and the function behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The method, such as `POST`.
    pub method: &'static str,
    /// The path in the notation of API Gateway, such as `/calls/{token}`.
    pub path: &'static str,
    /// The function's crate, which is also its binary.
    pub function: &'static str,
}

/// The function that gets the requests that no route matches.
pub const DEFAULT_FUNCTION: &str = "service";

/// All routes. Every route with `GET` has one with `HEAD` beside it (RFC 9110, section 9.1): the
/// gateway takes them for two methods, and sends a request without a route to [`DEFAULT_FUNCTION`].
pub const ROUTES: &[Route] = &[
    route("POST", "/registration", "register"),
    route("DELETE", "/registration", "unregister"),
    route("POST", "/call-url", "create-call-url"),
    route("DELETE", "/call-url/{token}", "revoke-call-url"),
    route("GET", "/calls/{token}", "open-call-url"),
    route("HEAD", "/calls/{token}", "open-call-url"),
    route("POST", "/calls/{token}", "place-call"),
    route("GET", "/calls", "list-calls"),
    route("HEAD", "/calls", "list-calls"),
    // This is for `/calls/`. API Gateway has no routes that end in a slash, but a greedy parameter
    // may also be empty. For all other paths here, list-calls responds with 404, or with a redirect
    // if the path contains a link.
    route("GET", "/calls/{proxy+}", "list-calls"),
    route("HEAD", "/calls/{proxy+}", "list-calls"),
    route("GET", "/__heartbeat__", "heartbeat"),
    route("HEAD", "/__heartbeat__", "heartbeat"),
    route("GET", "/", "service"),
    route("HEAD", "/", "service"),
    route("GET", "/service-worker.js", "service"),
    route("HEAD", "/service-worker.js", "service"),
    route("GET", "/__lbheartbeat__", "service"),
    route("HEAD", "/__lbheartbeat__", "service"),
    route("GET", "/__version__", "service"),
    route("HEAD", "/__version__", "service"),
];

/// Returns the methods that a path has, as in an `Allow` header, or `None` when there is no such
/// path.
pub fn allowed_methods(path: &str) -> Option<String> {
    let methods: Vec<_> =
        ROUTES.iter().filter(|route| route.serves(path)).map(|route| route.method).collect();
    (!methods.is_empty()).then(|| methods.join(", "))
}

impl Route {
    /// Returns the parameters, by name, of a path of this route as API Gateway reads it; returns
    /// `None` for the path of another route. `{token}` stands for exactly one segment, which is not
    /// empty, and `{proxy+}` for the rest of the path.
    pub fn parameters<'a>(&self, path: &'a str) -> Option<Vec<(&'static str, &'a str)>> {
        let mut parameters = Vec::new();
        let mut rest = Some(path);
        for pattern in self.path.split('/') {
            let remaining = rest?;
            let (segment, after) = match remaining.split_once('/') {
                Some((segment, after)) => (segment, Some(after)),
                None => (remaining, None),
            };
            match parameter(pattern) {
                Some(Parameter::Greedy(name)) => {
                    parameters.push((name, remaining));
                    return Some(parameters);
                }
                Some(Parameter::Segment(name)) if !segment.is_empty() => {
                    parameters.push((name, segment));
                }
                None if pattern == segment => {}
                _ => return None,
            }
            rest = after;
        }
        rest.is_none().then_some(parameters)
    }

    /// Returns whether the function behind this route has a resource at this path.
    fn serves(&self, path: &str) -> bool {
        let is_greedy = self.path.ends_with("+}");
        self.parameters(path).is_some_and(|parameters| match parameters.last() {
            Some((_, rest)) if is_greedy => rest.is_empty(),
            _ => true,
        })
    }
}

enum Parameter {
    Segment(&'static str),
    Greedy(&'static str),
}

fn parameter(pattern: &'static str) -> Option<Parameter> {
    let name = pattern.strip_prefix('{')?.strip_suffix('}')?;
    Some(name.strip_suffix('+').map_or(Parameter::Segment(name), Parameter::Greedy))
}

const fn route(method: &'static str, path: &'static str, function: &'static str) -> Route {
    Route { method, path, function }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_of_a_path() {
        for (path, expected) in [
            ("/", Some("GET, HEAD")),
            ("/registration", Some("POST, DELETE")),
            ("/calls", Some("GET, HEAD")),
            ("/calls/", Some("GET, HEAD")),
            ("/calls/abc", Some("GET, HEAD, POST")),
            ("/calls/abc/", None),
            ("/calls/abc/def", None),
            ("/calls//", None),
            ("/call-url/", None),
            ("/Registration", None),
            ("", None),
        ] {
            assert_eq!(allowed_methods(path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn head_is_wherever_get_is() {
        let of_method = |method: &str| {
            let routes = ROUTES.iter().filter(|route| route.method == method);
            routes.map(|route| (route.path, route.function)).collect::<Vec<_>>()
        };
        assert_eq!(of_method("HEAD"), of_method("GET"));
    }

    #[test]
    fn parameters_of_a_path() {
        let route = |path| ROUTES.iter().find(|route| route.path == path).unwrap();
        let one = route("/calls/{token}");
        assert_eq!(one.parameters("/calls/abc"), Some(vec![("token", "abc")]));
        assert_eq!(one.parameters("/calls/"), None);
        assert_eq!(one.parameters("/calls/abc/"), None);
        let rest = route("/calls/{proxy+}");
        assert_eq!(rest.parameters("/calls/"), Some(vec![("proxy", "")]));
        assert_eq!(rest.parameters("/calls/a/b"), Some(vec![("proxy", "a/b")]));
        assert_eq!(rest.parameters("/calls"), None);
        assert_eq!(route("/").parameters("/"), Some(vec![]));
    }
}
