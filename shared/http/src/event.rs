//! Making a gateway event safe to turn into a request.

use lambda_http::{
    aws_lambda_events::apigw::ApiGatewayV2httpRequest, http::header, request::LambdaRequest,
};

/// Removes or escapes what the gateway lets through and `http::Request` does not: such an event
/// would panic while it is converted, or lose all its cookies for the sake of one.
pub fn sanitize(event: &mut LambdaRequest) {
    let LambdaRequest::ApiGatewayV2(event) = event else { return };
    // They are joined into one header, which is lost as a whole when one of them is not ASCII:
    // any other page of the same site could throw the user out with a cookie of its own.
    if let Some(cookies) = &mut event.cookies {
        cookies.retain(|cookie| cookie.bytes().all(|byte| matches!(byte, b' '..=b'~')));
    }
    // The request's URI would be made of them. We never look at its scheme and host.
    event.headers.remove(header::HOST);
    event.headers.remove("x-forwarded-proto");
    // The gateway has decoded the path. Without a slash before it, the host would go on in it:
    // `OPTIONS *` has such a path.
    event.raw_path = event.raw_path.take().map(|path| {
        let slash = if path.starts_with('/') { "" } else { "/" };
        format!("{slash}{}", escape(&path))
    });
    event.raw_query_string = event.raw_query_string.take().map(|query| escape(&query));
    replace_broken_body(event);
}

/// Percent-encodes what must not stand in a URI (RFC 3986, section 2).
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

/// A body that is said to be base64 and is not becomes one that is not JSON either.
fn replace_broken_body(event: &mut ApiGatewayV2httpRequest) {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let is_broken = event.is_base64_encoded
        && event.body.as_ref().is_some_and(|body| STANDARD.decode(body).is_err());
    if is_broken {
        event.is_base64_encoded = false;
        event.body = Some("not base64".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use lambda_http::{Body, RequestExt};
    use serde_json::{Value, json};

    use super::*;
    use crate::Request;

    fn request(changes: Value) -> Request {
        let mut event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": "/", "rawQueryString": "",
            "headers": {}, "isBase64Encoded": false,
            "requestContext": {
                "http": {"method": "GET", "path": "/"}, "stage": "$default", "timeEpoch": 0,
            },
        });
        event.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let mut event = serde_json::from_value(event).unwrap();
        sanitize(&mut event);
        event.into()
    }

    #[test]
    fn one_strange_cookie_does_not_cost_the_others() {
        let request = request(json!({ "cookies": ["name=Zoë", "a=1", "b=\n", "c=2"] }));
        assert_eq!(request.headers()["cookie"], "a=1; c=2");
    }

    #[test]
    fn paths_and_queries_that_are_no_uris_are_escaped() {
        let strange =
            request(json!({ "rawPath": "/calls/a b\u{0}é\"<", "rawQueryString": "v=<\" {" }));
        assert_eq!(strange.raw_http_path(), "/calls/a%20b%00%C3%A9%22%3C");
        assert_eq!(strange.query_string_parameters().first("v"), Some("<\" {"));
        let usual =
            request(json!({ "rawPath": "/calls/a-b_c", "rawQueryString": "version=7&x=%20" }));
        assert_eq!(usual.uri().path_and_query().unwrap(), "/calls/a-b_c?version=7&x=%20");
    }

    #[test]
    fn a_path_is_never_taken_for_a_part_of_the_host() {
        for (path, expected) in
            [("*", "/*"), (":x/calls", "/:x/calls"), ("@a.example", "/@a.example")]
        {
            let mut event = json!({ "rawPath": path });
            event["requestContext"] = json!({
                "http": {"method": "OPTIONS", "path": path}, "stage": "$default",
                "domainName": "loop.example.org", "timeEpoch": 0,
            });
            let request = request(event);
            assert_eq!(request.raw_http_path(), expected);
            assert_eq!(request.uri().host(), Some("loop.example.org"));
        }
    }

    #[test]
    fn headers_that_would_spoil_the_uri_are_not_looked_at() {
        for (name, value) in [("host", "a b%"), ("x-forwarded-proto", "https, http"), ("host", "")]
        {
            request(json!({ "headers": { name: value } }));
        }
    }

    #[test]
    fn a_body_that_is_no_base64_is_not_json() {
        let broken = request(json!({ "isBase64Encoded": true, "body": "{}" }));
        assert_eq!(broken.body(), &Body::Text("not base64".to_owned()));
        let whole = request(json!({ "isBase64Encoded": true, "body": "e30=" }));
        assert_eq!(whole.body(), &Body::Binary(b"{}".to_vec()));
    }
}
