//! Tests that `docs/errors.md` and the numbers in `docs/openapi.yaml` are those of the code.

use std::{collections::BTreeSet, iter, time::Duration};

use loop_lambda::Error;

use super::{
    description::{Description, document},
    number,
};

#[test]
fn the_error_numbers_are_those_of_the_code() {
    let of_code: BTreeSet<_> =
        one_of_each().map(|error| (error.errno(), error.status().as_u16())).collect();
    assert_eq!(numbers_of_table(&document("errors.md")), of_code);

    let described = Description::read();
    let responses = described.0["components"]["responses"].as_object().unwrap();
    let mut of_description = BTreeSet::new();
    for (name, response) in responses {
        let members = &response["content"]["application/json"]["schema"]["properties"];
        let text = response["description"].as_str().unwrap();
        for errno in members["errno"]["enum"].as_array().into_iter().flatten() {
            assert!(text.contains(&errno.to_string()), "{name} does not mention {errno}");
            of_description.insert((number(errno), number(&members["code"]["const"])));
        }
    }
    assert_eq!(of_description, of_code);
    let errnos = &described.0["components"]["schemas"]["Error"]["properties"]["errno"]["enum"];
    let errnos: BTreeSet<_> = errnos.as_array().unwrap().iter().map(number).collect();
    assert_eq!(errnos, of_code.into_iter().map(|(errno, _)| errno).collect());
}

#[test]
fn the_errors_that_retry_after_is_for_are_those_of_the_code() {
    let text = document("errors.md");
    let section = text.split("## Retry-After").nth(1).unwrap().split("\n## ").next().unwrap();
    let of_document = section
        .lines()
        .filter_map(|line| line.strip_prefix("- **")?.split_once("**")?.0.parse().ok());
    let of_code = one_of_each().filter(|error| error.retry_after().is_some());
    let of_code: BTreeSet<u16> = of_code.map(|error| error.errno()).collect();
    assert_eq!(of_document.collect::<BTreeSet<u16>>(), of_code);
}

/// Returns an error of each kind. The `match` makes the compiler report a missing kind.
fn one_of_each() -> impl Iterator<Item = Error> {
    iter::successors(Some(Error::InvalidToken), |error| {
        Some(match error {
            Error::InvalidToken => Error::NotJson,
            Error::NotJson => Error::invalid("name", "reason"),
            Error::InvalidParameters(_) => {
                Error::MissingParameters { missing: vec!["name"], unknown: Vec::new() }
            }
            Error::MissingParameters { .. } => Error::Unauthorized("message"),
            Error::Unauthorized(_) => Error::ForeignOrigin { own: "origin".to_owned() },
            Error::ForeignOrigin { .. } => Error::NotThroughFront,
            Error::NotThroughFront => Error::Gone,
            Error::Gone => Error::BodyTooLarge,
            Error::BodyTooLarge => Error::UnsupportedMediaType,
            Error::UnsupportedMediaType => Error::NotAcceptable("JSON"),
            Error::NotAcceptable(_) => {
                Error::TooMany { what: "calls", retry_after: Duration::from_secs(1) }
            }
            Error::TooMany { .. } => Error::NoDevice,
            Error::NoDevice => Error::KeyReused,
            Error::KeyReused => Error::CallOver,
            Error::CallOver => Error::Unavailable { cause: "cause".into() },
            Error::Unavailable { .. } => Error::NotFound,
            Error::NotFound => Error::MethodNotAllowed { allow: "GET".into() },
            Error::MethodNotAllowed { .. } => Error::Internal { cause: "cause".into() },
            Error::Internal { .. } => return None,
        })
    })
}

/// Returns the first two columns of the rows that begin with a number.
fn numbers_of_table(text: &str) -> BTreeSet<(u16, u16)> {
    let rows = text.lines().filter_map(|line| {
        let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
        Some((cells.next()?.parse().ok()?, cells.next()?.parse().ok()?))
    });
    rows.collect()
}
