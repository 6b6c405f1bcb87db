//! Answers in a form in which two of them can be compared: random parts are replaced by their
//! names, and everything else stays.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use lambda_http::Body;
use loop_lambda::Response;
use serde_json::{Value, json};

/// What differs from one answer to the next.
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
pub(crate) struct Answer {
    pub(crate) status: String,
    headers: BTreeMap<String, String>,
    cookies: Vec<String>,
    is_base64: bool,
    body: Value,
}

/// What a function gives to the local gateway.
pub(crate) fn of_response(response: Response) -> Answer {
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
    Answer {
        status: parts.status.as_str().to_owned(),
        headers,
        cookies: cookies.map(|cookie| without_value(cookie.to_str().unwrap())).collect(),
        is_base64,
        body,
    }
}

/// What a function gives to API Gateway: payload format 2.0.
pub(crate) fn of_event_answer(answer: &Value) -> Answer {
    assert_eq!(answer["multiValueHeaders"], json!({}), "the gateway does not look at them");
    let headers = answer["headers"].as_object().into_iter().flatten();
    let headers = headers.map(|(name, value)| (name.clone(), text(value)));
    let is_base64 = answer["isBase64Encoded"].as_bool().unwrap();
    let body = answer["body"].as_str().unwrap_or_default();
    let cookies = answer["cookies"].as_array().into_iter().flatten();
    Answer {
        status: answer["statusCode"].to_string(),
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

/// A cookie with its attributes, but without its value.
fn without_value(cookie: &str) -> String {
    let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
    format!("{};{attributes}", pair.split_once('=').map_or(pair, |(name, _)| name))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
