//! Responses to junk, which have to be alike.

use std::collections::{BTreeMap, BTreeSet};

use load::Response;

/// The most kinds of responses that are counted.
const KINDS_MAX: usize = 20;

/// The number of responses of each kind.
#[derive(Debug, Default)]
pub(crate) struct Responses(BTreeMap<Kind, u64>);

/// A response without the parts that may differ.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    method: &'static str,
    /// The status and errno.
    summary: String,
    headers: String,
    body: String,
}

impl Responses {
    /// Counts a response.
    pub(crate) fn add(&mut self, method: &'static str, mut response: Response) {
        let json = response.json();
        let summary = response.summary();
        response.headers.remove("date");
        let headers = format!("{:?}", response.headers);
        let request_id = json["request_id"].as_str().unwrap_or_default();
        let body = String::from_utf8_lossy(&response.body).replace(request_id, "");
        self.count(Kind { method, summary, headers, body }, 1);
    }

    /// Counts all responses of another connection.
    pub(crate) fn add_all(&mut self, other: Self) {
        other.0.into_iter().for_each(|(kind, times)| self.count(kind, times));
    }

    fn count(&mut self, kind: Kind, times: u64) {
        if self.0.len() < KINDS_MAX || self.0.contains_key(&kind) {
            *self.0.entry(kind).or_default() += times;
        }
    }

    /// Returns true if all responses are 404 with errno 105 and have one body, and those of each
    /// method have the same headers.
    pub(crate) fn are_one(&self) -> bool {
        let methods: BTreeSet<_> = self.0.keys().map(|kind| kind.method).collect();
        let bodies: BTreeSet<_> = self.0.keys().map(|kind| &kind.body).collect();
        let is_expected = |kind: &Kind| kind.summary == "404, errno 105";
        bodies.len() == 1 && methods.len() == self.0.len() && self.0.keys().all(is_expected)
    }

    /// Returns the number, method, status and errno of each kind.
    pub(crate) fn summary(&self) -> String {
        let kinds = self.0.iter();
        let kinds = kinds.map(|(kind, times)| format!("{times} {}: {}", kind.method, kind.summary));
        kinds.collect::<Vec<_>>().join("; ")
    }
}

#[cfg(test)]
mod tests {
    use load::StatusCode;

    use super::*;

    const BODY: &str = r#"{"errno":105,"request_id":"a"}"#;

    fn response(vary: &'static str, body: &str) -> Response {
        let mut response = Response {
            status: StatusCode::NOT_FOUND,
            headers: Default::default(),
            body: body.into(),
        };
        response.headers.insert("date", "Monday".parse().unwrap());
        response.headers.insert("vary", vary.parse().unwrap());
        response
    }

    fn are_one(all: impl IntoIterator<Item = (&'static str, Response)>) -> bool {
        let mut responses = Responses::default();
        all.into_iter().for_each(|(method, response)| responses.add(method, response));
        responses.are_one()
    }

    #[test]
    fn responses_may_differ_in_date_and_request_id_alone() {
        let first = || ("GET", response("accept", BODY));
        let mut tuesday = response("accept", &BODY.replace("\"a\"", "\"bcd\""));
        tuesday.headers.insert("date", "Tuesday".parse().unwrap());
        assert!(are_one([first(), ("GET", tuesday)]));
        assert!(!are_one([first(), ("GET", response("accept", &BODY.replace("105", "106")))]));
        let with = |status| ("GET", Response { status, ..response("accept", BODY) });
        assert!(!are_one([first(), with(StatusCode::INTERNAL_SERVER_ERROR)]));
        assert!(!are_one([with(StatusCode::GONE)]));
    }

    #[test]
    fn only_another_method_may_have_other_headers() {
        let first = || ("GET", response("accept", BODY));
        assert!(are_one([first(), ("POST", response("origin", BODY))]));
        assert!(!are_one([first(), ("GET", response("origin", BODY))]));
        assert!(!are_one([first(), ("POST", response("origin", r#"{"errno":105}"#))]));
        assert!(!are_one([]), "no response is none");
    }
}
