//! Makes responses in the form in which the gateway takes them.

use lambda_http::{
    Body,
    aws_lambda_events::apigw::ApiGatewayV2httpResponse,
    http::{HeaderMap, HeaderValue, header},
};

use crate::http::request::Response;

/// Converts a response to the form in which the gateway takes it.
pub(crate) fn of_response(response: Response) -> ApiGatewayV2httpResponse {
    let (mut parts, body) = response.into_parts();
    let mut event = ApiGatewayV2httpResponse::default();
    event.status_code = parts.status.as_u16().into();
    let cookies = parts.headers.get_all(header::SET_COOKIE).iter();
    event.cookies = cookies.filter_map(|it| it.to_str().ok().map(str::to_owned)).collect();
    parts.headers.remove(header::SET_COOKIE);
    event.headers = one_of_each(parts.headers);
    event.is_base64_encoded = matches!(body, Body::Binary(_));
    event.body = Some(body).filter(|body| !matches!(body, Body::Empty));
    event
}

/// Joins the values of each header into one. The gateway takes one value for each name, and all but
/// the first would be lost. Values that are joined by commas mean the same (RFC 9110, section 5.3),
/// except for cookies, which are not among these headers.
fn one_of_each(headers: HeaderMap) -> HeaderMap {
    if headers.keys_len() == headers.len() {
        return headers;
    }
    let mut joined: HeaderMap = HeaderMap::with_capacity(headers.keys_len());
    for (name, value) in &headers {
        let present = joined.get(name).map(HeaderValue::as_bytes);
        let all = present.map(|present| [present, value.as_bytes()].join(b", ".as_slice()));
        let value = all.map_or(value.clone(), |all| {
            HeaderValue::try_from(all).expect("two values and a comma are a value")
        });
        joined.insert(name, value);
    }
    joined
}

#[cfg(test)]
mod tests {
    use lambda_http::http::StatusCode;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_has_its_cookies_apart_and_all_else_together() {
        let mut response = Response::new(Body::Empty);
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        headers.insert("a", HeaderValue::from_static("1"));
        headers.append(header::VARY, HeaderValue::from_static("d"));
        headers.append(header::VARY, HeaderValue::from_static("e, f"));
        headers.append(header::SET_COOKIE, HeaderValue::from_static("b=2"));
        headers.append(header::SET_COOKIE, HeaderValue::from_static("c=3"));
        let expected = json!({
            "statusCode": 204, "headers": { "a": "1", "vary": "d, e, f" }, "multiValueHeaders": {},
            "cookies": ["b=2", "c=3"], "isBase64Encoded": false,
        });
        assert_eq!(serde_json::to_value(of_response(response)).unwrap(), expected);

        let of_body = |body| serde_json::to_value(of_response(Response::new(body))).unwrap();
        let text = of_body(Body::Text("é".to_owned()));
        assert_eq!((&text["body"], &text["isBase64Encoded"]), (&json!("é"), &json!(false)));
        let bytes = of_body(Body::Binary(vec![255]));
        assert_eq!((&bytes["body"], &bytes["isBase64Encoded"]), (&json!("/w=="), &json!(true)));
    }
}
