//! Functions that read responses in tests.

use lambda_http::Body;
use loop_lambda::Response;

/// Returns the body of a response, which must be text that is not compressed: a search for a secret
/// in compressed text would find nothing and prove nothing.
///
/// # Panics
/// The body is not text.
pub fn text_of(response: &Response) -> &str {
    match response.body() {
        Body::Text(text) => text,
        other => panic!("{other:?} is no text: ask without Accept-Encoding"),
    }
}

/// Returns a header of a response.
///
/// # Panics
/// The response does not have the header, or its value is not text.
pub fn header_of<'a>(response: &'a Response, name: &str) -> &'a str {
    let value = response.headers().get(name).unwrap_or_else(|| panic!("no {name}"));
    value.to_str().unwrap_or_else(|_| panic!("{name} is no text"))
}
