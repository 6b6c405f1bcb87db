//! Responses in a form in which two of them can be compared: random parts are replaced by their
//! names, and everything else stays.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use lambda_http::Body;
use loop_lambda::Response;
use serde_json::{Value, json};

/// The fields that differ from one response to the next.
const RANDOM: [&str; 8] = [
    "call_id",
    "call_token",
    "call_url",
    "expires_at",
    "session_id",
    "session_token",
    "version",
    "request_id",
];

#[derive(Debug, PartialEq)]
pub(crate) struct NormalResponse {
    pub(crate) status: String,
    headers: BTreeMap<String, String>,
    cookies: Vec<String>,
    is_base64: bool,
    body: Value,
}

/// Returns the normal form of a response that a function returns in this process.
pub(crate) fn of_response(response: Response) -> NormalResponse {
    let (mut parts, body) = response.into_parts();
    let cookies = parts.headers.remove("set-cookie").into_iter();
    let mut headers: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (name, value) in &parts.headers {
        headers.entry(name.as_str().to_owned()).or_default().push(value.to_str().unwrap());
    }
    let headers = headers.into_iter().map(|(name, values)| (name, values.join(", "))).collect();
    let (is_base64, body) = match body {
        Body::Binary(bytes) => (true, STANDARD.encode(bytes).into()),
        body => (false, normal_body(std::str::from_utf8(&body).unwrap())),
    };
    NormalResponse {
        status: parts.status.as_str().to_owned(),
        headers,
        cookies: cookies.map(|cookie| without_value(cookie.to_str().unwrap())).collect(),
        is_base64,
        body,
    }
}

/// Returns the normal form of a response in API Gateway's payload format 2.0.
pub(crate) fn of_event_response(response: &Value) -> NormalResponse {
    assert_eq!(response["multiValueHeaders"], json!({}), "the gateway does not look at them");
    let headers = response["headers"].as_object().into_iter().flatten();
    let headers = headers.map(|(name, value)| (name.clone(), text(value)));
    let is_base64 = response["isBase64Encoded"].as_bool().unwrap();
    let body = response["body"].as_str().unwrap_or_default();
    let cookies = response["cookies"].as_array().into_iter().flatten();
    NormalResponse {
        status: response["statusCode"].to_string(),
        headers: headers.collect(),
        cookies: cookies.map(|cookie| without_value(&text(cookie))).collect(),
        is_base64,
        body: if is_base64 { body.into() } else { normal_body(body) },
    }
}

fn normal_body(body: &str) -> Value {
    match serde_json::from_str(body) {
        Ok(mut value) => {
            replace_random(&mut value);
            value
        }
        Err(_) => body.into(),
    }
}

fn replace_random(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                if RANDOM.contains(&name.as_str()) && !value.is_null() {
                    *value = name.as_str().into();
                } else {
                    replace_random(value);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(replace_random),
        _ => {}
    }
}

/// Returns a cookie with its attributes, but without its value.
fn without_value(cookie: &str) -> String {
    let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
    format!("{};{attributes}", pair.split_once('=').map_or(pair, |(name, _)| name))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
