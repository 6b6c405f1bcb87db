//! The one route table: what the local server mounts, what `template.yaml` is tested against, and
//! what tells 404 from 405.

/// A method and path, and the function behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// Such as `POST`.
    pub method: &'static str,
    /// As API Gateway writes it: `/calls/{token}`.
    pub path: &'static str,
    /// The function's crate, which is also its binary.
    pub function: &'static str,
}

/// The function that gets what no route matches.
pub const DEFAULT_FUNCTION: &str = "service";

/// All routes.
pub const ROUTES: &[Route] = &[
    route("POST", "/registration", "register"),
    route("DELETE", "/registration", "unregister"),
    route("POST", "/call-url", "create-call-url"),
    route("DELETE", "/call-url/{token}", "revoke-call-url"),
    route("GET", "/calls/{token}", "open-call-url"),
    route("POST", "/calls/{token}", "place-call"),
    route("GET", "/calls", "list-calls"),
    route("GET", "/calls/", "list-calls"),
    route("GET", "/__heartbeat__", "heartbeat"),
    route("GET", "/", "service"),
    route("GET", "/__lbheartbeat__", "service"),
    route("GET", "/__version__", "service"),
];

/// The methods that a path has, as in an `Allow` header; `None` when there is no such path.
pub fn allowed_methods(path: &str) -> Option<String> {
    let methods: Vec<_> =
        ROUTES.iter().filter(|route| route.matches(path)).map(|route| route.method).collect();
    (!methods.is_empty()).then(|| methods.join(", "))
}

impl Route {
    /// Whether a path is of this route, as API Gateway sees it: a parameter stands for exactly
    /// one segment, which is not empty.
    pub fn matches(&self, path: &str) -> bool {
        let (mut pattern, mut segments) = (self.path.split('/'), path.split('/'));
        loop {
            match (pattern.next(), segments.next()) {
                (None, None) => return true,
                (Some(expected), Some(segment))
                    if is_parameter(expected) && !segment.is_empty() => {}
                (Some(expected), Some(segment)) if expected == segment => {}
                _ => return false,
            }
        }
    }
}

fn is_parameter(segment: &str) -> bool {
    segment.starts_with('{')
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
            ("/", Some("GET")),
            ("/registration", Some("POST, DELETE")),
            ("/calls", Some("GET")),
            ("/calls/", Some("GET")),
            ("/calls/abc", Some("GET, POST")),
            ("/calls/abc/", None),
            ("/calls/abc/def", None),
            ("/call-url/", None),
            ("/Registration", None),
            ("", None),
        ] {
            assert_eq!(allowed_methods(path).as_deref(), expected, "{path}");
        }
    }
}
