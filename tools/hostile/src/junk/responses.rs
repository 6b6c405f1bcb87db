//! Responses to junk, which have to be the same.

use load::{Response, StatusCode};

/// More different responses than these are not told apart.
const KINDS_MAX: usize = 20;

/// The different responses, and how often each came.
#[derive(Debug, Default)]
pub(crate) struct Responses(Vec<Kind>);

#[derive(Debug)]
struct Kind {
    method: &'static str,
    /// The response without what may differ.
    response: Response,
    count: u64,
}

impl Responses {
    /// Counts a response.
    pub(crate) fn add(&mut self, method: &'static str, mut response: Response) {
        response.headers.remove("date");
        let body = String::from_utf8_lossy(&response.body);
        response.body = without_request_id(&body).into_bytes();
        self.count(Kind { method, response, count: 1 });
    }

    /// Counts all responses of another connection.
    pub(crate) fn add_all(&mut self, other: Self) {
        other.0.into_iter().for_each(|kind| self.count(kind));
    }

    fn count(&mut self, kind: Kind) {
        if let Some(known) = self.0.iter_mut().find(|known| known.is_like(&kind)) {
            known.count += kind.count;
        } else if self.0.len() < KINDS_MAX {
            self.0.push(kind);
        }
    }

    /// Returns whether all have one body, that of 404 and 105, and those of a method one head.
    pub(crate) fn are_one(&self) -> bool {
        let [first, ..] = &self.0[..] else { return false };
        self.0.iter().all(|kind| {
            let is_alone = self.0.iter().filter(|other| other.method == kind.method).count() == 1;
            is_alone
                && (kind.response.status, kind.response.errno())
                    == (StatusCode::NOT_FOUND, Some(105))
                && kind.response.body == first.response.body
        })
    }

    /// Returns method, status, errno and number of each.
    pub(crate) fn summary(&self) -> String {
        let line = |Kind { method, response, count }: &Kind| {
            let errno = response.errno().map_or("-".to_owned(), |errno| errno.to_string());
            format!("{method} {}/{errno} x {count}", response.status.as_u16())
        };
        let mut lines: Vec<_> = self.0.iter().map(line).collect();
        lines.sort();
        lines.join(", ")
    }
}

impl Kind {
    fn is_like(&self, other: &Self) -> bool {
        let (response, other_response) = (&self.response, &other.response);
        self.method == other.method
            && response.status == other_response.status
            && response.headers.iter().eq(&other_response.headers)
            && response.body == other_response.body
    }
}

fn without_request_id(body: &str) -> String {
    let name = r#""request_id":""#;
    let parts =
        body.split_once(name).and_then(|(before, rest)| Some((before, rest.split_once('"')?.1)));
    parts.map_or_else(|| body.to_owned(), |(before, after)| format!("{before}{name}\"{after}"))
}

#[cfg(test)]
mod tests {
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
