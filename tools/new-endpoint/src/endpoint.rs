//! The endpoint that the tool makes.

use std::{fmt, str::FromStr};

use loop_lambda::routes::ROUTES;

/// An endpoint: a method and path, and the function behind them.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    pub(crate) method: Method,
    pub(crate) path: RoutePath,
    pub(crate) name: Name,
}

impl Endpoint {
    /// Returns the reason why this route conflicts with an existing one, if it does.
    pub(crate) fn conflict(&self) -> Option<String> {
        let Self { method, path, name } = self;
        let is_taken =
            |it: &&loop_lambda::routes::Route| it.path == path.0 && it.method == method.to_string();
        if let Some(route) = ROUTES.iter().find(is_taken) {
            return Some(format!("path: {method} {path} is of {} already", route.function));
        }
        let is_named = |it: &&loop_lambda::routes::Route| it.function == name.0;
        ROUTES
            .iter()
            .find(is_named)
            .map(|it| format!("name: {} is behind {}", it.function, it.path))
    }
}

/// The HTTP methods that an endpoint can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    Delete,
}

impl Method {
    /// Returns the methods that need a route, since every `GET` route comes with one for `HEAD`.
    pub(crate) fn routes(self) -> &'static [&'static str] {
        match self {
            Self::Get => &["GET", "HEAD"],
            Self::Post => &["POST"],
            Self::Delete => &["DELETE"],
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.routes()[0])
    }
}

impl FromStr for Method {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [Self::Get, Self::Post, Self::Delete];
        let found = all.into_iter().find(|method| method.to_string().eq_ignore_ascii_case(text));
        found.ok_or("must be GET, POST or DELETE")
    }
}

/// A path as API Gateway writes it.
#[derive(Clone, Debug)]
pub(crate) struct RoutePath(String);

impl RoutePath {
    /// Returns the names of its parameters.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter_map(parameter)
    }

    /// Returns a path of this route, with the parameters' own names as their values.
    pub(crate) fn example(&self) -> String {
        self.0.replace(['{', '}'], "")
    }
}

fn parameter(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

impl fmt::Display for RoutePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for RoutePath {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let segments = text.strip_prefix('/').ok_or("must begin with a slash")?;
        if text.ends_with('/') {
            return Err("must not end in a slash: API Gateway has no such routes");
        }
        let is_word = |text: &str| {
            let is_of_word = |it: u8| it.is_ascii_alphanumeric() || b"-_.".contains(&it);
            !text.is_empty() && text.bytes().all(is_of_word)
        };
        match segments.split('/').all(|it| is_word(parameter(it).unwrap_or(it))) {
            true => Ok(Self(text.to_owned())),
            false => Err("must be segments of letters, digits, '-', '_', '.', or {parameter}"),
        }
    }
}

/// The name of a function, which is also that of its crate, its binary and its directory.
#[derive(Clone, Debug)]
pub(crate) struct Name(String);

impl Name {
    /// Returns the name of the crate in Rust, such as `count_devices`.
    pub(crate) fn of_crate(&self) -> String {
        self.0.replace('-', "_")
    }

    /// Returns the name of the type, and of the function in the template, such as `CountDevices`.
    pub(crate) fn of_type(&self) -> String {
        let words = self.0.split('-').map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_uppercase() + rest
        });
        words.collect()
    }

    /// Returns the name of the operation in the OpenAPI description, such as `countDevices`.
    pub(crate) fn of_operation(&self) -> String {
        let (first, rest) = (&self.0[..1], &self.of_type()[1..]);
        format!("{first}{rest}")
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for Name {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_word = |word: &str| {
            let is_of_word = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit();
            word.starts_with(|it: char| it.is_ascii_lowercase()) && word.bytes().all(is_of_word)
        };
        match text.split('-').all(is_word) {
            true => Ok(Self(text.to_owned())),
            false => {
                Err("must be words of lower-case letters and digits with hyphens between them")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_the_form_that_each_language_wants() {
        let name: Name = "count-all-devices".parse().unwrap();
        let forms = [name.of_crate(), name.of_type(), name.of_operation()];
        assert_eq!(forms, ["count_all_devices", "CountAllDevices", "countAllDevices"]);
    }

    #[test]
    fn what_the_gateway_or_cargo_would_refuse_is_refused() {
        for wrong in ["", "Count", "count_devices", "count--devices", "-count", "9-lives", "ä"] {
            assert!(wrong.parse::<Name>().is_err(), "{wrong}");
        }
        for wrong in ["", "devices", "/", "/devices/", "/a//b", "/a b", "/{}", "/{a", "/a?b"] {
            assert!(wrong.parse::<RoutePath>().is_err(), "{wrong}");
        }
        for right in ["/devices", "/devices/{device_id}/name", "/.well-known/loop.json"] {
            assert!(right.parse::<RoutePath>().is_ok(), "{right}");
        }
        assert!("HEAD".parse::<Method>().is_err() && "get".parse() == Ok(Method::Get));
    }

    #[test]
    fn a_route_or_a_name_that_is_taken_is_refused() {
        let endpoint = |method: &str, path: &str, name: &str| Endpoint {
            method: method.parse().unwrap(),
            path: path.parse().unwrap(),
            name: name.parse().unwrap(),
        };
        let taken = endpoint("GET", "/calls", "count-devices").conflict();
        assert!(taken.is_some_and(|reason| reason.starts_with("path: GET /calls is of ")));
        let function = ROUTES[0].function;
        let named = endpoint("GET", "/devices", function).conflict();
        assert!(named.is_some_and(|reason| reason.starts_with("name: ")));
        assert!(endpoint("GET", "/devices", "count-devices").conflict().is_none());
    }
}
