//! Whether all answers to junk are the same.

use std::collections::{BTreeMap, BTreeSet};

use http_load::Answer;
use serde_json::Value;

/// More different answers than these are not told apart.
const KINDS_MAX: usize = 20;
/// What differs in each answer: when it was made, and which one it is.
const DIFFER: [(&str, char); 2] = [("\r\ndate: ", '\r'), ("\"request_id\":\"", '"')];

/// The different answers, and how often each came.
#[derive(Debug, Default)]
pub(crate) struct Answers(BTreeMap<Kind, u64>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    method: &'static str,
    /// Without what may differ.
    head: String,
    body: String,
}

impl Answers {
    /// Counts one.
    pub(crate) fn take(&mut self, method: &'static str, answer: &Answer<'_>) {
        let body = String::from_utf8_lossy(answer.body());
        let kind = Kind { method, head: masked(answer.head()), body: masked(&body) };
        self.count(kind, 1);
    }

    /// Counts all of another connection.
    pub(crate) fn add(&mut self, other: Self) {
        other.0.into_iter().for_each(|(kind, times)| self.count(kind, times));
    }

    fn count(&mut self, kind: Kind, times: u64) {
        if self.0.len() < KINDS_MAX || self.0.contains_key(&kind) {
            *self.0.entry(kind).or_default() += times;
        }
    }

    /// One head for each method, and one body for all: that of 404 and 105.
    pub(crate) fn are_one(&self) -> bool {
        let count = |method| self.0.keys().filter(|kind| kind.method == method).count();
        let bodies: BTreeSet<_> = self.0.keys().map(|kind| &kind.body).collect();
        bodies.len() == 1
            && self
                .0
                .keys()
                .all(|kind| kind.says() == (Some(404), Some(105)) && count(kind.method) == 1)
    }

    /// Method, status, errno and number of each.
    pub(crate) fn summary(&self) -> String {
        let tell = |(kind, times): (&Kind, &u64)| {
            let (status, errno) = kind.says();
            let word = |number: Option<u64>| number.map_or("-".to_owned(), |it| it.to_string());
            format!("{} {}/{} x {times}", kind.method, word(status), word(errno))
        };
        self.0.iter().map(tell).collect::<Vec<_>>().join(", ")
    }
}

impl Kind {
    /// Status and errno.
    fn says(&self) -> (Option<u64>, Option<u64>) {
        let status = self.head.split(' ').nth(1).and_then(|word| word.parse().ok());
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        (status, body["errno"].as_u64())
    }
}

fn masked(text: &str) -> String {
    let mut text = text.to_owned();
    for (before, after) in DIFFER {
        let begin = text.find(before).map(|position| position + before.len());
        if let Some(begin) = begin
            && let Some(length) = text[begin..].find(after)
        {
            text.replace_range(begin..begin + length, "");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(all: &[(&'static str, &str, &str)]) -> Answers {
        let mut answers = Answers::default();
        for (method, head, body) in all {
            answers.count(Kind { method, head: masked(head), body: masked(body) }, 1);
        }
        answers
    }

    const HEAD: &str = "HTTP/1.1 404 Not Found\r\ndate: Monday\r\nvary: accept\r\n\r\n";
    const BODY: &str = r#"{"errno":105,"request_id":"a"}"#;

    #[test]
    fn answers_may_differ_in_date_and_request_id_alone() {
        let tuesday = HEAD.replace("Monday", "Tuesday");
        let other_id = BODY.replace("\"a\"", "\"bcd\"");
        assert!(answers(&[("GET", HEAD, BODY), ("GET", &tuesday, &other_id)]).are_one());
        assert!(
            !answers(&[("GET", HEAD, BODY), ("GET", HEAD, &BODY.replace("105", "106"))]).are_one()
        );
        assert!(
            !answers(&[("GET", HEAD, BODY), ("GET", &HEAD.replace("404", "500"), BODY)]).are_one()
        );
        assert!(!answers(&[("GET", &HEAD.replace("404", "410"), BODY)]).are_one());
    }

    #[test]
    fn only_another_method_may_have_other_headers() {
        let other = HEAD.replace("vary: accept\r\n", "");
        assert!(answers(&[("GET", HEAD, BODY), ("POST", &other, BODY)]).are_one());
        assert!(!answers(&[("GET", HEAD, BODY), ("GET", &other, BODY)]).are_one());
        assert!(!answers(&[("GET", HEAD, BODY), ("POST", &other, r#"{"errno":105}"#)]).are_one());
        assert!(!answers(&[]).are_one(), "no answer is none");
    }
}
